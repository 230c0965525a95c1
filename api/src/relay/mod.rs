//! The relay: makes notices of what the outbox holds, beside the requests.
//!
//! A step writes its row of the outbox in its own transaction ([`outbox`]) and is done. The relay reads the rows an
//! association at a time, as an errand in that association's own lane, and in one transaction writes the notices, the
//! messages to devices, and that the rows were told. Whatever breaks half-way leaves all of it for the next turn, and
//! nothing of it twice. Of several servers one works on an association at a time: it holds the row of its head, and the
//! others pass on to the next.

mod desk;
pub mod outbox;
mod store;
mod write;

use std::time::Duration;

use entity::id::TenantId;
use entity::scope::Errand;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::app::App;
use crate::error::{Error, Result};

/// How often a server asks whether there is something to tell: one statement on an index that is nearly always empty.
pub const ASK: Duration = Duration::from_secs(2);
/// After a step was committed the relay waits for others, so long.
const GATHER: Duration = Duration::from_millis(20);
/// Between two turns writers have the database to themselves, so long at least.
const REST: Duration = Duration::from_millis(200);
/// So many rows are told in one transaction.
const BATCH: u64 = 500;
/// So many batches of one association in one turn, so that none keeps the others waiting.
const BATCHES: u32 = 20;

/// What came of a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relayed {
    /// Rows of the outbox that were told.
    pub events: usize,
    /// Notices that were written, or had something added.
    pub notices: usize,
    /// Messages to devices that were put up for sending.
    pub deliveries: usize,
}

/// Tells what there is to tell again and again, until it is dropped: soon after this server has committed a step, and from
/// time to time, because another may have died before it told of its own.
pub async fn keep(app: &App, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rested = Instant::now();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            // those of the same moment come along, and a storm of steps is no storm of batches
            () = app.db.outbox_written() => sleep_until(rested.max(Instant::now() + GATHER)).await,
        }
        rested = Instant::now() + REST;
        match relay_once(app).await {
            Ok(relayed) if relayed == Relayed::default() => {}
            Ok(relayed) => tracing::debug!(
                events = relayed.events,
                notices = relayed.notices,
                deliveries = relayed.deliveries,
                "steps were told"
            ),
            Err(error) => tracing::warn!(%error, "steps were not told; trying again later"),
        }
    }
}

/// Tells what there is to tell now, in every association that no other server is at.
///
/// # Errors
/// What the database answers, after the other associations have had their turn.
pub async fn relay_once(app: &App) -> Result<Relayed> {
    let (mut total, mut failed) = (Relayed::default(), None);
    for tenant in app.db.sign_in().tenants_with_outbox().await? {
        if let Err(error) = relay_tenant(app, tenant, &mut total).await {
            failed = Some(error);
        }
    }
    failed.map_or(Ok(total), Err)
}

async fn relay_tenant(app: &App, tenant: TenantId, total: &mut Relayed) -> Result<()> {
    for _ in 0..BATCHES {
        let done = app.db.errand(tenant, async |tx: &Errand| batch(app, tx).await);
        let relayed = done.await?;
        if relayed.events > 0 {
            say_told(app, tenant).await;
        }
        total.events += relayed.events;
        total.notices += relayed.notices;
        total.deliveries += relayed.deliveries;
        // a batch that is not full was the last
        if u64::try_from(relayed.events).unwrap_or(u64::MAX) < BATCH {
            break;
        }
    }
    Ok(())
}

/// Says here and on other servers that there is something new. Nothing depends on it: whoever has not heard it asks.
async fn say_told(app: &App, tenant: TenantId) {
    app.live.told();
    if let Err(error) = app.db.say_told(tenant).await {
        tracing::debug!(%error, "other servers were not told");
    }
}

/// One batch of an association, whole or not at all.
async fn batch(app: &App, tx: &Errand) -> Result<Relayed> {
    let Some(last) = store::head(tx).await? else {
        return Ok(Relayed::default());
    };
    let events = store::waiting(tx, BATCH).await?;
    if events.is_empty() {
        return Ok(Relayed::default());
    }
    let people = store::people(app, tx, &events).await?;
    let number = last
        .checked_add(1)
        .ok_or_else(|| Error::Internal("batches have run out".to_owned()))?;
    let mut notices = write::notices(app, &events, &people);
    for notice in &mut notices {
        notice.batch = Some(number);
    }
    let written = notices.len();
    // what only adds to a notice that waits unread is no news to a telephone
    let unread = store::unread_folds(tx, &notices).await?;
    let deliveries = write::deliveries(app, tx, &notices, &unread).await?;
    let sent = deliveries.len();
    store::write(tx, notices, deliveries).await?;
    store::told(tx, &events, number).await?;
    Ok(Relayed {
        events: events.len(),
        notices: written,
        deliveries: sent,
    })
}
