//! Reading whom an officer is responsible for in a unit.
//!
//! Posts belong to an association, names to none, so a list of people is put together from both: the posts of one unit
//! and those that lead the units right below it, at most [`MOST`]; then their names, sorted and searched here. The
//! number of statements is fixed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::id::{AccountId, TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::View;
use entity::table::{account, post, session, unit_version};
use entity::value::PersonName;
use entity::vocabulary::{Role, UnitKind};

use crate::access::Permission;
use crate::access::below::rank;
use crate::access::gate::reach;
use crate::access::policy::Reach;
use crate::access::viewer::Post;
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::unit::{UnitRow, units_seen};

/// The most posts of a unit that are looked at, and of the units below it.
const MOST: u64 = 2_000;
/// The most sessions looked at for when somebody was last seen.
const MOST_SESSIONS: u64 = 2_000;

/// Somebody with posts below the viewer.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The account.
    pub(super) account: account::Model,
    /// The name to be shown: the one they were appointed under, or the account's where none was given.
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
    let of_rows: Vec<post::Model> = ids.iter().filter_map(|id| held.get(id)).flatten().cloned().collect();
    let (not_taken, given) = tokio::try_join!(sign_in.posts_not_taken(&ids), sign_in.given_names(&of_rows))?;
    let mut people: Vec<Person> = rows
        .into_iter()
        .filter_map(|account| {
            let posts = held.remove(&account.id).unwrap_or_default();
            let is_known = posts.iter().any(|post| !not_taken.contains_key(&post.id));
            let named = posts.iter().filter(|post| given.contains_key(&post.id));
            let shown = named
                .max_by_key(|post| post.created_at)
                .and_then(|post| given.get(&post.id));
            let name = PersonName::from_stored(shown.unwrap_or(&account.name).clone());
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

/// Of these accounts, those whose every post that is not over is below the acting one: only then is it for the officer to know
/// the telephone, and when it was last in use.
///
/// # Errors
/// What the database answers.
pub(super) async fn wholly_below(
    app: &App,
    view: &View,
    acting: &Post,
    accounts: &[AccountId],
) -> Result<HashSet<AccountId>> {
    let posts = app.db.sign_in().posts_not_over_of_all(accounts, view.now()).await?;
    let reach = reach(Permission::AccountManage, acting.role);
    let units = if reach == Reach::Ward {
        let inside = posts.iter().filter(|post| post.tenant_id == acting.tenant);
        let ids: Vec<UnitId> = inside.map(|post| post.unit_id).collect();
        units_seen(view, &ids).await?
    } else {
        HashMap::new()
    };
    let in_ward = |row: &UnitRow| row.id == acting.unit || row.parent == Some(acting.unit);
    let is_covered = |post: &post::Model| match reach {
        Reach::Never | Reach::Own => false,
        Reach::City => true,
        _ if post.tenant_id != acting.tenant => false,
        Reach::Tenant => true,
        Reach::Branch => post.unit_id == acting.unit,
        Reach::Ward => units.get(&post.unit_id).is_some_and(in_ward),
    };
    let mut below: HashSet<AccountId> = accounts.iter().copied().collect();
    for post in &posts {
        if !is_covered(post) || rank(post.role) >= rank(acting.role) {
            below.remove(&post.account_id);
        }
    }
    Ok(below)
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
