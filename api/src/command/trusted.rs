//! `khuyenhoc documents`: the GraphQL documents that versions of apps have registered.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};

use super::failure::{Failure, print};
use super::migrate::require_migrated;
use crate::app::App;
use crate::clock::{HANOI, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::document::check::{check, check_one};
use crate::document::manifest;
use crate::document::{self, Added, Listed, Version};
use crate::http::guard::Limits;
use crate::schema;

/// The largest manifest that is read.
const MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// What can be done with documents.
#[derive(Debug, Subcommand)]
pub(super) enum DocumentsCommand {
    /// Register the documents of a version of an app; phones then send their hashes
    Add(AddOptions),
    /// Show the versions of apps, oldest first: app, version, documents, when it was registered, when it retires
    List,
    /// Say from when the documents of a version are refused
    Retire(RetireOptions),
    /// Say which registered documents this program would not take any more; ask the new program before an upgrade
    Check,
}

/// Options of `documents add`.
#[derive(Debug, Args)]
#[command(
    after_help = "Each document is parsed, held against the schema and against the limits, with pages of 100 where a variable says how \
    many. If one is faulty, all faults are shown and nothing is registered. The same again changes nothing.\n\n\
    Example:\n  khuyenhoc documents add persisted-query-manifest.json --app android --app-version 2.4.0"
)]
pub(super) struct AddOptions {
    /// Apollo's persisted-query-manifest, or Relay's object from id to text; ids are SHA-256
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    #[command(flatten)]
    release: Release,
    /// The last day, in Hanoi, on which they are taken; until told otherwise where none is said
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
}

/// Options of `documents retire`.
#[derive(Debug, Args)]
#[command(
    after_help = "A document that another version sends as well is still taken. Servers that run know it within half a minute.\n\n\
    Examples:\n  khuyenhoc documents retire --app android --app-version 2.1.0 --on 2027-03-01\n  \
    khuyenhoc documents retire --app android --app-version 2.3.0"
)]
pub(super) struct RetireOptions {
    #[command(flatten)]
    release: Release,
    /// The first day, in Hanoi, on which they are refused; now where none is said
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
}

#[derive(Debug, Args)]
struct Release {
    /// The app, such as android or ios
    #[arg(long, value_name = "NAME", value_parser = name)]
    app: String,
    /// Its version, such as 2.4.0
    #[arg(long, value_name = "VERSION", value_parser = name)]
    app_version: String,
}

impl Release {
    fn version(&self) -> Version<'_> {
        Version {
            app: &self.app,
            version: &self.app_version,
        }
    }
}

/// Registers, shows, retires or looks through.
///
/// # Errors
/// A manifest has faults, there is no such version, or what the database answers.
pub(super) async fn documents(config: Config, command: &DocumentsCommand) -> Result<(), Failure> {
    require_migrated(&config).await?;
    let app = App::open(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let done = match command {
        DocumentsCommand::Add(options) => add(&app, options).await,
        DocumentsCommand::List => list(&app).await,
        DocumentsCommand::Retire(options) => retire(&app, options).await,
        DocumentsCommand::Check => look_through(&app).await,
    };
    app.db.close().await;
    done
}

async fn add(app: &App, options: &AddOptions) -> Result<(), Failure> {
    let file = options.manifest.display();
    let unread = |error: std::io::Error| Failure::new(format!("cannot read {file}: {error}"));
    if std::fs::metadata(&options.manifest).map_err(unread)?.len() > MANIFEST_BYTES {
        return Err(Failure::new(format!("{file} is larger than any manifest")));
    }
    let text = std::fs::read_to_string(&options.manifest).map_err(unread)?;
    let checked = match manifest::read(&text) {
        Ok(documents) => check(&schema::checker(), documents, &Limits::default()).await,
        Err(faults) => Err(faults),
    };
    let documents = match checked {
        Ok(documents) => documents,
        Err(faults) => return Err(faulty(&file.to_string(), &faults)),
    };
    let version = options.release.version();
    let until = options.until.map(|day| day.succ_opt().and_then(begins));
    let until = until.map(|end| end.ok_or_else(|| Failure::new("there is no such day")));
    let added = document::add(app, version, until.transpose()?, &documents).await?;
    let (name, number, count) = (version.app, version.version, documents.len());
    print(&match added {
        Added::New(fresh) => format!("{name} {number}: {count} document(s) registered, {fresh} of them new\n"),
        Added::There => format!("{name} {number}: was registered before\n"),
    })
}

/// Prints the faults, and says how many there are.
fn faulty(of: &str, faults: &[String]) -> Failure {
    match print(&(faults.join("\n") + "\n")) {
        Ok(()) => Failure::new(format!("{of} has {} fault(s)", faults.len())),
        Err(failure) => failure,
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let listed = document::list(app).await?;
    print(&listed.iter().map(|one| line(one, app.clock.now())).collect::<String>())
}

/// Tabs between app, version, number of documents, registering, retiring.
fn line(listed: &Listed, now: DateTime<Utc>) -> String {
    let version = &listed.version;
    let retires = match version.retires_at {
        None => "in use".to_owned(),
        Some(end) if end <= now => format!("retired {}", shown(end)),
        Some(end) => format!("in use until {}", shown(end)),
    };
    let added = shown(version.added_at);
    format!(
        "{}\t{}\t{}\t{added}\t{retires}\n",
        version.app, version.version, listed.documents
    )
}

async fn retire(app: &App, options: &RetireOptions) -> Result<(), Failure> {
    let version = options.release.version();
    let at = match options.on {
        None => app.clock.now(),
        Some(day) => begins(day).ok_or_else(|| Failure::new("there is no such day"))?,
    };
    if !document::retire(app, version, at).await? {
        return Err(Failure::new(format!(
            "{} {} was never registered; see `khuyenhoc documents list`",
            version.app, version.version
        )));
    }
    print(&format!(
        "{} {}: refused from {}\n",
        version.app,
        version.version,
        shown(at)
    ))
}

async fn look_through(app: &App) -> Result<(), Failure> {
    let (schema, limits) = (schema::checker(), Limits::default());
    let rows = document::all(app).await?;
    let mut faults = Vec::new();
    for row in &rows {
        if let Err((name, wrong)) = check_one(&schema, &row.body, &limits).await {
            let versions = app.db.sign_in().versions_with(row.id).await?;
            let live = versions
                .iter()
                .filter(|one| one.retires_at.is_none_or(|end| app.clock.now() < end));
            for version in live {
                let of = format!("{} {} {name}", version.app, version.version);
                faults.extend(wrong.iter().map(|fault| format!("{of}: {fault}")));
            }
        }
    }
    if faults.is_empty() {
        return print(&format!("this program takes all {} document(s) in use\n", rows.len()));
    }
    Err(faulty("what is in use", &faults))
}

/// A name that stands in one line and in one word.
fn name(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    if (1..=60).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("1 to 60 letters, digits, hyphens, underscores, dots and plus signs")
    }
}

/// The moment at which a day begins in Hanoi.
fn begins(day: NaiveDate) -> Option<DateTime<Utc>> {
    let moment = day.and_time(NaiveTime::MIN).and_local_timezone(HANOI).single();
    moment.map(|moment| moment.to_utc())
}

/// A moment as people in Hanoi read it.
fn shown(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&HANOI).to_rfc3339_opts(SecondsFormat::Secs, false)
}
