//! Doing what a phone has kept, item by item.

use std::panic::AssertUnwindSafe;

use async_graphql::{Context, Object};
use chrono::TimeDelta;
use entity::id::UnitId;
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::input::{SyncBatchInput, SyncItemInput};
use super::item::Item;
use super::model::{SyncBatchPayload, SyncOutcome, SyncPayload, SyncResult};
use super::outcome::{is_accepted, of_error, of_payload, pause, problems};
use super::run::run;
use super::{stale, store};
use crate::access::{Access, Permission};
use crate::clock::{HANOI, hanoi_date, whole_seconds};
use crate::error::{Error, Result};
use crate::receipt::kept_among;
use crate::sent::Sent;

/// A clock that is further off than this shows wrong codes of a second factor and misses deadlines: the person hears of it.
const CLOCK_IS_OFF: TimeDelta = TimeDelta::seconds(30);

/// Mutations of batches.
#[derive(Default)]
pub struct SyncMutation;

/// Mutations of batches.
#[Object]
impl SyncMutation {
    /// Does up to 100 things that a phone has kept while it was offline, in order, each as the mutation of its name does it
    /// and in a transaction of its own, and says of each what became of it. The batch never fails because of an item. It has no
    /// key: each item has one, so the whole may be sent again as it is.
    async fn sync_batch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SyncBatchInput,
    ) -> Result<SyncBatchPayload> {
        input.check()?;
        let began = Instant::now();
        // several posts and none chosen: nothing in the batch can be done, and the request is to be mended
        if let Err(error @ Error::PostNeeded) = ctx.viewer()?.chosen() {
            return Err(error);
        }
        let arguments = ctx.field().arguments().unwrap_or_default();
        let raw = arguments.into_iter().find(|(name, _)| name == "input");
        let raw = raw.ok_or_else(|| Error::Internal("a batch without its argument".to_owned()))?;
        let sent = Item::all(raw.1)?;
        let now = ctx.request().now;
        let skew = now - input.sent_at;
        let mut batch = Batch::new(ctx, skew, began);
        for (item, input) in sent.into_iter().zip(input.items) {
            batch.take(&item, input).await;
        }
        Ok(SyncBatchPayload {
            received_at: now.with_timezone(&HANOI),
            skew_seconds: whole_seconds(skew),
            clock_is_off: skew.abs() > CLOCK_IS_OFF,
            results: batch.told().await?,
        })
    }
}

/// A batch while it is being done.
struct Batch<'a> {
    ctx: &'a Context<'a>,
    skew: TimeDelta,
    /// Nothing is begun any more from then on.
    last_start: Instant,
    /// What is not done by then is given up, so that the answer still goes out.
    end: Instant,
    /// The records that later items have to wait for, each with the key of the item that is in the way: what was to be made and
    /// was not, and all that an item is about that is to be sent again. What is pressed in an order is done in that order.
    awaited: Vec<(Uuid, Uuid)>,
    results: Vec<SyncResult>,
}

impl<'a> Batch<'a> {
    fn new(ctx: &'a Context<'a>, skew: TimeDelta, began: Instant) -> Self {
        let time = ctx.app().config.request_timeout;
        Self {
            ctx,
            skew,
            last_start: began + time / 2,
            end: began + time.mul_f32(0.8),
            awaited: Vec::new(),
            results: Vec::new(),
        }
    }

    /// Does one item, or says why not.
    async fn take(&mut self, item: &Item, input: SyncItemInput) {
        let result = if let Some(key) = item.named_among(&self.awaited) {
            SyncResult {
                waits_for: Some(key),
                ..again(item)
            }
        } else if Instant::now() < self.last_start {
            self.run(item, input).await
        } else {
            again(item)
        };
        let made = item.makes.filter(|id| !is_there(*id, &result));
        self.awaited.extend(made.map(|id| (id, item.key)));
        if result.outcome == SyncOutcome::Retry {
            self.awaited.extend(item.records().map(|id| (id, item.key)));
        }
        self.results.push(result);
    }

    async fn run(&self, item: &Item, input: SyncItemInput) -> SyncResult {
        let grace = self.ctx.app().config.offline_grace;
        let sent = Sent::in_batch(&item.input, self.skew, grace);
        let done = timeout_at(self.end, surviving(run(self.ctx, &sent, &item.operation, input))).await;
        let payload = match done {
            Ok(Ok(payload)) => payload,
            Ok(Err(error)) => return self.failed(item, &sent, error).await,
            // it may have come through all the same: its key tells
            Err(_) => return again(item),
        };
        let (outcome, refused) = of_payload(&item.operation, &payload);
        // sent alike, understood otherwise: under another post the same words may mean another branch
        if outcome == SyncOutcome::KeyReused && self.was_done(item, &sent).await.unwrap_or(false) {
            return bare(item, SyncOutcome::Replayed);
        }
        let (rule, message) = refused.map_or((None, None), |result| (result.rule.clone(), result.message.clone()));
        let code = refused.map(|_| "REFUSED");
        let stale = match outcome {
            SyncOutcome::Stale => stale::compare(self.ctx, &item.input, &payload)
                .await
                .unwrap_or_default(),
            _ => None,
        };
        SyncResult {
            code,
            rule,
            message,
            stale,
            payload: Some(payload),
            ..bare(item, outcome)
        }
    }

    /// What is told of an item whose mutation answers an error.
    async fn failed(&self, item: &Item, sent: &Sent, error: Error) -> SyncResult {
        let request = self.ctx.request();
        let mut outcome = of_error(&error);
        if outcome == SyncOutcome::ScopeLost {
            outcome = match self.lost(item, sent).await {
                Ok(outcome) => outcome,
                Err(_) => return again(item),
            };
        }
        if let Error::Internal(cause) = &error {
            tracing::error!(request.id = %request.id, operation = item.operation, %cause, "item failed");
        }
        if outcome == SyncOutcome::Replayed {
            return bare(item, outcome);
        }
        SyncResult {
            code: Some(error.code()),
            rule: error.rule().map(ToOwned::to_owned),
            message: Some(error.message(request.language)),
            fields: problems(&error, request.language),
            retry_after: (outcome == SyncOutcome::Retry).then(|| pause(&error)),
            ..bare(item, outcome)
        }
    }

    /// Why something is out of reach: it was done before, by a post or for a household that is out of reach since; a unit has
    /// changed; or neither.
    async fn lost(&self, item: &Item, sent: &Sent) -> Result<SyncOutcome> {
        let Ok(scope) = self.ctx.scope(Permission::HouseholdRead) else {
            return Ok(SyncOutcome::ScopeLost);
        };
        if self.was_done(item, sent).await? {
            return Ok(SyncOutcome::Replayed);
        }
        let units = item.units().filter(|unit| unit.tenant == scope.tenant());
        let mut units: Vec<UnitId> = units.map(|unit| unit.id.into()).collect();
        units.push(scope.actor().unit);
        let pressed = sent.pressed(item.device_time()).corrected(scope.now());
        let days = (pressed.map(hanoi_date), hanoi_date(scope.now()));
        let changed = store::any_unit_changed(&scope, units, days).await?;
        Ok(if changed {
            SyncOutcome::UnitChanged
        } else {
            SyncOutcome::ScopeLost
        })
    }

    /// Whether the very same was done under this key before.
    async fn was_done(&self, item: &Item, sent: &Sent) -> Result<bool> {
        let scope = self.ctx.scope(Permission::HouseholdRead)?;
        let known = kept_among(&scope, &[item.key]).await?.remove(&item.key);
        Ok(known.is_some_and(|known| known.is_of(&item.operation, sent)))
    }

    /// What became of each, with the receipts of all that was done: read at once.
    async fn told(mut self) -> Result<Vec<SyncResult>> {
        let accepted = self.results.iter().filter(|result| is_accepted(result.outcome));
        let keys: Vec<Uuid> = accepted.map(|result| result.key).collect();
        if keys.is_empty() {
            return Ok(self.results);
        }
        let Ok(scope) = self.ctx.scope(Permission::HouseholdRead) else {
            return Ok(self.results);
        };
        // what is done is done: an answer without receipts is better than none
        let kept = kept_among(&scope, &keys).await.unwrap_or_default();
        for result in self.results.iter_mut().filter(|result| is_accepted(result.outcome)) {
            let known = kept.get(&result.key);
            result.receipt = known.map(|known| known.receipt(self.ctx.app(), scope.now()));
        }
        Ok(self.results)
    }
}

/// A fault of ours in one item is that item's: the others go on.
async fn surviving<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Error::Internal("an item of a batch panicked".to_owned())))
}

/// Whether what an item was to make is there under the id that the phone made: a registration or a file that was there
/// before has its own.
fn is_there(made: Uuid, result: &SyncResult) -> bool {
    let answered = match &result.payload {
        Some(SyncPayload::Registration(payload)) => payload.registration.as_ref().map(|row| row.0.id.0),
        Some(SyncPayload::BeginUpload(payload)) => payload.evidence.as_ref().map(|row| row.0.id.0),
        _ => None,
    };
    is_accepted(result.outcome) && answered.is_none_or(|id| id == made)
}

/// What is told of an item that is to be sent again.
fn again(item: &Item) -> SyncResult {
    SyncResult {
        retry_after: Some(1),
        ..bare(item, SyncOutcome::Retry)
    }
}

/// What is told of every item.
fn bare(item: &Item, outcome: SyncOutcome) -> SyncResult {
    SyncResult {
        key: item.key,
        operation: item.operation.clone(),
        outcome,
        code: None,
        rule: None,
        message: None,
        fields: Vec::new(),
        stale: None,
        waits_for: None,
        retry_after: None,
        payload: None,
        receipt: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_items_own() {
        let done = surviving(async { Ok(1) }).await;
        assert_eq!(done.ok(), Some(1));
        let never: Vec<u8> = Vec::new();
        let failed = surviving(async { Ok(never[0]) }).await;
        assert_eq!(failed.err().map(|error| error.code()), Some("INTERNAL"));
    }
}
