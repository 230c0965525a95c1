//! Reading what is followed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, SubjectId, TenantId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reads, Scope};
use entity::table::{outbox, registration_notice};
use uuid::Uuid;

use super::cursor::{NoticePlace, StepPlace};
use super::news::Touched;
use super::plan::{Place, Steps};
use crate::app::App;
use crate::error::Result;
use crate::notice::{NoticeRow as Row, given_since, unread as unread_of};
use crate::subject::accounts_of;

/// Rows that are read at a time.
pub const PAGE: u64 = 100;
/// Whom more rows than this concern is not looked up: everybody there looks.
const MOST_ROWS: u64 = 1_000;
/// Notices of accounts bear the time of their request, and a request may last so long until it is committed.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// How far an association's outbox has been told. Without one, the sum over all: it rises when one of them does.
///
/// # Errors
/// What the database answers.
pub async fn head(app: &App, tenant: Option<TenantId>) -> Result<i64> {
    let heads = app.db.sign_in().outbox_heads().await?;
    let of = heads
        .iter()
        .filter(|head| tenant.is_none_or(|tenant| head.tenant_id == tenant));
    Ok(of.map(|head| head.last).sum())
}

/// The next steps after a place, in their order.
///
/// # Errors
/// What the database answers.
pub async fn steps(scope: &Scope, wanted: &Steps, after: StepPlace) -> Result<Vec<outbox::Model>> {
    use outbox::Column::{Batch, BranchId, FromBranchId, FromWardId, Id, RegistrationId, Version, WardId, Year};
    let mut find = scope.find::<outbox::Entity>();
    find = find.filter(outbox::beyond((after.batch, after.version, after.id)));
    find = match wanted.place {
        Place::Ward(_, ward) => find.filter(Condition::any().add(WardId.eq(ward)).add(FromWardId.eq(ward))),
        Place::Branch(_, branch) => find.filter(Condition::any().add(BranchId.eq(branch)).add(FromBranchId.eq(branch))),
        Place::City | Place::Association(_) | Place::Own(..) => find,
    };
    if let Some(registration) = wanted.registration {
        find = find.filter(RegistrationId.eq(registration));
    }
    if let Some(year) = wanted.year {
        find = find.filter(Year.eq(year));
    }
    let find = find.order_by(Batch, Order::Asc).order_by(Version, Order::Asc);
    let find = find.order_by(Id, Order::Asc);
    Ok(find.limit(PAGE).all().await?)
}

/// The place of an account that has seen all its notices.
///
/// # Errors
/// What the database answers.
pub async fn notices_now(app: &App, account: AccountId, now: DateTime<Utc>) -> Result<NoticePlace> {
    let shown = given_since(&app.db, account, now - LATE).await?;
    let last = app.db.sign_in().last_told(account).await?.into_iter();
    Ok(NoticePlace {
        told: last
            .map(|(tenant, batch)| (tenant, (batch, Uuid::max().into())))
            .collect(),
        given: now,
        shown: shown.into_iter().map(|row| row.id).collect(),
    })
}

/// Some of what an account was told after a place.
pub struct Told {
    /// Notices, each with the place after it.
    pub notices: Vec<(Row, NoticePlace)>,
    /// Whether there is more.
    pub more: bool,
    /// How many the account has not read, counted once for all of them; 0 where there are none.
    pub unread: i64,
}

/// What an account was told after a place: at most [`PAGE`] notices of the year's steps, and all of accounts, which are few.
///
/// # Errors
/// What the database answers.
pub async fn notices(app: &App, account: AccountId, after: &NoticePlace, now: DateTime<Utc>) -> Result<Told> {
    let given = given_since(&app.db, account, after.given - LATE).await?;
    let steps = app.db.sign_in().notices_after(account, &after.told, PAGE).await?;
    let more = u64::try_from(steps.len()).unwrap_or(0) == PAGE;
    let mut place = after.clone();
    let mut told = Vec::new();
    for row in given {
        if place.shown.insert(row.id) {
            told.push((Row::Account(row), place.clone()));
        }
    }
    for row in steps {
        place
            .told
            .insert(row.tenant_id, (row.batch.unwrap_or_default(), row.id));
        told.push((Row::Step(row), place.clone()));
    }
    if let Some((_, last)) = told.last_mut() {
        // what is left to know again is what may yet come late
        last.given = now;
        let late = given_since(&app.db, account, now - LATE).await?;
        let known: BTreeSet<_> = late.into_iter().map(|row| row.id).collect();
        last.shown.retain(|id| known.contains(id));
    }
    Ok(Told {
        unread: if told.is_empty() {
            0
        } else {
            unread(app, account).await?
        },
        notices: told,
        more,
    })
}

/// How many notices an account has not read.
///
/// # Errors
/// What the database answers.
pub async fn unread(app: &App, account: AccountId) -> Result<i64> {
    unread_of(&app.db, account).await
}

/// Whom batches of an association concern; `None` where they are too many.
///
/// # Errors
/// What the database answers.
pub async fn touched(app: &App, tenant: TenantId, (after, until): (i64, i64)) -> Result<Option<Touched>> {
    use registration_notice::Column::Batch as NoticeBatch;
    let survey = app.db.survey(tenant);
    let between = |column: outbox::Column| Condition::all().add(column.gt(after)).add(column.lte(until));
    let rows = survey
        .find::<outbox::Entity>()
        .filter(between(outbox::Column::Batch))
        .limit(MOST_ROWS);
    let rows = rows.all().await?;
    if u64::try_from(rows.len()).unwrap_or(u64::MAX) >= MOST_ROWS {
        return Ok(None);
    }
    let mut touched = Touched::default();
    for row in &rows {
        touched.units.extend([row.branch_id, row.ward_id]);
        touched.units.extend(row.from_branch_id.iter().chain(&row.from_ward_id));
    }
    let subjects: HashSet<SubjectId> = rows.iter().map(|row| row.subject_id).collect();
    let subjects: Vec<SubjectId> = subjects.into_iter().collect();
    let managers = accounts_of(&survey, &subjects).await?;
    touched.managers = managers.into_values().flatten().collect();
    let notices = survey
        .find::<registration_notice::Entity>()
        .filter(NoticeBatch.gt(after))
        .filter(NoticeBatch.lte(until));
    touched.readers = notices.all().await?.into_iter().map(|row| row.account_id).collect();
    Ok(Some(touched))
}

/// How far each association has been told.
///
/// # Errors
/// What the database answers.
pub async fn heads(app: &App) -> Result<BTreeMap<TenantId, i64>> {
    let heads = app.db.sign_in().outbox_heads().await?;
    Ok(heads.into_iter().map(|head| (head.tenant_id, head.last)).collect())
}
