//! Proving that one knows an account's password.
//!
//! The order is what protects: a place in the waiting room for passwords; a look whether there is a turn at all; a worker;
//! the turn against guessing, counted and committed; and only then the comparison. An unknown name, a wrong password and a disabled account take the same way
//! and the same statements.

use std::net::IpAddr;

use entity::id::AccountId;
use entity::scope::PersonalWriter;
use entity::table::account;
use entity::vocabulary::SecurityEventKind;
use secrecy::SecretString;
use uuid::Uuid;

use super::input::Login;
use super::password::{self, PasswordError, Verdict};
use super::throttle::{self, Counted, Subject, Turn, rule};
use crate::access::viewer::may_sign_in;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::session::journal::{self, Entry};
use crate::session::store::is_known_device;

/// An account whose password was right.
pub(super) struct Proven {
    /// The account.
    pub(super) account: account::Model,
    /// To be forgiven in the transaction that signs in.
    pub(super) turn: Turn,
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
    let place = app.passwords.enter().map_err(unproven)?;
    let account = find_account(app, login).await?;
    let counted = counted(app, request.address, login, account.as_ref(), device).await?;
    throttle::look(app, request, &counted).await?;
    let worker = app.passwords.turn(place).await.map_err(unproven)?;
    let turn = throttle::take_at_once(app, request, &counted).await?;
    let found = account.as_ref().map(|account| account.id);
    let account = account.filter(|account| may_sign_in(account, request.now));
    if let Some(account) = compare(app, worker, account, password).await? {
        return Ok(Proven { account, turn });
    }
    note_failure(app, request, found, "SIGN_IN").await?;
    Err(Error::WrongCredentials)
}

/// Makes an entry of a wrong password; `at` says where it was asked for. For no account there is an entry too, so that
/// both take the same time.
///
/// # Errors
/// What the database answers.
pub(super) async fn note_failure(app: &App, request: &RequestInfo, account: Option<AccountId>, at: &str) -> Result<()> {
    let entry = match account {
        Some(account) => Entry::of(SecurityEventKind::SignInFailed, account),
        None => Entry::of_nobody(SecurityEventKind::SignInFailed),
    };
    let door = app.db.sign_in();
    let noted = door.write(async |tx: &PersonalWriter| journal::record(app, tx, request, entry.detail(at)).await);
    noted.await
}

/// Why a password could not be compared.
pub(super) fn unproven(error: PasswordError) -> Error {
    match error {
        PasswordError::Busy { retry_after } => Error::RateLimited(retry_after),
        other @ PasswordError::Failed => Error::Internal(other.to_string()),
    }
}

/// What an attempt counts for. A device on which the account was signed in before counts for itself, so strangers who
/// guess at the name or crowd the address do not stop its owner.
async fn counted(
    app: &App,
    address: Option<IpAddr>,
    login: &Login,
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
    let by_name = rule::SIGN_IN_NAME.on(app, Subject::Name(login));
    Ok(by_address.into_iter().chain([by_name]).collect())
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
    worker: password::Turn,
    account: Option<account::Model>,
    password: SecretString,
) -> Result<Option<account::Model>> {
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let compared = app.passwords.verify_in(worker, stored.clone(), password.clone());
    let (Verdict::Right { outdated }, Some(account)) = (compared.await.map_err(unproven)?, account) else {
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
