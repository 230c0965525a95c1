//! Passwords: what is accepted as a new one, how it is stored, and how a storm of sign-ins is kept from starving
//! everything else.
//!
//! argon2id is slow and hungry on purpose. So it runs on threads of its own, a fixed number of low priority (`worker`), with a bounded
//! waiting room before them; whoever finds that full is told at once when to come again.

mod guess;
mod pepper;
mod rule;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Params, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Entropy;
use pepper::Mill;
use worker::Workers;

pub use rule::{
    About, MAX_BYTES, MAX_LENGTH, MIN_LENGTH, MIN_LENGTH_WITH_SECOND_FACTOR, NewPassword, generate, min_length,
};

/// Why a password could not be hashed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The waiting room is full.
    #[error("too many passwords are being checked; try again in {} s", retry_after.as_secs())]
    Busy {
        /// When it is worth trying again: an estimate, in whole seconds.
        retry_after: Duration,
    },
    /// argon2 itself failed, for want of memory; the cause is in the log.
    #[error("a password could not be hashed")]
    Failed,
}

/// What comparing a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right {
        /// Whether it was stored at a lower cost than today's and should be hashed anew, as long as it is at hand.
        outdated: bool,
    },
    /// It is not, or there is no such account.
    Wrong,
}

/// How much one comparison costs. The floor for an installation (19,456 KiB, 2 passes: OWASP Password Storage Cheat
/// Sheet) is kept by [`crate::config::Config::load`]; tests go below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
}

/// Hashes and compares passwords. Cheap to clone; all clones share workers and waiting room.
#[derive(Clone)]
pub struct Passwords {
    mill: Mill,
    entropy: Arc<dyn Entropy>,
    /// A hash nobody knows the password of, compared where an account has none, so that both take the same time.
    dummy: Arc<str>,
    /// A place for each check that runs or waits.
    room: Arc<Semaphore>,
    /// A place for each sign-in that asks the database before it has a desk.
    counters: Arc<Semaphore>,
    /// A place for each check that runs.
    desks: Arc<Semaphore>,
    /// What they run on.
    workers: Workers,
    retry_after: Duration,
}

/// A place in the waiting room. Whoever has one is sure to be served, so it is taken before an attempt is counted.
#[derive(Debug)]
pub struct Place {
    _held: OwnedSemaphorePermit,
    /// While something is looked up for it.
    counter: Option<OwnedSemaphorePermit>,
}

/// The right to run one hash. What is written before the comparison is written with it in hand, so that a crowd of
/// sign-ins has no more transactions open than there are desks. It travels to the worker: a client that goes away does
/// not make room for another hash before this one has ended.
#[derive(Debug)]
pub struct Desk {
    _place: Place,
    _held: OwnedSemaphorePermit,
}

impl Passwords {
    /// Prepares hashing with `workers` at a time (at least one) and `queue` waiting; `pepper` is a secret that is not in
    /// the database. Hashes once, so it takes as long as a sign-in.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when argon2 refuses the cost or lacks the memory for it.
    pub fn new(
        cost: Cost,
        pepper: Option<&SecretString>,
        workers: u32,
        queue: u32,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, PasswordError> {
        let mill = Mill::new(cost, pepper).map_err(|error| failed(&error))?;
        let mut nobody_knows = zeroize::Zeroizing::new([0; 32]);
        entropy.fill(nobody_knows.as_mut());
        let dummy = hash(&mill, nobody_knows.as_ref(), &salt(entropy.as_ref()))?;
        let workers = workers.max(1);
        Ok(Self {
            mill,
            entropy,
            dummy: dummy.into(),
            room: Arc::new(Semaphore::new(places(workers.saturating_add(queue)))),
            counters: Arc::new(Semaphore::new(places(workers.saturating_add(1)))),
            desks: Arc::new(Semaphore::new(places(workers))),
            workers: Workers::start(workers).map_err(|error| failed(&error))?,
            retry_after: time_to_empty(cost, workers, queue),
        })
    }

    /// Compares a password with what is stored for the account, or with nothing in the same time where there is no
    /// account or no password. The outcome for an unreadable stored hash is [`Verdict::Wrong`], and a line in the log.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] at once when the waiting room is full; [`PasswordError::Failed`] for want of memory.
    pub async fn verify(&self, stored: Option<String>, password: SecretString) -> Result<Verdict, PasswordError> {
        let desk = self.desk(self.enter()?).await?;
        self.verify_at(desk, stored, password).await
    }

    /// Takes a place in the waiting room.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when it is full.
    pub fn enter(&self) -> Result<Place, PasswordError> {
        let busy = |_| PasswordError::Busy {
            retry_after: self.retry_after,
        };
        let held = Arc::clone(&self.room).try_acquire_owned().map_err(busy)?;
        Ok(Place {
            _held: held,
            counter: None,
        })
    }

    /// Waits until something may be looked up in the database; it may until the desk is waited for. So of a crowd that
    /// comes at once only a few ask the database at a time, and who only reads does not wait behind all of them.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when the server ends.
    pub async fn called(&self, place: Place) -> Result<Place, PasswordError> {
        let counter = Arc::clone(&self.counters).acquire_owned().await;
        let counter = Some(counter.map_err(|_| PasswordError::Failed)?);
        Ok(Place { counter, ..place })
    }

    /// As [`Passwords::verify`], at a desk that was waited for before.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] for want of memory.
    pub async fn verify_at(
        &self,
        desk: Desk,
        stored: Option<String>,
        password: SecretString,
    ) -> Result<Verdict, PasswordError> {
        // Says nothing about the account: this depends only on what the caller sent.
        let Some(normal) = rule::normal(password.expose_secret()).filter(|text| rule::length(text) <= MAX_LENGTH)
        else {
            return Ok(Verdict::Wrong);
        };
        let (mill, dummy) = (self.mill.clone(), Arc::clone(&self.dummy));
        self.run(desk, move || {
            let known = stored.as_deref().and_then(|stored| readable(&mill, stored));
            let hash = known
                .clone()
                .or_else(|| readable(&mill, &dummy))
                .ok_or(PasswordError::Failed)?;
            let argon2 = mill.grinder_of(&hash).map_err(|error| failed(&error))?;
            let right = match argon2.verify_password(normal.as_bytes(), &hash) {
                Ok(()) => true,
                Err(argon2::password_hash::Error::PasswordInvalid) => false,
                Err(error) => return Err(failed(&error)),
            };
            if right && known.is_some() {
                Ok(Verdict::Right {
                    outdated: mill.is_outdated(&hash),
                })
            } else {
                Ok(Verdict::Wrong)
            }
        })
        .await
    }

    /// Hashes a new password into a PHC string, with a salt of its own and the cost in it.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub async fn hash(&self, password: NewPassword) -> Result<String, PasswordError> {
        self.hash_at(self.desk(self.enter()?).await?, password).await
    }

    /// As [`Passwords::hash`], at a desk that was waited for before.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] for want of memory.
    pub async fn hash_at(&self, desk: Desk, password: NewPassword) -> Result<String, PasswordError> {
        self.hash_normal(desk, password.normal()).await
    }

    /// Hashes a password that was just found right, at today's cost. Held against no rule: it is the password already.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub async fn renew(&self, password: &SecretString) -> Result<String, PasswordError> {
        let normal = rule::normal(password.expose_secret()).ok_or(PasswordError::Failed)?;
        self.hash_normal(self.desk(self.enter()?).await?, normal).await
    }

    async fn hash_normal(&self, desk: Desk, normal: zeroize::Zeroizing<String>) -> Result<String, PasswordError> {
        let (mill, salt) = (self.mill.clone(), salt(self.entropy.as_ref()));
        self.run(desk, move || hash(&mill, normal.as_bytes(), &salt)).await
    }

    /// Whether a stored hash was made by another algorithm, at a lower cost than today's or without today's pepper; a
    /// higher cost is left alone.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        readable(&self.mill, stored).is_none_or(|hash| self.mill.is_outdated(&hash))
    }

    /// Runs the work on a worker and leaves the desk there, when the work is done.
    async fn run<T: Send + 'static>(
        &self,
        desk: Desk,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let done = self.workers.run(move || {
            let result = work();
            drop(desk);
            result
        });
        // A panic in there is in the log already, where it happened.
        done.await.unwrap_or(Err(PasswordError::Failed))
    }

    /// Waits for a desk.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when the server ends.
    pub async fn desk(&self, mut place: Place) -> Result<Desk, PasswordError> {
        drop(place.counter.take());
        let held = Arc::clone(&self.desks).acquire_owned().await;
        let held = held.map_err(|_| PasswordError::Failed)?;
        Ok(Desk {
            _place: place,
            _held: held,
        })
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords")
            .field("mill", &self.mill)
            .finish_non_exhaustive()
    }
}

fn hash(mill: &Mill, password: &[u8], salt: &[u8]) -> Result<String, PasswordError> {
    mill.grinder()
        .map_err(|error| failed(&error))?
        .hash_password_with_salt(password, salt)
        .map(|hash| hash.to_string())
        .map_err(|error| failed(&error))
}

/// 16 random bytes, as RFC 9106 section 3.1 recommends.
fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn readable(mill: &Mill, stored: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(stored).ok();
    let hash = hash.filter(|hash| hash.salt.is_some() && hash.hash.is_some() && Params::try_from(hash).is_ok());
    let Some(hash) = hash else {
        tracing::error!("a stored password hash cannot be read");
        return None;
    };
    if !mill.can_compare(&hash) {
        tracing::error!("a stored password hash was made with another password_pepper");
        return None;
    }
    Some(hash)
}

fn places(number: u32) -> usize {
    usize::try_from(number)
        .unwrap_or(Semaphore::MAX_PERMITS)
        .min(Semaphore::MAX_PERMITS)
}

/// About how long a full waiting room takes to empty: 50 ms a hash at the OWASP cost on one core of a small server, in
/// proportion for other costs; whole seconds, because that is what `Retry-After` can say.
fn time_to_empty(cost: Cost, workers: u32, queue: u32) -> Duration {
    let work = u64::from(cost.memory_kib) * u64::from(cost.iterations);
    let one = (50 * work).div_ceil(19_456 * 2);
    let rounds = u64::from(queue).div_ceil(u64::from(workers.max(1))) + 1;
    Duration::from_secs(one.saturating_mul(rounds).div_ceil(1_000).max(1))
}

fn failed(error: &dyn std::fmt::Display) -> PasswordError {
    tracing::error!(error = %error, "a password could not be hashed");
    PasswordError::Failed
}
