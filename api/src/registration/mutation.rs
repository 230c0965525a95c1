//! Registering, sending in again, taking back.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{HouseholdId, RegistrationId, UnitId};
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::vocabulary::{Channel, LearningModel, RegistrationAction, RegistrationState as State, Role};
use serde::{Deserialize, Serialize};

use super::input::{
    Register, RegisterHouseholdInput, RegisterSubjectInput, Step, SubmitRegistrationInput, WithdrawRegistrationInput,
};
use super::model::Registration;
use super::read;
use super::store::{self, Words};
use super::workflow;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Result};
use crate::programme::{Pressed, Timing, check_open, check_window};
use crate::replay::{Asked, Effect, Key, Once, WriteOutcome, once};
use crate::sent::Sent;
use crate::subject;

/// The answer to a mutation of one registration.
#[derive(SimpleObject)]
pub struct RegistrationPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The registration as it is now; null when the key was used for something else.
    pub registration: Option<Registration>,
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    outcome: WriteOutcome,
    registration: RegistrationId,
}

/// Mutations of one registration.
#[derive(Default)]
pub struct RegistrationMutation;

/// Mutations of one registration.
#[Object]
impl RegistrationMutation {
    /// Registers a household for the title LEARNING_FAMILY in a programme year: a family its own from its phone, a branch head one of the
    /// branch on paper. A registration that was a draft or was taken back is sent in.
    async fn register_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is registered.")] input: RegisterHouseholdInput,
    ) -> Result<RegistrationPayload> {
        register_household(ctx, &Sent::by_field(ctx), input).await
    }

    /// Registers a subject for its title in a programme year: a clan for LEARNING_CLAN, an institution for LEARNING_UNIT, a
    /// community for LEARNING_COMMUNITY, a citizen for LEARNING_CITIZEN, a household for LEARNING_FAMILY. Their own people from
    /// the phone, a branch head on paper. A registration that was a draft or was taken back is sent in.
    async fn register_subject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is registered.")] input: RegisterSubjectInput,
    ) -> Result<RegistrationPayload> {
        register_subject(ctx, &Sent::by_field(ctx), input).await
    }

    /// Sends a draft in, or a corrected registration in again.
    async fn submit_registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: SubmitRegistrationInput,
    ) -> Result<RegistrationPayload> {
        submit_registration(ctx, &Sent::by_field(ctx), input).await
    }

    /// Takes a registration back that has not been decided on.
    async fn withdraw_registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: WithdrawRegistrationInput,
    ) -> Result<RegistrationPayload> {
        withdraw_registration(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `registerHousehold`.
///
/// # Errors
/// As the field.
pub async fn register_household(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RegisterHouseholdInput,
) -> Result<RegistrationPayload> {
    let command = input.parse()?;
    let household: HouseholdId = command.subject.2.into();
    // as it has always been hashed: a key holds for ever
    let payload = (
        (command.subject.0, household),
        LearningModel::LearningFamily,
        command.year.value(),
        command.note.as_ref().map(entity::value::LongText::as_str),
        command.as_draft,
        command.device_time,
    );
    let key = Key {
        key: input.idempotency_key,
        operation: "registerHousehold",
    };
    register_once(ctx, (key, sent), &command, &Asked::of(payload, command.id)).await
}

/// `registerSubject`.
///
/// # Errors
/// As the field.
pub async fn register_subject(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RegisterSubjectInput,
) -> Result<RegistrationPayload> {
    let command = input.parse()?;
    let payload = (
        (command.subject.0, command.subject.2),
        command.year.value(),
        command.note.as_ref().map(entity::value::LongText::as_str),
        command.as_draft,
        command.device_time,
    );
    let key = Key {
        key: input.idempotency_key,
        operation: "registerSubject",
    };
    register_once(ctx, (key, sent), &command, &Asked::of(payload, command.id)).await
}

/// `submitRegistration`.
///
/// # Errors
/// As the field.
pub async fn submit_registration(
    ctx: &Context<'_>,
    sent: &Sent,
    input: SubmitRegistrationInput,
) -> Result<RegistrationPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "submitRegistration",
    };
    let step = (Permission::RegistrationSubmit, RegistrationAction::Submit);
    take_step(ctx, (key, sent), &input.parse()?, step).await
}

/// `withdrawRegistration`.
///
/// # Errors
/// As the field.
pub async fn withdraw_registration(
    ctx: &Context<'_>,
    sent: &Sent,
    input: WithdrawRegistrationInput,
) -> Result<RegistrationPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "withdrawRegistration",
    };
    let step = (Permission::RegistrationWithdraw, RegistrationAction::Withdraw);
    take_step(ctx, (key, sent), &input.parse()?, step).await
}

async fn register_once(
    ctx: &Context<'_>,
    key: (Key<'_>, &Sent),
    command: &Register,
    payload: &(impl Serialize + Sync),
) -> Result<RegistrationPayload> {
    let scope = ctx.scope_in(Permission::RegistrationSubmit, command.subject.0)?;
    let app = ctx.app();
    let done = once(app, &scope, key, payload, async |tx: &Writer<'_>| {
        register(app, tx, command, key.1.pressed(command.device_time)).await
    })
    .await?;
    answer(&scope, done).await
}

async fn answer(scope: &Scope, done: Once<Kept>) -> Result<RegistrationPayload> {
    let (outcome, id) = match done {
        Once::First(kept) => (kept.outcome, kept.registration),
        Once::Replayed(kept) => (WriteOutcome::Replayed, kept.registration),
        Once::KeyReused => {
            return Ok(RegistrationPayload {
                outcome: WriteOutcome::KeyReused,
                registration: None,
            });
        }
    };
    let registration = Some(Registration(read::registration_by_id(scope, id).await?));
    Ok(RegistrationPayload { outcome, registration })
}

async fn register(app: &App, tx: &Writer<'_>, command: &Register, pressed: Pressed) -> Result<Effect<Kept>> {
    let (scope, year) = (tx.scope(), command.year.value());
    let subject = subject::locked(tx, (command.subject.1, command.subject.2)).await?;
    let model = subject.kind.model();
    let action = if command.as_draft {
        RegistrationAction::SaveDraft
    } else {
        RegistrationAction::Submit
    };
    let mut words = Words {
        action,
        reason: None,
        note: command.note.as_ref().map(entity::value::LongText::as_str),
        pressed,
        timing: Timing::InTime,
    };
    let known = store::locked_of_subject(tx, subject.id, (model, year)).await?;
    let state = known.as_ref().map(|row| row.state);
    let next = workflow::next(state, action)
        .ok()
        .filter(|_| workflow::begins(state, action))
        .filter(|_| known.as_ref().is_none_or(|row| !is_anothers_draft(scope, row)));
    let Some(next) = next else {
        // it stands somewhere else already: shown, not changed
        return match known {
            Some(row) => Ok(Effect::Nothing(Kept {
                outcome: WriteOutcome::AlreadyRegistered,
                registration: row.id,
            })),
            None => Err(Error::Internal("the workflow has no beginning".to_owned())),
        };
    };
    words.timing = timing(tx, (state, action), (subject.ward, year), pressed).await?;
    let id = if let Some(row) = known {
        store::apply(app, tx, std::slice::from_ref(&row), next, words).await?;
        row.id
    } else {
        let row = registration::Model {
            tenant_id: scope.tenant(),
            id: command.id.map_or_else(|| app.new_id(), RegistrationId),
            model,
            subject_id: subject.id,
            year,
            branch_id: subject.branch,
            ward_id: subject.ward,
            state: next,
            state_since: scope.now(),
            channel: store::channel(scope.actor().role),
            note: words.note.map(ToOwned::to_owned),
            reason: None,
            entered_by: scope.actor().account,
            version: 1,
            created_at: scope.now(),
            submission_id: None,
            decision_id: None,
            late: words.late(),
            variant: subject.variant,
        };
        let id = row.id;
        store::insert(app, tx, row, words).await?;
        id
    };
    Ok(Effect::Done(Kept {
        outcome: WriteOutcome::Applied,
        registration: id,
    }))
}

/// How an action stands to its window.
async fn timing(
    tx: &Writer<'_>,
    (state, action): (Option<State>, RegistrationAction),
    (ward, year): (UnitId, i32),
    pressed: Pressed,
) -> Result<Timing> {
    if let Some(phase) = workflow::phase(state, action) {
        return check_window(tx, ward, (year, phase), pressed).await;
    }
    check_open(tx, year).await?;
    Ok(Timing::InTime)
}

/// A draft on a family's phone is the family's until it sends it: a branch head neither sends it nor takes it back.
pub(super) fn is_anothers_draft(scope: &Scope, row: &registration::Model) -> bool {
    scope.actor().role == Role::BranchHead && row.state == State::Draft && row.channel == Channel::Phone
}

async fn take_step(
    ctx: &Context<'_>,
    key: (Key<'_>, &Sent),
    command: &Step,
    (permission, action): (Permission, RegistrationAction),
) -> Result<RegistrationPayload> {
    let app = ctx.app();
    let scope = &ctx.scope_in(permission, command.registration.0)?;
    let pressed = key.1.pressed(command.device_time);
    let text = command.text.as_ref().map(entity::value::LongText::as_str);
    let payload = (
        command.registration,
        command.expected_version,
        text,
        command.device_time,
    );
    let withdrawing = action == RegistrationAction::Withdraw;
    let words = Words {
        action,
        reason: text.filter(|_| withdrawing),
        note: text.filter(|_| !withdrawing),
        pressed,
        timing: Timing::InTime,
    };
    let done = once(app, scope, key, &payload, async |tx: &Writer<'_>| {
        let row = store::locked(tx, command.registration.1).await?;
        let id = row.id;
        if row.version != command.expected_version {
            return Ok(Effect::Nothing(Kept {
                outcome: WriteOutcome::Stale,
                registration: id,
            }));
        }
        if is_anothers_draft(scope, &row) {
            return Err(Error::NotFound);
        }
        let next = store::step(row.state, action)?;
        let timing = timing(tx, (Some(row.state), action), (row.ward_id, row.year), pressed).await?;
        let words = Words { timing, ..words };
        store::apply(app, tx, &[row], next, words).await?;
        Ok(Effect::Done(Kept {
            outcome: WriteOutcome::Applied,
            registration: id,
        }))
    })
    .await?;
    answer(scope, done).await
}
