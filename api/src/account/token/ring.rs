//! The ring of keys as a running server holds it: read from the database, read again from time to time, and swapped as
//! a whole, so that a rotation needs no restart.
//!
//! A new key is published [`LEAD`] before it signs. That is longer than any instance goes without reading the ring
//! ([`RELOAD`]) and longer than others may keep what we have published ([`PUBLISHED`]), so nobody meets a token whose key
//! they cannot know. Where a key had to come in at once, after a theft, its name is unknown for a moment: such a name
//! makes the instance read the ring, at most once in [`PAUSE`].

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::scope::{Db, DbError};
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::{Bearer, Claims, KeyError, SigningKey, TokenError, TokenKeys};
use crate::app::App;
use crate::database::ACCESS_TOKEN_KEY;

/// A new key is published so long before it signs.
pub const LEAD: TimeDelta = TimeDelta::minutes(10);
/// Each instance reads the ring so often.
pub const RELOAD: Duration = Duration::from_secs(30);
/// Others may keep the published keys so long before they ask again.
pub const PUBLISHED: Duration = Duration::from_mins(5);
/// Names that no key has make an instance read the ring at most once in so long.
pub const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// Why the ring could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A key in it is unusable, or there is none.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
}

/// The signing keys in the database, newest first.
///
/// # Errors
/// The database does not answer; a key is damaged.
pub async fn read(db: &Db) -> Result<Vec<SigningKey>, RingError> {
    let mut ring = Vec::new();
    for row in db.sign_in().server_keys(ACCESS_TOKEN_KEY).await? {
        let key = SigningKey::read(row.secret)?;
        ring.push(match row.signs_from {
            Some(moment) => key.signing_from(moment),
            None => key,
        });
    }
    // stable: of two keys from one moment the one that was made last stays the newer; one that never waited is oldest
    ring.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
    Ok(ring)
}

/// The keys this instance works with at the moment.
#[derive(Debug)]
pub struct KeyRing {
    keys: RwLock<Arc<TokenKeys>>,
    /// When the last unknown name made us read the ring; held while it is read, so that readers take turns and an older
    /// answer never replaces a newer one.
    asked: Mutex<Option<DateTime<Utc>>>,
}

impl KeyRing {
    /// Begins with these keys.
    pub fn new(keys: TokenKeys) -> Self {
        Self {
            keys: RwLock::new(Arc::new(keys)),
            asked: Mutex::new(None),
        }
    }

    /// The keys as they are now.
    pub fn keys(&self) -> Arc<TokenKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// See [`TokenKeys::issue`].
    ///
    /// # Errors
    /// As there.
    pub fn issue(&self, bearer: Bearer, jti: Uuid, now: DateTime<Utc>) -> Result<(String, DateTime<Utc>), TokenError> {
        self.keys().issue(bearer, jti, now)
    }

    /// See [`TokenKeys::verify`].
    ///
    /// # Errors
    /// As there.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        self.keys().verify(token, now)
    }

    /// As [`KeyRing::verify`], but a key's name that is not known makes this instance look for it in the database first.
    ///
    /// # Errors
    /// As there.
    pub async fn verify_or_look(&self, db: &Db, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        match self.verify(token, now) {
            Err(TokenError::UnknownKey) => {
                self.look(db, now).await;
                self.verify(token, now)
            }
            other => other,
        }
    }

    /// Reads the ring unless that was done a moment ago; whoever comes while it is being read waits for the outcome.
    async fn look(&self, db: &Db, now: DateTime<Utc>) {
        let mut asked = self.asked.lock().await;
        let lately = asked.is_some_and(|then| then <= now && now - then < PAUSE);
        if lately {
            return;
        }
        *asked = Some(now);
        if let Err(error) = self.replace(db).await {
            tracing::warn!(%error, "the signing keys could not be read; going on with those known");
        }
    }

    /// Reads the ring and works with it from now on. After an error everything stays as it was.
    ///
    /// # Errors
    /// The database does not answer, or holds no usable ring.
    pub async fn reload(&self, db: &Db) -> Result<(), RingError> {
        let _turn = self.asked.lock().await;
        self.replace(db).await
    }

    async fn replace(&self, db: &Db) -> Result<(), RingError> {
        let fresh = self.keys().with_ring(&read(db).await?)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }
}

/// Reads the ring again and again, until it is dropped.
pub async fn keep_fresh(app: Arc<App>, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = app.tokens.reload(&app.db).await {
            tracing::warn!(%error, "the signing keys could not be read; going on with those known");
        }
        if let Err(error) = app.receipts.reload(&app.db).await {
            tracing::warn!(%error, "the keys of receipts could not be read; going on with those known");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_meets_a_token_before_its_key() {
        // an instance may be one round late in publishing, and its answer may be kept for so long
        let latest = RELOAD * 2 + PUBLISHED;
        assert!(latest < LEAD.to_std().unwrap());
    }
}
