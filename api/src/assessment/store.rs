//! Reading and writing minutes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::id::{AssessmentId, RegistrationId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::{assessment, assessment_item};

use super::input::{Minutes, Votes};
use crate::app::App;
use crate::error::{Error, Result};

/// A registration's place in the latest meeting that assessed it.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// The meeting.
    pub meeting: assessment::Model,
    /// What it decided on the registration.
    pub item: assessment_item::Model,
}

/// The minutes with this id.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn assessment_by_id(scope: &Scope, id: AssessmentId) -> Result<assessment::Model> {
    let find = scope.find::<assessment::Entity>().filter(assessment::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Minutes of a year, newest first, of a ward or branch if the list is of one.
///
/// # Errors
/// What the database answers.
pub async fn assessment_list(
    scope: &Scope,
    year: i32,
    (ward, branch): (Option<UnitId>, Option<UnitId>),
    after: Option<AssessmentId>,
    limit: u64,
) -> Result<Vec<assessment::Model>> {
    use assessment::Column::{BranchId, Id, WardId, Year};
    let mut find = scope.find::<assessment::Entity>().filter(Year.eq(year));
    if let Some(ward) = ward {
        find = find.filter(WardId.eq(ward));
    }
    if let Some(branch) = branch {
        find = find.filter(BranchId.eq(branch));
    }
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    Ok(find.order_by(Id, Order::Desc).limit(limit).all().await?)
}

/// What meetings decided, registration by registration, in the order of the registrations.
///
/// # Errors
/// What the database answers.
pub async fn items_of(
    scope: &Scope,
    meetings: &[AssessmentId],
) -> Result<HashMap<AssessmentId, Vec<assessment_item::Model>>> {
    let rows = scope
        .find::<assessment_item::Entity>()
        .filter(assessment_item::Column::AssessmentId.is_in(meetings.iter().copied()))
        .order_by(assessment_item::Column::RegistrationId, Order::Asc)
        .all()
        .await?;
    let mut items: HashMap<AssessmentId, Vec<assessment_item::Model>> = HashMap::new();
    for row in rows {
        items.entry(row.assessment_id).or_default().push(row);
    }
    Ok(items)
}

/// Where registrations stand in the latest meetings that assessed them; no entry for one that none has.
///
/// # Errors
/// What the database answers.
pub async fn assessments_of(
    scope: &Scope,
    registrations: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Assessed>> {
    let items = scope
        .find::<assessment_item::Entity>()
        .filter(assessment_item::Column::RegistrationId.is_in(registrations.iter().copied()))
        .order_by(assessment_item::Column::Id, Order::Asc)
        .all()
        .await?;
    let items = latest(items);
    let meetings = scope
        .find::<assessment::Entity>()
        .filter(assessment::Column::Id.is_in(items.values().map(|item| item.assessment_id)))
        .all()
        .await?;
    let meetings: HashMap<AssessmentId, assessment::Model> = meetings.into_iter().map(|row| (row.id, row)).collect();
    let joined = |(id, item): (RegistrationId, assessment_item::Model)| {
        let meeting = meetings.get(&item.assessment_id)?.clone();
        Some((id, Assessed { meeting, item }))
    };
    Ok(items.into_iter().filter_map(joined).collect())
}

/// Until which day the results of registrations hang out, by the latest meeting; no entry where they do not.
///
/// # Errors
/// What the database answers.
pub async fn posted_until(
    tx: &Writer<'_>,
    registrations: impl Iterator<Item = RegistrationId>,
) -> Result<HashMap<RegistrationId, NaiveDate>> {
    let items = tx
        .find::<assessment_item::Entity>()
        .filter(assessment_item::Column::RegistrationId.is_in(registrations))
        .order_by(assessment_item::Column::Id, Order::Asc)
        .all()
        .await?;
    let items = latest(items);
    let meetings = tx
        .find::<assessment::Entity>()
        .filter(assessment::Column::Id.is_in(items.values().map(|item| item.assessment_id)))
        .all()
        .await?;
    let until = |row: assessment::Model| row.posted_until.map(|until| (row.id, until));
    let until: HashMap<AssessmentId, NaiveDate> = meetings.into_iter().filter_map(until).collect();
    let joined = |(id, item): (RegistrationId, assessment_item::Model)| Some((id, *until.get(&item.assessment_id)?));
    Ok(items.into_iter().filter_map(joined).collect())
}

/// The last of each registration's; ids are given out in the order of time.
fn latest(items: Vec<assessment_item::Model>) -> HashMap<RegistrationId, assessment_item::Model> {
    items.into_iter().map(|item| (item.registration_id, item)).collect()
}

/// Writes minutes down, with the votes on each registration.
///
/// # Errors
/// What the database answers.
pub async fn insert(
    app: &App,
    tx: &Writer<'_>,
    minutes: &Minutes,
    (branch_id, ward_id): (UnitId, UnitId),
    votes: impl Iterator<Item = (RegistrationId, &Votes)>,
) -> Result<AssessmentId> {
    let (scope, id) = (tx.scope(), app.new_id::<AssessmentId>());
    let row = assessment::Model {
        tenant_id: scope.tenant(),
        id,
        branch_id,
        ward_id,
        model: minutes.model,
        year: minutes.year,
        held_on: minutes.held_on,
        place: minutes.place.clone(),
        chair_name: minutes.chair_name.clone(),
        secretary_name: minutes.secretary_name.clone(),
        present: minutes.present,
        remarks: minutes.remarks.clone(),
        posted_until: minutes.posted_until,
        account_id: scope.actor().account,
        actor_name: scope.actor().name.clone(),
        created_at: scope.now(),
    };
    tx.insert::<assessment::Entity>(row).await?;
    let item = |(registration_id, votes): (RegistrationId, &Votes)| assessment_item::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        assessment_id: id,
        registration_id,
        branch_id,
        ward_id,
        votes_for: votes.in_favour,
        votes_against: votes.against,
        remark: votes.remark.clone(),
    };
    tx.insert_all::<assessment_item::Entity>(votes.map(item).collect())
        .await?;
    Ok(id)
}
