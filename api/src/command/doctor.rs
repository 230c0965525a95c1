//! `khuyenhoc doctor`: looks at everything an installation needs, and says of each fault how to mend it.

use clap::Args;
use entity::scope::Db;
use entity::scope::inspect::{self, Finding, Severity};
use secrecy::ExposeSecret;

use chrono::{Datelike, TimeDelta};

use super::failure::{Failure, print};
use crate::account::token::ring::RingError;
use crate::account::token::{KeyError, Standing};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError, SecondFactor};
use crate::database::rotate;
use crate::depot::Depot;
use crate::retention::evidence::disagreement;
use crate::{database, demo};

/// Options of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  khuyenhoc doctor\n  khuyenhoc doctor --recount")]
pub(super) struct DoctorOptions {
    /// Compare every counter with a full count; reads every household and registration
    #[arg(long)]
    recount: bool,
    /// Compare every file of evidence with the store of uploads
    #[arg(long)]
    evidence: bool,
}

/// The year this program was written in; a clock before it is wrong.
const FIRST_YEAR: i32 = 2026;
/// A signing key should be followed by another after so long.
const OLD_KEY: TimeDelta = TimeDelta::days(365);

/// Prints one line per check.
///
/// # Errors
/// One of them failed.
pub(super) async fn doctor(config: Result<Config, ConfigError>, options: &DoctorOptions) -> Result<(), Failure> {
    let found = match config {
        Ok(config) => examine(&config, options).await,
        Err(error) => error
            .problems
            .iter()
            .map(|problem| {
                let what = format!("configuration: {}: {}", problem.key, problem.message);
                Finding::failure(what, "correct it in the file or in the environment")
            })
            .collect(),
    };
    print(&found.iter().map(line).collect::<String>())?;
    let faults = found
        .iter()
        .filter(|finding| finding.severity == Severity::Failure)
        .count();
    if faults > 0 {
        return Err(Failure::new(format!("{faults} of {} checks failed", found.len())));
    }
    Ok(())
}

fn line(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Fine => "ok  ",
        Severity::Warning => "warn",
        Severity::Failure => "FAIL",
    };
    let arrow = if finding.remedy.is_empty() { "" } else { "  -> " };
    format!("{word}  {}{arrow}{}\n", finding.what, finding.remedy)
}

async fn examine(config: &Config, options: &DoctorOptions) -> Vec<Finding> {
    let mut found = vec![Finding::fine("the configuration loads"), clock()];
    let owner = config.owner_url().expose_secret();
    let reached = match inspect::contents(owner).await {
        Ok(_) => Finding::fine("the database answers"),
        Err(error) => Finding::failure(
            format!("the database does not answer: {error}"),
            "check database_url and database_owner_url; `khuyenhoc migrate` makes a missing SQLite file",
        ),
    };
    let migrated = if reached.severity == Severity::Fine {
        Some(migrated(owner).await)
    } else {
        None
    };
    found.push(reached);
    let Some(migrated) = migrated else { return found };
    let whole = migrated.severity == Severity::Fine;
    found.push(migrated);
    if !whole {
        return found;
    }
    let now = || SystemClock.now();
    match inspect::inspect(owner, &database::settings(config), &now).await {
        Ok(more) => found.extend(more),
        Err(error) => found.push(Finding::failure(
            format!("the database cannot be inspected: {error}"),
            "let database_owner_url name the owner of the database",
        )),
    }
    match inside(config, options).await {
        Ok(more) => found.extend(more),
        Err(failure) => found.push(Finding::failure(
            format!("the database cannot be used: {failure}"),
            "mend what failed above, then run `khuyenhoc migrate`",
        )),
    }
    found
}

fn clock() -> Finding {
    let year = SystemClock.now().year();
    if year >= FIRST_YEAR {
        Finding::fine("the clock is plausible")
    } else {
        Finding::failure(
            format!("the clock says it is {year}"),
            "set it by NTP (`timedatectl set-ntp true`)",
        )
    }
}

async fn migrated(owner: &str) -> Finding {
    match migration::status(owner).await {
        Ok(steps) => {
            let pending: Vec<_> = steps
                .iter()
                .filter(|step| !step.applied)
                .map(|step| step.name.as_str())
                .collect();
            if pending.is_empty() {
                Finding::fine("the database is up to date")
            } else {
                Finding::failure(
                    format!("the database lacks {}", pending.join(", ")),
                    "run `khuyenhoc migrate`",
                )
            }
        }
        Err(error) => Finding::failure(
            format!("the state of the database cannot be read: {error}"),
            "let database_owner_url name the owner of the database",
        ),
    }
}

/// What is asked as the server asks it.
async fn inside(config: &Config, options: &DoctorOptions) -> Result<Vec<Finding>, Failure> {
    let db = Db::open(database::settings(config)).await?;
    let answer = ask(config, &db, options).await;
    db.close().await;
    answer
}

async fn ask(config: &Config, db: &Db, options: &DoctorOptions) -> Result<Vec<Finding>, Failure> {
    let mut found = vec![signing_key(config, db).await];
    for purpose in database::RANDOM_KEYS.into_iter().chain([database::RECEIPT_KEY]) {
        found.push(if db.sign_in().server_keys(purpose).await?.is_empty() {
            Finding::failure(format!("there is no {purpose} key"), "run `khuyenhoc migrate`")
        } else {
            Finding::fine(format!("the {purpose} key is there"))
        });
    }
    let is_demo = demo::is_begun(db).await?;
    if config.second_factor == SecondFactor::Offered && !is_demo {
        found.push(Finding::warning(
            "officers of districts and the city need no second factor: a password opens the data of all families",
            "set second_factor to required",
        ));
    }
    found.push(if is_demo {
        Finding::warning(
            "this is the demo city; its passwords are public",
            "use another database for real work",
        )
    } else {
        Finding::fine("no demo data")
    });
    found.push(if db.city().await?.is_some() {
        Finding::fine("there is a city association")
    } else {
        Finding::warning(
            "there is no association yet",
            "make the first city officer: `khuyenhoc account create --help`",
        )
    });
    if options.recount {
        found.extend(recount(db).await?);
    }
    if options.evidence {
        found.extend(evidence(config, db).await?);
    }
    Ok(found)
}

/// Whether access tokens can be signed now, and by a key that is not too old.
async fn signing_key(config: &Config, db: &Db) -> Finding {
    let now = SystemClock.now();
    let standings = match rotate::standings(config, db, now).await {
        Ok(standings) => standings,
        Err(RingError::Key(KeyError::Empty)) => {
            return Finding::failure(
                format!("there is no {} key", database::ACCESS_TOKEN_KEY),
                "run `khuyenhoc migrate`",
            );
        }
        Err(error) => {
            return Finding::failure(
                format!("the {} keys cannot be used: {error}", database::ACCESS_TOKEN_KEY),
                "bring them back from a backup, or run `khuyenhoc keys rotate --compromised`: phones then refresh by themselves",
            );
        }
    };
    let due = |key: &&Standing| key.signs_from.is_none_or(|from| from <= now);
    if standings.iter().find(due).is_none() {
        return Finding::failure(
            "no signing key's time has come",
            "look at the clock of this machine (`timedatectl`) and at `khuyenhoc keys list`",
        );
    }
    match db.sign_in().server_keys(database::ACCESS_TOKEN_KEY).await {
        Ok(rows) if rows.iter().all(|row| now - row.created_at > OLD_KEY) => Finding::warning(
            "the newest signing key is more than a year old",
            "run `khuyenhoc keys rotate`",
        ),
        _ => Finding::fine("access tokens can be signed"),
    }
}

async fn evidence(config: &Config, db: &Db) -> Result<Vec<Finding>, Failure> {
    let depot = Depot::new(config.uploads.clone());
    let mut found = Vec::new();
    for tenant in db.tenants().await? {
        let compared = match disagreement(db, &depot, tenant.id).await {
            Ok(compared) => compared,
            Err(error) => {
                found.push(Finding::failure(
                    format!("the store of uploads cannot be read: {error}"),
                    "look at the folder's owner, or at the bucket's endpoint, region and key",
                ));
                break;
            }
        };
        found.extend(compared.lost.iter().map(|id| {
            Finding::failure(
                format!("association {}: the bytes of evidence {id} are not there", tenant.id),
                "bring them back from a backup of the uploads",
            )
        }));
        found.extend(compared.orphans.iter().map(|id| {
            Finding::warning(
                format!(
                    "association {}: there are bytes of no evidence, under {}/{id}",
                    tenant.id, tenant.id
                ),
                "after a restored database they may be wanted; else remove them",
            )
        }));
    }
    if found.is_empty() {
        found.push(Finding::fine("evidence and the store of uploads agree"));
    }
    Ok(found)
}

async fn recount(db: &Db) -> Result<Vec<Finding>, Failure> {
    let tenants = db.tenants().await?;
    let mut drifts = Vec::new();
    for tenant in &tenants {
        drifts.extend(db.recount(tenant.id).await?.into_iter().map(|drift| {
            Finding::failure(
                format!(
                    "association {}, unit {}: the counter {} says {}, a full count {}",
                    drift.tenant, drift.unit, drift.what, drift.counter, drift.counted
                ),
                "a fault of the program or a change by hand: keep a copy of the database and report it",
            )
        }));
    }
    if drifts.is_empty() {
        drifts.push(Finding::fine(format!(
            "all counters of {} associations agree with a full count",
            tenants.len()
        )));
    }
    Ok(drifts)
}
