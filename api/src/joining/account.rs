//! Whose account it becomes that joins.
//!
//! The id of a new account follows from the invitation or the number, so of many requests at once one makes it and the
//! others find it. Whoever finds an account must know its password, with one exception: an account that was begun here
//! and never joined anything belongs to whoever holds the invitation or the telephone. Nobody can have used it, and its
//! password may have been a slip of the finger.
//!
//! A number that is typed in beside an invitation may be anybody's, and so may one that an officer has appointed. Who holds its
//! telephone has the better right: a code sent to it takes the number off an account that has never proven it. The account
//! keeps all else; nothing of it goes to whoever has the telephone.

use entity::id::AccountId;
use entity::query::ColumnTrait;
use entity::scope::{DbError, PersonalWriter};
use entity::table::{account, session};
use entity::vocabulary::{NoticeKind, SecurityEventKind};

use super::input::Newcomer;
use super::password::new_password;
use crate::access::viewer::may_sign_in;
use crate::account::proof::{self, Proven};
use crate::account::throttle::Turn;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::notice;
use crate::request::RequestInfo;
use crate::second_factor;
use crate::session::Device;
use crate::session::journal::{self, Entry};

/// Where a wrong password was given, in the journal.
const AT: &str = "JOIN";

/// How somebody joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By a code on paper; the number, if there is one, is only typed in.
    Invitation,
    /// By a code sent to the number.
    Phone,
}

impl Way {
    /// What is answered when the account of this very id has another password.
    const fn taken(self) -> Refusal {
        match self {
            Self::Invitation => Refusal::InvitationUsed,
            Self::Phone => Refusal::AccountExists,
        }
    }
}

/// The account that joins: made now under the id `own`, or found and proven by its password; with a proven account comes the
/// turn that its password has taken.
///
/// # Errors
/// REFUSED `ACCOUNT_EXISTS` when phone number or user name are another account's; RATE_LIMITED when too many passwords
/// are being hashed, `TOO_MANY_ATTEMPTS` when too many were wrong.
pub(super) async fn account_for(
    app: &App,
    request: &RequestInfo,
    (newcomer, device): (&Newcomer, &Device),
    own: AccountId,
    way: Way,
) -> Result<(account::Model, Option<Turn>)> {
    if let Some(known) = known(app, newcomer, own).await? {
        let gives_way = way == Way::Phone && known.id != own && known.phone_proven_at.is_none();
        if !gives_way {
            return proven(app, request, (newcomer, device), known, (own, way)).await;
        }
        if let Some((owner, turn)) = owner_or_free(app, request, (newcomer, device), known).await? {
            return Ok((owner, Some(turn)));
        }
    }
    let made = row(app, request, newcomer, (own, way)).await?;
    let door = app.db.sign_in();
    let inserted = door.write(async |tx: &PersonalWriter| tx.insert::<account::Entity>([made.clone()]).await);
    match inserted.await {
        Ok(()) => Ok((made, None)),
        // another request was faster
        Err(DbError::Unique(_)) => match known(app, newcomer, own).await? {
            Some(known) => proven(app, request, (newcomer, device), known, (own, way)).await,
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
    (own, way): (AccountId, Way),
) -> Result<(account::Model, Option<Turn>)> {
    if !may_sign_in(&known, request.now) {
        return Err(Refusal::AccountExists.into());
    }
    if known.id == own && is_unfinished(app, request, &known).await? {
        return Ok((begun_anew(app, request, newcomer, &known, way).await?, None));
    }
    let taken = if known.id == own {
        way.taken()
    } else {
        Refusal::AccountExists
    };
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
    if second_factor::in_force(&app.db, proven.account.id).await?.is_some() {
        let door = app.db.sign_in();
        door.write(async |tx: &PersonalWriter| proven.turn.give_back(tx).await)
            .await?;
        return Err(Error::CodeNeeded);
    }
    Ok(proven)
}

/// The account that has a number without having proven it, where whoever holds the telephone knows its password too: then it
/// is proven now. None when the number was taken off it.
///
/// # Errors
/// REFUSED `ACCOUNT_EXISTS` for an account that waits for whoever was appointed by this number: they get in by an officer's
/// code, and a slip of the officer's pen makes nobody an officer.
async fn owner_or_free(
    app: &App,
    request: &RequestInfo,
    who: (&Newcomer, &Device),
    known: account::Model,
) -> Result<Option<(account::Model, Turn)>> {
    use account::Column::{Id, Phone, PhoneProvenAt};
    if known.password_hash.is_none() && !app.db.sign_in().posts_not_over(known.id, request.now).await?.is_empty() {
        return Err(Refusal::AccountExists.into());
    }
    let owner = match by_password(app, request, known.clone(), who, Refusal::AccountExists).await {
        Ok(proven) => Some((proven.account, proven.turn)),
        // another password, or an account that is shut: whoever holds the telephone does not hold the account
        Err(Error::Refused(Refusal::AccountExists)) => None,
        Err(other) => return Err(other),
    };
    let is_owner = owner.is_some();
    let door = app.db.sign_in();
    let changed = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<account::Entity>();
        let change = if is_owner {
            change.set(PhoneProvenAt, request.now)
        } else {
            change.set(Phone, Option::<String>::None)
        };
        let unproven = change.filter(Id.eq(known.id)).filter(PhoneProvenAt.is_null());
        let changed = unproven.filter(Phone.eq(known.phone.clone())).run().await?;
        if changed == 1 && !is_owner {
            let entry = Entry::of(SecurityEventKind::NumberTaken, known.id);
            journal::record(app, tx, request, entry).await?;
            notice::tell(app, tx, known.id, NoticeKind::NumberTaken, request.now).await?;
        }
        Ok::<(), Error>(())
    });
    changed.await?;
    Ok(owner)
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
    way: Way,
) -> Result<account::Model> {
    use account::Column::{CreatedAt, Id, Name, PasswordHash, Phone, PhoneProvenAt, UserName};
    let row = row(app, request, newcomer, (known.id, way)).await?;
    let door = app.db.sign_in();
    let changed = door.write(async |tx: &PersonalWriter| {
        tx.update::<account::Entity>()
            .set(Name, row.name.clone())
            .set(Phone, row.phone.clone())
            .set(PhoneProvenAt, row.phone_proven_at)
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
        Ok(_) => Err(way.taken().into()),
        Err(DbError::Unique(_)) => Err(Refusal::AccountExists.into()),
        Err(error) => Err(error.into()),
    }
}

async fn row(
    app: &App,
    request: &RequestInfo,
    newcomer: &Newcomer,
    (id, way): (AccountId, Way),
) -> Result<account::Model> {
    let password = new_password("password", &newcomer.password, &newcomer.about())?;
    let hash = app.passwords.hash(password).await?;
    Ok::<_, Error>(account::Model {
        id,
        user_name: newcomer.user_name.as_ref().map(|name| name.as_str().to_owned()),
        phone: newcomer.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        name: newcomer.name.as_str().to_owned(),
        password_hash: Some(hash),
        created_at: request.now,
        phone_proven_at: (way == Way::Phone).then_some(request.now),
        disabled_at: None,
    })
}
