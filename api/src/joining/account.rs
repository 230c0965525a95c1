//! Whose account it becomes that joins.
//!
//! The id of a new account follows from the invitation or the number, so of many requests at once one makes it and the
//! others find it. Whoever finds an account must know its password, with one exception: an account that was begun here
//! and never joined anything belongs to whoever holds the invitation or the telephone. Nobody can have used it, and its
//! password may have been a slip of the finger.

use entity::id::AccountId;
use entity::query::ColumnTrait;
use entity::scope::{DbError, PersonalWriter};
use entity::table::{account, session};

use super::input::Newcomer;
use super::password::new_password;
use crate::access::viewer::may_sign_in;
use crate::account::proof::{self, Proven};
use crate::account::throttle::Turn;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::request::RequestInfo;
use crate::second_factor;
use crate::session::store::Device;

/// Where a wrong password was given, in the journal.
const AT: &str = "JOIN";

/// The account that joins: made now under the id `own`, or found and proven by its password. `taken` is answered when
/// the account of this very id has another password. With a proven account comes the turn that its password has taken.
///
/// # Errors
/// REFUSED `ACCOUNT_EXISTS` when phone number or user name are another account's; RATE_LIMITED when too many passwords
/// are being hashed, `TOO_MANY_ATTEMPTS` when too many were wrong.
pub(super) async fn account_for(
    app: &App,
    request: &RequestInfo,
    (newcomer, device): (&Newcomer, &Device),
    own: AccountId,
    taken: Refusal,
) -> Result<(account::Model, Option<Turn>)> {
    if let Some(known) = known(app, newcomer, own).await? {
        return proven(app, request, (newcomer, device), known, (own, taken)).await;
    }
    let made = row(app, request, newcomer, own).await?;
    let door = app.db.sign_in();
    let inserted = door.write(async |tx: &PersonalWriter| tx.insert::<account::Entity>([made.clone()]).await);
    match inserted.await {
        Ok(()) => Ok((made, None)),
        // another request was faster
        Err(DbError::Unique(_)) => match known(app, newcomer, own).await? {
            Some(known) => proven(app, request, (newcomer, device), known, (own, taken)).await,
            None => Err(Refusal::AccountExists.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn known(app: &App, newcomer: &Newcomer, own: AccountId) -> Result<Option<account::Model>> {
    let sign_in = app.db.sign_in();
    if let Some(row) = sign_in.account_by_id(own).await? {
        return Ok(Some(row));
    }
    if let Some(phone) = &newcomer.phone
        && let Some(row) = sign_in.account_by_phone(phone).await?
    {
        return Ok(Some(row));
    }
    match &newcomer.user_name {
        Some(name) => Ok(sign_in.account_by_user_name(name).await?),
        None => Ok(None),
    }
}

async fn proven(
    app: &App,
    request: &RequestInfo,
    (newcomer, device): (&Newcomer, &Device),
    known: account::Model,
    (own, taken): (AccountId, Refusal),
) -> Result<(account::Model, Option<Turn>)> {
    if !may_sign_in(&known, request.now) {
        return Err(Refusal::AccountExists.into());
    }
    if known.id == own && is_unfinished(app, request, &known).await? {
        return Ok((begun_anew(app, request, newcomer, &known, taken).await?, None));
    }
    let taken = if known.id == own { taken } else { Refusal::AccountExists };
    let proven = by_password(app, request, known, (newcomer, device), taken).await?;
    Ok((proven.account, Some(proven.turn)))
}

/// The account, if the newcomer's password is its own; guesses count as guesses at sign-in do.
///
/// # Errors
/// REFUSED with `taken` for a wrong password; UNAUTHENTICATED `SECOND_FACTOR_NEEDED` where the account has a second factor:
/// it signs in first, and joins then; RATE_LIMITED.
pub(super) async fn by_password(
    app: &App,
    request: &RequestInfo,
    known: account::Model,
    (newcomer, device): (&Newcomer, &Device),
    taken: Refusal,
) -> Result<Proven> {
    let given = (newcomer.password.clone(), device.id);
    let proven = proof::of_account(app, request, known, given, AT).await;
    let proven = proven.map_err(|error| match error {
        Error::WrongCredentials => taken.into(),
        other => other,
    })?;
    // a password alone is no way past a second factor; nothing is joined before it was proven
    if second_factor::store::in_force(&app.db, proven.account.id)
        .await?
        .is_some()
    {
        let door = app.db.sign_in();
        door.write(async |tx: &PersonalWriter| proven.turn.give_back(tx).await)
            .await?;
        return Err(Error::CodeNeeded);
    }
    Ok(proven)
}

/// Whether an account was begun so long ago that no request can still be at it, and has neither post nor session.
async fn is_unfinished(app: &App, request: &RequestInfo, known: &account::Model) -> Result<bool> {
    if request.now <= known.created_at + app.config.request_timeout {
        return Ok(false);
    }
    let sign_in = app.db.sign_in();
    let sessions = sign_in.rows::<session::Entity>();
    let sessions = sessions.filter(session::Column::AccountId.eq(known.id));
    Ok(!sign_in.was_ever_appointed(known.id).await? && !sessions.exists().await?)
}

async fn begun_anew(
    app: &App,
    request: &RequestInfo,
    newcomer: &Newcomer,
    known: &account::Model,
    taken: Refusal,
) -> Result<account::Model> {
    use account::Column::{CreatedAt, Id, Name, PasswordHash, Phone, UserName};
    let row = row(app, request, newcomer, known.id).await?;
    let door = app.db.sign_in();
    let changed = door.write(async |tx: &PersonalWriter| {
        tx.update::<account::Entity>()
            .set(Name, row.name.clone())
            .set(Phone, row.phone.clone())
            .set(UserName, row.user_name.clone())
            .set(PasswordHash, row.password_hash.clone())
            .set(CreatedAt, row.created_at)
            .filter(Id.eq(known.id))
            // of two who begin it anew one is first
            .filter(CreatedAt.eq(known.created_at))
            .run()
            .await
    });
    match changed.await {
        Ok(1) => Ok(row),
        Ok(_) => Err(taken.into()),
        Err(DbError::Unique(_)) => Err(Refusal::AccountExists.into()),
        Err(error) => Err(error.into()),
    }
}

async fn row(app: &App, request: &RequestInfo, newcomer: &Newcomer, id: AccountId) -> Result<account::Model> {
    let password = new_password("password", &newcomer.password, &newcomer.about())?;
    let hash = app.passwords.hash(password).await?;
    Ok::<_, Error>(account::Model {
        id,
        user_name: newcomer.user_name.as_ref().map(|name| name.as_str().to_owned()),
        phone: newcomer.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        name: newcomer.name.as_str().to_owned(),
        password_hash: Some(hash),
        created_at: request.now,
        disabled_at: None,
    })
}
