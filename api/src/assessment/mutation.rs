//! Entering what a branch meeting has decided.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{AssessmentId, UnitId};
use entity::scope::Writer;
use entity::vocabulary::{Phase, RegistrationAction, SheetKind, UnitKind};

use super::input::{EnterAssessmentInput, Minutes};
use super::model::Assessment;
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, check_window_since};
use crate::registration::bulk::{self, DecisionResult, Kept};
use crate::registration::{Words, step};
use crate::replay::{Effect, Key, WriteOutcome, once};
use crate::score::{ToSign, insert_sheets, signed_list};
use crate::sent::Sent;
use crate::unit::unit_covered;

/// The answer to the minutes of a meeting.
#[derive(SimpleObject)]
pub struct AssessmentPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// The minutes; null when no registration was assessed, for then nothing was kept.
    pub assessment: Option<Assessment>,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}

/// What is kept under a key.
type Done = (Option<AssessmentId>, Vec<Kept>);

/// Entering what a branch meeting has decided.
#[derive(Default)]
pub struct AssessmentMutation;

/// Entering what a branch meeting has decided.
#[Object]
impl AssessmentMutation {
    /// Enters the minutes of a branch meeting with its votes on up to 200 registrations that have marked themselves, with a
    /// result for each. More than 50 ask for a fresh proof of who is signed in. Minutes are never changed.
    async fn enter_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The minutes.")] input: EnterAssessmentInput,
    ) -> Result<AssessmentPayload> {
        enter_assessment(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `enterAssessment`.
///
/// # Errors
/// As the field.
pub async fn enter_assessment(
    ctx: &Context<'_>,
    sent: &Sent,
    input: EnterAssessmentInput,
) -> Result<AssessmentPayload> {
    let minutes = input.parse(hanoi_date(ctx.request().now))?;
    let scope = ctx.scope_in(Permission::AssessmentWrite, minutes.branch.0)?;
    bulk::prove(ctx, minutes.items.len())?;
    let branch = unit_covered(&scope, minutes.branch.1, UnitKind::Branch).await?;
    let place = (branch.id, branch.parent.ok_or(Error::NotFound)?);
    let app = ctx.app();
    let key = Key {
        key: input.idempotency_key,
        operation: "enterAssessment",
    };
    let done = once(app, &scope, (key, sent), &minutes, async |tx: &Writer<'_>| {
        enter(app, tx, &minutes, (place, sent.pressed(minutes.device_time))).await
    })
    .await?;
    let (outcome, done) = done.told();
    let (id, kept) = done.map_or((None, None), |(id, kept)| (id, Some(kept)));
    let assessment = match id {
        Some(id) => Some(Assessment(store::assessment_by_id(&scope, id).await?)),
        None => None,
    };
    let results = bulk::results(ctx, &scope, &minutes.items, kept).await?;
    Ok(AssessmentPayload {
        outcome,
        assessment,
        results,
    })
}

async fn enter(
    app: &App,
    tx: &Writer<'_>,
    minutes: &Minutes,
    ((branch, ward), pressed): ((UnitId, UnitId), Pressed),
) -> Result<Effect<Done>> {
    let phase = (minutes.year, Phase::BranchAssessment);
    let timing = check_window_since(tx, ward, phase, (minutes.held_on, pressed)).await?;
    let words = Words {
        action: RegistrationAction::Assess,
        reason: None,
        note: None,
        pressed,
        timing,
    };
    let locked = bulk::lock(tx, &minutes.items).await?;
    let judged = locked.judge(tx.scope(), &minutes.items, |row| {
        if (row.branch_id, row.model, row.year) != (branch, minutes.model, minutes.year) {
            return Err(Refusal::NotOfThisList);
        }
        Ok((step(row.state, words.action)?, timing))
    });
    if !judged.any() {
        return Ok(Effect::Nothing((None, judged.kept)));
    }
    let mut assessed = Vec::with_capacity(judged.kept.len());
    for (at, ((item, votes), kept)) in minutes.items.iter().zip(&minutes.votes).zip(&judged.kept).enumerate() {
        if let (Kept::Applied, Some(row)) = (kept, locked.row(item.id)) {
            assessed.push((at, row, votes));
        }
    }
    let mut list = Vec::with_capacity(assessed.len());
    for (at, registration, votes) in &assessed {
        let changes = votes.changes.as_slice();
        list.push((*at, ToSign { registration, changes }));
    }
    let sheets = signed_list(app, tx, SheetKind::Branch, &list).await?;
    insert_sheets(tx, sheets).await?;
    let votes = assessed.iter().map(|(_, row, votes)| (row.id, *votes));
    let id = store::insert(app, tx, minutes, (branch, ward), votes).await?;
    judged.apply(app, tx, words, None).await?;
    Ok(Effect::Done((Some(id), judged.kept)))
}
