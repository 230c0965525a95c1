//! The whole server inside the test's process, on a database of its own, with a clock that the test holds.

use std::sync::Arc;

use axum::Router;
use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId};
use khuyenhoc::account::password::Cost;
use khuyenhoc::app::App;
use khuyenhoc::clock::{Entropy, FixedClock, SeededEntropy};
use khuyenhoc::config::Config;
use khuyenhoc::http;
use khuyenhoc::push::{self, Pushed};
use khuyenhoc::relay::{self, Relayed};

use crate::client::Client;
use crate::database::{Database, Kind};

/// Where the clock stands when a test begins: an ordinary morning inside the registration window.
pub const START: &str = "2026-03-10T09:00:00+07:00";

/// Argon2 at the least cost it accepts: tests prove what is hashed, not how slowly.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    iterations: 1,
};

/// The server's parts with their router; requests go in without a socket.
#[derive(Clone)]
pub struct TestApp {
    /// What resolvers see.
    pub app: Arc<App>,
    /// The time, for tests that let it pass.
    pub clock: Arc<FixedClock>,
    /// Everything the server answers.
    pub router: Router,
    /// Kept so that it lives as long as the server.
    pub database: Arc<Database>,
}

impl TestApp {
    /// A server on a fresh database.
    pub async fn start(kind: Kind) -> Self {
        Self::start_with(kind, &[]).await
    }

    /// A server on a fresh database with further settings, such as `("KHUYENHOC_TENANT_BINDING", "transaction")`.
    pub async fn start_with(kind: Kind, settings: &[(&str, &str)]) -> Self {
        Self::open(Arc::new(Database::fresh(kind).await), settings, 1).await
    }

    /// A server on a database that may be in use by another; `seed` must not be that one's, or their ids would meet.
    pub async fn open(database: Arc<Database>, settings: &[(&str, &str)], seed: u64) -> Self {
        let defaults = [
            ("KHUYENHOC_DATABASE_URL", database.url()),
            ("KHUYENHOC_DATABASE_CONNECTIONS", "16"),
            ("KHUYENHOC_DATABASE_CONNECTIONS_PER_TENANT", "5"),
            ("KHUYENHOC_PASSWORD_WORKERS", "2"),
            // the clock stands still, so no budget would fill again
            ("KHUYENHOC_BUDGET_SESSION", "0"),
            ("KHUYENHOC_BUDGET_ACCOUNT", "0"),
            ("KHUYENHOC_BUDGET_ASSOCIATION", "0"),
            ("KHUYENHOC_BUDGET_ADDRESS", "0"),
        ];
        let environment = defaults
            .iter()
            .filter(|(name, _)| settings.iter().all(|(other, _)| other != name))
            .chain(settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::load(None, environment).expect("a configuration");
        let clock = Arc::new(FixedClock::at(moment(START)));
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        let opened = App::open_with_cost(config, clock.clone(), entropy, CHEAP).await;
        let app = Arc::new(opened.expect("the server's parts"));
        Self {
            router: http::router(&app),
            app,
            clock,
            database,
        }
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(self)
    }

    /// A client of an account, acting under a post.
    pub fn client(&self, account: AccountId, post: Option<PostId>) -> Client {
        Client::of(self, account, post)
    }

    /// How many statements have run so far.
    pub fn statements(&self) -> u64 {
        self.app.db.statements()
    }

    /// Tells what the outbox holds, as the server does beside its requests.
    pub async fn relay(&self) -> Relayed {
        relay::relay_once(&self.app).await.expect("what was told")
    }

    /// Sends what is due to devices, as the server does beside its requests.
    pub async fn push(&self) -> Pushed {
        push::push_once(&self.app).await.expect("what was sent")
    }

    /// Fails unless every counter of every association equals a full count.
    pub async fn assert_counters(&self) {
        for tenant in self.app.db.tenants().await.expect("the associations") {
            let drift = self.app.db.recount(tenant.id).await.expect("a recount");
            assert!(drift.is_empty(), "{drift:#?}");
        }
    }
}

/// A moment written as RFC 3339.
pub fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()
}
