//! Entering and answering complaints.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::ComplaintId;
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::vocabulary::{ComplaintState, RegistrationAction, RegistrationState, Role};
use serde::{Deserialize, Serialize};

use super::input::{Answer, AnswerComplaintInput, Complain, EnterComplaintInput};
use super::model::Complaint;
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Refusal, Result};
use crate::programme::{Pressed, Timing, check_open};
use crate::registration::{self as registrations, Words, returned_by};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};
use crate::sent::Sent;
use crate::subject::own_among;

/// The answer to a mutation of a complaint.
#[derive(SimpleObject)]
pub struct ComplaintPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The complaint as it is now; null when the key was used for something else.
    pub complaint: Option<Complaint>,
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    outcome: WriteOutcome,
    complaint: ComplaintId,
}

/// Mutations of complaints.
#[derive(Default)]
pub struct ComplaintMutation;

/// Mutations of complaints.
#[Object]
impl ComplaintMutation {
    /// Enters a complaint about what the branch meeting has decided on a registration, until that is on the ward's list: a
    /// family about its own, a branch head or ward officer for somebody on paper.
    async fn enter_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The complaint.")] input: EnterComplaintInput,
    ) -> Result<ComplaintPayload> {
        enter_complaint(ctx, &Sent::by_field(ctx), input).await
    }

    /// Answers a complaint. One that is upheld returns its registration to the step before, with the answer as the reason.
    async fn answer_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and the answer.")] input: AnswerComplaintInput,
    ) -> Result<ComplaintPayload> {
        answer_complaint(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `enterComplaint`.
///
/// # Errors
/// As the field.
pub async fn enter_complaint(ctx: &Context<'_>, sent: &Sent, input: EnterComplaintInput) -> Result<ComplaintPayload> {
    let command = input.parse()?;
    let scope = ctx.scope_in(Permission::ComplaintWrite, command.registration.0)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "enterComplaint",
    };
    let app = ctx.app();
    let done = once(app, &scope, (key, sent), &command, async |tx: &Writer<'_>| {
        complain(app, tx, &command).await
    })
    .await?;
    answered(&scope, done).await
}

/// `answerComplaint`.
///
/// # Errors
/// As the field.
pub async fn answer_complaint(ctx: &Context<'_>, sent: &Sent, input: AnswerComplaintInput) -> Result<ComplaintPayload> {
    let command = input.parse()?;
    let scope = ctx.scope_in(Permission::ComplaintAnswer, command.complaint.0)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "answerComplaint",
    };
    let app = ctx.app();
    let done = once(app, &scope, (key, sent), &command, async |tx: &Writer<'_>| {
        answer(app, tx, &command, sent.pressed(command.device_time)).await
    })
    .await?;
    answered(&scope, done).await
}

async fn answered(scope: &Scope, done: Once<Kept>) -> Result<ComplaintPayload> {
    let (outcome, id) = match done {
        Once::First(kept) => (kept.outcome, kept.complaint),
        Once::Replayed(kept) => (WriteOutcome::Replayed, kept.complaint),
        Once::KeyReused => {
            return Ok(ComplaintPayload {
                outcome: WriteOutcome::KeyReused,
                complaint: None,
            });
        }
    };
    let complaint = Some(Complaint(store::complaint_by_id(scope, id).await?));
    Ok(ComplaintPayload { outcome, complaint })
}

async fn complain(app: &App, tx: &Writer<'_>, command: &Complain) -> Result<Effect<Kept>> {
    // locked: an officer who is putting it on the list waits for the complaint, or the complaint comes too late
    let about = registrations::locked(tx, command.registration.1).await?;
    check_open(tx, about.year).await?;
    if about.state != RegistrationState::BranchAssessed {
        return Err(Refusal::NoComplaintNow.into());
    }
    Ok(Effect::Done(Kept {
        outcome: WriteOutcome::Applied,
        complaint: store::insert(app, tx, &about, command).await?,
    }))
}

async fn answer(app: &App, tx: &Writer<'_>, command: &Answer, pressed: Pressed) -> Result<Effect<Kept>> {
    let row = store::locked(tx, command.complaint.1).await?;
    if row.state != command.expected_state {
        return Ok(Effect::Nothing(Kept {
            outcome: WriteOutcome::Stale,
            complaint: row.id,
        }));
    }
    if row.state != ComplaintState::Open {
        return Err(Refusal::ComplaintAnswered.into());
    }
    let about = registrations::locked(tx, row.registration_id).await?;
    check_open(tx, about.year).await?;
    let actor = tx.scope().actor();
    let subject = (about.model.subject(), about.subject_id);
    let own = own_among(tx, (actor.account, actor.phone.as_deref()), [subject]).await?;
    if own.contains(&about.subject_id) {
        return Err(Refusal::OwnHousehold.into());
    }
    store::answer(app, tx, (&row, &about), command).await?;
    if command.upheld {
        send_back(app, tx, about, (command, pressed)).await?;
    }
    Ok(Effect::Done(Kept {
        outcome: WriteOutcome::Applied,
        complaint: row.id,
    }))
}

/// Returns the registration of an upheld complaint, unless it has been returned since, or has a title by now: that is taken
/// away by a decision only.
async fn send_back(
    app: &App,
    tx: &Writer<'_>,
    about: registration::Model,
    (command, pressed): (&Answer, Pressed),
) -> Result<()> {
    if returned_by(about.state) != Some(Role::WardOfficer) {
        return Ok(());
    }
    let words = Words {
        action: RegistrationAction::Return,
        reason: Some(&command.words),
        note: None,
        pressed,
        timing: Timing::InTime,
    };
    let to = registrations::step(about.state, words.action)?;
    registrations::apply(app, tx, &[about], to, words).await
}
