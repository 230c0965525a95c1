//! Decisions without a paper, up to two hundred at once: a branch head's, and what a ward officer sends back or declines.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::vocabulary::RegistrationAction::{self, Approve, Decline, Reject, Return};
use entity::vocabulary::RegistrationState;

use super::bulk::{self, DecisionResult, Windows};
use super::input::{ApproveRegistrationsInput, Decision, RefuseRegistrationsInput};
use super::store::{self, Words};
use super::workflow;
use crate::access::{Access, Permission};
use crate::error::{Refusal, Result};
use crate::programme::Timing;
use crate::replay::{Effect, Key, WriteOutcome, once};
use crate::sent::Sent;

/// The answer to a decision on many registrations.
#[derive(SimpleObject)]
pub struct DecisionPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}

/// Decisions without a paper.
#[derive(Default)]
pub struct DecisionMutation;

/// Decisions without a paper.
#[Object]
impl DecisionMutation {
    /// Approves registrations of the branch, up to 200 at once, with a result for each. More than 50 ask for a fresh proof
    /// of who is signed in.
    async fn approve_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: ApproveRegistrationsInput,
    ) -> Result<DecisionPayload> {
        approve_registrations(ctx, &Sent::by_field(ctx), input).await
    }

    /// Returns registrations to their families with a reason: those that wait for approval for correction, those that have
    /// marked themselves for marking anew. As many at once as in `approveRegistrations`.
    async fn return_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        return_registrations(ctx, &Sent::by_field(ctx), input).await
    }

    /// Rejects registrations, with a reason. As many at once as in `approveRegistrations`.
    async fn reject_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        reject_registrations(ctx, &Sent::by_field(ctx), input).await
    }

    /// Returns registrations from the ward's desk to the step before, with a reason: assessed ones to the branch meeting,
    /// those on a list off it, those not recognised to the ward's desk. As many at once as in `approveRegistrations`.
    async fn send_back_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        send_back_registrations(ctx, &Sent::by_field(ctx), input).await
    }

    /// Enters that registrations are not recognised, with a reason, whether they are on a list or have only been assessed.
    /// As many at once as in `approveRegistrations`.
    async fn decline_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        decline_registrations(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `approveRegistrations`.
///
/// # Errors
/// As the field.
pub async fn approve_registrations(
    ctx: &Context<'_>,
    sent: &Sent,
    input: ApproveRegistrationsInput,
) -> Result<DecisionPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "approveRegistrations",
    };
    let step = (Permission::RegistrationDecide, Approve);
    decide(ctx, (key, sent), &input.parse()?, step).await
}

/// `returnRegistrations`.
///
/// # Errors
/// As the field.
pub async fn return_registrations(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RefuseRegistrationsInput,
) -> Result<DecisionPayload> {
    let step = (Permission::RegistrationDecide, Return);
    refuse(ctx, sent, &input, ("returnRegistrations", step)).await
}

/// `rejectRegistrations`.
///
/// # Errors
/// As the field.
pub async fn reject_registrations(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RefuseRegistrationsInput,
) -> Result<DecisionPayload> {
    let step = (Permission::RegistrationDecide, Reject);
    refuse(ctx, sent, &input, ("rejectRegistrations", step)).await
}

/// `sendBackRegistrations`.
///
/// # Errors
/// As the field.
pub async fn send_back_registrations(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RefuseRegistrationsInput,
) -> Result<DecisionPayload> {
    let step = (Permission::ProposalWrite, Return);
    refuse(ctx, sent, &input, ("sendBackRegistrations", step)).await
}

/// `declineRegistrations`.
///
/// # Errors
/// As the field.
pub async fn decline_registrations(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RefuseRegistrationsInput,
) -> Result<DecisionPayload> {
    let step = (Permission::RecognitionWrite, Decline);
    refuse(ctx, sent, &input, ("declineRegistrations", step)).await
}

async fn refuse(
    ctx: &Context<'_>,
    sent: &Sent,
    input: &RefuseRegistrationsInput,
    (operation, step): (&'static str, (Permission, RegistrationAction)),
) -> Result<DecisionPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation,
    };
    decide(ctx, (key, sent), &input.parse()?, step).await
}

async fn decide(
    ctx: &Context<'_>,
    key: (Key<'_>, &Sent),
    command: &Decision,
    (permission, action): (Permission, RegistrationAction),
) -> Result<DecisionPayload> {
    let pressed = key.1.pressed(command.device_time);
    let scope = ctx.scope(permission)?;
    bulk::prove(ctx, command.items.len())?;
    let app = ctx.app();
    let reason = command.reason.as_ref().map(entity::value::LongText::as_str);
    let payload = (&command.items, reason, command.device_time);
    let words = Words {
        action,
        reason,
        note: None,
        pressed,
        timing: Timing::InTime,
    };
    let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
        let locked = bulk::lock(tx, &command.items).await?;
        let windows = Windows::read(tx, &locked, workflow::phase(None, action), pressed).await?;
        let judged = locked.judge(tx.scope(), &command.items, |row| {
            Ok((leads(tx.scope(), row, action)?, windows.timing(row)?))
        });
        judged.apply(app, tx, words, None).await?;
        let any = judged.any();
        Ok(if any {
            Effect::Done(judged.kept)
        } else {
            Effect::Nothing(judged.kept)
        })
    })
    .await?;
    let (outcome, kept) = done.told();
    let results = bulk::results(ctx, &scope, &command.items, kept).await?;
    Ok(DecisionPayload { outcome, results })
}

/// Where an action leads; a return only from where it is the actor's.
fn leads(
    scope: &Scope,
    row: &registration::Model,
    action: RegistrationAction,
) -> std::result::Result<RegistrationState, Refusal> {
    let state = row.state;
    if action == Return && workflow::returned_by(state) != Some(scope.actor().role) {
        return Err(Refusal::NotInThisState { state, action });
    }
    store::step(state, action)
}
