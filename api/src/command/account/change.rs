//! `khuyenhoc account disable`, `enable` and `reset`: letting somebody in no more, again, with another password, or without
//! the second factor they have lost.

use chrono::{DateTime, Utc};
use clap::Args;
use entity::query::ColumnTrait;
use entity::scope::PersonalWriter;
use entity::table::{account, session};
use entity::vocabulary::{NoticeKind, SecurityEventKind, SessionEnd};

use super::office::{Office, Whom};
use super::password;
use crate::account::password::About;
use crate::command::failure::{Failure, print};
use crate::error::Result;
use crate::recovery;
use crate::session::end_where;
use crate::session::journal::{self, Entry};
use crate::{notice, second_factor};

/// Options of `account disable`.
#[derive(Debug, Args)]
#[command(
    after_help = "The account can neither sign in nor use what it has signed: all its sessions end at once, on every server. Its \
    posts and what it has done stay.\n\nExample:\n  khuyenhoc account disable 0912345678"
)]
pub(in crate::command) struct DisableOptions {
    #[command(flatten)]
    whom: Whom,
}

/// Options of `account enable`.
#[derive(Debug, Args)]
#[command(
    after_help = "The account can sign in again with the password it had; sessions that have ended stay so.\n\n\
    Example:\n  khuyenhoc account enable 0912345678"
)]
pub(in crate::command) struct EnableOptions {
    #[command(flatten)]
    whom: Whom,
}

/// Options of `account reset`.
#[derive(Debug, Args)]
#[command(
    after_help = "All sessions of the account end at once, on every server.\n\nExamples:\n  khuyenhoc account reset 0912345678\n  \
    khuyenhoc account reset sondq --password-stdin < password.txt\n  khuyenhoc account reset sondq --second-factor"
)]
pub(in crate::command) struct ResetOptions {
    #[command(flatten)]
    whom: Whom,
    /// Read the password from one line of standard input instead of making one up
    #[arg(long)]
    password_stdin: bool,
    /// Remove the second factor with its recovery codes, for an owner who has lost both; the password stays
    #[arg(long, conflicts_with = "password_stdin")]
    second_factor: bool,
}

/// Shuts an account out.
///
/// # Errors
/// There is no such account, it is disabled already, or what the database answers.
pub(super) async fn disable(office: &Office, options: &DisableOptions) -> std::result::Result<(), Failure> {
    use account::Column::{DisabledAt, Id};
    let (app, request) = (&office.app, &office.request);
    let account = options.whom.find(&app.db).await?;
    let door = app.db.sign_in();
    let done = door.write(async |tx: &PersonalWriter| -> Result<Option<usize>> {
        let change = tx.update::<account::Entity>().set(DisabledAt, office.now());
        let changed = change
            .filter(Id.eq(account.id))
            .filter(DisabledAt.is_null())
            .run()
            .await?;
        if changed == 0 {
            return Ok(None);
        }
        let entry = Entry::of(SecurityEventKind::AccountDisabled, account.id);
        journal::record(app, tx, request, entry).await?;
        let all = session::Column::AccountId.eq(account.id).into();
        let ended = end_where(app, tx, request, all, SessionEnd::AccountDisabled, None).await?;
        Ok(Some(ended))
    });
    match done.await? {
        Some(ended) => print(&format!("{} is disabled now; {}\n", account.name, sessions(ended))),
        None => Err(Failure::new(format!("{} is disabled already", account.name))),
    }
}

/// Lets a disabled account in again.
///
/// # Errors
/// There is no such account, it is not disabled, or what the database answers.
pub(super) async fn enable(office: &Office, options: &EnableOptions) -> std::result::Result<(), Failure> {
    use account::Column::{DisabledAt, Id};
    let (app, request) = (&office.app, &office.request);
    let account = options.whom.find(&app.db).await?;
    let door = app.db.sign_in();
    let done = door.write(async |tx: &PersonalWriter| -> Result<bool> {
        let change = tx
            .update::<account::Entity>()
            .set(DisabledAt, Option::<DateTime<Utc>>::None);
        let changed = change
            .filter(Id.eq(account.id))
            .filter(DisabledAt.is_not_null())
            .run()
            .await?;
        if changed > 0 {
            let entry = Entry::of(SecurityEventKind::AccountEnabled, account.id);
            journal::record(app, tx, request, entry).await?;
        }
        Ok(changed > 0)
    });
    if done.await? {
        print(&format!("{} may sign in again\n", account.name))
    } else {
        Err(Failure::new(format!("{} is not disabled", account.name)))
    }
}

/// Sets another password, or removes the second factor.
///
/// # Errors
/// There is no such account, it has no second factor, the password is refused, or what the database answers.
pub(super) async fn reset(office: &Office, options: &ResetOptions) -> std::result::Result<(), Failure> {
    use account::Column::{Id, PasswordHash};
    let (app, request) = (&office.app, &office.request);
    let account = options.whom.find(&app.db).await?;
    if options.second_factor {
        return without_second_factor(office, &account).await;
    }
    let password = password::take(app.entropy.as_ref(), options.password_stdin)?;
    let about = About {
        name: &account.name,
        phone: account.phone.as_deref(),
        user_name: account.user_name.as_deref(),
    };
    let hash = app.passwords.hash(password::check(&password, &about)?).await?;
    let door = app.db.sign_in();
    let done = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let change = tx.update::<account::Entity>().set(PasswordHash, hash);
        change.filter(Id.eq(account.id)).run().await?;
        second_factor::note_password(tx, account.id, false).await?;
        recovery::end_codes(tx, account.id, office.now()).await?;
        let entry = Entry::of(SecurityEventKind::PasswordReset, account.id);
        journal::record(app, tx, request, entry).await?;
        let all = session::Column::AccountId.eq(account.id).into();
        end_where(app, tx, request, all, SessionEnd::PasswordReset, None).await
    });
    let ended = done.await?;
    password::show(&password, options.password_stdin)?;
    print(&format!(
        "{} has another password now; {}\n",
        account.name,
        sessions(ended)
    ))?;
    if account.disabled_at.is_some() {
        print("the account is disabled all the same: `khuyenhoc account enable`\n")?;
    }
    Ok(())
}

/// Removes the second factor; its owner enrols again where their role needs one.
async fn without_second_factor(office: &Office, account: &account::Model) -> std::result::Result<(), Failure> {
    let (app, request) = (&office.app, &office.request);
    let door = app.db.sign_in();
    let done = door.write(async |tx: &PersonalWriter| -> Result<Option<usize>> {
        if !second_factor::is_in_force(tx, account.id).await? {
            return Ok(None);
        }
        second_factor::take_away(tx, account.id).await?;
        let entry = Entry::of(SecurityEventKind::SecondFactorRemoved, account.id);
        journal::record(app, tx, request, entry).await?;
        notice::tell(app, tx, account.id, NoticeKind::SecondFactorRemoved, office.now()).await?;
        let all = session::Column::AccountId.eq(account.id).into();
        end_where(app, tx, request, all, SessionEnd::SecondFactorRemoved, None)
            .await
            .map(Some)
    });
    match done.await? {
        Some(ended) => print(&format!(
            "{} has no second factor now; {}\n",
            account.name,
            sessions(ended)
        )),
        None => Err(Failure::new(format!("{} has no second factor", account.name))),
    }
}

fn sessions(ended: usize) -> String {
    match ended {
        1 => "1 session has ended".to_owned(),
        more => format!("{more} sessions have ended"),
    }
}
