//! Reading and writing complaints.

use std::collections::HashSet;

use entity::id::{ComplaintId, RegistrationId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Reach, Scope, Writer};
use entity::table::{complaint, registration};
use entity::vocabulary::{ComplaintState, OutboxTopic};

use super::input::{Answer, Complain};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::relay::outbox;

/// One complaint.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn complaint_by_id(scope: &Scope, id: ComplaintId) -> Result<complaint::Model> {
    let find = scope.find::<complaint::Entity>().filter(complaint::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Which registrations a complaint waits on.
///
/// # Errors
/// What the database answers.
pub async fn complained_of(
    tx: &Writer<'_>,
    registrations: impl Iterator<Item = RegistrationId>,
) -> Result<HashSet<RegistrationId>> {
    let open = tx
        .find::<complaint::Entity>()
        .filter(complaint::Column::RegistrationId.is_in(registrations))
        .filter(complaint::Column::State.eq(ComplaintState::Open))
        .all()
        .await?;
    Ok(open.into_iter().map(|row| row.registration_id).collect())
}

/// Complaints in one state, oldest first, of a ward or branch if the list is of one.
///
/// # Errors
/// What the database answers.
pub async fn complaint_list(
    scope: &Scope,
    state: ComplaintState,
    (ward, branch): (Option<UnitId>, Option<UnitId>),
    after: Option<ComplaintId>,
    limit: u64,
) -> Result<Vec<complaint::Model>> {
    use complaint::Column::{BranchId, Id, State, WardId};
    let mut find = scope.find::<complaint::Entity>().filter(State.eq(state));
    if let Some(ward) = ward {
        find = find.filter(WardId.eq(ward));
    }
    if let Some(branch) = branch {
        find = find.filter(BranchId.eq(branch));
    }
    if let Some(after) = after {
        find = find.filter(Id.gt(after));
    }
    Ok(find.order_by(Id, Order::Asc).limit(limit).all().await?)
}

/// Writes a complaint about a locked registration down. A family has one at a time.
///
/// # Errors
/// REFUSED when the family's last one waits for an answer, or what the database answers.
pub async fn insert(
    app: &App,
    tx: &Writer<'_>,
    about: &registration::Model,
    command: &Complain,
) -> Result<ComplaintId> {
    let (scope, id) = (tx.scope(), app.new_id::<ComplaintId>());
    let by_family = matches!(scope.reach(), Reach::Own(_));
    let account = scope.actor().account;
    if by_family {
        let waiting = tx
            .find::<complaint::Entity>()
            .filter(complaint::Column::RegistrationId.eq(about.id))
            .filter(complaint::Column::AccountId.eq(account))
            .filter(complaint::Column::State.eq(ComplaintState::Open));
        if waiting.exists().await? {
            return Err(Refusal::ComplaintOpen.into());
        }
    }
    let row = complaint::Model {
        tenant_id: scope.tenant(),
        id,
        registration_id: about.id,
        branch_id: about.branch_id,
        ward_id: about.ward_id,
        state: ComplaintState::Open,
        words: command.words.clone(),
        complainant_name: command.complainant_name.clone().filter(|_| !by_family),
        account_id: account,
        created_at: scope.now(),
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    tx.insert::<complaint::Entity>(row).await?;
    let told = outbox::of_complaint(app, scope, about, OutboxTopic::ComplaintEntered);
    outbox::write(tx, vec![told]).await?;
    Ok(id)
}

/// A complaint, locked against other answers.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn locked(tx: &Writer<'_>, id: ComplaintId) -> Result<complaint::Model> {
    let find = tx
        .find::<complaint::Entity>()
        .filter(complaint::Column::Id.eq(id))
        .for_update();
    find.one().await?.ok_or(Error::NotFound)
}

/// Writes the answer to a locked complaint about a locked registration down.
///
/// # Errors
/// What the database answers.
pub async fn answer(
    app: &App,
    tx: &Writer<'_>,
    (row, about): (&complaint::Model, &registration::Model),
    command: &Answer,
) -> Result<()> {
    use complaint::Column::{Answer, AnsweredAt, AnsweredBy, Id, State};
    let to = if command.upheld {
        ComplaintState::Upheld
    } else {
        ComplaintState::Dismissed
    };
    tx.update::<complaint::Entity>()
        .set(State, to)
        .set(Answer, command.words.clone())
        .set(AnsweredBy, tx.scope().actor().account.0)
        .set(AnsweredAt, tx.scope().now())
        .filter(Id.eq(row.id))
        .run()
        .await?;
    let told = outbox::of_complaint(app, tx.scope(), about, OutboxTopic::ComplaintAnswered);
    outbox::write(tx, vec![told]).await
}
