//! Finding or making the account of somebody who is appointed.
//!
//! Accounts are no association's. The row is made first, with an id that follows from who appoints and under which key,
//! then the post: a crash between the two leaves an account that nobody can sign in to and that holds nothing, and the
//! second sending finds it. Whoever is appointed by phone number is shown under the name that was given, never under
//! the one another association has.

use async_graphql::Context;
use entity::id::AccountId;
use entity::scope::{DbError, NewAccount, PersonalWriter};
use entity::table::account;
use entity::value::{PersonName, PhoneNumber, UserName};
use entity::vocabulary::SecurityEventKind;
use uuid::Uuid;

use super::input::Holder;
use crate::access::below::account_within;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Conflict, Error, Refusal, Result};
use crate::session::journal::{self, Entry};

/// Somebody to be appointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The name to be shown.
    pub name: String,
    /// Whether a household can be known as theirs by a phone number.
    pub has_phone: bool,
    /// Whether somebody could sign in with the account before: they have to take the post.
    pub is_somebodys: bool,
}

/// The person meant, whose account is made where there is none; `may_make` says before whether all else is well.
///
/// # Errors
/// NOT_FOUND for an account that is not within reach, CONFLICT for a user name that is taken, REFUSED for oneself and for an
/// account that has not proven its number.
pub async fn find_or_make(
    ctx: &Context<'_>,
    key: Uuid,
    holder: &Holder,
    may_make: impl AsyncFnOnce() -> Result<()>,
) -> Result<Person> {
    let viewer = ctx.viewer()?.account;
    let person = match holder {
        Holder::Account(account) if *account == viewer => return Err(Refusal::OwnPost.into()),
        Holder::Account(account) => {
            let within = account_within(ctx, Permission::PostGrant, *account).await?;
            let (row, given) = (within.account, ctx.app().db.sign_in().given_names(&within.posts).await?);
            let mut newest_first = within.posts.iter().rev();
            let given = newest_first.find_map(|post| given.get(&post.id));
            Person {
                account: row.id,
                name: given.cloned().unwrap_or(row.name),
                has_phone: row.phone.is_some(),
                is_somebodys: row.password_hash.is_some(),
            }
        }
        Holder::Phone(name, phone) => {
            let id = derived_account(ctx.app(), viewer, key, phone.as_str());
            let found = by_phone(ctx, (id, name, phone), may_make).await?;
            Person {
                account: found.as_ref().map_or(id, |row| row.id),
                name: name.as_str().to_owned(),
                has_phone: true,
                is_somebodys: found.is_some_and(|row| row.password_hash.is_some()),
            }
        }
        Holder::UserName(name, user_name) => {
            let id = derived_account(ctx.app(), viewer, key, user_name.as_str());
            let found = by_user_name(ctx, (id, name, user_name), may_make).await?;
            Person {
                account: id,
                name: name.as_str().to_owned(),
                has_phone: false,
                is_somebodys: found.is_some_and(|row| row.password_hash.is_some()),
            }
        }
    };
    if person.account == viewer {
        return Err(Refusal::OwnPost.into());
    }
    Ok(person)
}

/// The account with this phone number; none when it was made now.
async fn by_phone(
    ctx: &Context<'_>,
    (id, name, phone): (AccountId, &PersonName, &PhoneNumber),
    may_make: impl AsyncFnOnce() -> Result<()>,
) -> Result<Option<account::Model>> {
    let known =
        async || -> Result<Option<account::Model>> { Ok(ctx.app().db.sign_in().account_by_phone(phone).await?) };
    if let Some(account) = known().await? {
        return named_by_phone(account).map(Some);
    }
    may_make().await?;
    if make(ctx, (id, name), (Some(phone), None)).await? {
        return Ok(None);
    }
    // somebody else was appointed by this number at the same moment, or has joined with it
    let account = known().await?;
    let taken = || Error::Internal("a phone number is taken and nobody's".to_owned());
    account.ok_or_else(taken).and_then(named_by_phone).map(Some)
}

/// The account, if its number says whose it is: the number was proven, or nobody can sign in yet. A number that somebody typed in
/// beside an invitation would bring them the post of whoever has the telephone.
fn named_by_phone(account: account::Model) -> Result<account::Model> {
    if account.phone_proven_at.is_some() || account.password_hash.is_none() {
        Ok(account)
    } else {
        Err(Refusal::PhoneNotProven.into())
    }
}

/// The account with this user name, which an earlier sending has made; none when it was made now. A user name is chosen,
/// not given by a network: the same one may be another person's.
async fn by_user_name(
    ctx: &Context<'_>,
    (id, name, user_name): (AccountId, &PersonName, &UserName),
    may_make: impl AsyncFnOnce() -> Result<()>,
) -> Result<Option<account::Model>> {
    match ctx.app().db.sign_in().account_by_user_name(user_name).await? {
        Some(account) if account.id == id => Ok(Some(account)),
        Some(_) => Err(Error::Conflict(Conflict::UserNameTaken)),
        None => {
            may_make().await?;
            if make(ctx, (id, name), (None, Some(user_name))).await? {
                Ok(None)
            } else {
                Err(Error::Conflict(Conflict::UserNameTaken))
            }
        }
    }
}

/// Why no account was made.
enum Stop {
    Database(DbError),
    Other(Error),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Makes an account without a password; whether it could be made under these names. An officer's word does not prove a number:
/// whoever takes the account's first code may be another.
async fn make(
    ctx: &Context<'_>,
    (id, name): (AccountId, &PersonName),
    (phone, user_name): (Option<&PhoneNumber>, Option<&UserName>),
) -> Result<bool> {
    let new = NewAccount {
        id,
        name: name.clone(),
        phone: phone.cloned(),
        is_phone_proven: false,
        user_name: user_name.cloned(),
        password_hash: None,
        created_at: ctx.request().now,
    };
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let row = account::Model::from(new);
    let entry = Entry::of(SecurityEventKind::AccountCreated, id).by(viewer.account, viewer.acting()?.id);
    let door = app.db.sign_in();
    let made = door.write(async |tx: &PersonalWriter| -> std::result::Result<(), Stop> {
        tx.insert::<account::Entity>([row]).await?;
        Ok(journal::record(app, tx, request, entry).await?)
    });
    match made.await {
        Ok(()) => Ok(true),
        Err(Stop::Database(DbError::Unique(_))) => Ok(false),
        Err(Stop::Database(error)) => Err(error.into()),
        Err(Stop::Other(error)) => Err(error),
    }
}

/// The same for a second sending. It follows from a key of the server, as the ids of those who joined by themselves do, so
/// that whoever appoints a number cannot tell from the id whether its account is new.
fn derived_account(app: &App, appointer: AccountId, key: Uuid, login: &str) -> AccountId {
    AccountId(app.codes.id("appointed account", &format!("{appointer} {key} {login}")))
}
