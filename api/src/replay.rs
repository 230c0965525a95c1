//! Doing a thing once, however often a phone sends it.
//!
//! The key the phone made is stored with a hash of what was asked, in the transaction that does it. A second sending
//! waits for the first, then gets its outcome again; the same key with another payload is told so and does nothing.

use aws_lc_rs::digest;
use entity::query::{ColumnTrait, Condition};
use entity::scope::{DbError, Scope, Writer};
use entity::table::idempotency;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::app::App;
use crate::error::{Error, Result};
use crate::sent::Sent;

/// What became of a mutation.
#[derive(Debug)]
pub enum Once<T> {
    /// It was done, or looked at, now.
    First(T),
    /// It had been done before; this is the outcome of then.
    Replayed(T),
    /// The key had been used for something else; nothing was done.
    KeyReused,
}

impl<T> Once<T> {
    /// What became of the request, and what is kept of it; nothing where the key was used for something else.
    pub fn told(self) -> (WriteOutcome, Option<T>) {
        match self {
            Self::First(kept) => (WriteOutcome::Applied, Some(kept)),
            Self::Replayed(kept) => (WriteOutcome::Replayed, Some(kept)),
            Self::KeyReused => (WriteOutcome::KeyReused, None),
        }
    }
}

/// What a mutation did.
#[derive(Debug)]
pub enum Effect<T> {
    /// It changed something: keep it, and its outcome under its key.
    Done(T),
    /// It found that nothing is to be changed yet: undo, and leave the key free for the next try.
    Nothing(T),
}

/// Names what is to be done once.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// Made by the phone.
    pub key: Uuid,
    /// The mutation.
    pub operation: &'a str,
}

/// What is kept beside a key: the hash of the input as it was sent, where the mutation tells it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    key: Key<'a>,
    sent_hash: Option<&'a [u8]>,
}

impl<'a> From<Key<'a>> for Arrival<'a> {
    fn from(key: Key<'a>) -> Self {
        Self { key, sent_hash: None }
    }
}

impl<'a> From<(Key<'a>, &'a Sent)> for Arrival<'a> {
    fn from((key, sent): (Key<'a>, &'a Sent)) -> Self {
        Self {
            key,
            sent_hash: sent.hash(),
        }
    }
}

/// What was asked, with the id that the device gave the record; hashed as it always has been where it gave none, for a key
/// holds for ever.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Asked<T> {
    /// The server makes the id.
    Plain(T),
    /// The device has made it.
    Named(T, Uuid),
}

impl<T> Asked<T> {
    /// Both together.
    pub fn of(asked: T, id: Option<Uuid>) -> Self {
        match id {
            Some(id) => Self::Named(asked, id),
            None => Self::Plain(asked),
        }
    }
}

/// Why the transaction ends without a commit.
enum Stop<T> {
    Answer(Once<T>),
    Error(Error),
}

impl<T> From<DbError> for Stop<T> {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

impl<T> From<Error> for Stop<T> {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Runs `work` in one transaction, once for each key of the acting account.
///
/// `payload` is everything that was asked; `T` is kept, so it must hold ids and outcomes, never personal data.
///
/// # Errors
/// Whatever `work` answers; then nothing was changed and the key is free again.
pub async fn once<'a, T>(
    app: &App,
    scope: &Scope,
    key: impl Into<Arrival<'a>> + Send,
    payload: &(impl Serialize + Sync),
    work: impl AsyncFnOnce(&Writer<'_>) -> Result<Effect<T>>,
) -> Result<Once<T>>
where
    T: Serialize + DeserializeOwned,
{
    once_prepared(app, scope, key, payload, async |_: &Writer<'_>| Ok(()), work).await
}

/// As [`once`], for a change of a row that the client has read: `work` says whether the row still was at that version. One that
/// was not is STALE, and leaves the key free.
///
/// # Errors
/// As [`once`].
pub async fn once_if_fresh<'a>(
    app: &App,
    scope: &Scope,
    key: impl Into<Arrival<'a>> + Send,
    payload: &(impl Serialize + Sync),
    work: impl AsyncFnOnce(&Writer<'_>) -> Result<bool>,
) -> Result<WriteOutcome> {
    let done = once(app, scope, key, payload, async |tx: &Writer<'_>| {
        let fresh = work(tx).await?;
        Ok(if fresh {
            Effect::Done(true)
        } else {
            Effect::Nothing(false)
        })
    })
    .await?;
    Ok(match done {
        Once::First(false) => WriteOutcome::Stale,
        other => other.told().0,
    })
}

/// As [`once`], with something that must be there before the key can be stored, and that does nothing the second time:
/// the association itself, when one is founded.
///
/// # Errors
/// As [`once`].
pub async fn once_prepared<'a, T>(
    app: &App,
    scope: &Scope,
    key: impl Into<Arrival<'a>> + Send,
    payload: &(impl Serialize + Sync),
    prepare: impl AsyncFnOnce(&Writer<'_>) -> Result<()>,
    work: impl AsyncFnOnce(&Writer<'_>) -> Result<Effect<T>>,
) -> Result<Once<T>>
where
    T: Serialize + DeserializeOwned,
{
    let Arrival { key, sent_hash } = key.into();
    let hash = hash(payload)?;
    let written = scope
        .write(async |tx: &Writer<'_>| -> std::result::Result<Once<T>, Stop<T>> {
            use idempotency::Column::{AccountId, Key as KeyColumn, Outcome, TenantId};
            prepare(tx).await?;
            let row = idempotency::Model {
                tenant_id: scope.tenant(),
                id: app.new_id(),
                account_id: scope.actor().account,
                key: key.key,
                operation: key.operation.to_owned(),
                payload_hash: hash.clone(),
                sent_hash: sent_hash.map(<[u8]>::to_vec),
                outcome: String::new(),
                created_at: scope.now(),
            };
            let mine = || {
                Condition::all()
                    .add(AccountId.eq(scope.actor().account))
                    .add(KeyColumn.eq(key.key))
            };
            if !tx
                .insert_if_new::<idempotency::Entity>(row, &[TenantId, AccountId, KeyColumn])
                .await?
            {
                let known = tx.find::<idempotency::Entity>().filter(mine()).one().await?;
                return Err(Stop::Answer(earlier(known, key.operation, &hash)?));
            }
            match work(tx).await? {
                Effect::Nothing(outcome) => Err(Stop::Answer(Once::First(outcome))),
                Effect::Done(outcome) => {
                    let text = serde_json::to_string(&outcome).map_err(|error| Error::Internal(error.to_string()))?;
                    tx.update::<idempotency::Entity>()
                        .set(Outcome, text)
                        .filter(mine())
                        .run()
                        .await?;
                    Ok(Once::First(outcome))
                }
            }
        })
        .await;
    match written {
        Ok(once) | Err(Stop::Answer(once)) => Ok(once),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// What a key of the acting account was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// Nothing yet.
    Not,
    /// The same: sent again, it gets its outcome of then.
    Same,
    /// Something else.
    Otherwise,
}

/// What a key of the acting account was used for: asked before anything is made or counted for it outside the transaction of
/// [`once`], which decides.
///
/// # Errors
/// What the database answers.
pub async fn used(scope: &Scope, key: Key<'_>, payload: &(impl Serialize + Sync)) -> Result<Used> {
    use idempotency::Column::{AccountId, Key as KeyColumn};
    let hash = hash(payload)?;
    let find = scope.find::<idempotency::Entity>();
    let find = find.filter(AccountId.eq(scope.actor().account));
    let known = find.filter(KeyColumn.eq(key.key)).one().await?;
    Ok(match known {
        None => Used::Not,
        Some(known) if known.operation == key.operation && known.payload_hash == hash => Used::Same,
        Some(_) => Used::Otherwise,
    })
}

/// What a second sending is told.
fn earlier<T: DeserializeOwned>(known: Option<idempotency::Model>, operation: &str, hash: &[u8]) -> Result<Once<T>> {
    let known = known.ok_or_else(|| Error::Internal("a key is taken and not there".to_owned()))?;
    if known.operation != operation || known.payload_hash != hash {
        return Ok(Once::KeyReused);
    }
    let outcome = serde_json::from_str(&known.outcome).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Once::Replayed(outcome))
}

fn hash(payload: &impl Serialize) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(payload).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(digest::digest(&digest::SHA256, &bytes).as_ref().to_vec())
}

/// What a write tells its client to branch on.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum WriteOutcome {
    /// Done.
    Applied,
    /// Sent before with this key: done then, not again.
    Replayed,
    /// The key was used for something else; nothing was done. A client meets this only by a fault of its own.
    KeyReused,
    /// The row has changed since the client read it; nothing was done, the row as it is now comes with the answer.
    Stale,
    /// Very like subjects that are there already; nothing was done. Send again with `confirmDistinct` to insist.
    DuplicateCandidates,
    /// The subject has a registration for its title and the year already; it comes with the answer.
    AlreadyRegistered,
}
