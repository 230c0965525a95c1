//! What is not kept for ever, and the task that removes it: a server does it by itself while it serves, in small pieces.
//!
//! However many servers run, one of them does it in an hour: the turn is a count in the database. A server that dies
//! half-way leaves the rest for the next hour. Each piece is one short transaction, so on SQLite the one writer is free
//! again between two of them; whoever signs in or registers waits for one piece at most.

mod errands;
pub mod evidence;
mod store;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{MissedTickBehavior, interval, sleep};

use entity::id::TenantId;

use crate::app::App;
use crate::error::{Error, Result};
use crate::quota::{self, Limit};

/// First answers to mutations: a phone that lay in a drawer for a season may send the same thing again, or ask for its receipt.
/// Sent again later, it is a new thing, and only the rules of that thing tell that it was done.
pub const ANSWERS: TimeDelta = TimeDelta::days(400);
/// Sessions with their refresh tokens, from the moment they ended: log-in data is kept for twelve months.
pub const SESSIONS: TimeDelta = TimeDelta::days(365);
/// One-time codes, from the moment they expired: a repeated request finds its row.
pub const CODES: TimeDelta = TimeDelta::days(30);
/// Counters of attempts, from the moment they count nothing.
pub const ATTEMPTS: TimeDelta = TimeDelta::hours(1);

/// What the outbox has told: whoever followed it from afar resumes within this time.
pub const OUTBOX: TimeDelta = TimeDelta::days(30);
/// Notices, read or not: whoever has not opened the app for so long looks at what there is, not at what has happened.
pub const NOTICES: TimeDelta = TimeDelta::days(400);
/// Messages to devices that are done with, or that nobody has sent.
pub const DELIVERIES: TimeDelta = TimeDelta::days(30);

/// How often a server asks for the turn.
pub const ASK: Duration = Duration::from_mins(10);
/// So many rows are removed in one transaction.
const PIECE: u64 = 200;
/// So many pieces of one kind in one turn; what is left over is for the next.
const PIECES: u32 = 250;
/// Between two pieces others write.
const BREATH: Duration = Duration::from_millis(20);

/// How many rows were removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// First answers to mutations.
    pub answers: usize,
    /// Sessions; their refresh tokens are not counted.
    pub sessions: usize,
    /// One-time codes.
    pub codes: usize,
    /// Counters of attempts.
    pub attempts: usize,
    /// Counts of spans that are over.
    pub quotas: usize,
    /// What the outbox has told.
    pub outbox: usize,
    /// Notices of the account and of the year's steps.
    pub notices: usize,
    /// Messages to devices.
    pub deliveries: usize,
    /// Devices whose session is over.
    pub devices: usize,
    /// Files of evidence that never came, were refused or taken away, with their bytes.
    pub evidence: usize,
}

/// Removes what is due again and again, until it is dropped.
pub async fn keep(app: &App, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match in_turn(app, app.clock.now()).await {
            Ok(None) => {}
            Ok(Some(removed)) if removed == Removed::default() => {}
            Ok(Some(removed)) => tracing::info!(
                answers = removed.answers,
                sessions = removed.sessions,
                codes = removed.codes,
                attempts = removed.attempts,
                quotas = removed.quotas,
                outbox = removed.outbox,
                notices = removed.notices,
                deliveries = removed.deliveries,
                devices = removed.devices,
                evidence = removed.evidence,
                "what had expired was removed"
            ),
            Err(error) => tracing::warn!(%error, "what has expired was not removed; trying again later"),
        }
    }
}

/// Removes what is due, if no other server has done so in this hour.
///
/// # Errors
/// What the database answers.
pub async fn in_turn(app: &App, now: DateTime<Utc>) -> Result<Option<Removed>> {
    let turn = Limit::new("removing what has expired", 1, TimeDelta::hours(1), now);
    if quota::take(app, &[turn]).await? {
        Ok(Some(remove(app, now).await?))
    } else {
        Ok(None)
    }
}

/// Removes what is due.
///
/// # Errors
/// What the database answers, after the other associations have had their turn; UNAVAILABLE where the store of uploads is away,
/// after everything else.
pub async fn remove(app: &App, now: DateTime<Utc>) -> Result<Removed> {
    let (mut removed, mut failed) = (Removed::default(), None);
    let tenants = app.db.tenants().await?;
    for tenant in &tenants {
        if let Err(error) = remove_of(app, tenant.id, now, &mut removed).await {
            failed = Some(error);
        }
    }
    removed.notices += in_pieces(async || store::notices(app, now - NOTICES, PIECE).await).await?;
    removed.devices = in_pieces(async || store::devices(app, now, PIECE).await).await?;
    removed.sessions = in_pieces(async || store::sessions(app, now - SESSIONS, PIECE).await).await?;
    removed.codes = in_pieces(async || store::codes(app, now - CODES, PIECE).await).await?;
    removed.attempts = in_pieces(async || store::attempts(app, now - ATTEMPTS, PIECE).await).await?;
    removed.quotas = in_pieces(async || store::quotas(app, now, PIECE).await).await?;
    // last: the store may be away
    for tenant in tenants {
        match evidence::sweep(app, tenant.id, now).await {
            Ok(files) => removed.evidence += files,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(removed), Err)
}

/// Removes what is due in one association.
async fn remove_of(app: &App, tenant: TenantId, now: DateTime<Utc>, removed: &mut Removed) -> Result<()> {
    removed.answers += in_pieces(async || Ok(app.db.forget_answers(tenant, now - ANSWERS, PIECE).await?)).await?;
    removed.outbox += in_pieces(async || errands::outbox(app, tenant, now - OUTBOX, PIECE).await).await?;
    removed.notices += in_pieces(async || errands::notices(app, tenant, now - NOTICES, PIECE).await).await?;
    removed.deliveries += in_pieces(async || errands::deliveries(app, tenant, now - DELIVERIES, PIECE).await).await?;
    Ok(())
}

async fn in_pieces(piece: impl AsyncFn() -> Result<usize>) -> Result<usize> {
    let mut removed = 0;
    for _ in 0..PIECES {
        let number = piece().await?;
        removed += number;
        // a piece that is not full was the last
        if u64::try_from(number).unwrap_or(u64::MAX) < PIECE {
            break;
        }
        sleep(BREATH).await;
    }
    Ok(removed)
}
