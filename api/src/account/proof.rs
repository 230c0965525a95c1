//! Proving that one knows an account's password.
//!
//! The order is what protects: a place in the waiting room for passwords; a look, by a few at a time, whether there is a turn at all; a desk;
//! the turn against guessing, counted and committed; and only then the comparison. An unknown name, a wrong password and a
//! disabled account take the same way and the same statements.

use std::net::IpAddr;

use entity::id::{AccountId, SessionId};
use entity::scope::PersonalWriter;
use entity::table::account;
use entity::vocabulary::SecurityEventKind;
use secrecy::SecretString;
use uuid::Uuid;

use super::input::Login;
use super::password::{Desk, Place, Verdict};
use super::throttle::{self, Counted, Subject, Turn, rule};
use crate::access::viewer::may_sign_in;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::session::is_known_device;
use crate::session::journal::{self, Entry};

/// An account whose password was right.
pub struct Proven {
    /// The account.
    pub account: account::Model,
    /// To be forgiven in the transaction that signs in.
    pub turn: Turn,
}

/// The account of this name, if the password is right; raises the cost of an old hash on the way. `device` is what the app
/// made up when it was installed.
///
/// # Errors
/// UNAUTHENTICATED `WRONG_CREDENTIALS`; RATE_LIMITED, `TOO_MANY_ATTEMPTS` when it is about guessing.
pub(super) async fn by_password(
    app: &App,
    request: &RequestInfo,
    login: &Login,
    password: SecretString,
    device: Option<Uuid>,
) -> Result<Proven> {
    let place = app.passwords.called(app.passwords.enter()?).await?;
    let account = find_account(app, login).await?;
    let names = std::slice::from_ref(login);
    prove(app, request, place, (names, account), (password, device), "SIGN_IN").await
}

/// Proves an account that was found in another way than by signing in, with the counters of signing in: it is the same
/// password that is guessed at. `at` says where it was asked for.
///
/// # Errors
/// As signing in by name and password.
pub async fn of_account(
    app: &App,
    request: &RequestInfo,
    account: account::Model,
    (password, device): (SecretString, Option<Uuid>),
    at: &str,
) -> Result<Proven> {
    let place = app.passwords.called(app.passwords.enter()?).await?;
    let names: Vec<Login> = [&account.phone, &account.user_name]
        .into_iter()
        .flatten()
        .map(|name| Login::parse(name))
        .collect();
    prove(app, request, place, (&names, Some(account)), (password, device), at).await
}

async fn prove(
    app: &App,
    request: &RequestInfo,
    place: Place,
    (names, account): (&[Login], Option<account::Model>),
    (password, device): (SecretString, Option<Uuid>),
    at: &str,
) -> Result<Proven> {
    let counted = counted(app, request.address, names, account.as_ref(), device).await?;
    let (desk, turn) = admit(app, request, place, &counted).await?;
    let found = account.as_ref().map(|account| account.id);
    let account = account.filter(|account| may_sign_in(account, request.now));
    if let Some(account) = compare(app, desk, account, password).await? {
        return Ok(Proven { account, turn });
    }
    note_failure(app, request, found, at).await?;
    Err(Error::WrongCredentials)
}

/// Takes a turn against guessing and a desk to hash at. Those who have to wait are told before they wait for a desk; the
/// turn is counted when there is one.
///
/// # Errors
/// As [`throttle::take`].
pub async fn admit(app: &App, request: &RequestInfo, place: Place, counted: &[Counted]) -> Result<(Desk, Turn)> {
    throttle::look(app, request, counted).await?;
    let desk = app.passwords.desk(place).await?;
    let turn = throttle::take_at_once(app, request, counted).await?;
    Ok((desk, turn))
}

/// The turn that the password of whoever is signed in has taken, if it is right: whoever holds an open phone is not its
/// owner yet. `at` says where it was asked for.
///
/// # Errors
/// RATE_LIMITED, `TOO_MANY_ATTEMPTS` when it is about guessing.
pub async fn current_password(
    app: &App,
    request: &RequestInfo,
    (account, session): (&account::Model, SessionId),
    password: SecretString,
    at: &str,
) -> Result<Option<Turn>> {
    let place = app.passwords.enter()?;
    let counted = rule::CURRENT_PASSWORD.on(app, Subject::Account(account.id));
    let (desk, turn) = admit(app, request, place, &[counted]).await?;
    let compared = app.passwords.verify_at(desk, account.password_hash.clone(), password);
    if let Verdict::Right { .. } = compared.await? {
        return Ok(Some(turn));
    }
    let entry = Entry::of(SecurityEventKind::SignInFailed, account.id).in_session(session);
    note(app, request, entry.detail(at)).await?;
    Ok(None)
}

/// Makes an entry of a wrong password; `at` says where it was asked for. For no account there is an entry too, so that
/// both take the same time.
///
/// # Errors
/// What the database answers.
async fn note_failure(app: &App, request: &RequestInfo, account: Option<AccountId>, at: &str) -> Result<()> {
    let entry = match account {
        Some(account) => Entry::of(SecurityEventKind::SignInFailed, account),
        None => Entry::of_nobody(SecurityEventKind::SignInFailed),
    };
    note(app, request, entry.detail(at)).await
}

async fn note(app: &App, request: &RequestInfo, entry: Entry<'_>) -> Result<()> {
    let door = app.db.sign_in();
    let noted = door.write(async |tx: &PersonalWriter| journal::record(app, tx, request, entry).await);
    noted.await
}

/// What an attempt counts for. A device on which the account was signed in before counts for itself, so strangers who
/// guess at the name or crowd the address do not stop its owner.
async fn counted(
    app: &App,
    address: Option<IpAddr>,
    names: &[Login],
    account: Option<&account::Model>,
    device: Option<Uuid>,
) -> Result<Vec<Counted>> {
    if let Some(device) = device {
        let account = account.map_or(AccountId(Uuid::nil()), |account| account.id);
        if is_known_device(&app.db, account, device).await? {
            return Ok(vec![rule::SIGN_IN_DEVICE.on(app, Subject::Device(account, device))]);
        }
    }
    let by_address = address.map(|address| rule::SIGN_IN_ADDRESS.on(app, Subject::Address(address)));
    let by_name = names.iter().map(|name| rule::SIGN_IN_NAME.on(app, Subject::Name(name)));
    Ok(by_address.into_iter().chain(by_name).collect())
}

async fn find_account(app: &App, login: &Login) -> Result<Option<account::Model>> {
    Ok(match login {
        Login::Phone(phone) => app.db.sign_in().account_by_phone(phone).await?,
        Login::UserName(name) => app.db.sign_in().account_by_user_name(name).await?,
        Login::Nobody(_) => None,
    })
}

/// The account if the password is its own.
async fn compare(
    app: &App,
    desk: Desk,
    account: Option<account::Model>,
    password: SecretString,
) -> Result<Option<account::Model>> {
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let compared = app.passwords.verify_at(desk, stored.clone(), password.clone());
    let (Verdict::Right { outdated }, Some(account)) = (compared.await?, account) else {
        return Ok(None);
    };
    if outdated {
        // signing in does not fail because the new hash could not be made or kept: the next time will do
        let sign_in = app.db.sign_in();
        match app.passwords.renew(&password).await {
            Ok(new) => {
                sign_in
                    .replace_password_hash(account.id, stored.as_deref(), &new)
                    .await?;
            }
            Err(error) => tracing::warn!(%error, "password hash was not renewed"),
        }
    }
    Ok(Some(account))
}
