//! Recovery codes: giving them out and using them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, OneTimeCodeId, PostId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{DbError, PersonalWriter};
use entity::table::{account, one_time_code, session};
use entity::vocabulary::{AuthenticationLevel, CodePurpose, NoticeKind, SecurityEventKind, SessionEnd};
use uuid::Uuid;

use super::input::Recover;
use crate::access::Permission;
use crate::access::below::all_below;
use crate::access::viewer::may_sign_in;
use crate::account::Login;
use crate::account::proof;
use crate::account::throttle::{Subject, Turn, rule};
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::joining::new_password;
use crate::notice;
use crate::quota::{self, Limit};
use crate::request::RequestInfo;
use crate::second_factor;
use crate::session::journal::{self, Entry};
use crate::session::{Granted, end_where, open};

/// Keeps these codes from being any other's.
const PURPOSE: &str = "recovery code";
/// A code holds so long: it may be printed and carried home.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// So many wrong tries end a code. They find one of 2^55 with odds of one to 10^12. At ten, and then three an hour, from one
/// network address, a stranger who means to use them up within the day needs more than a hundred networks.
const MAX_TRIES: i32 = 10_000;
/// Where a wrong password was given, in the journal.
const AT: &str = "RECOVERY";
/// Codes that one officer gives out in a day. A ward has some dozens of branch heads, and not all forget in one day.
const CODES_PER_DAY: u32 = 30;

/// What became of giving out a code.
pub(super) enum Issued {
    First(one_time_code::Model),
    Replayed(one_time_code::Model),
    KeyReused,
}

/// The code of a row.
pub(super) fn code(app: &App, id: OneTimeCodeId) -> Code {
    app.codes.code(PURPOSE, id.0)
}

fn live(account: AccountId, now: DateTime<Utc>) -> Condition {
    use one_time_code::Column::{AccountId, EndedAt, ExpiresAt, Purpose, UsedAt};
    Condition::all()
        .add(AccountId.eq(account))
        .add(Purpose.eq(CodePurpose::Recovery))
        .add(EndedAt.is_null())
        .add(UsedAt.is_null())
        .add(ExpiresAt.gt(now))
}

/// Gives out a code for an account; an earlier one ends. The owner is told.
///
/// # Errors
/// RATE_LIMITED when the officer has given out as many as in a day is usual, else what the database answers.
pub(super) async fn issue(
    app: &App,
    request: &RequestInfo,
    account: AccountId,
    (officer, post): (AccountId, PostId),
    key: Uuid,
) -> Result<Issued> {
    let door = app.db.sign_in();
    let issued =
        door.write(async |tx: &PersonalWriter| issue_in(app, tx, request, account, (officer, post), key).await);
    issued.await
}

async fn issue_in(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    account: AccountId,
    (officer, post): (AccountId, PostId),
    key: Uuid,
) -> Result<Issued> {
    use one_time_code::Column::{EndedAt, IssuedBy, RequestKey};
    let now = request.now;
    // two officers who help one person take turns here
    let owner = tx.find::<account::Entity>().filter(account::Column::Id.eq(account));
    owner.for_update().one().await?;
    let row = one_time_code::Model {
        id: app.new_id(),
        purpose: CodePurpose::Recovery,
        account_id: Some(account),
        recipient: None,
        association_id: None,
        issued_by: Some(officer),
        issued_under: Some(post),
        request_key: Some(key),
        tries: 0,
        created_at: now,
        expires_at: now + LIFETIME,
        used_at: None,
        ended_at: None,
    };
    let earlier = tx.find::<one_time_code::Entity>();
    let earlier = earlier.filter(IssuedBy.eq(officer)).filter(RequestKey.eq(key));
    if let Some(known) = earlier.one().await? {
        return Ok(if known.account_id == Some(account) {
            Issued::Replayed(known)
        } else {
            Issued::KeyReused
        });
    }
    let limit = format!("recovery codes {officer}");
    if !quota::count(app, tx, &Limit::new(&limit, CODES_PER_DAY, TimeDelta::days(1), now)).await? {
        return Err(Error::RateLimited(std::time::Duration::from_hours(1)));
    }
    tx.update::<one_time_code::Entity>()
        .set(EndedAt, now)
        .filter(live(account, now))
        .run()
        .await?;
    match tx.insert::<one_time_code::Entity>([row.clone()]).await {
        Ok(()) => {}
        // the same key for another account, at the same moment; nothing else in this transaction has come to pass
        Err(DbError::Unique(_)) => return Err(Error::Unavailable("the same key twice at once".to_owned())),
        Err(error) => return Err(error.into()),
    }
    let entry = Entry::of(SecurityEventKind::RecoveryIssued, account).by(officer, post);
    journal::record(app, tx, request, entry).await?;
    notice::tell(app, tx, account, NoticeKind::RecoveryIssued, now).await?;
    Ok(Issued::First(row))
}

/// Ends the codes of an account, also one that was used and would answer once more: the password is another now.
///
/// # Errors
/// What the database answers.
pub async fn end_codes(tx: &PersonalWriter, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    use one_time_code::Column::{AccountId as Owner, EndedAt, Purpose};
    tx.update::<one_time_code::Entity>()
        .set(EndedAt, now)
        .filter(Owner.eq(account))
        .filter(Purpose.eq(CodePurpose::Recovery))
        .filter(EndedAt.is_null())
        .run()
        .await?;
    Ok(())
}

/// What came of trying a code.
enum Tried {
    Recovered(Box<Granted>),
    /// The password is set; a session asks for the second factor, by signing in.
    CodeNeeded,
    /// It was used before: whoever knows the password it set is let in once more, because an answer was lost.
    UsedBefore,
    Wrong,
}

/// Sets the new password, ends all sessions and opens one. Whatever is wrong, the answer and its time are the same: a turn
/// is counted for the login and the address, whether or not there is such an account, and the new password is hashed first.
///
/// # Errors
/// UNAUTHENTICATED `WRONG_CODE`, or `SECOND_FACTOR_NEEDED` when the password was set and a second factor is in force: the
/// owner signs in with both; RATE_LIMITED, `TOO_MANY_ATTEMPTS` when it is about guessing.
pub(super) async fn recover(app: &App, request: &RequestInfo, wish: &Recover) -> Result<(account::Model, Granted)> {
    let password = new_password("newPassword", &wish.password, &wish.about())?;
    let by_address = request
        .address
        .map(|address| rule::CODE_ADDRESS.on(app, Subject::Address(address)));
    let by_login = rule::RECOVERY.on(app, Subject::NameAt(&wish.login, request.address));
    let counted: Vec<_> = by_address.into_iter().chain([by_login]).collect();
    let (desk, turn) = proof::admit(app, request, app.passwords.enter()?, &counted).await?;
    let hash = app.passwords.hash_at(desk, password).await?;
    let owner = find(app, &wish.login).await?;
    let owner = owner.filter(|row| may_sign_in(row, request.now));
    let account = owner.as_ref().map_or(AccountId(Uuid::nil()), |row| row.id);
    let standing = standing(app, account, request.now).await?;
    let known = (account, hash.as_str(), standing);
    let door = app.db.sign_in();
    let tried = door.write(async |tx: &PersonalWriter| try_code(app, tx, request, (known, &turn), wish).await);
    match (tried.await?, owner) {
        (Tried::Recovered(granted), Some(owner)) => Ok((owner, *granted)),
        (Tried::CodeNeeded, _) => Err(Error::CodeNeeded),
        (Tried::UsedBefore, Some(owner)) => once_more(app, request, owner, turn, wish).await,
        _ => Err(Error::WrongCode),
    }
}

async fn find(app: &App, login: &Login) -> Result<Option<account::Model>> {
    Ok(match login {
        Login::Phone(phone) => app.db.sign_in().account_by_phone(phone).await?,
        Login::UserName(name) => app.db.sign_in().account_by_user_name(name).await?,
        Login::Nobody(_) => None,
    })
}

async fn try_code(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    ((account, hash, standing), turn): ((AccountId, &str, Option<OneTimeCodeId>), &Turn),
    wish: &Recover,
) -> Result<Tried> {
    use one_time_code::Column::{AccountId as Owner, CreatedAt, EndedAt, ExpiresAt, Id, Purpose, Tries, UsedAt};
    let now = request.now;
    let counted = tx.update::<one_time_code::Entity>().raise(Tries);
    let counted = counted
        .filter(live(account, now))
        .filter(Tries.lt(MAX_TRIES))
        .run()
        .await?;
    let row = tx
        .find::<one_time_code::Entity>()
        .filter(Owner.eq(account))
        .filter(Purpose.eq(CodePurpose::Recovery))
        .filter(EndedAt.is_null())
        .filter(ExpiresAt.gt(now))
        .order_by(CreatedAt, Order::Desc)
        .one()
        .await?;
    let right = row.filter(|row| code(app, row.id).is(&wish.code));
    let Some(row) = right.filter(|row| counted == 1 || row.used_at.is_some()) else {
        if counted == 1 {
            let entry = Entry::of(SecurityEventKind::SignInFailed, account);
            journal::record(app, tx, request, entry.detail(CodePurpose::Recovery.as_str())).await?;
        }
        return Ok(Tried::Wrong);
    };
    if row.used_at.is_some() {
        return Ok(Tried::UsedBefore);
    }
    if standing != Some(row.id) {
        return Ok(Tried::Wrong);
    }
    turn.forgive(tx).await?;
    tx.update::<one_time_code::Entity>()
        .set(UsedAt, now)
        .filter(Id.eq(row.id))
        .run()
        .await?;
    tx.update::<account::Entity>()
        .set(account::Column::PasswordHash, hash)
        .filter(account::Column::Id.eq(account))
        .run()
        .await?;
    second_factor::note_password(tx, account, false).await?;
    let sessions = session::Column::AccountId.eq(account).into();
    end_where(app, tx, request, sessions, SessionEnd::Recovered, None).await?;
    let entry = Entry::of(SecurityEventKind::Recovered, account);
    journal::record(app, tx, request, entry).await?;
    notice::tell(app, tx, account, NoticeKind::Recovered, now).await?;
    if second_factor::is_in_force(tx, account).await? {
        return Ok(Tried::CodeNeeded);
    }
    let granted = open(
        app,
        tx,
        request,
        (account, AuthenticationLevel::Password),
        None,
        &wish.device,
    )
    .await?;
    Ok(Tried::Recovered(Box::new(granted)))
}

/// The code of an account that may still be used: whoever gave it out may sign in and holds the post, and every post of the
/// account that is not over, also one that is still to begin, is below that one. What the account was given since it got the code
/// counts as what it had before. Whether there is a code shows in no more than a statement or two.
async fn standing(app: &App, account: AccountId, now: DateTime<Utc>) -> Result<Option<OneTimeCodeId>> {
    use one_time_code::Column::CreatedAt;
    let sign_in = app.db.sign_in();
    let codes = sign_in.rows::<one_time_code::Entity>().filter(live(account, now));
    let row = codes.order_by(CreatedAt, Order::Desc).one().await?;
    let officer = row.as_ref().and_then(|row| row.issued_by);
    let officer = officer.unwrap_or(AccountId(Uuid::nil()));
    let (held, officer) = tokio::try_join!(sign_in.posts_of(officer, now), sign_in.account_by_id(officer))?;
    let Some(row) = row else { return Ok(None) };
    // without an officer it is the operator's
    let Some(under) = row.issued_under else {
        return Ok(Some(row.id));
    };
    let held = held.iter().find(|post| post.id == under);
    let stands = match held.filter(|_| officer.is_some_and(|officer| may_sign_in(&officer, now))) {
        Some(post) => all_below(app, (post, Permission::AccountManage), account, now).await?,
        None => false,
    };
    Ok(stands.then_some(row.id))
}

/// Signs in with the password that was set by the code; guesses at it count as guesses at sign-in do.
async fn once_more(
    app: &App,
    request: &RequestInfo,
    owner: account::Model,
    turn: Turn,
    wish: &Recover,
) -> Result<(account::Model, Granted)> {
    let given = (wish.password.clone(), wish.device.id);
    let proven = proof::of_account(app, request, owner, given, AT).await;
    let proven = proven.map_err(|error| match error {
        Error::WrongCredentials => Error::WrongCode,
        other => other,
    })?;
    let (turn, owner) = (turn.and(proven.turn), proven.account);
    if second_factor::in_force(&app.db, owner.id).await?.is_some() {
        return Err(Error::CodeNeeded);
    }
    let level = (owner.id, AuthenticationLevel::Password);
    let door = app.db.sign_in();
    let opened = door.write(async |tx: &PersonalWriter| {
        turn.forgive(tx).await?;
        open(app, tx, request, level, None, &wish.device).await
    });
    Ok((owner, opened.await?))
}
