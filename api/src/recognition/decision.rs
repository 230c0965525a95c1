//! The People's Committee's decisions: they give titles, and take them away.

use async_graphql::{Context, Object};
use entity::id::DecisionId;
use entity::scope::{Scope, Writer};
use entity::table::decision;
use entity::vocabulary::{DecisionKind, Phase, RegistrationAction, UnitKind};

use super::input::{AddToRecognitionInput, DecisionHead, EnterRecognitionInput, OnPaper, RevokeTitlesInput};
use super::model::{CommitteeDecision, RecognitionPayload};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::certificate;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, Timing, check_open, check_window};
use crate::registration::bulk::{self, Judged, Kept};
use crate::registration::{Paper, Words, step};
use crate::replay::{Effect, Key, Once, once};
use crate::unit::unit_covered;

/// What is kept under a key.
type Done = (Option<DecisionId>, Vec<Kept>);

/// The People's Committee's decisions.
#[derive(Default)]
pub struct RecognitionMutation;

/// The People's Committee's decisions.
#[Object]
impl RecognitionMutation {
    /// Enters a decision that recognises registrations on the ward's lists, with its first ones, up to 200, and a result for
    /// each. More than 50 ask for a fresh proof of who is signed in.
    async fn enter_recognition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: EnterRecognitionInput,
    ) -> Result<RecognitionPayload> {
        let command = input.parse(hanoi_date(ctx.request().now))?;
        bulk::prove(ctx, command.items.len())?;
        let key = Key {
            key: input.idempotency_key,
            operation: "enterRecognition",
        };
        enter(ctx, key, &command).await
    }

    /// Enters more registrations that a decision recognises, up to 200 at once, as `enterRecognition` does.
    async fn add_to_recognition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision, and what it recognises.")] input: AddToRecognitionInput,
    ) -> Result<RecognitionPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::RecognitionWrite, command.paper.0)?;
        bulk::prove(ctx, command.items.len())?;
        let decision = store::decision_by_id(&scope, command.paper.1).await?;
        if decision.kind != DecisionKind::Recognition {
            return Err(Error::NotFound);
        }
        let app = ctx.app();
        let key = Key {
            key: input.idempotency_key,
            operation: "addToRecognition",
        };
        let done = once(app, &scope, key, &command, async |tx: &Writer<'_>| {
            stand_by(app, tx, &decision, &command).await
        })
        .await?;
        answer(ctx, &scope, &command, done).await
    }

    /// Enters a decision that takes titles away, up to 200 at once, with a result for each. It always asks for a fresh proof
    /// of who is signed in.
    async fn revoke_titles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision, and why.")] input: RevokeTitlesInput,
    ) -> Result<RecognitionPayload> {
        let command = input.parse(hanoi_date(ctx.request().now))?;
        ctx.stepped_up()?;
        let key = Key {
            key: input.idempotency_key,
            operation: "revokeTitles",
        };
        enter(ctx, key, &command).await
    }
}

async fn enter(ctx: &Context<'_>, key: Key<'_>, command: &OnPaper<DecisionHead>) -> Result<RecognitionPayload> {
    let (app, head) = (ctx.app(), &command.paper);
    let scope = ctx.scope_in(Permission::RecognitionWrite, head.ward.0)?;
    unit_covered(&scope, head.ward.1, UnitKind::Ward).await?;
    let done = once(app, &scope, key, command, async |tx: &Writer<'_>| {
        let decision = store::insert_decision(app, tx, head).await?;
        stand_by(app, tx, &decision, command).await
    })
    .await?;
    answer(ctx, &scope, command, done).await
}

/// Brings registrations to where a decision puts them.
async fn stand_by<P>(
    app: &App,
    tx: &Writer<'_>,
    decision: &decision::Model,
    command: &OnPaper<P>,
) -> Result<Effect<Done>> {
    let (ward, year) = (decision.ward_id, decision.year);
    let pressed = Pressed::from(command.device_time);
    let (action, timing) = match decision.kind {
        DecisionKind::Recognition => {
            let timing = check_window(tx, ward, (year, Phase::Recognition), pressed).await?;
            (RegistrationAction::Recognise, timing)
        }
        DecisionKind::Revocation => {
            check_open(tx, year).await?;
            (RegistrationAction::Revoke, Timing::InTime)
        }
    };
    let words = Words {
        action,
        reason: command.reason.as_deref(),
        note: None,
        pressed,
        timing,
    };
    let locked = bulk::lock(tx, &command.items).await?;
    let judged: Judged = locked.judge(tx.scope(), &command.items, |row| {
        if (row.ward_id, row.year) != (ward, year) {
            return Err(Refusal::NotOfThisList);
        }
        Ok((step(row.state, action)?, timing))
    });
    judged.apply(app, tx, words, Some(Paper::Decision(decision.id))).await?;
    let rows: Vec<_> = judged.rows().cloned().collect();
    match decision.kind {
        DecisionKind::Recognition => certificate::issue(app, tx, decision, &rows).await?,
        DecisionKind::Revocation => certificate::revoke(tx, decision, &rows).await?,
    }
    Ok(if judged.any() {
        Effect::Done((Some(decision.id), judged.kept))
    } else {
        Effect::Nothing((None, judged.kept))
    })
}

async fn answer<P>(
    ctx: &Context<'_>,
    scope: &Scope,
    command: &OnPaper<P>,
    done: Once<Done>,
) -> Result<RecognitionPayload> {
    let (outcome, done) = done.told();
    let (id, kept) = done.map_or((None, None), |(id, kept)| (id, Some(kept)));
    let decision = match id {
        Some(id) => Some(CommitteeDecision(store::decision_by_id(scope, id).await?)),
        None => None,
    };
    let results = bulk::results(ctx, scope, &command.items, kept).await?;
    Ok(RecognitionPayload {
        outcome,
        decision,
        results,
    })
}
