//! Against guessing: whoever tries a password or a code takes a turn first, and a turn has to be waited for once there
//! were too many.
//!
//! The counters are rows, so they hold over several instances and after a restart. A turn is counted and committed
//! before anything is compared: however many guesses are sent at once, no more get through than the rule lets. What is
//! counted is known by a keyed hash only, and is counted whether or not there is such an account.
//!
//! ```text
//! let turn = throttle::take(app, request, &[rule::SIGN_IN_NAME.on(app, Subject::Name(&login))]).await?;
//! if !right { return Err(Error::WrongCredentials) }
//! door.write(async |tx| { turn.forgive(tx).await?; .. })
//! ```

pub mod rule;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::hmac;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, AttemptId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, PersonalWriter};
use entity::table::attempt::{self, Column};
use uuid::Uuid;

use super::input::Login;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;

use rule::{Forgiven, Rule};

/// How often an instance removes rows that count nothing any more.
const PURGE_EVERY: TimeDelta = TimeDelta::minutes(10);
/// So long after they count nothing.
const PURGE_AFTER: TimeDelta = TimeDelta::hours(1);

/// What somebody tries to guess, or where from.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A name to sign in with, whether or not there is such an account.
    Name(&'a Login),
    /// An account that has been found already.
    Account(AccountId),
    /// A device of an account, by the id that its app made up.
    Device(AccountId, Uuid),
    /// A network address; of IPv6 the first 64 bits, which is what one household or phone has.
    Address(IpAddr),
    /// Anything else that is known by a text, such as a phone number that codes are sent to.
    Text(&'a str),
}

/// A subject under a rule: one counter.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    id: AttemptId,
    rule: &'static Rule,
}

/// A turn that was taken. It stays counted unless it is forgiven.
#[must_use = "a turn that was right is to be forgiven"]
#[derive(Debug)]
pub struct Turn {
    counted: Vec<Counted>,
}

/// What the throttle keeps between requests: nothing that is counted.
#[derive(Debug)]
pub struct Throttle {
    key: hmac::Key,
    /// When this instance last removed old rows, in seconds since 1970.
    purged_at: AtomicI64,
}

impl Throttle {
    /// With the installation's key.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            purged_at: AtomicI64::new(0),
        }
    }

    /// Whether it is time to remove old rows; the same moment is given to one caller only.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp();
        let due = |before: i64| (now - before >= PURGE_EVERY.num_seconds()).then_some(now);
        let updated = self.purged_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due);
        updated.is_ok()
    }
}

impl Rule {
    /// This rule's counter of a subject.
    pub fn on(&'static self, app: &App, subject: Subject<'_>) -> Counted {
        let mut context = hmac::Context::with_key(&app.throttle.key);
        context.update(self.name.as_bytes());
        let (kind, value) = subject.parts();
        context.update(&[0, kind]);
        context.update(&value);
        let mut bytes = [0; 16];
        for (byte, hashed) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *byte = *hashed;
        }
        let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        Counted {
            id: AttemptId(id),
            rule: self,
        }
    }
}

impl Subject<'_> {
    /// A number for its kind, and what tells it from others of its kind.
    fn parts(self) -> (u8, Vec<u8>) {
        match self {
            Self::Name(Login::Phone(phone)) => (1, phone.as_str().as_bytes().to_vec()),
            Self::Name(Login::UserName(name)) => (2, name.as_str().as_bytes().to_vec()),
            Self::Name(Login::Nobody(text)) => (3, text.as_bytes().to_vec()),
            Self::Account(id) => (4, id.0.as_bytes().to_vec()),
            Self::Device(account, device) => (5, [*account.0.as_bytes(), *device.as_bytes()].concat()),
            Self::Address(IpAddr::V4(address)) => (6, address.octets().to_vec()),
            Self::Address(IpAddr::V6(address)) => (7, address.octets().into_iter().take(8).collect()),
            Self::Text(text) => (8, text.as_bytes().to_vec()),
        }
    }
}

/// Takes a turn at all of `counted`, or at none: counts it before anything is compared.
///
/// # Errors
/// RATE_LIMITED with the longest pause that one of them asks for; then nothing is counted, so a refused attempt costs
/// its sender no further pause. What the database answers.
pub async fn take(app: &App, request: &RequestInfo, counted: &[Counted]) -> Result<Turn> {
    // a storm of refused attempts does not queue for the one writer of SQLite
    look(app, request, counted).await?;
    take_at_once(app, request, counted).await
}

/// Whether there is a turn to be had, as far as a read without a lock can tell; takes none.
///
/// # Errors
/// As [`take`].
pub async fn look(app: &App, request: &RequestInfo, counted: &[Counted]) -> Result<()> {
    let ids = counted.iter().map(|one| one.id);
    let rows = app.db.sign_in().rows::<attempt::Entity>().filter(Column::Id.is_in(ids));
    refuse_if_early(counted, &rows.all().await?, request.now)
}

/// As [`take`], without looking first: for those who have looked and waited since.
///
/// # Errors
/// As [`take`].
pub async fn take_at_once(app: &App, request: &RequestInfo, counted: &[Counted]) -> Result<Turn> {
    let now = request.now;
    let mut counted = counted.to_vec();
    // always in one order, so that two turns never wait for each other
    counted.sort_by_key(|one| one.id);
    counted.dedup_by_key(|one| one.id);
    let ids: Vec<AttemptId> = counted.iter().map(|one| one.id).collect();
    let door = app.db.sign_in();
    let taken = door.write(async |tx: &PersonalWriter| {
        for one in &counted {
            let row = attempt::Model {
                id: one.id,
                rule: one.rule.name.to_owned(),
                last_at: now,
                clear_at: now,
            };
            tx.insert_or_lock::<attempt::Entity>(row, &[Column::Id]).await?;
        }
        let rows = tx.find::<attempt::Entity>().filter(Column::Id.is_in(ids)).all().await?;
        refuse_if_early(&counted, &rows, now)?;
        for (one, row) in pairs(&counted, &rows) {
            let (last_at, clear_at) = one.rule.after_one_more(row.last_at, row.clear_at, now);
            set(tx, one.id, last_at, clear_at).await?;
        }
        Ok::<(), Error>(())
    });
    taken.await?;
    purge_if_due(app, now).await;
    Ok(Turn { counted })
}

impl Turn {
    /// Takes it back, in the transaction of what it was right for: it was no guess.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn forgive(&self, tx: &PersonalWriter) -> Result<()> {
        let ids = self.counted.iter().map(|one| one.id);
        let rows = tx.find::<attempt::Entity>().filter(Column::Id.is_in(ids));
        let rows = rows.order_by(Column::Id, Order::Asc).for_update().all().await?;
        for (one, row) in pairs(&self.counted, &rows) {
            let clear_at = match one.rule.forgiven {
                Forgiven::All => row.last_at,
                Forgiven::Own => (row.clear_at - one.rule.ease).max(row.last_at),
            };
            set(tx, one.id, row.last_at, clear_at).await?;
        }
        Ok(())
    }
}

fn pairs<'a>(
    counted: &'a [Counted],
    rows: &'a [attempt::Model],
) -> impl Iterator<Item = (&'a Counted, &'a attempt::Model)> {
    let row_of = |one: &'a Counted| rows.iter().find(|row| row.id == one.id).map(|row| (one, row));
    counted.iter().filter_map(row_of)
}

fn refuse_if_early(counted: &[Counted], rows: &[attempt::Model], now: DateTime<Utc>) -> Result<()> {
    let pause = |(one, row): (&Counted, &attempt::Model)| one.rule.pause(row.last_at, row.clear_at, now);
    match pairs(counted, rows).filter_map(pause).max() {
        Some(pause) => Err(Error::TooManyAttempts(pause)),
        None => Ok(()),
    }
}

async fn set(tx: &PersonalWriter, id: AttemptId, last_at: DateTime<Utc>, clear_at: DateTime<Utc>) -> Result<()> {
    let change = tx.update::<attempt::Entity>().set(Column::LastAt, last_at);
    let change = change.set(Column::ClearAt, clear_at).filter(Column::Id.eq(id));
    change.run().await?;
    Ok(())
}

/// Removes rows that count nothing any more. Failing is no reason to refuse somebody who signs in.
async fn purge_if_due(app: &App, now: DateTime<Utc>) {
    if !app.throttle.is_due(now) {
        return;
    }
    let door = app.db.sign_in();
    let purged = door.write(async |tx: &PersonalWriter| {
        let old = now - PURGE_AFTER;
        let removal = tx.delete::<attempt::Entity>().filter(Column::ClearAt.lt(old));
        removal.filter(Column::LastAt.lt(old)).run().await
    });
    if let Err(error) = purged.await {
        let error: DbError = error;
        tracing::warn!(%error, "old attempts were not removed");
    }
}
