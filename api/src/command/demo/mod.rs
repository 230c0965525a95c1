//! `khuyenhoc demo`: the whole program on a made-up city, in one command on a fresh clone.
//!
//! Its passwords are public. So it never touches a configured database, listens to this machine only, marks what it
//! fills, and `serve` refuses what is marked.

mod guide;
pub(super) mod journey;
mod place;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use clap::Args;
use entity::query::{ColumnTrait, Order};
use entity::scope::{CityScope, Db};
use entity::table::programme_window;
use tokio::net::TcpListener;

use super::failure::{Failure, print};
use super::serve;
use crate::account::password::{Cost, NewPassword, Passwords};
use crate::clock::{Clock, SystemClock, SystemEntropy, hanoi_date};
use crate::config::{self, Config, PREFIX};
use crate::demo::{DemoOptions, fill, is_begun, is_filled};
use crate::http::chaos::Spec;
use crate::{database, telemetry};

/// The password of every account of the demo city; no other command knows it.
pub(super) const PASSWORD: &str = "khuyen-hoc-demo-2026";

/// Districts written side by side on `PostgreSQL`: enough for two processors, while one of them is being made up here.
const DISTRICTS_AT_ONCE: usize = 3;

/// Options of `demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  khuyenhoc demo\n  khuyenhoc demo --fresh --listen 127.0.0.1:9000\n  \
    khuyenhoc demo --scale 1 --database sqlite:city.db --no-serve"
)]
pub(super) struct DemoCommand {
    /// Begin anew: remove the demo's SQLite file first
    #[arg(long)]
    fresh: bool,
    /// How much of the real city, above 0 and at most 1; without it one district in full and the others thin
    #[arg(long, value_name = "PART", value_parser = scale)]
    scale: Option<f64>,
    /// The database to fill; KHUYENHOC_DATABASE_URL is ignored here on purpose
    #[arg(long, value_name = "URL", default_value = "sqlite:khuyenhoc-demo.db")]
    database: String,
    /// Address on this machine to listen on [default: KHUYENHOC_LISTEN, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Fill the database and stop
    #[arg(long)]
    no_serve: bool,
    /// Lose, double and delay requests on purpose; see serve --chaos
    #[arg(long, value_name = "SPEC")]
    chaos: Option<Spec>,
}

fn scale(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| *part > 0.0 && *part <= 1.0);
    part.ok_or_else(|| "a number above 0 and at most 1, such as 0.1".to_owned())
}

/// The programme year to show requests for: the newest that is open or was, else the calendar's. A database filled last
/// year has no other.
///
/// # Errors
/// What the database answers.
pub(super) async fn year_of(db: &Db, now: DateTime<Utc>) -> Result<i32, Failure> {
    use programme_window::Column::{OpensAt, Phase, Year};
    let city = CityScope::grant(db, now);
    let find = city.find_shared::<programme_window::Entity>();
    let newest = find
        .filter(Phase.eq(entity::vocabulary::Phase::Registration))
        .filter(OpensAt.lte(now))
        .order_by(Year, Order::Desc);
    Ok(newest
        .one()
        .await?
        .map_or_else(|| hanoi_date(now).year(), |row| row.year))
}

/// Fills what is not filled, tells how to try it, and serves it.
///
/// # Errors
/// The place is not the demo's, or what keeps a server from starting.
pub(super) async fn demo(file: Option<&Path>, command: DemoCommand) -> Result<(), Failure> {
    let config = configuration(file, &command)?;
    if !config.listen.ip().is_loopback() {
        return Err(Failure::new(format!(
            "the demo's passwords are public, so it listens to this machine only, not on {}; take --listen 127.0.0.1:8080",
            config.listen
        )));
    }
    telemetry::init(&config)?;
    // before anything is removed: who runs already, runs on that file
    let listener = if command.no_serve {
        None
    } else {
        Some(serve::bind(config.listen).await?)
    };
    place::prepare(&config, command.fresh).await?;
    database::migrate(&config, &SystemClock, &SystemEntropy).await?;
    make_city(&config, command.scale).await?;
    match listener {
        Some(listener) => show(config, listener, command.chaos).await,
        None => print(&format!(
            "the demo city is in {}\n",
            place::without_password(&command.database)
        )),
    }
}

/// The configuration with everything that would lead out of the demo laid over.
fn configuration(file: Option<&Path>, command: &DemoCommand) -> Result<Config, Failure> {
    let name = |key: &str| format!("{PREFIX}{}", key.to_uppercase());
    let mut ours = vec![
        (name("database_url"), command.database.clone()),
        (name("database_owner_url"), command.database.clone()),
        (name("introspection"), true.to_string()),
        // nobody in the demo has an authenticator app
        (name("second_factor"), "offered".to_owned()),
        (name("explorer"), true.to_string()),
    ];
    ours.extend(command.listen.map(|listen| (name("listen"), listen.to_string())));
    let theirs: Vec<_> = config::environment()
        .filter(|(name, _)| ours.iter().all(|(our, _)| our != name))
        .collect();
    let says = |wanted: &str| theirs.iter().any(|(name, _)| name == wanted);
    if file.is_none() && !says("KHUYENHOC_CONFIG") {
        // somebody reads this terminal; it is the telephone, too
        for (key, text) in [("log", "warn"), ("log_format", "text"), ("message_sender", "log")] {
            if !says(&name(key)) {
                ours.push((name(key), text.to_owned()));
            }
        }
    }
    Ok(Config::load(file, theirs.into_iter().chain(ours))?)
}

async fn make_city(config: &Config, scale: Option<f64>) -> Result<(), Failure> {
    let db = Db::open(database::settings(config)).await?;
    let made = fill_if_empty(config, &db, scale).await;
    db.close().await;
    made
}

async fn fill_if_empty(config: &Config, db: &Db, scale: Option<f64>) -> Result<(), Failure> {
    if is_filled(db).await? {
        return Ok(());
    }
    if is_begun(db).await? {
        return Err(Failure::new(
            "filling this database was interrupted, or another demo is filling it now; begin anew by --fresh (a PostgreSQL \
             database: drop it and make it again)",
        ));
    }
    let cost = Cost {
        memory_kib: config.password_memory_kib,
        iterations: config.password_iterations,
    };
    let passwords = Passwords::new(cost, config.password_pepper.as_ref(), 1, 1, Arc::new(SystemEntropy))?;
    let password_hash = passwords.hash(NewPassword::public(PASSWORD)).await?;
    fill(
        db,
        &DemoOptions {
            scale,
            now: SystemClock.now(),
            password_hash,
            districts_at_once: if config.is_postgres() { DISTRICTS_AT_ONCE } else { 1 },
        },
    )
    .await?;
    Ok(())
}

async fn show(config: Config, listener: TcpListener, chaos: Option<Spec>) -> Result<(), Failure> {
    let app = serve::open(config).await?;
    let year = year_of(&app.db, app.clock.now()).await?;
    print(&guide::text(listener.local_addr()?, year))?;
    let schema = crate::schema::described().await;
    let page = crate::http::explorer::page(&guide::accounts(), &journey::examples(year), schema);
    serve::run(&app, listener, Some(page), chaos).await
}
