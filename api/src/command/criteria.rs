//! `khuyenhoc criteria`: checking criteria sets, and publishing them for the city.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use entity::id::{AccountId, PostId};
use entity::scope::{Actor, Reach, Scope, Writer};
use entity::table::criteria_set;
use entity::value::Language;
use entity::vocabulary::Role;
use uuid::Uuid;

use super::failure::{Failure, print};
use super::migrate::require_migrated;
use crate::app::App;
use crate::clock::{SystemClock, SystemEntropy, hanoi_date};
use crate::config::Config;
use crate::criteria::check::read;
use crate::criteria::set::CriteriaSet;
use crate::criteria::shipped::SHIPPED;
use crate::criteria::{Published, Publishing, publish, sets_of_city};
use crate::error::Error;

/// What can be done with criteria sets.
#[derive(Debug, Subcommand)]
pub(super) enum CriteriaCommand {
    /// Say what is wrong with a set, as FILE:LINE:COLUMN CODE message; needs no database
    #[command(after_help = "Example:\n  khuyenhoc criteria check family-2027.yaml")]
    Check {
        /// YAML or JSON
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Publish sets for all districts of the city; what is published never changes
    Publish(PublishOptions),
    /// Show the published sets, newest first
    List,
}

/// Options of `criteria publish`.
#[derive(Debug, Args)]
#[command(
    after_help = "A set that was published before is left as it is. The same version with another text is refused: raise its version.\n\n\
    Examples:\n  khuyenhoc criteria publish --shipped\n  khuyenhoc criteria publish family-2027.yaml"
)]
pub(super) struct PublishOptions {
    /// YAML or JSON
    #[arg(value_name = "FILE", required_unless_present = "shipped", conflicts_with = "shipped")]
    file: Option<PathBuf>,
    /// Those that come with the program; most are samples, and say so in every answer
    #[arg(long)]
    shipped: bool,
}

/// Checks, publishes or lists. `config` is asked only where a database is needed.
///
/// # Errors
/// The set has faults, the city is not founded, or what the database answers.
pub(super) async fn criteria(
    config: impl FnOnce() -> Result<Config, Failure>,
    command: &CriteriaCommand,
) -> Result<(), Failure> {
    match command {
        CriteriaCommand::Check { file } => {
            let (_, set) = checked(file)?;
            print(&format!("{} version {} is consistent\n", set.code, set.version))
        }
        CriteriaCommand::Publish(options) => {
            let documents = match &options.file {
                Some(file) => vec![checked(file)?],
                None => shipped()?,
            };
            let app = open(config()?).await?;
            let done = publish_all(&app, &documents).await;
            app.db.close().await;
            done
        }
        CriteriaCommand::List => {
            let app = open(config()?).await?;
            let done = list(&app).await;
            app.db.close().await;
            done
        }
    }
}

fn checked(file: &Path) -> Result<(String, CriteriaSet), Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    match read(&text) {
        Ok(set) => Ok((text, set)),
        Err(problems) => {
            for problem in &problems {
                let (line, column, fault) = (problem.line, problem.column, &problem.fault);
                let message = fault.message(Language::En);
                print(&format!("{name}:{line}:{column} {} {message}\n", fault.code()))?;
            }
            let number = problems.len();
            Err(Failure::new(format!("{name} has {number} fault(s)")))
        }
    }
}

fn shipped() -> Result<Vec<(String, CriteriaSet)>, Failure> {
    let set = |(name, text): &(&str, &str)| {
        let set = read(text).map_err(|_| Failure::new(format!("{name}, as shipped, is not consistent")))?;
        Ok(((*text).to_owned(), set))
    };
    SHIPPED.iter().map(set).collect()
}

async fn open(config: Config) -> Result<App, Failure> {
    require_migrated(&config).await?;
    Ok(App::open(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?)
}

/// The city's scope, as the operator's, who is nobody with an account.
async fn scope(app: &App) -> Result<Scope, Failure> {
    let city = app
        .db
        .city()
        .await?
        .ok_or_else(|| Failure::new("there is no city yet; the first `khuyenhoc account create` founds it"))?;
    let operator = Actor {
        account: AccountId(Uuid::nil()),
        name: "operator".to_owned(),
        phone: None,
        post: PostId(Uuid::nil()),
        role: Role::CityOfficer,
        unit: city.root_unit_id,
    };
    Ok(Scope::grant(&app.db, city.id, operator, Reach::Tenant, app.clock.now()))
}

async fn publish_all(app: &App, documents: &[(String, CriteriaSet)]) -> Result<(), Failure> {
    let scope = scope(app).await?;
    for (document, set) in documents {
        let name = format!("{} version {}", set.code, set.version);
        let done = scope
            .write(async |tx: &Writer<'_>| publish(app, tx, document, set).await)
            .await;
        let said = match done {
            Ok(Publishing::Done(_)) => "published",
            Ok(Publishing::There(_)) => "was published before",
            Err(error @ Error::Conflict(_)) => {
                return Err(Failure::new(format!("{name}: {}", error.message(Language::En))));
            }
            Err(error) => return Err(error.into()),
        };
        print(&format!("{name}: {said}\n"))?;
    }
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let scope = scope(app).await?;
    let find = scope.find_shared::<criteria_set::Entity>();
    let sets = sets_of_city(app, find, scope.tenant(), None).await?;
    print(&sets.iter().map(|published| line(published)).collect::<String>())
}

/// Tabs between code, version, title, variant, validity, whether it is a sample, day of publishing, publisher.
fn line(published: &Published) -> String {
    let set = &published.set;
    let valid_to = set.valid_to.map_or(String::new(), |day| day.to_string());
    let parts = [
        set.code.clone(),
        set.version.to_string(),
        set.model.as_str().to_owned(),
        set.variant.map_or("-", |variant| variant.as_str()).to_owned(),
        format!("{}..{valid_to}", set.valid_from),
        if set.sample { "sample" } else { "verified" }.to_owned(),
        hanoi_date(published.published_at).to_string(),
        published.publisher.clone(),
    ];
    format!("{}\n", parts.join("\t"))
}
