//! Sending what waits: claimed in one short transaction, sent outside of any, noted in another.
//!
//! Whoever claims a message puts its next try off by [`LEASE`]: until then it is nobody else's, and a server that dies while
//! sending leaves it to be tried again, with the same id. The gateway knows by that id what it has had already.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{PushDeliveryId, PushTokenId, TenantId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::Errand;
use entity::table::{push_delivery, push_token};
use entity::value::Language;
use entity::vocabulary::DeliveryState;
use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};

use super::{PushMessage, Pusher, Verdict, pause, store};
use crate::app::App;
use crate::error::Result;
use crate::notice;

/// How often a server asks whether something is due: one statement on an index.
pub const ASK: Duration = Duration::from_secs(5);
/// So many messages are claimed at once.
const CLAIM: u64 = 100;
/// So many claims of one association in one turn.
const CLAIMS: u32 = 2;
/// So many are sent at the same time. A try ends within seconds, so all that was claimed is sent well within the lease.
const AT_ONCE: usize = 8;
/// So long what was claimed is nobody else's.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// What came of a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The gateway has taken them.
    pub sent: usize,
    /// Tried again later.
    pub refused: usize,
    /// Refused so often that they are not tried again.
    pub given_up: usize,
    /// Their devices are not there any more.
    pub unregistered: usize,
}

/// Sends what is due again and again, until it is dropped.
pub async fn keep(app: &App, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match push_once(app).await {
            Ok(pushed) if pushed == Pushed::default() => {}
            Ok(pushed) => tracing::info!(
                sent = pushed.sent,
                refused = pushed.refused,
                given_up = pushed.given_up,
                unregistered = pushed.unregistered,
                "messages to devices"
            ),
            Err(error) => tracing::warn!(%error, "messages to devices were not sent; trying again later"),
        }
    }
}

/// Sends what is due now, where the server can send anything.
///
/// # Errors
/// What the database answers, after the other associations have had their turn.
pub async fn push_once(app: &App) -> Result<Pushed> {
    let (mut total, mut failed) = (Pushed::default(), None);
    let Some(pusher) = app.pusher.as_deref() else {
        return Ok(total);
    };
    for tenant in app.db.sign_in().tenants_with_deliveries(app.clock.now()).await? {
        if let Err(error) = push_tenant(app, pusher, tenant, &mut total).await {
            failed = Some(error);
        }
    }
    failed.map_or(Ok(total), Err)
}

async fn push_tenant(app: &App, pusher: &dyn Pusher, tenant: TenantId, total: &mut Pushed) -> Result<()> {
    for _ in 0..CLAIMS {
        let now = app.clock.now();
        let claimed = claim(app, tenant, now).await?;
        let tokens: Vec<PushTokenId> = claimed.iter().map(|row| row.token_id).collect();
        let devices = store::devices_by_id(app, &tokens, now).await?;
        let tries = claimed.iter().map(async |row| {
            let verdict = match devices.get(&row.token_id) {
                Some(device) => pusher.push(&message(row, device, now)).await,
                None => Verdict::Unregistered,
            };
            (row, verdict)
        });
        let tried: Vec<_> = stream::iter(tries).buffer_unordered(AT_ONCE).collect().await;
        settle(app, tenant, &tried, total).await?;
        // a claim that is not full was the last
        if u64::try_from(claimed.len()).unwrap_or(u64::MAX) < CLAIM {
            break;
        }
    }
    Ok(())
}

fn message(row: &push_delivery::Model, device: &push_token::Model, now: DateTime<Utc>) -> PushMessage {
    let language = if device.language == "en" {
        Language::En
    } else {
        Language::Vi
    };
    PushMessage {
        id: row.id,
        token: device.token.clone(),
        platform: device.platform,
        kind: row.kind,
        title: notice::title(row.kind, language),
        language,
        now: now.timestamp(),
    }
}

/// Takes what is due, as it will be with this try.
async fn claim(app: &App, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<push_delivery::Model>> {
    use push_delivery::Column::{Attempts, Id, NextAttemptAt};
    let claimed = app
        .db
        .errand(tenant, async |tx: &Errand| -> Result<Vec<push_delivery::Model>> {
            let due = tx.find::<push_delivery::Entity>().filter(NextAttemptAt.lte(now));
            let due = due.order_by(NextAttemptAt, Order::Asc).limit(CLAIM);
            let mut rows = due.for_update_unless_locked().all().await?;
            let change = tx.update::<push_delivery::Entity>().raise(Attempts);
            let change = change.set(NextAttemptAt, now + LEASE);
            change.filter(Id.is_in(rows.iter().map(|row| row.id))).run().await?;
            for row in &mut rows {
                row.attempts = row.attempts.saturating_add(1);
            }
            Ok(rows)
        });
    claimed.await
}

/// Notes what came of each, and forgets devices that are gone.
async fn settle(
    app: &App,
    tenant: TenantId,
    tried: &[(&push_delivery::Model, Verdict)],
    total: &mut Pushed,
) -> Result<()> {
    let now = app.clock.now();
    let (mut sent, mut gone, mut given_up, mut later) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (row, verdict) in tried {
        match verdict {
            Verdict::Taken => sent.push(row.id),
            Verdict::Unregistered => gone.push((row.id, row.token_id)),
            Verdict::Refused(cause) => {
                tracing::warn!(id = %row.id, %cause, tries = row.attempts, "a message to a device was refused");
                let pause = pause::after(row.attempts, chance(app));
                later.extend(pause.map(|pause| (*row, now + pause)));
                given_up.extend(pause.is_none().then_some(row.id));
            }
        }
    }
    let (gone, tokens): (Vec<PushDeliveryId>, Vec<PushTokenId>) = gone.into_iter().unzip();
    store::forget(app, &tokens).await?;
    let counted = Pushed {
        sent: sent.len(),
        refused: later.len(),
        given_up: given_up.len(),
        unregistered: gone.len(),
    };
    let noted = app.db.errand(tenant, async |tx: &Errand| -> Result<()> {
        finish(tx, sent, DeliveryState::Sent).await?;
        finish(tx, gone, DeliveryState::Unregistered).await?;
        finish(tx, given_up, DeliveryState::GivenUp).await?;
        for (row, next) in &later {
            use push_delivery::Column::{Attempts, Id, NextAttemptAt};
            // as this server claimed it: not where its lease is over and another has it
            let own = Condition::all().add(Id.eq(row.id)).add(Attempts.eq(row.attempts));
            let change = tx.update::<push_delivery::Entity>().set(NextAttemptAt, *next);
            change.filter(own).run().await?;
        }
        Ok(())
    });
    noted.await?;
    total.sent += counted.sent;
    total.refused += counted.refused;
    total.given_up += counted.given_up;
    total.unregistered += counted.unregistered;
    Ok(())
}

async fn finish(tx: &Errand, ids: Vec<PushDeliveryId>, state: DeliveryState) -> Result<()> {
    use push_delivery::Column::{Id, NextAttemptAt, State};
    if ids.is_empty() {
        return Ok(());
    }
    let change = tx.update::<push_delivery::Entity>().set(State, state);
    let change = change.set(NextAttemptAt, None::<DateTime<Utc>>);
    change.filter(Id.is_in(ids)).run().await?;
    Ok(())
}

fn chance(app: &App) -> u8 {
    let mut byte = [0];
    app.entropy.fill(&mut byte);
    byte.into_iter().next().unwrap_or_default()
}
