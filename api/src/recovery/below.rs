//! Reading whom an officer is responsible for in a unit.
//!
//! Posts belong to an association, names to none, so a list of people is put together from both: the posts of one unit
//! and those that lead the units right below it, at most [`MOST`]; then their names, sorted and searched here. The
//! number of statements is fixed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::View;
use entity::table::{account, post, session, unit_version};
use entity::value::PersonName;
use entity::vocabulary::{Role, UnitKind};

use crate::access::below::rank;
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::unit::UnitRow;

/// The most posts of a unit that are looked at, and of the units below it.
const MOST: u64 = 2_000;
/// The most sessions looked at for when somebody was last seen.
const MOST_SESSIONS: u64 = 2_000;

/// Somebody with posts below the viewer.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The account.
    pub(super) account: account::Model,
    /// The name to be shown: the account's, or the one it was appointed under until its owner has taken the post.
    pub(super) name: String,
    /// Whether its owner has taken one of these posts.
    pub(super) is_known: bool,
    /// Vietnamese order of names.
    pub(super) sort_key: Vec<u8>,
    /// Their posts in the unit and right below it.
    pub(super) posts: Vec<post::Model>,
}

/// The people with posts below `acting` in a unit and at the head of the units right below it, in Vietnamese order of
/// names; with `search`, which is folded, those with a word of the name beginning like it. Also how many they are,
/// unless there were more posts than are looked at.
///
/// # Errors
/// What the database answers.
pub(super) async fn people(
    app: &App,
    view: &View,
    unit: &UnitRow,
    acting: Role,
    search: Option<&str>,
) -> Result<(Vec<Person>, Option<i64>)> {
    let now = view.now();
    let below = |role: &&Role| rank(**role) < rank(acting);
    let roles: Vec<Role> = Role::ALL.iter().filter(below).copied().collect();
    let sign_in = app.db.sign_in();
    let mut posts = sign_in.posts_held((unit.tenant, &[unit.id]), &roles, now, MOST).await?;
    let mut is_all = is_less(posts.len());
    if let Some(leader) = leader_below(unit.kind).filter(|role| below(&role)) {
        let leaders = if unit.kind == UnitKind::City {
            // each district is an association of its own
            sign_in.posts_of_role(leader, now, MOST).await?
        } else {
            let units = units_below(view, unit.tenant, unit.id).await?;
            is_all = is_all && is_less(units.len());
            sign_in.posts_held((unit.tenant, &units), &[leader], now, MOST).await?
        };
        is_all = is_all && is_less(leaders.len());
        posts.extend(leaders);
    }
    let mut held: HashMap<AccountId, Vec<post::Model>> = HashMap::new();
    for post in posts {
        held.entry(post.account_id).or_default().push(post);
    }
    let rows = sign_in.rows::<account::Entity>();
    let rows = rows
        .filter(account::Column::Id.is_in(held.keys().copied()))
        .all()
        .await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let not_taken = sign_in.posts_not_taken(&ids).await?;
    let mut people: Vec<Person> = rows
        .into_iter()
        .filter_map(|account| {
            let posts = held.remove(&account.id).unwrap_or_default();
            let given: Vec<&String> = posts.iter().filter_map(|post| not_taken.get(&post.id)).collect();
            let is_known = given.len() < posts.len();
            let shown = given.first().filter(|_| !is_known);
            let name = PersonName::from_stored(shown.map_or(account.name.clone(), |name| (*name).clone()));
            let found = search.is_none_or(|wanted| has_word(&name, wanted));
            found.then(|| Person {
                sort_key: name.sort_key(),
                name: name.into_string(),
                is_known,
                posts,
                account,
            })
        })
        .collect();
    people.sort_by(|a, b| (&a.sort_key, a.account.id).cmp(&(&b.sort_key, b.account.id)));
    let total = i64::try_from(people.len()).ok().filter(|_| is_all);
    Ok((people, total))
}

/// Whether so many are all there are.
fn is_less(found: usize) -> bool {
    u64::try_from(found).is_ok_and(|found| found < MOST)
}

/// Whether a word of the name, or several in their order, begin like `wanted`, which is folded.
fn has_word(name: &PersonName, wanted: &str) -> bool {
    entity::value::word_suffixes(&name.search_key())
        .iter()
        .any(|suffix| suffix.starts_with(wanted))
}

/// The post that leads a unit right below one of this level.
const fn leader_below(kind: UnitKind) -> Option<Role> {
    match kind {
        UnitKind::City => Some(Role::DistrictOfficer),
        UnitKind::District => Some(Role::WardOfficer),
        UnitKind::Ward => Some(Role::BranchHead),
        UnitKind::Branch => None,
    }
}

async fn units_below(view: &View, tenant: TenantId, unit: UnitId) -> Result<Vec<UnitId>> {
    let versions = view
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::TenantId.eq(tenant))
        .filter(unit_version::Column::ParentId.eq(unit))
        .filter(unit_version::in_force(hanoi_date(view.now())));
    Ok(versions
        .limit(MOST)
        .all()
        .await?
        .into_iter()
        .map(|row| row.unit_id)
        .collect())
}

/// When each of these accounts was last seen.
///
/// # Errors
/// What the database answers.
pub(super) async fn last_seen(app: &App, accounts: &[AccountId]) -> Result<HashMap<AccountId, DateTime<Utc>>> {
    use session::Column::{AccountId as Owner, LastSeenAt};
    let rows = app.db.sign_in().rows::<session::Entity>();
    let rows = rows
        .filter(Owner.is_in(accounts.iter().copied()))
        .order_by(LastSeenAt, Order::Desc)
        .limit(MOST_SESSIONS)
        .all()
        .await?;
    let mut seen = HashMap::new();
    for row in rows {
        seen.entry(row.account_id).or_insert(row.last_seen_at);
    }
    Ok(seen)
}
