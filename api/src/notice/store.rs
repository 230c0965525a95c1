//! Writing and reading notices.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{AccountId, NoticeId, TenantId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Db, Errand, Find, PersonalWriter};
use entity::table::{account, notice, registration_notice};
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

/// A notice of either kind.
pub enum Row {
    /// Of an account.
    Account(notice::Model),
    /// Of the year's steps.
    Step(registration_notice::Model),
}

impl Row {
    /// Its id. Both kinds have ids that tell the time, so that together they are one list.
    pub fn id(&self) -> NoticeId {
        match self {
            Self::Account(row) => row.id,
            Self::Step(row) => row.id,
        }
    }
}

/// An account's notices of both kinds, newest first; all, or those it has not read.
///
/// # Errors
/// What the database answers.
pub async fn notices(
    db: &Db,
    (account, unread): (AccountId, bool),
    after: Option<NoticeId>,
    limit: u64,
) -> Result<Vec<Row>> {
    use notice::Column::Id;
    let mut find = of_account(db, account, unread);
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    let accounts = find.order_by(Id, Order::Desc).limit(limit).all().await?;
    let door = db.sign_in();
    let steps = door.registration_notices((account, unread), after, limit).await?;
    let mut rows: Vec<Row> = accounts.into_iter().map(Row::Account).collect();
    rows.extend(steps.into_iter().map(Row::Step));
    rows.sort_unstable_by_key(|row| Reverse(row.id()));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// An account's notices of accounts since a moment, oldest first.
///
/// # Errors
/// What the database answers.
pub async fn given_since(db: &Db, account: AccountId, since: DateTime<Utc>) -> Result<Vec<notice::Model>> {
    use notice::Column::{At, Id};
    let find = of_account(db, account, false).filter(At.gte(since));
    Ok(find.order_by(At, Order::Asc).order_by(Id, Order::Asc).all().await?)
}

/// How many notices of both kinds an account has not read.
///
/// # Errors
/// What the database answers.
pub async fn unread(db: &Db, account: AccountId) -> Result<i64> {
    let of_accounts = of_account(db, account, true).count().await?;
    let of_steps = db.sign_in().registration_notices_unread(account).await?;
    Ok(of_accounts.saturating_add(of_steps))
}

fn of_account(db: &Db, account: AccountId, unread: bool) -> Find<'_, notice::Entity> {
    use notice::Column::{AccountId, ReadAt};
    let find = db.sign_in().rows::<notice::Entity>().filter(AccountId.eq(account));
    if unread { find.filter(ReadAt.is_null()) } else { find }
}

/// The names of those whose accounts notices are about.
///
/// # Errors
/// What the database answers.
pub async fn names(db: &Db, notices: &[Row]) -> Result<HashMap<AccountId, String>> {
    let about = |row: &Row| match row {
        Row::Account(row) => row.about_account_id,
        Row::Step(_) => None,
    };
    let ids: Vec<AccountId> = notices.iter().filter_map(about).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = db
        .sign_in()
        .rows::<account::Entity>()
        .filter(account::Column::Id.is_in(ids));
    Ok(rows.all().await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Notes that an account's notices of accounts were read: these, or all; how many were not read before.
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

/// The same of an account's notices of the steps in one association. What comes to a desk from then on is a new notice.
///
/// # Errors
/// What the database answers.
pub async fn mark_steps_read(
    db: &Db,
    (tenant, account): (TenantId, AccountId),
    ids: Option<Vec<NoticeId>>,
    now: DateTime<Utc>,
) -> Result<u64> {
    use registration_notice::Column::{AccountId, Fold, Id, ReadAt};
    let mut which = Condition::all().add(AccountId.eq(account)).add(ReadAt.is_null());
    if let Some(ids) = ids {
        which = which.add(Id.is_in(ids));
    }
    let marked = db.errand(tenant, async |tx: &Errand| {
        let change = tx.update::<registration_notice::Entity>().set(ReadAt, now);
        change.set(Fold, None::<String>).filter(which).run().await
    });
    Ok(marked.await?)
}
