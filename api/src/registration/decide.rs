//! The branch head's decisions, up to two hundred at once.
//!
//! A result for each item, never all or nothing: what can be decided is decided in one transaction, the rest says why
//! not. Nobody decides on their own household.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::{HouseholdId, RegistrationId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::registration;
use entity::vocabulary::RegistrationAction::{self, Approve, Reject, Return};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::input::{ApproveRegistrationsInput, Decision, DecisionItem, RefuseRegistrationsInput};
use super::model::Registration;
use super::store::{self, Words};
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::global_id::{NodeKind, encode};
use crate::household;
use crate::programme::closed_among;
use crate::replay::{Effect, Key, Once, WriteOutcome, once};

/// The most items that are decided on without a fresh proof of who is signed in.
const MOST_WITHOUT_STEP_UP: usize = 50;

/// What became of one item.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemOutcome {
    /// Decided.
    Applied,
    /// No such registration, or none the viewer may see.
    NotFound,
    /// The rules do not allow it; `rule` says which.
    Refused,
    /// It has changed since the client read it; it comes as it is now.
    Stale,
}

/// What became of one registration of a decision.
#[derive(SimpleObject)]
pub struct DecisionResult {
    /// The id as it was sent.
    pub id: ID,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// The rule that says no, such as `OWN_HOUSEHOLD` or `NOT_IN_THIS_STATE`.
    pub rule: Option<String>,
    /// The same as a sentence for the person.
    pub message: Option<String>,
    /// The registration as it is now; null when it was not found.
    pub registration: Option<Registration>,
}

/// The answer to a decision on many registrations.
#[derive(SimpleObject)]
pub struct DecisionPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}

/// What is kept of one item.
#[derive(Serialize, Deserialize, Clone, Copy)]
enum Kept {
    Applied,
    NotFound,
    Stale,
    OwnHousehold,
    Repeated,
    YearClosed,
    NotInThisState(entity::vocabulary::RegistrationState, RegistrationAction),
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
    if command.items.len() > MOST_WITHOUT_STEP_UP {
        ctx.stepped_up()?;
    }
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
        let kept = decide_items(app, tx, &command.items, words).await?;
        let any = kept.iter().any(|item| matches!(item, Kept::Applied));
        Ok(if any { Effect::Done(kept) } else { Effect::Nothing(kept) })
    })
    .await?;
    let (outcome, kept) = match done {
        Once::First(kept) => (WriteOutcome::Applied, kept),
        Once::Replayed(kept) => (WriteOutcome::Replayed, kept),
        Once::KeyReused => {
            return Ok(DecisionPayload {
                outcome: WriteOutcome::KeyReused,
                results: Vec::new(),
            });
        }
    };
    let results = results(ctx, &scope, &command.items, kept).await?;
    Ok(DecisionPayload { outcome, results })
}

/// Decides what can be decided: five statements, however many items.
async fn decide_items(app: &App, tx: &Writer<'_>, items: &[DecisionItem], words: Words<'_>) -> Result<Vec<Kept>> {
    let scope = tx.scope();
    let ids = items
        .iter()
        .filter(|item| item.tenant == scope.tenant())
        .map(|item| item.id);
    // in the order of ids: two heads deciding on the same list wait for each other instead of locking crosswise
    let rows = tx
        .find::<registration::Entity>()
        .filter(registration::Column::Id.is_in(ids))
        .order_by(registration::Column::Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    let rows: HashMap<RegistrationId, registration::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let households: Vec<HouseholdId> = rows.values().map(|row| row.subject_id.into()).collect();
    let actor = scope.actor();
    let own = household::own_among(tx, (actor.account, actor.phone.as_deref()), &households).await?;
    let closed = closed_among(tx, rows.values().map(|row| row.year)).await?;
    let mut seen = HashSet::new();
    let mut applied = Vec::new();
    let mut next = None;
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let row = rows.get(&item.id).filter(|_| item.tenant == scope.tenant());
        kept.push(match row {
            None => Kept::NotFound,
            Some(_) if !seen.insert(item.id) => Kept::Repeated,
            Some(row) if item.expected_version.is_some_and(|version| version != row.version) => Kept::Stale,
            Some(row) if own.contains(&row.subject_id.into()) => Kept::OwnHousehold,
            Some(row) if closed.contains(&row.year) => Kept::YearClosed,
            Some(row) => match store::step(row.state, words.action) {
                Ok(to) => {
                    next = Some(to);
                    applied.push(row.clone());
                    Kept::Applied
                }
                Err(_) => Kept::NotInThisState(row.state, words.action),
            },
        });
    }
    if let Some(to) = next {
        store::apply(app, tx, &applied, to, words).await?;
    }
    Ok(kept)
}

async fn results(
    ctx: &Context<'_>,
    scope: &Scope,
    items: &[DecisionItem],
    kept: Vec<Kept>,
) -> Result<Vec<DecisionResult>> {
    let language = ctx.request().language;
    let ids: Vec<RegistrationId> = items.iter().map(|item| item.id).collect();
    let rows = store::registrations_by_id(scope, &ids).await?;
    let result = |(item, kept): (&DecisionItem, Kept)| {
        let (outcome, refusal) = match kept {
            Kept::Applied => (ItemOutcome::Applied, None),
            Kept::NotFound => (ItemOutcome::NotFound, None),
            Kept::Stale => (ItemOutcome::Stale, None),
            Kept::OwnHousehold => (ItemOutcome::Refused, Some(Refusal::OwnHousehold)),
            Kept::Repeated => (ItemOutcome::Refused, Some(Refusal::Repeated)),
            Kept::YearClosed => (ItemOutcome::Refused, Some(Refusal::YearClosed)),
            Kept::NotInThisState(state, action) => {
                (ItemOutcome::Refused, Some(Refusal::NotInThisState { state, action }))
            }
        };
        let not_found = matches!(outcome, ItemOutcome::NotFound).then(|| Error::NotFound.message(language));
        DecisionResult {
            id: encode(NodeKind::Registration, item.tenant, item.id.0),
            outcome,
            rule: refusal.map(|refusal| refusal.rule().to_owned()),
            message: refusal.map(|refusal| refusal.message(language)).or(not_found),
            registration: rows
                .get(&item.id)
                .filter(|_| shows_its_row(outcome))
                .cloned()
                .map(Registration),
        }
    };
    Ok(items.iter().zip(kept).map(result).collect())
}

/// An item that was not found shows no row, even if one of this id is in the scope under another tenant's name.
const fn shows_its_row(outcome: ItemOutcome) -> bool {
    !matches!(outcome, ItemOutcome::NotFound)
}
