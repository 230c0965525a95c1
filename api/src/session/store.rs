//! Opening, refreshing and ending sessions.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use entity::id::{AccountId, PostId, RefreshTokenId, SessionId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Db, PersonalWriter};
use entity::table::{account, refresh_token, session};
use entity::value::ShortText;
use entity::vocabulary::{AuthenticationLevel, NoticeKind, Platform, SecurityEventKind, SessionEnd};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::journal::{self, Entry};
use super::rotation::{self, Step};
use crate::access::above::officers_above;
use crate::access::viewer::may_sign_in;
use crate::app::App;
use crate::error::{Error, Result};
use crate::notice;
use crate::request::RequestInfo;

/// What a refresh token begins with, so that scanners for leaked secrets know one.
const PREFIX: &str = "khr_";
/// Random bytes of a refresh token.
const BYTES: usize = 32;
/// Spent tokens are known again for so long; an older one is answered like one that never was.
const REMEMBERED: Duration = Duration::days(30);
/// The most sessions shown, newest first.
const MAX_SHOWN: u64 = 100;

/// What a phone says of itself.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// Made up by the app when it was installed.
    pub id: Option<Uuid>,
    /// What the device is called.
    pub name: Option<ShortText>,
    /// What it runs.
    pub platform: Option<Platform>,
    /// The app's version.
    pub app_version: Option<ShortText>,
}

/// A session with a refresh token that nobody else knows.
#[derive(Debug)]
pub struct Granted {
    /// The session.
    pub session: session::Model,
    /// Shown once.
    pub refresh_token: SecretString,
}

/// Opens a session for an account that has just proven who it is.
///
/// # Errors
/// What the database answers.
pub async fn open(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (account, level): (AccountId, AuthenticationLevel),
    post: Option<PostId>,
    device: &Device,
) -> Result<Granted> {
    let now = request.now;
    let (token, hash) = new_token(app);
    let id: SessionId = app.new_id();
    let token_id: RefreshTokenId = app.new_id();
    let expires_at = now + Duration::days(app.config.session_days.into());
    let row = session::Model {
        id,
        account_id: account,
        post_id: post,
        device_id: device.id,
        device_name: device.name.as_ref().map(|name| name.as_str().to_owned()),
        platform: device.platform.unwrap_or(Platform::Other),
        app_version: device.app_version.as_ref().map(|version| version.as_str().to_owned()),
        address: request.address.map(|address| address.to_string()),
        level,
        authenticated_at: now,
        created_at: now,
        last_seen_at: now,
        idle_expires_at: idle_end(app, now, expires_at),
        expires_at,
        token_id,
        previous_token_id: None,
        token_used_at: None,
        ended_at: None,
        ended_because: None,
    };
    tx.insert::<session::Entity>([row.clone()]).await?;
    insert_token(tx, (token_id, id), None, hash, now).await?;
    let entry = Entry::of(SecurityEventKind::SignedIn, account).in_session(id);
    journal::record(app, tx, request, entry).await?;
    Ok(Granted {
        session: row,
        refresh_token: token,
    })
}

/// What became of a refresh token, apart from errors.
enum Refreshed {
    Granted(Box<Granted>, Box<account::Model>),
    Race(std::time::Duration),
    /// The token was copied: the session has just been ended, or will be once its officers are known.
    Copied(AccountId),
    /// The session is over.
    Ended,
}

/// Exchanges a refresh token for the next one of its session.
///
/// # Errors
/// UNAUTHENTICATED `SESSION_ENDED` when the session is over; a token whose successor is in use ends it. CONFLICT
/// `REFRESH_RACE` when the same token was exchanged a moment ago.
pub async fn refresh(
    app: &App,
    request: &RequestInfo,
    token: &SecretString,
    app_version: Option<&ShortText>,
) -> Result<(Granted, account::Model)> {
    let hash = hash(token.expose_secret());
    let exchanged = async |officers: Option<&[AccountId]>| {
        let door = app.db.sign_in();
        let done =
            door.write(async |tx: &PersonalWriter| exchange(app, tx, request, (&hash, app_version), officers).await);
        done.await
    };
    let mut refreshed = exchanged(None).await?;
    if let Refreshed::Copied(account) = refreshed {
        let officers = officers_above(app, account, request.now).await;
        // a session that was copied ends, whoever can be told
        let officers = officers.unwrap_or_else(|error| {
            tracing::error!(%error, "officers are not told of a copied token: who they are could not be read");
            Vec::new()
        });
        refreshed = exchanged(Some(&officers)).await?;
    }
    match refreshed {
        Refreshed::Granted(granted, account) => Ok((*granted, *account)),
        Refreshed::Race(pause) => Err(Error::RefreshRace(pause)),
        Refreshed::Copied(_) | Refreshed::Ended => Err(Error::SessionEnded),
    }
}

/// One exchange. `officers` are to be told if the token was copied, in the transaction that ends the session. They are read through
/// another role, so before it: without them a copied token is only found out, and nothing is changed.
async fn exchange(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (hash, app_version): (&[u8], Option<&ShortText>),
    officers: Option<&[AccountId]>,
) -> Result<Refreshed> {
    use refresh_token::Column::{Hash, Id};
    let now = request.now;
    let tokens = || tx.find::<refresh_token::Entity>();
    let Some(presented) = tokens().filter(Hash.eq(hash.to_vec())).one().await? else {
        return Ok(Refreshed::Ended);
    };
    let of_session = session::Column::Id.eq(presented.session_id);
    // two exchanges of one session take turns here
    let row = tx
        .find::<session::Entity>()
        .filter(of_session)
        .for_update()
        .one()
        .await?;
    let row = row.ok_or_else(|| Error::Internal("a refresh token without its session".to_owned()))?;
    let owner = tx
        .find::<account::Entity>()
        .filter(account::Column::Id.eq(row.account_id))
        .one()
        .await?;
    let Some(owner) = owner.filter(|owner| row.is_alive(now) && may_sign_in(owner, now)) else {
        return Ok(Refreshed::Ended);
    };
    let newest = tokens().filter(Id.eq(row.token_id)).one().await?;
    let newest = newest.ok_or_else(|| Error::Internal("a session without its refresh token".to_owned()))?;
    let parent = match rotation::step(&presented, &newest, &row, now) {
        Step::Rotate => newest.id,
        Step::Replace => newest.parent_id.unwrap_or(newest.id),
        Step::Race { retry_after } => return Ok(Refreshed::Race(retry_after)),
        Step::Reuse => {
            let Some(officers) = officers else {
                return Ok(Refreshed::Copied(row.account_id));
            };
            let entry = Entry::of(SecurityEventKind::TokenReused, row.account_id).in_session(row.id);
            journal::record(app, tx, request, entry).await?;
            let this = session::Column::Id.eq(row.id);
            end_where(app, tx, request, this.into(), SessionEnd::TokenReused, None).await?;
            notice::tell(app, tx, row.account_id, NoticeKind::TokenCopied, now).await?;
            let about = (row.account_id, NoticeKind::TokenCopied);
            notice::tell_officers(app, tx, officers, about, now).await?;
            return Ok(Refreshed::Copied(row.account_id));
        }
    };
    let (token, new_hash) = new_token(app);
    let token_id: RefreshTokenId = app.new_id();
    insert_token(tx, (token_id, row.id), Some(parent), new_hash, now).await?;
    forget_old_tokens(tx, &row, now).await?;
    let idle_expires_at = idle_end(app, now, row.expires_at);
    let address = request
        .address
        .map(|address| address.to_string())
        .or(row.address.clone());
    let app_version = app_version
        .map(|version| version.as_str().to_owned())
        .or(row.app_version.clone());
    tx.update::<session::Entity>()
        .set(session::Column::TokenId, token_id.0)
        .set(session::Column::PreviousTokenId, parent.0)
        .set(session::Column::TokenUsedAt, Option::<DateTime<Utc>>::None)
        .set(session::Column::LastSeenAt, now)
        .set(session::Column::IdleExpiresAt, idle_expires_at)
        .set(session::Column::Address, address.clone())
        .set(session::Column::AppVersion, app_version.clone())
        .filter(session::Column::Id.eq(row.id))
        .run()
        .await?;
    let session = session::Model {
        token_id,
        previous_token_id: Some(parent),
        token_used_at: None,
        last_seen_at: now,
        idle_expires_at,
        address,
        app_version,
        ..row
    };
    let granted = Granted {
        session,
        refresh_token: token,
    };
    Ok(Refreshed::Granted(Box::new(granted), Box::new(owner)))
}

/// Notes that an access token given out with a refresh token is in use: the phone has the answer.
///
/// # Errors
/// What the database answers.
pub async fn note_use(db: &Db, session: SessionId, token: RefreshTokenId, now: DateTime<Utc>) -> Result<()> {
    use session::Column::{Id, TokenId, TokenUsedAt};
    let door = db.sign_in();
    let noted = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<session::Entity>().set(TokenUsedAt, now);
        change
            .filter(Id.eq(session))
            .filter(TokenId.eq(token))
            .filter(TokenUsedAt.is_null())
            .run()
            .await
    });
    noted.await?;
    Ok(())
}

/// The sessions of an account that may be used now, newest first.
///
/// # Errors
/// What the database answers.
pub async fn live_sessions(db: &Db, account: AccountId, now: DateTime<Utc>) -> Result<Vec<session::Model>> {
    use session::Column::{AccountId, CreatedAt, EndedAt, ExpiresAt, Id, IdleExpiresAt};
    let find = db
        .sign_in()
        .rows::<session::Entity>()
        .filter(AccountId.eq(account))
        .filter(EndedAt.is_null())
        .filter(IdleExpiresAt.gt(now))
        .filter(ExpiresAt.gt(now));
    Ok(find
        .order_by(CreatedAt, Order::Desc)
        .order_by(Id, Order::Desc)
        .limit(MAX_SHOWN)
        .all()
        .await?)
}

/// Whether an account was signed in on this device before, and nothing since speaks against the device. Only a random id
/// says so: another may be guessed.
///
/// # Errors
/// What the database answers.
pub async fn is_known_device(db: &Db, account: AccountId, device: Uuid) -> Result<bool> {
    use session::Column::{AccountId, CreatedAt, DeviceId, Id};
    if device.get_version() != Some(uuid::Version::Random) {
        return Ok(false);
    }
    let of_device = db
        .sign_in()
        .rows::<session::Entity>()
        .filter(AccountId.eq(account))
        .filter(DeviceId.eq(device));
    let newest = of_device
        .order_by(CreatedAt, Order::Desc)
        .order_by(Id, Order::Desc)
        .one()
        .await?;
    Ok(newest.is_some_and(|session| match session.ended_because {
        // lost, stolen, or copied
        Some(
            SessionEnd::EndedByOfficer
            | SessionEnd::TokenReused
            | SessionEnd::Recovered
            | SessionEnd::PasswordReset
            | SessionEnd::SecondFactorRemoved,
        ) => false,
        Some(SessionEnd::SignedOut | SessionEnd::PasswordChanged | SessionEnd::AccountDisabled) | None => true,
    }))
}

/// Ends sessions, and says in the journal why; how many there were. `by` is who did it where it was not the owner.
///
/// # Errors
/// What the database answers.
pub async fn end_where(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    which: Condition,
    because: SessionEnd,
    by: Option<(AccountId, PostId)>,
) -> Result<usize> {
    use session::Column::{EndedAt, EndedBecause, Id};
    let rows = tx
        .find::<session::Entity>()
        .filter(which)
        .filter(EndedAt.is_null())
        .order_by(Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    let ids = rows.iter().map(|row| row.id);
    tx.update::<session::Entity>()
        .set(EndedAt, request.now)
        .set(EndedBecause, because)
        .filter(Id.is_in(ids))
        .run()
        .await?;
    for row in &rows {
        let mut entry = Entry::of(SecurityEventKind::SessionEnded, row.account_id).in_session(row.id);
        if let Some((account, post)) = by {
            entry = entry.by(account, post);
        }
        journal::record(app, tx, request, entry.detail(because.as_str())).await?;
    }
    Ok(rows.len())
}

async fn insert_token(
    tx: &PersonalWriter,
    (id, session): (RefreshTokenId, SessionId),
    parent: Option<RefreshTokenId>,
    hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = refresh_token::Model {
        id,
        session_id: session,
        parent_id: parent,
        hash,
        created_at: now,
    };
    Ok(tx.insert::<refresh_token::Entity>([row]).await?)
}

async fn forget_old_tokens(tx: &PersonalWriter, row: &session::Model, now: DateTime<Utc>) -> Result<()> {
    use refresh_token::Column::{CreatedAt, Id, SessionId};
    let kept = [Some(row.token_id), row.previous_token_id];
    tx.delete::<refresh_token::Entity>()
        .filter(SessionId.eq(row.id))
        .filter(CreatedAt.lt(now - REMEMBERED))
        .filter(Id.is_not_in(kept.into_iter().flatten()))
        .run()
        .await?;
    Ok(())
}

fn idle_end(app: &App, now: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    end.min(now + Duration::days(app.config.session_idle_days.into()))
}

fn new_token(app: &App) -> (SecretString, Vec<u8>) {
    let mut bytes = zeroize::Zeroizing::new([0; BYTES]);
    app.entropy.fill(bytes.as_mut());
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    let hash = hash(&token);
    (SecretString::from(token), hash)
}

/// What is stored of a token. It has 256 random bits, so a plain hash is enough.
fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}
