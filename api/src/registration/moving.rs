//! What becomes of a household's registrations when it moves to another branch.
//!
//! What is under way goes along and is finished in the new branch, where the family can be asked. What has been signed stays
//! with the branch that has the paper: of past years, and of this year once it is decided. In between, from the family's signed
//! marks to the decision, nothing is moved: the meeting that knows the family is that of the old branch.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::id::{RegistrationId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Writer;
use entity::table::{registration, registration_event, score_sheet};
use entity::vocabulary::{RegistrationAction, RegistrationState as State};

use super::store::{Words, event};
use crate::app::App;
use crate::error::{Refusal, Result};
use crate::programme::{Timing, closed_among};
use crate::relay::outbox;

/// What becomes of a registration of a year that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes to the new branch.
    GoesAlong,
    /// It stays where it was decided.
    Stays,
    /// It keeps its household where it is.
    Holds,
}

/// `signed` says whether the subject has ever handed its marks in.
const fn fate(state: State, signed: bool) -> Fate {
    match (state, signed) {
        (State::Draft | State::Submitted | State::Returned | State::Withdrawn | State::Rejected, _)
        | (State::Approved, false) => Fate::GoesAlong,
        (State::Approved, true) | (State::SelfScored | State::BranchAssessed | State::WardProposed, _) => Fate::Holds,
        (State::Recognised | State::NotRecognised | State::Revoked, _) => Fate::Stays,
    }
}

/// Brings a locked subject's registrations to another branch and ward, as far as they go along.
///
/// # Errors
/// REFUSED `MOVE_AFTER_DECISION`, or what the database answers.
pub async fn move_along(
    app: &App,
    tx: &Writer<'_>,
    subject: SubjectId,
    (branch, ward): (UnitId, UnitId),
    device_time: Option<DateTime<Utc>>,
) -> Result<()> {
    use registration::Column::{BranchId, Id, SubjectId as Subject, Version, WardId};
    let mut rows = tx
        .find::<registration::Entity>()
        .filter(Subject.eq(subject))
        .order_by(Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    let closed = closed_among(tx, rows.iter().map(|row| row.year)).await?;
    rows.retain(|row| !closed.contains(&row.year));
    let signed = signed_among(tx, &rows).await?;
    let of = |row: &registration::Model| fate(row.state, signed.contains(&row.id));
    if rows.iter().any(|row| of(row) == Fate::Holds) {
        return Err(Refusal::MoveAfterDecision.into());
    }
    rows.retain(|row| of(row) == Fate::GoesAlong);
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<RegistrationId> = rows.iter().map(|row| row.id).collect();
    tx.update::<registration::Entity>()
        .set(BranchId, branch.0)
        .set(WardId, ward.0)
        .raise(Version)
        .filter(Id.is_in(ids.iter().copied()))
        .run()
        .await?;
    // a sheet that is being marked is nobody's paper yet
    tx.update::<score_sheet::Entity>()
        .set(score_sheet::Column::BranchId, branch.0)
        .set(score_sheet::Column::WardId, ward.0)
        .filter(score_sheet::Column::RegistrationId.is_in(ids))
        .filter(score_sheet::Column::SignedAt.is_null())
        .run()
        .await?;
    let words = Words {
        action: RegistrationAction::Move,
        reason: None,
        note: None,
        pressed: device_time.into(),
        timing: Timing::InTime,
    };
    let mut events = Vec::with_capacity(rows.len());
    let mut told = Vec::with_capacity(rows.len());
    for row in &rows {
        let (here, there) = ((row.branch_id, row.ward_id), (branch, ward));
        tx.count_moved_registration(here, there, (row.model, row.year), row.state);
        let after = registration::Model {
            branch_id: branch,
            ward_id: ward,
            version: row.version + 1,
            ..row.clone()
        };
        let event = event(app, tx.scope(), &after, Some(row.state), words);
        told.push(outbox::of_move(row, &after, &event));
        events.push(event);
    }
    tx.insert_all::<registration_event::Entity>(events).await?;
    outbox::write(tx, told).await
}

async fn signed_among(tx: &Writer<'_>, rows: &[registration::Model]) -> Result<HashSet<RegistrationId>> {
    use score_sheet::Column::{RegistrationId as Of, SignedAt};
    let sheets = tx
        .find::<score_sheet::Entity>()
        .filter(Of.is_in(rows.iter().map(|row| row.id)))
        .filter(SignedAt.is_not_null())
        .all()
        .await?;
    Ok(sheets.into_iter().map(|sheet| sheet.registration_id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::workflow;

    #[test]
    fn what_moved_can_still_be_finished_and_what_is_under_way_never_stays_behind() {
        for state in State::ALL {
            for signed in [false, true] {
                let waits = workflow::next(Some(*state), RegistrationAction::Approve).is_ok()
                    || workflow::next(Some(*state), RegistrationAction::SelfScore).is_ok()
                    || workflow::next(Some(*state), RegistrationAction::Assess).is_ok()
                    || workflow::next(Some(*state), RegistrationAction::Propose).is_ok()
                    || workflow::next(Some(*state), RegistrationAction::Recognise).is_ok()
                    || workflow::next(Some(*state), RegistrationAction::Submit).is_ok();
                assert_eq!(
                    fate(*state, signed) == Fate::Stays,
                    !waits && *state != State::Rejected,
                    "{state:?}"
                );
            }
        }
    }
}
