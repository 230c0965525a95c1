//! Writing and reading notices.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, NoticeId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Db, PersonalWriter};
use entity::table::{account, notice};
use entity::vocabulary::NoticeKind;

use crate::app::App;
use crate::error::Result;

/// Tells an account's owner something, in the transaction that does what it tells of.
///
/// # Errors
/// What the database answers.
pub async fn tell(
    app: &App,
    tx: &PersonalWriter,
    account: AccountId,
    kind: NoticeKind,
    now: DateTime<Utc>,
) -> Result<()> {
    Ok(tx
        .insert::<notice::Entity>([row(app, account, kind, None, now)])
        .await?)
}

/// Tells an account's owner something done in a transaction elsewhere, unless they have been told.
///
/// # Errors
/// What the database answers.
pub async fn tell_once(
    tx: &PersonalWriter,
    (id, at): (NoticeId, DateTime<Utc>),
    account: AccountId,
    kind: NoticeKind,
) -> Result<()> {
    insert_once(tx, (id, at), account, (None, kind)).await
}

/// Tells somebody something about another account, done in a transaction elsewhere, unless they have been told.
///
/// # Errors
/// What the database answers.
pub async fn tell_about_once(
    tx: &PersonalWriter,
    once: (NoticeId, DateTime<Utc>),
    reader: AccountId,
    (about, kind): (AccountId, NoticeKind),
) -> Result<()> {
    insert_once(tx, once, reader, (Some(about), kind)).await
}

async fn insert_once(
    tx: &PersonalWriter,
    (id, at): (NoticeId, DateTime<Utc>),
    account: AccountId,
    (about, kind): (Option<AccountId>, NoticeKind),
) -> Result<()> {
    let row = notice::Model {
        id,
        account_id: account,
        kind,
        about_account_id: about,
        at,
        read_at: None,
    };
    tx.insert_if_new::<notice::Entity>(row, &[notice::Column::Id]).await?;
    Ok(())
}

/// Tells those who are responsible for an account, in the transaction that does what it tells of.
///
/// # Errors
/// What the database answers.
pub async fn tell_officers(
    app: &App,
    tx: &PersonalWriter,
    officers: &[AccountId],
    (about, kind): (AccountId, NoticeKind),
    now: DateTime<Utc>,
) -> Result<()> {
    let rows = officers
        .iter()
        .map(|officer| row(app, *officer, kind, Some(about), now));
    Ok(tx.insert::<notice::Entity>(rows.collect::<Vec<_>>()).await?)
}

fn row(app: &App, account: AccountId, kind: NoticeKind, about: Option<AccountId>, now: DateTime<Utc>) -> notice::Model {
    notice::Model {
        id: app.new_id(),
        account_id: account,
        kind,
        about_account_id: about,
        at: now,
        read_at: None,
    }
}

/// An account's notices, newest first.
///
/// # Errors
/// What the database answers.
pub async fn notices(db: &Db, account: AccountId, after: Option<NoticeId>, limit: u64) -> Result<Vec<notice::Model>> {
    use notice::Column::{AccountId, Id};
    let mut find = db.sign_in().rows::<notice::Entity>().filter(AccountId.eq(account));
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    Ok(find.order_by(Id, Order::Desc).limit(limit).all().await?)
}

/// The names of those whose accounts notices are about.
///
/// # Errors
/// What the database answers.
pub async fn names(db: &Db, notices: &[notice::Model]) -> Result<HashMap<AccountId, String>> {
    let ids: Vec<AccountId> = notices.iter().filter_map(|row| row.about_account_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = db
        .sign_in()
        .rows::<account::Entity>()
        .filter(account::Column::Id.is_in(ids));
    Ok(rows.all().await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Notes that an account's notices were read: these, or all; how many were not read before.
///
/// # Errors
/// What the database answers.
pub async fn mark_read(db: &Db, account: AccountId, ids: Option<Vec<NoticeId>>, now: DateTime<Utc>) -> Result<u64> {
    use notice::Column::{AccountId, Id, ReadAt};
    let mut which = Condition::all().add(AccountId.eq(account)).add(ReadAt.is_null());
    if let Some(ids) = ids {
        which = which.add(Id.is_in(ids));
    }
    let door = db.sign_in();
    let marked = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<notice::Entity>().set(ReadAt, now);
        change.filter(which).run().await
    });
    Ok(marked.await?)
}
