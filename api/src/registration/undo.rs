//! Taking one's own last decision back, while nothing has been built on it.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use entity::id::{AccountId, RegistrationId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Writer;
use entity::table::{registration, registration_event, score_sheet};
use entity::vocabulary::{RegistrationAction, RegistrationState};

use super::bulk;
use super::decide::DecisionPayload;
use super::input::UndoDecisionInput;
use super::store::Words;
use super::workflow::{UNDO_WITHIN, can_be_undone};
use crate::access::{Access, Permission};
use crate::error::{Refusal, Result};
use crate::programme::Timing;
use crate::replay::{Effect, Key, once};
use crate::sent::Sent;

/// Taking decisions back.
#[derive(Default)]
pub struct UndoMutation;

/// Taking decisions back.
#[Object]
impl UndoMutation {
    /// Takes back one's own approvals, returns and rejections of registrations that were sent in: within 10 minutes and
    /// while nothing has been done since. They wait for a decision again. As many at once as in `approveRegistrations`.
    async fn undo_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: UndoDecisionInput,
    ) -> Result<DecisionPayload> {
        undo_decision(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `undoDecision`.
///
/// # Errors
/// As the field.
pub async fn undo_decision(ctx: &Context<'_>, sent: &Sent, input: UndoDecisionInput) -> Result<DecisionPayload> {
    let command = input.parse()?;
    let scope = ctx.scope(Permission::RegistrationDecide)?;
    bulk::prove(ctx, command.items.len())?;
    let app = ctx.app();
    let payload = (&command.items, command.device_time);
    let key = Key {
        key: input.idempotency_key,
        operation: "undoDecision",
    };
    let words = Words {
        action: RegistrationAction::Undo,
        reason: None,
        note: None,
        pressed: sent.pressed(command.device_time),
        timing: Timing::InTime,
    };
    let done = once(app, &scope, (key, sent), &payload, async |tx: &Writer<'_>| {
        let locked = bulk::lock(tx, &command.items).await?;
        let ids: Vec<RegistrationId> = locked.rows().map(|row| row.id).collect();
        let last = last_decisions(tx, &ids).await?;
        let marked = marked_among(tx, &ids).await?;
        let (account, now) = (tx.scope().actor().account, tx.scope().now());
        let judged = locked.judge(tx.scope(), &command.items, |row| {
            let decision = last.get(&row.id);
            Ok((
                undone(row, decision, marked.contains(&row.id), (account, now))?,
                Timing::InTime,
            ))
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

/// The last decision on each registration that can be taken back at all.
async fn last_decisions(
    tx: &Writer<'_>,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, registration_event::Model>> {
    let lines = tx
        .find::<registration_event::Entity>()
        .filter(registration_event::Column::RegistrationId.is_in(ids.iter().copied()))
        .order_by(registration_event::Column::Version, Order::Asc)
        .all()
        .await?;
    let decisions = lines
        .into_iter()
        .filter(|line| can_be_undone(line.action, line.from_state));
    Ok(decisions.map(|line| (line.registration_id, line)).collect())
}

/// Which registrations have a score sheet, be it a draft: somebody has gone on from the approval.
async fn marked_among(tx: &Writer<'_>, ids: &[RegistrationId]) -> Result<HashSet<RegistrationId>> {
    let sheets = tx
        .find::<score_sheet::Entity>()
        .filter(score_sheet::Column::RegistrationId.is_in(ids.iter().copied()))
        .all()
        .await?;
    Ok(sheets.into_iter().map(|sheet| sheet.registration_id).collect())
}

/// Where a registration stands when its last decision is taken back.
fn undone(
    row: &registration::Model,
    decision: Option<&registration_event::Model>,
    marked: bool,
    (account, now): (AccountId, DateTime<Utc>),
) -> std::result::Result<RegistrationState, Refusal> {
    let nothing = Refusal::NotInThisState {
        state: row.state,
        action: RegistrationAction::Undo,
    };
    let decision = decision.ok_or(nothing)?;
    let before = decision.from_state.ok_or(nothing)?;
    if decision.account_id != account {
        return Err(Refusal::NotYours);
    }
    if decision.version != row.version || marked {
        return Err(Refusal::SomethingBuiltOnIt);
    }
    if now >= decision.at + UNDO_WITHIN {
        return Err(Refusal::TooLateToUndo);
    }
    Ok(before)
}
