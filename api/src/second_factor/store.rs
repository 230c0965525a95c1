//! Enrolling, proving and removing a second factor.
//!
//! Every change begins by locking the account's row in `second_factor`, so that of two uses of one code exactly one comes
//! first, on however many instances. Guesses are counted by the one throttle, before the row is locked.

use chrono::{DateTime, Utc};
use entity::id::{AccountId, SessionId};
use entity::query::ColumnTrait;
use entity::scope::{Db, PersonalWriter};
use entity::table::{recovery_code, second_factor, session};
use entity::vocabulary::{AuthenticationLevel, NoticeKind, SecurityEventKind as Kind};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::code::{Code, RECOVERY_CODES, base32, new_recovery_code};
use super::totp::{self, SECRET_BYTES};
use crate::account::throttle::{self, Counted, Subject, rule};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::notice;
use crate::request::RequestInfo;
use crate::session::journal::{self, Entry};

/// What became of a code that was given as proof. Answered, not failed with: the entry of a wrong guess is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, and used up.
    Right,
    /// It is wrong, or was used before.
    Wrong,
}

impl Verdict {
    /// Right, or the error that tells the client.
    ///
    /// # Errors
    /// UNAUTHENTICATED `WRONG_CODE`.
    pub fn accepted(self) -> Result<()> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong => Err(Error::WrongCode),
        }
    }
}

/// Whose proof it is, and in which session; none while signing in.
#[derive(Debug, Clone, Copy)]
pub struct Claimant {
    /// The account.
    pub account: AccountId,
    /// The session.
    pub session: Option<SessionId>,
}

impl From<(AccountId, SessionId)> for Claimant {
    fn from((account, session): (AccountId, SessionId)) -> Self {
        Self::in_session(account, session)
    }
}

impl Claimant {
    /// In a session.
    pub const fn in_session(account: AccountId, session: SessionId) -> Self {
        Self {
            account,
            session: Some(session),
        }
    }

    fn entry(self, kind: Kind) -> Entry<'static> {
        let entry = Entry::of(kind, self.account);
        self.session.map_or(entry, |session| entry.in_session(session))
    }
}

fn counter(app: &App, account: AccountId) -> Counted {
    rule::SECOND_FACTOR.on(app, Subject::Account(account))
}

/// Takes a turn at guessing the digits of an account's app. A recovery code takes none: nobody guesses one, and so whoever
/// guesses at the digits does not make its owner wait.
///
/// # Errors
/// RATE_LIMITED `TOO_MANY_ATTEMPTS`, else what the database answers.
pub async fn admit(app: &App, request: &RequestInfo, account: AccountId, code: &Code) -> Result<()> {
    if let Code::FromApp(_) = code {
        // a code that is right forgives them all
        drop(throttle::take(app, request, &[counter(app, account)]).await?);
    }
    Ok(())
}

/// Since when an account has a second factor, and how many recovery codes are left; nothing where it has none.
///
/// # Errors
/// What the database answers.
pub async fn in_force(db: &Db, account: AccountId) -> Result<Option<(DateTime<Utc>, usize)>> {
    let door = db.sign_in();
    let row = door
        .rows::<second_factor::Entity>()
        .filter(second_factor::Column::Id.eq(account))
        .one();
    let Some(since) = row.await?.and_then(|row| row.confirmed_at) else {
        return Ok(None);
    };
    let codes = door
        .rows::<recovery_code::Entity>()
        .filter(recovery_code::Column::AccountId.eq(account))
        .all();
    Ok(Some((since, codes.await?.len())))
}

/// Whether an account has a second factor; locks it until the transaction ends.
///
/// # Errors
/// What the database answers.
pub async fn is_in_force(tx: &PersonalWriter, account: AccountId) -> Result<bool> {
    Ok(locked(tx, account).await?.is_some_and(|row| row.secret.is_some()))
}

/// Makes a secret that waits for its first code, in place of one that waited before; what is in force stays so. Answers
/// it in base32.
///
/// # Errors
/// FORBIDDEN `STEP_UP_NEEDED` when another came into force that this session has not proven; what the database answers, or
/// INTERNAL where it cannot be sealed.
pub async fn begin(app: &App, tx: &PersonalWriter, (account, session): (AccountId, SessionId)) -> Result<SecretString> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    app.entropy.fill(secret.as_mut());
    let sealed = app.sealer.seal(account, secret.as_ref());
    let sealed = sealed.map_err(|_| Error::Internal("a secret could not be sealed".to_owned()))?;
    let row = made(tx, account).await?;
    check_may_replace(tx, &row, session).await?;
    tx.update::<second_factor::Entity>()
        .set(second_factor::Column::PendingSecret, sealed)
        .filter(second_factor::Column::Id.eq(account))
        .run()
        .await?;
    Ok(base32(secret.as_ref()))
}

/// Puts the waiting secret in force if the code, which was [admitted](admit) before, is right, and this session on the level of a second factor; other
/// sessions fall back. Answers new recovery codes.
///
/// # Errors
/// NOT_FOUND when none waits, FORBIDDEN `STEP_UP_NEEDED` as for [`begin`], else what the database answers.
pub async fn confirm(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (account, session): (AccountId, SessionId),
    code: &Code,
) -> Result<(Verdict, Vec<SecretString>)> {
    use second_factor::Column::{ConfirmedAt, Id, LastStep, PendingSecret, Secret};
    let claimant = Claimant::in_session(account, session);
    let row = locked(tx, account).await?.ok_or(Error::NotFound)?;
    let pending = row.pending_secret.clone().ok_or(Error::NotFound)?;
    check_may_replace(tx, &row, session).await?;
    let step = match code {
        Code::FromApp(digits) => step_of(app, &row, Some(&pending), digits, request.now)?,
        Code::Recovery(_) => None,
    };
    let Some(step) = step else {
        return Ok((wrong(app, tx, request, claimant).await?, Vec::new()));
    };
    throttle::forgive(tx, &[counter(app, account)]).await?;
    tx.update::<second_factor::Entity>()
        .set(Secret, pending)
        .set(PendingSecret, Option::<Vec<u8>>::None)
        .set(ConfirmedAt, request.now)
        .set(LastStep, step)
        .filter(Id.eq(account))
        .run()
        .await?;
    fall_back(tx, account).await?;
    raise(tx, session, Some(AuthenticationLevel::SecondFactor), request.now).await?;
    let codes = renew(app, tx, account, request.now).await?;
    journal::record(app, tx, request, claimant.entry(Kind::SecondFactorSet)).await?;
    notice::tell(app, tx, account, NoticeKind::SecondFactorSet, request.now).await?;
    Ok((Verdict::Right, codes))
}

/// Looks at a code of an account that has a second factor, and uses it up. It was [admitted](admit) before.
///
/// # Errors
/// NOT_FOUND when there is no second factor, else what the database answers.
pub async fn prove(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    claimant: Claimant,
    code: &Code,
) -> Result<Verdict> {
    let account = claimant.account;
    let row = locked(tx, account).await?.filter(|row| row.secret.is_some());
    let row = row.ok_or(Error::NotFound)?;
    match code {
        Code::Recovery(hash) => {
            use recovery_code::Column::{AccountId, Hash};
            let removed = tx
                .delete::<recovery_code::Entity>()
                .filter(AccountId.eq(account))
                .filter(Hash.eq(hash.clone()))
                .run()
                .await?;
            if removed == 0 {
                return wrong(app, tx, request, claimant).await;
            }
            journal::record(app, tx, request, claimant.entry(Kind::RecoveryCodeUsed)).await?;
            notice::tell(app, tx, account, NoticeKind::RecoveryCodeUsed, request.now).await?;
        }
        Code::FromApp(digits) => {
            let Some(step) = step_of(app, &row, row.secret.as_deref(), digits, request.now)? else {
                return wrong(app, tx, request, claimant).await;
            };
            tx.update::<second_factor::Entity>()
                .set(second_factor::Column::LastStep, step)
                .filter(second_factor::Column::Id.eq(account))
                .run()
                .await?;
        }
    }
    throttle::forgive(tx, &[counter(app, account)]).await?;
    Ok(Verdict::Right)
}

/// Notes whether a new password is so short that it needs a second factor beside it; whether it may be set. Locks the
/// factor until the transaction ends.
///
/// # Errors
/// What the database answers.
pub async fn note_password(tx: &PersonalWriter, account: AccountId, short: bool) -> Result<bool> {
    use second_factor::Column::{Id, ShortPassword};
    if short && !is_in_force(tx, account).await? {
        return Ok(false);
    }
    let noted = tx.update::<second_factor::Entity>().set(ShortPassword, short);
    noted.filter(Id.eq(account)).run().await?;
    Ok(true)
}

/// Notes that the owner has just proven who they are: by a code, which raises the session's level, or by the password.
///
/// # Errors
/// What the database answers.
pub async fn step_up(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (account, session): (AccountId, SessionId),
    level: Option<AuthenticationLevel>,
) -> Result<()> {
    raise(tx, session, level, request.now).await?;
    let entry = Claimant::in_session(account, session).entry(Kind::SteppedUp);
    journal::record(app, tx, request, entry).await
}

/// Removes the second factor with its recovery codes; all sessions fall back to the level of a password. Whether it may go
/// is for the caller to ask.
///
/// # Errors
/// NOT_FOUND when there is none, REFUSED when the password is too short to stand alone, else what the database answers.
pub async fn remove(app: &App, tx: &PersonalWriter, request: &RequestInfo, claimant: Claimant) -> Result<()> {
    let account = claimant.account;
    let row = locked(tx, account).await?.filter(|row| row.secret.is_some());
    if row.ok_or(Error::NotFound)?.short_password {
        return Err(Refusal::PasswordTooShortAlone.into());
    }
    take_away(tx, account).await?;
    journal::record(app, tx, request, claimant.entry(Kind::SecondFactorRemoved)).await?;
    notice::tell(app, tx, account, NoticeKind::SecondFactorRemoved, request.now).await
}

/// Takes a second factor away with its recovery codes and whatever it has proven. To write it down, and to have asked
/// whether it may go, is the caller's.
///
/// # Errors
/// What the database answers.
pub async fn take_away(tx: &PersonalWriter, account: AccountId) -> Result<()> {
    use second_factor::Column::{ConfirmedAt, Id, PendingSecret, Secret};
    tx.update::<second_factor::Entity>()
        .set(Secret, Option::<Vec<u8>>::None)
        .set(PendingSecret, Option::<Vec<u8>>::None)
        .set(ConfirmedAt, Option::<DateTime<Utc>>::None)
        .filter(Id.eq(account))
        .run()
        .await?;
    forget_codes(tx, account).await?;
    fall_back(tx, account).await
}

/// New recovery codes in place of all old ones.
///
/// # Errors
/// NOT_FOUND when there is no second factor, else what the database answers.
pub async fn renew_codes(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (account, session): (AccountId, SessionId),
) -> Result<Vec<SecretString>> {
    if !is_in_force(tx, account).await? {
        return Err(Error::NotFound);
    }
    let codes = renew(app, tx, account, request.now).await?;
    let entry = Claimant::in_session(account, session).entry(Kind::RecoveryCodesRenewed);
    journal::record(app, tx, request, entry).await?;
    Ok(codes)
}

/// A factor in force is replaced by a session that has proven it and no other. The factor is locked: what comes into force at the
/// same moment is seen here.
async fn check_may_replace(tx: &PersonalWriter, row: &second_factor::Model, session: SessionId) -> Result<()> {
    if row.secret.is_none() {
        return Ok(());
    }
    let find = tx.find::<session::Entity>().filter(session::Column::Id.eq(session));
    match find.one().await? {
        Some(session) if session.level == AuthenticationLevel::SecondFactor => Ok(()),
        _ => Err(Error::StepUpNeeded),
    }
}

async fn locked(tx: &PersonalWriter, account: AccountId) -> Result<Option<second_factor::Model>> {
    let find = tx.find::<second_factor::Entity>();
    let row = find.filter(second_factor::Column::Id.eq(account)).for_update().one();
    Ok(row.await?)
}

/// The account's row, made where there is none, and locked.
async fn made(tx: &PersonalWriter, account: AccountId) -> Result<second_factor::Model> {
    let row = second_factor::Model {
        id: account,
        secret: None,
        pending_secret: None,
        confirmed_at: None,
        last_step: None,
        short_password: false,
    };
    tx.insert_if_new::<second_factor::Entity>(row, &[second_factor::Column::Id])
        .await?;
    let row = locked(tx, account).await?;
    row.ok_or_else(|| Error::Internal("a row that was just made is not there".to_owned()))
}

fn step_of(
    app: &App,
    row: &second_factor::Model,
    sealed: Option<&[u8]>,
    digits: &SecretString,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    let opened = app.sealer.open(row.id, sealed.unwrap_or_default());
    let secret = opened.map_err(|_| Error::Internal("a second factor does not open".to_owned()))?;
    Ok(totp::matching_step(&secret, digits.expose_secret(), now, row.last_step))
}

async fn wrong(app: &App, tx: &PersonalWriter, request: &RequestInfo, claimant: Claimant) -> Result<Verdict> {
    journal::record(app, tx, request, claimant.entry(Kind::SignInFailed).detail("CODE")).await?;
    Ok(Verdict::Wrong)
}

async fn renew(app: &App, tx: &PersonalWriter, account: AccountId, now: DateTime<Utc>) -> Result<Vec<SecretString>> {
    forget_codes(tx, account).await?;
    let (shown, hashes): (Vec<_>, Vec<_>) = (0..RECOVERY_CODES)
        .map(|_| new_recovery_code(app.entropy.as_ref()))
        .unzip();
    let row = |hash| recovery_code::Model {
        id: app.new_id(),
        account_id: account,
        hash,
        created_at: now,
    };
    tx.insert::<recovery_code::Entity>(hashes.into_iter().map(row).collect::<Vec<_>>())
        .await?;
    Ok(shown)
}

async fn forget_codes(tx: &PersonalWriter, account: AccountId) -> Result<()> {
    let codes = tx.delete::<recovery_code::Entity>();
    codes.filter(recovery_code::Column::AccountId.eq(account)).run().await?;
    Ok(())
}

/// What a factor has proven that is gone, proves nothing from now on.
async fn fall_back(tx: &PersonalWriter, account: AccountId) -> Result<()> {
    let sessions = tx
        .update::<session::Entity>()
        .set(session::Column::Level, AuthenticationLevel::Password);
    sessions.filter(session::Column::AccountId.eq(account)).run().await?;
    Ok(())
}

async fn raise(
    tx: &PersonalWriter,
    session: SessionId,
    level: Option<AuthenticationLevel>,
    now: DateTime<Utc>,
) -> Result<()> {
    use session::Column::{AuthenticatedAt, Id, Level};
    let mut change = tx.update::<session::Entity>().set(AuthenticatedAt, now);
    if let Some(level) = level {
        change = change.set(Level, level);
    }
    change.filter(Id.eq(session)).run().await?;
    Ok(())
}
