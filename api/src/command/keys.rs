//! `khuyenhoc keys`: the keys that sign access tokens and receipts, the one that seals cursors, and their rotation.
//!
//! The ring is written through the owner's connection: the server's own roles read keys and never write them.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use entity::scope::Db;

use super::failure::{Failure, print};
use super::migrate::require_migrated;
use crate::account::token::{Stage, Standing};
use crate::clock::{Clock, HANOI, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::database::rotate::{
    Old, RotateError, receipt_standings, rotate, rotate_cursors, rotate_receipts, standings,
};
use crate::database::settings;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Show the keys of access tokens and those of receipts, newest first: what each does, and until when; shows no secret
    List,
    /// Put a new key into the ring; servers that run take it up by themselves
    Rotate(RotateOptions),
}

/// Options of `keys rotate`.
#[derive(Debug, Args)]
#[command(
    after_help = "The new key is published at /.well-known/jwks.json at once and signs ten minutes later. The one before it \
    checks until its last token has died, and the rotation after that removes it. Nobody is signed out.\n\n\
    Needs the owner's connection (database_owner_url), as `migrate` does.\n\nExamples:\n  khuyenhoc keys rotate\n  \
    khuyenhoc keys rotate --compromised"
)]
pub(super) struct RotateOptions {
    /// Somebody else may have the keys: the new one signs at once, and the others leave with all they have signed. Every
    /// phone then refreshes by itself; nobody has to sign in again
    #[arg(long)]
    compromised: bool,
    /// The key that signs receipts instead. The old ones stay published, because receipts are looked at late; with
    /// --compromised they leave
    #[arg(long)]
    receipts: bool,
    /// The key that seals cursors instead, at once: every list, every copy on a phone and every stream begins anew. After the
    /// database was restored from a backup, before the servers start
    #[arg(long, conflicts_with_all = ["receipts", "compromised"])]
    cursors: bool,
}

/// Shows or rotates.
///
/// # Errors
/// The database cannot be reached, lacks a migration or refuses; a new key waits for its time already.
pub(super) async fn keys(config: &Config, command: &KeysCommand) -> Result<(), Failure> {
    require_migrated(config).await?;
    match command {
        KeysCommand::List => list(config).await,
        KeysCommand::Rotate(options) => put_new(config, options).await,
    }
}

async fn list(config: &Config) -> Result<(), Failure> {
    let db = Db::open(settings(config)).await?;
    let now = SystemClock.now();
    let found = (standings(config, &db, now).await, receipt_standings(&db, now).await);
    db.close().await;
    let tokens = found.0?.iter().map(|key| line(key, "tokens")).collect::<String>();
    let receipts = found.1?.iter().map(|key| line(key, "receipts")).collect::<String>();
    print(&(tokens + &receipts))
}

/// A key by its name, with what it signs and what it does now. Old keys of receipts check for as long as they are there.
fn line(key: &Standing, signs: &str) -> String {
    let does = match (key.stage, key.retires_at) {
        (Stage::Next, _) => "next".to_owned(),
        (Stage::Signing, None) => "signs".to_owned(),
        (Stage::Signing, Some(end)) => format!("signs; checks until {}", shown(end)),
        (Stage::Checking, Some(end)) => format!("checks until {}", shown(end)),
        (Stage::Checking, None) => "checks".to_owned(),
        (Stage::Retired, _) => "of no use; the next rotation removes it".to_owned(),
    };
    let from = key.signs_from.map_or_else(|| "ever".to_owned(), shown);
    format!("{}  {signs}  from {from}  {does}\n", key.kid)
}

/// A moment as people in Hanoi read it.
fn shown(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&HANOI).to_rfc3339_opts(SecondsFormat::Secs, false)
}

async fn put_new(config: &Config, options: &RotateOptions) -> Result<(), Failure> {
    if options.cursors {
        let sealed = rotate_cursors(config, &SystemClock, &SystemEntropy).await;
        sealed.map_err(failed)?;
        return print("cursors are sealed anew: phones begin their copies anew; start servers that run again\n");
    }
    let old = if options.compromised { Old::Leaves } else { Old::Stays };
    let rotated = if options.receipts {
        rotate_receipts(config, &SystemClock, &SystemEntropy, old).await
    } else {
        rotate(config, &SystemClock, &SystemEntropy, old).await
    };
    let rotated = rotated.map_err(failed)?;
    print(&match old {
        Old::Stays => format!(
            "the key {} is published now and signs from {}\n",
            rotated.kid,
            shown(rotated.signs_from)
        ),
        Old::Leaves => format!("the key {} signs now; all others are gone\n", rotated.kid),
    })
}

fn failed(error: RotateError) -> Failure {
    match error {
        RotateError::Waiting => Failure::new(
            "a new key is published already and waits for its time; see `khuyenhoc keys list`. If the keys have been \
             stolen, say --compromised",
        ),
        RotateError::Owner(error) => Failure::new(format!(
            "cannot write the key: {error}\nOn PostgreSQL, database_owner_url must name a role that owns the database."
        )),
        other => other.into(),
    }
}
