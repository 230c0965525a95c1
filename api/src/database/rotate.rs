//! Rotation: a new signing key comes into the ring, and what is of no use any more leaves it.

use chrono::{DateTime, Utc};
use entity::scope::{Db, DbError};
use entity::vocabulary::SecurityEventKind;
use migration::{Entry, NewKey, Rotation};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{ACCESS_TOKEN_KEY, CURSOR_KEY, RECEIPT_KEY, moment, settings};
use crate::account::token::ring::{self, LEAD, RingError};
use crate::account::token::{KeyError, SigningKey, Stage, Standing, TokenKeys};
use crate::clock::{Clock, Entropy, uuid_v7_at};
use crate::config::Config;
use crate::receipt::{ReceiptKeys, read_ring};

/// What becomes of the keys that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Old {
    /// The one that signs goes on until the new one has been published for long enough, and checks until its last token
    /// has died.
    Stays,
    /// They leave at once, with all they have signed: somebody else may have them.
    Leaves,
}

/// A key that has come into the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Its name in token headers.
    pub kid: String,
    /// From when it signs.
    pub signs_from: DateTime<Utc>,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// A new key is in the ring already and waits for its time.
    #[error("a new key is published already and waits for its time")]
    Waiting,
    /// The keys that are there cannot be read.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The owner's connection.
    #[error(transparent)]
    Owner(#[from] migration::Error),
}

impl From<DbError> for RotateError {
    fn from(error: DbError) -> Self {
        Self::Ring(RingError::Database(error))
    }
}

/// Makes a key and puts it into the ring, through the owner's connection. Instances that run find it by themselves.
///
/// # Errors
/// See [`RotateError`]; then nothing has changed.
pub async fn rotate(
    config: &Config,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    old: Old,
) -> Result<Rotated, RotateError> {
    let db = Db::open(settings(config)).await?;
    let removed = removed(config, &db, clock.now(), old).await;
    db.close().await;
    put(config, (clock, entropy), (ACCESS_TOKEN_KEY, old), &removed?).await
}

/// As [`rotate`], of the keys that sign receipts. None is of no use, for a receipt is looked at late: only keys that somebody else
/// may have leave the ring.
///
/// # Errors
/// See [`RotateError`]; then nothing has changed.
pub async fn rotate_receipts(
    config: &Config,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    old: Old,
) -> Result<Rotated, RotateError> {
    let db = Db::open(settings(config)).await?;
    let rows = db.sign_in().server_keys(RECEIPT_KEY).await;
    db.close().await;
    let mut removed = Vec::new();
    if old == Old::Leaves {
        removed.extend(rows?.iter().map(|row| row.id.0));
    }
    put(config, (clock, entropy), (RECEIPT_KEY, old), &removed).await
}

/// Puts a new key in the place of the one that seals cursors: every list is begun anew, every copy on a phone and every stream.
/// Servers read it when they start.
///
/// # Errors
/// See [`RotateError`]; then nothing has changed.
pub async fn rotate_cursors(config: &Config, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), RotateError> {
    let db = Db::open(settings(config)).await?;
    let rows = db.sign_in().server_keys(CURSOR_KEY).await;
    db.close().await;
    let removed: Vec<Uuid> = rows?.iter().map(|row| row.id.0).collect();
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(secret.as_mut());
    let key = (CURSOR_KEY, secret.as_slice());
    into_ring(
        config,
        (clock, entropy),
        key,
        (clock.now(), Old::Leaves, &removed),
        "CURSORS",
    )
    .await
}

/// Makes a key and puts it into the ring of its purpose.
async fn put(
    config: &Config,
    (clock, entropy): (&dyn Clock, &dyn Entropy),
    (purpose, old): (&'static str, Old),
    removed: &[Uuid],
) -> Result<Rotated, RotateError> {
    let key = SigningKey::generate()?;
    let signs_from = match old {
        Old::Stays => clock.now() + LEAD,
        Old::Leaves => clock.now(),
    };
    let of = if purpose == RECEIPT_KEY { " RECEIPTS" } else { "" };
    let detail = match old {
        Old::Stays => format!("{}{of}", key.kid),
        Old::Leaves => format!("{}{of} COMPROMISED", key.kid),
    };
    let new = (purpose, key.pkcs8.as_slice());
    into_ring(config, (clock, entropy), new, (signs_from, old, removed), &detail).await?;
    Ok(Rotated {
        kid: key.kid,
        signs_from,
    })
}

/// Writes a key of a purpose, takes out what leaves, and enters both into the security journal.
async fn into_ring(
    config: &Config,
    (clock, entropy): (&dyn Clock, &dyn Entropy),
    (purpose, secret): (&'static str, &[u8]),
    (signs_from, old, removed): (DateTime<Utc>, Old, &[Uuid]),
    detail: &str,
) -> Result<(), RotateError> {
    let now = clock.now();
    let rotation = Rotation {
        key: NewKey {
            id: uuid_v7_at(now, entropy),
            purpose,
            secret,
        },
        signs_from: &moment(signs_from),
        removed,
        one_at_a_time: old == Old::Stays,
        entry: Entry {
            id: uuid_v7_at(now, entropy),
            kind: SecurityEventKind::KeyRotated.as_str(),
            detail,
        },
    };
    let done = migration::rotate(config.owner_url().expose_secret(), &rotation, &moment(now)).await?;
    if done { Ok(()) } else { Err(RotateError::Waiting) }
}

/// What each signing key in the database does at a moment, newest first.
///
/// # Errors
/// The database does not answer, or holds no usable ring.
pub async fn standings(config: &Config, db: &Db, now: DateTime<Utc>) -> Result<Vec<Standing>, RingError> {
    let keys = TokenKeys::new(
        &ring::read(db).await?,
        config.token_issuer.clone(),
        config.token_audience.clone(),
        config.access_token_lifetime,
    )?;
    Ok(keys.standings(now))
}

/// As [`standings`], of the keys that sign receipts.
///
/// # Errors
/// As [`standings`].
pub async fn receipt_standings(db: &Db, now: DateTime<Utc>) -> Result<Vec<Standing>, RingError> {
    Ok(ReceiptKeys::new(read_ring(db).await?)?.standings(now))
}

/// The keys that are of no use any more, or all.
async fn removed(config: &Config, db: &Db, now: DateTime<Utc>, old: Old) -> Result<Vec<Uuid>, RotateError> {
    let rows = db.sign_in().server_keys(ACCESS_TOKEN_KEY).await?;
    if old == Old::Leaves {
        return Ok(rows.iter().map(|row| row.id.0).collect());
    }
    let standings = standings(config, db, now).await?;
    let mut retired = Vec::new();
    for row in rows {
        let (id, key) = (row.id.0, SigningKey::read(row.secret)?);
        let of_no_use = |one: &Standing| one.kid == key.kid && one.stage == Stage::Retired;
        if standings.iter().any(of_no_use) {
            retired.push(id);
        }
    }
    Ok(retired)
}
