//! Giving an account a post, for `account create` and `account grant`.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::Args;
use entity::id::{TenantId, UnitId};
use entity::scope::{Actor, DbError, PersonalWriter, Reach, Scope, Writer};
use entity::table::{account, post, tenant, unit, unit_version};
use entity::value::{Language, Rule, ShortText, UnitName};
use entity::vocabulary::{Role, SecurityEventKind, TenantKind, UnitKind};

use super::office::Office;
use super::place::Place;
use crate::clock::{HANOI, hanoi_date};
use crate::command::failure::{Failure, print};
use crate::session::journal::{self, Entry};

/// What is said of a post besides its role.
#[derive(Debug, Args)]
pub(super) struct PostOptions {
    /// The unit of the post, by its id in the API or its UUID; the city itself for city roles unless said
    #[arg(long, value_name = "ID")]
    pub(super) unit: Option<String>,
    /// Last day of the post
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
    /// Number of the decision of appointment
    #[arg(long, value_name = "NUMBER")]
    decision: Option<String>,
}

/// A post to be given, checked as far as it can be without the database.
pub(super) struct Wish {
    pub(super) role: Role,
    until: Option<DateTime<Utc>>,
    decision: Option<ShortText>,
}

impl Wish {
    /// From the options; `now` is the moment from which the post is to hold.
    pub(super) fn parse(role: Role, options: &PostOptions, now: DateTime<Utc>) -> Result<Self, Failure> {
        if options.until.is_some_and(|until| until < hanoi_date(now)) {
            return Err(Failure::new("--until lies in the past"));
        }
        let decision = options.decision.as_deref().map(ShortText::parse).transpose();
        Ok(Self {
            role,
            until: options.until.and_then(end_of),
            decision: decision.map_err(told("decision"))?,
        })
    }
}

/// What is wrong with an option.
pub(super) fn told(option: &'static str) -> impl Fn(Rule) -> Failure {
    move |rule| Failure::new(format!("--{option}: {}", rule.message(Language::En)))
}

/// Refuses what a role asks of its holder.
pub(super) fn check_holder(role: Role, has_phone: bool) -> Result<(), Failure> {
    if role == Role::BranchHead && !has_phone {
        return Err(Failure::new(
            "a branch head needs an account with a phone number: by it their own household is known, on which they must not decide",
        ));
    }
    Ok(())
}

/// Refuses a post the account holds already: a command given twice should not appoint twice.
pub(super) async fn check_new(
    office: &Office,
    account: &account::Model,
    place: &Place,
    role: Role,
) -> Result<(), Failure> {
    let posts = office.db().sign_in().posts_of(account.id, office.now()).await?;
    let Place::Unit(tenant, unit) = place else {
        return Ok(());
    };
    if posts
        .iter()
        .any(|post| (post.tenant_id, post.unit_id, post.role) == (*tenant, *unit, role))
    {
        return Err(Failure::new(format!("{} holds this post already", account.name)));
    }
    Ok(())
}

/// Gives the post, and says so.
///
/// The journal is the sign-in role's and the post the association's: no transaction holds both. The journal comes first,
/// because a post that nobody has written down would be worse than a line about one that did not come.
pub(super) async fn appoint(
    office: &Office,
    holder: &account::Model,
    place: Place,
    wish: &Wish,
) -> Result<(), Failure> {
    let (app, request) = (&office.app, &office.request);
    let door = app.db.sign_in();
    let told = door.write(async |tx: &PersonalWriter| {
        let entry = Entry::of(SecurityEventKind::PostGranted, holder.id).detail(wish.role.as_str());
        journal::record(app, tx, request, entry).await
    });
    told.await?;
    make_post(office, holder, place, wish).await?;
    print(&format!("{} holds the post {} now\n", holder.name, wish.role.as_str()))
}

/// Makes the post, and before it the city association where the place is still to be founded, in one transaction.
async fn make_post(office: &Office, holder: &account::Model, place: Place, wish: &Wish) -> Result<(), Failure> {
    let (tenant, unit, founding) = match place {
        Place::Unit(tenant, unit) => (tenant, unit, None),
        Place::NewCity(name) => (
            office.app.new_id::<TenantId>(),
            office.app.new_id::<UnitId>(),
            Some(name),
        ),
    };
    let now = office.now();
    let row = post::Model {
        tenant_id: tenant,
        id: office.app.new_id(),
        account_id: holder.id,
        role: wish.role,
        unit_id: unit,
        valid_from: now,
        valid_until: wish.until,
        decision_number: wish.decision.as_ref().map(|number| number.as_str().to_owned()),
        created_at: now,
    };
    let actor = Actor {
        account: holder.id,
        name: holder.name.clone(),
        phone: holder.phone.clone(),
        post: row.id,
        role: wish.role,
        unit,
    };
    let scope = Scope::grant(office.db(), tenant, actor, Reach::Tenant, now);
    scope
        .write(async |tx: &Writer<'_>| {
            if let Some(name) = &founding {
                found_city(office, tx, unit, name).await?;
            }
            tx.insert::<post::Entity>(row).await
        })
        .await
        .map_err(|error| match error {
            DbError::Unique(_) if founding.is_some() => {
                Failure::new("another command has founded the city at this moment; give this one again")
            }
            other => other.into(),
        })
}

async fn found_city(office: &Office, tx: &Writer<'_>, root: UnitId, name: &UnitName) -> Result<(), DbError> {
    let (tenant, now) = (tx.scope().tenant(), tx.scope().now());
    tx.insert_shared::<tenant::Entity>(tenant::Model {
        id: tenant,
        kind: TenantKind::City,
        parent_id: None,
        root_unit_id: root,
        created_at: now,
    })
    .await?;
    let city = unit::Model {
        tenant_id: tenant,
        id: root,
        kind: UnitKind::City,
        branch_kind: None,
        created_at: now,
    };
    tx.insert::<unit::Entity>(city).await?;
    tx.insert::<unit_version::Entity>(unit_version::Model {
        tenant_id: tenant,
        id: office.app.new_id(),
        unit_id: root,
        parent_id: None,
        name: name.as_str().to_owned(),
        name_key: name.key(),
        sort_key: name.sort_key(),
        official_code: None,
        valid_from: hanoi_date(now),
        valid_until: None,
    })
    .await
}

/// The first moment after a day, in Hanoi.
fn end_of(last: NaiveDate) -> Option<DateTime<Utc>> {
    let next = last.checked_add_days(Days::new(1))?;
    Some(
        next.and_time(NaiveTime::MIN)
            .and_local_timezone(HANOI)
            .single()?
            .to_utc(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_lasts_through_its_last_day_in_hanoi() {
        let end = end_of(NaiveDate::from_ymd_opt(2026, 12, 31).unwrap()).unwrap();
        assert_eq!(end.to_rfc3339(), "2026-12-31T17:00:00+00:00");
    }
}
