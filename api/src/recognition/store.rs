//! Reading and writing lists and decisions.

use std::collections::HashMap;

use entity::id::{DecisionId, SubmissionId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, Scope, Writer};
use entity::table::{decision, registration, submission};
use entity::vocabulary::RegistrationState::{NotRecognised, Recognised, Revoked};

use super::input::{DecisionHead, ListHead};
use crate::app::App;
use crate::error::{Conflict, Error, Result};

/// Lists by id.
///
/// # Errors
/// What the database answers.
pub async fn submissions_by_id(
    scope: &Scope,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, submission::Model>> {
    let find = scope
        .find::<submission::Entity>()
        .filter(submission::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Decisions by id.
///
/// # Errors
/// What the database answers.
pub async fn decisions_by_id(scope: &Scope, ids: &[DecisionId]) -> Result<HashMap<DecisionId, decision::Model>> {
    let find = scope
        .find::<decision::Entity>()
        .filter(decision::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// One list.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn submission_by_id(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let found = submissions_by_id(scope, &[id]).await?.remove(&id);
    found.ok_or(Error::NotFound)
}

/// One decision.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn decision_by_id(scope: &Scope, id: DecisionId) -> Result<decision::Model> {
    let found = decisions_by_id(scope, &[id]).await?.remove(&id);
    found.ok_or(Error::NotFound)
}

/// Lists of a year, newest first, of a ward if the list is of one.
///
/// # Errors
/// What the database answers.
pub async fn submission_list(
    scope: &Scope,
    year: i32,
    ward: Option<UnitId>,
    after: Option<SubmissionId>,
    limit: u64,
) -> Result<Vec<submission::Model>> {
    use submission::Column::{Id, WardId, Year};
    let mut find = scope.find::<submission::Entity>().filter(Year.eq(year));
    if let Some(ward) = ward {
        find = find.filter(WardId.eq(ward));
    }
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    Ok(find.order_by(Id, Order::Desc).limit(limit).all().await?)
}

/// Decisions of a year, newest first, of a ward if the list is of one.
///
/// # Errors
/// What the database answers.
pub async fn decision_list(
    scope: &Scope,
    year: i32,
    ward: Option<UnitId>,
    after: Option<DecisionId>,
    limit: u64,
) -> Result<Vec<decision::Model>> {
    use decision::Column::{Id, WardId, Year};
    let mut find = scope.find::<decision::Entity>().filter(Year.eq(year));
    if let Some(ward) = ward {
        find = find.filter(WardId.eq(ward));
    }
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    Ok(find.order_by(Id, Order::Desc).limit(limit).all().await?)
}

/// Whether anything on a list has been decided on by the People's Committee.
///
/// # Errors
/// What the database answers.
pub async fn is_decided(tx: &Writer<'_>, list: &submission::Model) -> Result<bool> {
    use registration::Column::{Model, State, SubmissionId, WardId, Year};
    let find = tx
        .find::<registration::Entity>()
        .filter(WardId.eq(list.ward_id))
        .filter(Model.eq(list.model))
        .filter(Year.eq(list.year))
        .filter(State.is_in([Recognised, NotRecognised, Revoked]))
        .filter(SubmissionId.eq(list.id));
    Ok(find.exists().await?)
}

/// Writes the head of a list down.
///
/// # Errors
/// CONFLICT `NUMBER_TAKEN` when the ward has a list with this number in this year.
pub async fn insert_submission(app: &App, tx: &Writer<'_>, head: &ListHead) -> Result<submission::Model> {
    let scope = tx.scope();
    let row = submission::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        ward_id: head.ward.1,
        model: head.model,
        year: head.year,
        number: head.number.clone(),
        submitted_on: head.submitted_on,
        signer_name: head.signer_name.clone(),
        signer_title: head.signer_title.clone(),
        remarks: head.remarks.clone(),
        account_id: scope.actor().account,
        actor_name: scope.actor().name.clone(),
        created_at: scope.now(),
    };
    tx.insert::<submission::Entity>(row.clone()).await.map_err(taken)?;
    Ok(row)
}

/// Writes the head of a decision down.
///
/// # Errors
/// CONFLICT `NUMBER_TAKEN` when the ward has a decision with this number and day.
pub async fn insert_decision(app: &App, tx: &Writer<'_>, head: &DecisionHead) -> Result<decision::Model> {
    let scope = tx.scope();
    let row = decision::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        ward_id: head.ward.1,
        year: head.year,
        kind: head.kind,
        number: head.number.clone(),
        decided_on: head.decided_on,
        authority: head.authority.clone(),
        signer_name: head.signer_name.clone(),
        signer_title: head.signer_title.clone(),
        account_id: scope.actor().account,
        actor_name: scope.actor().name.clone(),
        created_at: scope.now(),
    };
    tx.insert::<decision::Entity>(row.clone()).await.map_err(taken)?;
    Ok(row)
}

fn taken(error: DbError) -> Error {
    match error {
        DbError::Unique(_) => Error::Conflict(Conflict::NumberTaken),
        other => other.into(),
    }
}
