//! `khuyenhoc serve`: the server, from its configuration to its last request.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, print};
use super::migrate::require_migrated;
use crate::account::token::ring;
use crate::app::App;
use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Config;
use crate::http::chaos::{Chaos, Spec};
use crate::http::{self, explorer, server};
use crate::{demo, live, push, relay, retention, telemetry};

/// Options of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  KHUYENHOC_DATABASE_URL=postgres://app:secret@db/khuyenhoc khuyenhoc serve")]
pub(super) struct ServeOptions {
    /// Serve a database with demo data although its passwords are public
    #[arg(long)]
    demo_data: bool,
    /// Lose, double and delay requests on purpose, for those who build apps: bad-line, or parts such as
    /// seed=7,lose-answer=0.2 (api/docs/operations.md)
    #[arg(long, value_name = "SPEC")]
    chaos: Option<Spec>,
}

/// Serves until told to stop.
///
/// # Errors
/// What keeps the server from starting.
pub(super) async fn serve(config: Config, options: &ServeOptions) -> Result<(), Failure> {
    telemetry::init(&config)?;
    require_migrated(&config).await?;
    let app = open(config).await?;
    if !options.demo_data && demo::is_begun(&app.db).await? {
        return Err(Failure::new(
            "this database holds the demo city, and its passwords are public. Use another database; to serve it all the \
             same, where nobody else can reach it, say --demo-data",
        ));
    }
    super::tell::appointments(&app).await?;
    let listener = bind(app.config.listen).await?;
    let explorer = if app.config.explorer {
        let year = super::demo::year_of(&app.db, app.clock.now()).await?;
        let examples = super::demo::journey::examples(year);
        Some(explorer::page(&json!([]), &examples, crate::schema::described().await))
    } else {
        None
    };
    run(&app, listener, explorer, options.chaos.clone()).await
}

/// The server's parts on the machine's own clock and randomness.
pub(super) async fn open(config: Config) -> Result<Arc<App>, Failure> {
    Ok(Arc::new(
        App::open(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?,
    ))
}

/// Takes the address.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!(
            "cannot listen on {address}: {error}. Stop the program that uses it, or choose another address by \
             KHUYENHOC_LISTEN"
        ))
    })
}

/// Serves on a bound address until SIGTERM or SIGINT, lets what runs finish, and closes the database.
pub(super) async fn run(
    app: &Arc<App>,
    listener: TcpListener,
    page: Option<explorer::Page>,
    chaos: Option<Spec>,
) -> Result<(), Failure> {
    let chaos = match chaos {
        Some(spec) => Some(disturbed(app, listener.local_addr()?, spec)?),
        None => None,
    };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let streams = Arc::clone(app);
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        streams.live.stop();
    };
    let options = server::ServerOptions {
        max_connections: usize::try_from(app.config.max_connections).unwrap_or(usize::MAX),
        drain: app.config.shutdown_grace,
        ..server::ServerOptions::default()
    };
    // other programs wait for this line
    print(&format!("listening on http://{}\n", listener.local_addr()?))?;
    let fresh = tokio::spawn(ring::keep_fresh(Arc::clone(app), ring::RELOAD));
    tokio::select! {
        () = server::serve(listener, router(app, page, chaos.as_ref()), shutdown, options) => {}
        // these never end by themselves; what they are at when the server stops is undone, and done by the next
        () = retention::keep(app, retention::ASK) => {}
        () = relay::keep(app, relay::ASK) => {}
        () = push::keep(app, push::ASK) => {}
        () = live::keep(app, live::LOOK) => {}
    }
    // sockets have left the server's loop; each says goodbye by itself
    drop(tokio::time::timeout(live::GOODBYE, app.live.empty()).await);
    fresh.abort();
    if let Some(chaos) = chaos {
        tracing::warn!(account = %chaos.account(), "what chaos has done");
    }
    app.db.close().await;
    Ok(())
}

fn router(app: &Arc<App>, page: Option<explorer::Page>, chaos: Option<&Arc<Chaos>>) -> Router {
    let router = http::router(app);
    let router = match page {
        Some(page) => explorer::router(page).merge(router),
        None => router,
    };
    match chaos {
        Some(chaos) => chaos.around(router),
        None => router,
    }
}

/// Chaos, where it may be: on this machine, or where the configuration allows it.
fn disturbed(app: &Arc<App>, address: SocketAddr, spec: Spec) -> Result<Arc<Chaos>, Failure> {
    if !address.ip().is_loopback() && !app.config.chaos {
        return Err(Failure::new(format!(
            "--chaos loses requests and ends sessions, and other machines reach {address}. Listen on 127.0.0.1; if this is no \
             server that people work with, say KHUYENHOC_CHAOS=true"
        )));
    }
    tracing::warn!(%spec, "CHAOS: requests are lost, doubled and delayed on purpose; GET /chaos counts them");
    Ok(Chaos::new(Arc::clone(app), spec))
}
