//! `khuyenhoc migrate`: brings the database to the shape this program expects.

use clap::{Args, ValueEnum};
use secrecy::ExposeSecret;

use super::failure::{Failure, print};
use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Config;
use crate::database;

/// Options of `migrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  khuyenhoc migrate\n  khuyenhoc migrate status\n  \
    KHUYENHOC_DATABASE_OWNER_URL=postgres://owner:secret@db/khuyenhoc khuyenhoc migrate")]
pub(super) struct MigrateOptions {
    /// What to do
    #[arg(value_enum, default_value_t = Direction::Up)]
    direction: Direction,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    /// Apply what is missing and make the server's keys; safe to repeat
    Up,
    /// Show each step and whether the database has it; changes nothing
    Status,
}

/// Migrates, or tells how far the database is.
///
/// # Errors
/// The database cannot be reached or refuses.
pub(super) async fn migrate(config: &Config, options: &MigrateOptions) -> Result<(), Failure> {
    match options.direction {
        Direction::Up => {
            database::migrate(config, &SystemClock, &SystemEntropy).await.map_err(|error| {
                Failure::new(format!(
                    "cannot migrate: {error}\nOn PostgreSQL, database_owner_url must name a role that owns the database \
                     and may make roles; see `khuyenhoc doctor`."
                ))
            })?;
            print("the database is up to date\n")
        }
        Direction::Status => {
            let steps = migration::status(config.owner_url().expose_secret())
                .await
                .map_err(|error| unreachable(&error))?;
            let line = |step: &migration::Step| {
                format!("{}  {}\n", if step.applied { "applied" } else { "pending" }, step.name)
            };
            print(&steps.iter().map(line).collect::<String>())
        }
    }
}

/// Refuses a database that lacks a migration.
///
/// # Errors
/// It cannot be reached, or lacks one.
pub(super) async fn require_migrated(config: &Config) -> Result<(), Failure> {
    let steps = migration::status(database::sign_in_url(config).expose_secret())
        .await
        .map_err(|error| unreachable(&error))?;
    let pending = steps.iter().filter(|step| !step.applied).count();
    if pending > 0 {
        return Err(Failure::new(format!(
            "the database lacks {pending} of {} migrations; run `khuyenhoc migrate`",
            steps.len()
        )));
    }
    Ok(())
}

fn unreachable(error: &migration::Error) -> Failure {
    Failure::new(format!(
        "the database cannot be opened: {error}\nCheck database_url and the passwords; `khuyenhoc migrate` makes a missing SQLite file, and the roles of PostgreSQL."
    ))
}
