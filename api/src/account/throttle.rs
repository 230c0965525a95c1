//! Against guessing: whoever tries a password or a code takes a turn first, and a turn has to be waited for once there
//! were too many.
//!
//! The counters are rows, so they hold over several instances and after a restart. A turn is counted and committed
//! before anything is compared: however many guesses are sent at once, no more get through than the rule lets. What is
//! counted is known by a keyed hash only, and is counted whether or not there is such an account. Rows that count nothing
//! any more are removed by `retention`.
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

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use entity::id::{AccountId, AttemptId};
use entity::query::{ColumnTrait, Order};
use entity::scope::PersonalWriter;
use entity::table::attempt::{self, Column};
use uuid::Uuid;

use super::input::Login;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;

use rule::{Forgiven, Rule};

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
    /// A name to sign in with, as it is tried from one network address: a stranger elsewhere does not use it up.
    NameAt(&'a Login, Option<IpAddr>),
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
}

impl Throttle {
    /// With the installation's key.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
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
            Self::Name(login) => name(login),
            Self::Account(id) => (4, id.0.as_bytes().to_vec()),
            Self::Device(account, device) => (5, [*account.0.as_bytes(), *device.as_bytes()].concat()),
            Self::Address(address) => network(address),
            Self::NameAt(login, address) => {
                let (kind, text) = name(login);
                let (family, bytes) = address.map(network).unwrap_or_default();
                // the network is put first: of its family it is always as long
                (8, [vec![family], bytes, vec![kind], text].concat())
            }
        }
    }
}

fn name(login: &Login) -> (u8, Vec<u8>) {
    match login {
        Login::Phone(phone) => (1, phone.as_str().as_bytes().to_vec()),
        Login::UserName(name) => (2, name.as_str().as_bytes().to_vec()),
        Login::Nobody(text) => (3, text.as_bytes().to_vec()),
    }
}

fn network(address: IpAddr) -> (u8, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (6, address.octets().to_vec()),
        IpAddr::V6(address) => (7, address.octets().into_iter().take(8).collect()),
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
    Ok(Turn { counted })
}

impl Turn {
    /// Both turns as one, for what takes two proofs.
    pub fn and(mut self, other: Self) -> Self {
        self.counted.extend(other.counted);
        self
    }

    /// Takes it back, in the transaction of what it was right for: it was no guess.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn forgive(&self, tx: &PersonalWriter) -> Result<()> {
        forgive(tx, &self.counted).await
    }

    /// Takes back this attempt alone: it was no guess, and proves nothing either.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn give_back(&self, tx: &PersonalWriter) -> Result<()> {
        ease(tx, &self.counted, |_| Forgiven::Own).await
    }
}

/// As [`Turn::forgive`], for whoever has proven to be the owner in a way that takes no turn.
///
/// # Errors
/// What the database answers.
pub async fn forgive(tx: &PersonalWriter, counted: &[Counted]) -> Result<()> {
    ease(tx, counted, |rule| rule.forgiven).await
}

async fn ease(tx: &PersonalWriter, counted: &[Counted], how: impl Fn(&Rule) -> Forgiven) -> Result<()> {
    let ids = counted.iter().map(|one| one.id);
    let rows = tx.find::<attempt::Entity>().filter(Column::Id.is_in(ids));
    let rows = rows.order_by(Column::Id, Order::Asc).for_update().all().await?;
    for (one, row) in pairs(counted, &rows) {
        let clear_at = match how(one.rule) {
            Forgiven::All => row.last_at,
            Forgiven::Own => (row.clear_at - one.rule.ease).max(row.last_at),
        };
        set(tx, one.id, row.last_at, clear_at).await?;
    }
    Ok(())
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
