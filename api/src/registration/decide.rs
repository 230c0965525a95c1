//! The branch head's decisions, up to two hundred at once.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::Writer;
use entity::vocabulary::RegistrationAction::{self, Approve, Reject, Return};
use uuid::Uuid;

use super::bulk::{self, DecisionResult};
use super::input::{ApproveRegistrationsInput, Decision, RefuseRegistrationsInput};
use super::store::{self, Words};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::replay::{Effect, Key, WriteOutcome, once};

/// The answer to a decision on many registrations.
#[derive(SimpleObject)]
pub struct DecisionPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}

/// The branch head's decisions.
#[derive(Default)]
pub struct DecisionMutation;

/// The branch head's decisions.
#[Object]
impl DecisionMutation {
    /// Approves registrations of the branch, up to 200 at once, with a result for each. More than 50 ask for a fresh proof
    /// of who is signed in.
    async fn approve_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: ApproveRegistrationsInput,
    ) -> Result<DecisionPayload> {
        decide(ctx, input.idempotency_key, &input.parse()?, Approve).await
    }

    /// Returns registrations to their families for correction, with a reason. As many at once as in `approveRegistrations`.
    async fn return_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        decide(ctx, input.idempotency_key, &input.parse()?, Return).await
    }

    /// Rejects registrations, with a reason. As many at once as in `approveRegistrations`.
    async fn reject_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and why.")] input: RefuseRegistrationsInput,
    ) -> Result<DecisionPayload> {
        decide(ctx, input.idempotency_key, &input.parse()?, Reject).await
    }
}

async fn decide(
    ctx: &Context<'_>,
    key: Uuid,
    command: &Decision,
    action: RegistrationAction,
) -> Result<DecisionPayload> {
    let scope = ctx.scope(Permission::RegistrationDecide)?;
    bulk::prove(ctx, command.items.len())?;
    let app = ctx.app();
    let reason = command.reason.as_ref().map(entity::value::LongText::as_str);
    let payload = (&command.items, reason, command.device_time);
    let words = Words {
        action,
        reason,
        note: None,
        device_time: command.device_time,
        late: false,
    };
    let operation = ctx.field().name();
    let key = Key { key, operation };
    let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
        let locked = bulk::lock(tx, &command.items).await?;
        let judged = locked.judge(tx.scope(), &command.items, |row| {
            Ok((store::step(row.state, action)?, false))
        });
        judged.apply(app, tx, words).await?;
        let any = judged.any();
        Ok(if any {
            Effect::Done(judged.kept)
        } else {
            Effect::Nothing(judged.kept)
        })
    })
    .await?;
    let (outcome, kept) = bulk::told(done);
    let results = bulk::results(ctx, &scope, command.items.iter().copied(), kept).await?;
    Ok(DecisionPayload { outcome, results })
}
