//! Devices: who has registered which.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PushTokenId, SessionId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{DbError, PersonalWriter};
use entity::table::{push_token, session};
use entity::value::Language;
use entity::vocabulary::Platform;
use uuid::Uuid;

use crate::app::App;
use crate::error::Result;
use crate::replay::WriteOutcome;
use crate::request::RequestInfo;

/// So many accounts are asked for with one statement.
const ACCOUNTS: usize = 1_000;

/// The most devices of one account: the oldest makes room.
const DEVICES: usize = 10;

/// Registers the device of a session.
///
/// # Errors
/// What the database answers.
pub(super) async fn register(
    app: &App,
    session: &session::Model,
    request: &RequestInfo,
    (token, platform, key): (&str, Platform, Uuid),
) -> Result<WriteOutcome> {
    use push_token::Column::{AccountId, CreatedAt, Id, SessionId, Token};
    let row = push_token::Model {
        id: app.new_id(),
        account_id: session.account_id,
        session_id: session.id,
        platform,
        token: token.to_owned(),
        language: match request.language {
            Language::Vi => "vi".to_owned(),
            Language::En => "en".to_owned(),
        },
        request_key: key,
        created_at: request.now,
    };
    let door = app.db.sign_in();
    let registered = door.write(async |tx: &PersonalWriter| -> Result<WriteOutcome> {
        let own = tx.find::<push_token::Entity>().filter(SessionId.eq(session.id));
        let same_key = own.all().await?.into_iter().find(|known| known.request_key == key);
        if let Some(known) = same_key {
            let same = known.token == row.token && known.platform == row.platform;
            return Ok(if same {
                WriteOutcome::Replayed
            } else {
                WriteOutcome::KeyReused
            });
        }
        let before = Condition::any().add(SessionId.eq(session.id)).add(Token.eq(token));
        tx.delete::<push_token::Entity>().filter(before).run().await?;
        let find = tx.find::<push_token::Entity>().filter(AccountId.eq(session.account_id));
        let others = find.order_by(CreatedAt, Order::Desc).all().await?;
        let beyond: Vec<PushTokenId> = others.iter().skip(DEVICES - 1).map(|row| row.id).collect();
        tx.delete::<push_token::Entity>().filter(Id.is_in(beyond)).run().await?;
        if !tx.insert_if_new::<push_token::Entity>(row, &[Token]).await? {
            let message = "another session registers the same device at this moment";
            return Err(DbError::Unavailable(message.to_owned()).into());
        }
        Ok(WriteOutcome::Applied)
    });
    registered.await
}

/// Removes a device of an account; whether there was one.
///
/// # Errors
/// What the database answers.
pub(super) async fn remove(app: &App, account: AccountId, token: &str) -> Result<bool> {
    use push_token::Column::{AccountId, Token};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| {
        let own = Condition::all().add(AccountId.eq(account)).add(Token.eq(token));
        tx.delete::<push_token::Entity>().filter(own).run().await
    });
    Ok(removed.await? > 0)
}

/// Removes devices that are not there any more.
///
/// # Errors
/// What the database answers.
pub(super) async fn forget(app: &App, ids: &[PushTokenId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let door = app.db.sign_in();
    let gone = push_token::Column::Id.is_in(ids.iter().copied());
    let removed = door.write(async |tx: &PersonalWriter| tx.delete::<push_token::Entity>().filter(gone).run().await);
    removed.await?;
    Ok(())
}

/// The devices of accounts whose sessions are alive.
///
/// # Errors
/// What the database answers.
pub async fn devices_of(
    app: &App,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashMap<AccountId, Vec<PushTokenId>>> {
    let mut accounts = accounts.to_vec();
    accounts.sort_unstable();
    accounts.dedup();
    let mut devices: HashMap<AccountId, Vec<PushTokenId>> = HashMap::new();
    for some in accounts.chunks(ACCOUNTS) {
        let own = push_token::Column::AccountId.is_in(some.iter().copied());
        for row in alive(app, own.into(), now).await? {
            devices.entry(row.account_id).or_default().push(row.id);
        }
    }
    Ok(devices)
}

/// Those of the devices whose sessions are alive.
///
/// # Errors
/// What the database answers.
pub(super) async fn devices_by_id(
    app: &App,
    ids: &[PushTokenId],
    now: DateTime<Utc>,
) -> Result<HashMap<PushTokenId, push_token::Model>> {
    let those = push_token::Column::Id.is_in(ids.iter().copied());
    let rows = alive(app, those.into(), now).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn alive(app: &App, which: Condition, now: DateTime<Utc>) -> Result<Vec<push_token::Model>> {
    let rows = app.db.sign_in().rows::<push_token::Entity>().filter(which);
    let rows = rows.all().await?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let of = session::Column::Id.is_in(rows.iter().map(|row| row.session_id));
    let sessions = app.db.sign_in().rows::<session::Entity>().filter(of).all().await?;
    let living = sessions.into_iter().filter(|session| session.is_alive(now));
    let living: HashSet<SessionId> = living.map(|session| session.id).collect();
    Ok(rows
        .into_iter()
        .filter(|row| living.contains(&row.session_id))
        .collect())
}
