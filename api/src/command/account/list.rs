//! `khuyenhoc account list`: who there is, which posts they hold, when they were last seen.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use entity::id::{AccountId, UnitId};
use entity::query::{ColumnTrait, Condition};
use entity::scope::{CityScope, Holding};
use entity::table::{account, post, unit_version};
use entity::value::PhoneNumber;
use entity::vocabulary::Role;
use uuid::Uuid;

use super::office::Office;
use super::{place, role};
use crate::clock::{HANOI, hanoi_date};
use crate::command::failure::{Failure, print};

/// Options of `account list`.
#[derive(Debug, Args)]
#[command(
    after_help = "One line for each account, oldest first, with tabs between: id, name, sign-in name, posts in force, state, last seen.\n\n\
    Examples:\n  khuyenhoc account list --role DISTRICT_OFFICER\n  khuyenhoc account list --unit UNIT_ID --limit 200 --show-sign-in"
)]
pub(in crate::command) struct ListOptions {
    /// Only those who hold a post of this role
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// Only those who hold a post in this unit or in one below it, by its id in the API or its UUID
    #[arg(long, value_name = "ID")]
    unit: Option<String>,
    /// With --unit: not those in the units below it
    #[arg(long, requires = "unit")]
    this_unit_only: bool,
    /// The most accounts shown
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
    /// Go on after this account, the last one of the page before
    #[arg(long, value_name = "ID")]
    after: Option<Uuid>,
    /// Show phone numbers and user names in full
    #[arg(long)]
    show_sign_in: bool,
}

/// Prints a page of accounts.
///
/// # Errors
/// An option is wrong, or what the database answers.
pub(super) async fn list(office: &Office, options: &ListOptions) -> Result<(), Failure> {
    let holding = holding(office, options).await?;
    let (door, now) = (office.db().sign_in(), office.now());
    let after = match options.after {
        Some(id) => {
            let row = door.account_by_id(AccountId(id)).await?;
            Some(row.ok_or_else(|| Failure::new("--after: there is no such account"))?)
        }
        None => None,
    };
    let mut accounts = door.accounts(&holding, now, after.as_ref(), options.limit + 1).await?;
    let more = u64::try_from(accounts.len()).is_ok_and(|found| found > options.limit);
    if more {
        accounts.pop();
    }
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let posts = door.posts_of_all(&ids, now).await?;
    let seen = door.last_seen(&ids).await?;
    let names = unit_names(office, &posts).await?;
    for account in &accounts {
        let held: Vec<String> = posts
            .iter()
            .filter(|post| post.account_id == account.id)
            .map(|post| described(post, &names))
            .collect();
        let line = [
            account.id.to_string(),
            account.name.clone(),
            sign_in_name(account, options.show_sign_in),
            or_dash(held.join("; ")),
            state(account, now).to_owned(),
            seen.get(&account.id).map_or_else(|| "never".to_owned(), shown),
        ];
        print(&format!("{}\n", line.join("\t")))?;
    }
    if let (true, Some(last)) = (more, ids.last()) {
        print(&format!("there are more: --after {last}\n"))?;
    }
    Ok(())
}

/// Which posts are asked for.
async fn holding(office: &Office, options: &ListOptions) -> Result<Holding, Failure> {
    let role = options.role;
    let Some(unit) = options.unit.as_deref().map(place::unit_id).transpose()? else {
        return Ok(Holding {
            role,
            ..Holding::default()
        });
    };
    let city = office.db().city().await?;
    // below the city is everybody who holds a post
    let any = !options.this_unit_only && city.is_some_and(|city| city.root_unit_id == unit);
    let units = match (any, options.this_unit_only) {
        (true, _) => None,
        (false, true) => Some(vec![unit]),
        (false, false) => Some(with_units_below(office, unit).await?),
    };
    Ok(Holding { role, units, any })
}

/// A unit with all that lie below it today.
async fn with_units_below(office: &Office, unit: UnitId) -> Result<Vec<UnitId>, Failure> {
    let today = unit_version::in_force(hanoi_date(office.now()));
    let (mut found, mut level) = (vec![unit], vec![unit]);
    // the tree has no more levels than a city, its districts, their wards and branches
    for _ in 0..3 {
        let rows = CityScope::grant(office.db(), office.now())
            .find::<unit_version::Entity>()
            .filter(unit_version::Column::ParentId.is_in(level.iter().copied()))
            .filter(today.clone())
            .all()
            .await?;
        level = rows.into_iter().map(|row| row.unit_id).collect();
        found.extend(level.iter().copied());
    }
    Ok(found)
}

/// The names that the units of these posts have today.
async fn unit_names(office: &Office, posts: &[post::Model]) -> Result<HashMap<UnitId, String>, Failure> {
    use unit_version::Column::{UnitId as Unit, ValidFrom, ValidUntil};
    let today = hanoi_date(office.now());
    let not_over = Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(today));
    let rows = CityScope::grant(office.db(), office.now())
        .find::<unit_version::Entity>()
        .filter(Unit.is_in(posts.iter().map(|post| post.unit_id)))
        .filter(ValidFrom.lte(today))
        .filter(not_over)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row.name)).collect())
}

fn described(post: &post::Model, names: &HashMap<UnitId, String>) -> String {
    let unit = names
        .get(&post.unit_id)
        .cloned()
        .unwrap_or_else(|| post.unit_id.to_string());
    format!("{} {unit}", post.role.as_str())
}

fn sign_in_name(account: &account::Model, in_full: bool) -> String {
    match (&account.phone, &account.user_name) {
        (Some(phone), _) if in_full => phone.clone(),
        (Some(phone), _) => PhoneNumber::parse(phone).map_or_else(|_| "***".to_owned(), |phone| phone.masked()),
        (None, Some(name)) if in_full => name.clone(),
        (None, Some(name)) => name.chars().take(1).chain("***".chars()).collect(),
        (None, None) => "-".to_owned(),
    }
}

fn state(account: &account::Model, now: DateTime<Utc>) -> &'static str {
    if crate::access::viewer::may_sign_in(account, now) {
        "active"
    } else {
        "disabled"
    }
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

fn shown(moment: &DateTime<Utc>) -> String {
    moment.with_timezone(&HANOI).to_rfc3339_opts(SecondsFormat::Secs, false)
}
