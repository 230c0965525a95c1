//! What an operator can set: one flat list of keys, from an optional TOML file with the environment laid over it.
//!
//! Everything is checked before the program does anything else, and all faults are reported together: an operator who
//! has five mistakes in a file should not have to start the server six times. Unknown names are refused, because a
//! misspelt `statement_timeout_ms` that is silently ignored is found only on the day it was needed.

mod adaptor;
mod key;
mod live;
mod network;
mod origin;
mod source;
#[cfg(test)]
mod tests;
mod uploads;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::sender::is_webhook_url;

pub use adaptor::{Adaptor, MessageSender};
pub use key::{KEYS, Key, PREFIX, reference};
pub use live::Live;
pub use network::Network;
pub use source::{ConfigError, Problem};
pub use uploads::{UploadPlace, Uploads};

/// The whole configuration, checked. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address the HTTP server binds.
    pub listen: SocketAddr,
    /// The database `serve` works on; a secret because it may hold a password.
    pub database_url: SecretString,
    /// The same database as its owner, where that differs; see [`Config::owner_url`].
    pub database_owner_url: Option<SecretString>,
    /// Password of the three `PostgreSQL` roles the server connects as, where one was set.
    pub database_role_password: Option<SecretString>,
    /// What carries the tenant on `PostgreSQL`.
    pub tenant_binding: TenantBinding,
    /// Upper bound of all `PostgreSQL` connections of this process together.
    pub database_connections: u32,
    /// Upper bound of the `PostgreSQL` connections of one tenant.
    pub database_connections_per_tenant: u32,
    /// Longest time of one statement (`statement_timeout_ms`).
    pub statement_timeout: Duration,
    /// Longest time of one request (`request_timeout_ms`).
    pub request_timeout: Duration,
    /// How long after a window has closed something recorded offline before may come in (`offline_grace_hours`).
    pub offline_grace: TimeDelta,
    /// How long a stopping server waits for running requests (`shutdown_grace_ms`).
    pub shutdown_grace: Duration,
    /// Upper bound of open HTTP connections.
    pub max_connections: u32,
    /// `iss` of access tokens.
    pub token_issuer: String,
    /// `aud` of access tokens.
    pub token_audience: String,
    /// Life of an access token (`access_token_seconds`).
    pub access_token_lifetime: Duration,
    /// A session ends when it is not refreshed for so many days.
    pub session_idle_days: u32,
    /// A session ends after so many days whatever happens.
    pub session_days: u32,
    /// Whether the roles that need a second factor are held to it.
    pub second_factor: SecondFactor,
    /// argon2id memory in KiB.
    pub password_memory_kib: u32,
    /// argon2id passes.
    pub password_iterations: u32,
    /// Password checks at the same time, at least 1; the 0 of the configuration is already replaced.
    pub password_workers: u32,
    /// Password checks that may wait.
    pub password_queue: u32,
    /// What goes into each password hash and is not in the database, where one was set.
    pub password_pepper: Option<SecretString>,
    /// The proxies whose word about a client's address is taken.
    pub trusted_proxies: Vec<Network>,
    /// Where they say it.
    pub forwarded_header: ForwardedHeader,
    /// An invitation can be used for so many days.
    pub invitation_days: u32,
    /// Where people reach this server, without a slash at the end.
    pub public_url: String,
    /// How one-time codes reach telephones.
    pub message: Adaptor,
    /// How notices reach devices.
    pub push: Adaptor,
    /// How many streams are carried.
    pub live: Live,
    /// The most codes sent to telephones in a day.
    pub phone_codes_per_day: u32,
    /// The most of them for one association.
    pub phone_codes_per_association_per_day: u32,
    /// Which documents are taken from clients.
    pub documents: Documents,
    /// Points that a session may spend in a second; 0 for no budget.
    pub budget_session: u32,
    /// The same of an account.
    pub budget_account: u32,
    /// The same of all who act in an association.
    pub budget_association: u32,
    /// The same of all who come from an address without a token.
    pub budget_address: u32,
    /// The origins whose web pages may read answers.
    pub cors_origins: Vec<String>,
    /// Whether `--chaos` may run where others reach the server.
    pub chaos: bool,
    /// Where the bytes of evidence are, and how many are taken.
    pub uploads: Uploads,
    /// Whether the schema may be asked for over HTTP.
    pub introspection: bool,
    /// Whether the explorer page is served.
    pub explorer: bool,
    /// Directives of tracing's `EnvFilter`, known to parse.
    pub log: String,
    /// How events are written.
    pub log_format: LogFormat,
}

/// What carries the tenant to `PostgreSQL`'s row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantBinding {
    /// A connection belongs to one tenant from its start; the fast way.
    Connection,
    /// Each transaction says its tenant; for poolers such as `PgBouncer`, and for Citus.
    Transaction,
}

/// In which header proxies say a client's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, what most proxies write.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Whether the roles that need a second factor are held to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// They do nothing without one.
    Required,
    /// Whoever wants one has one.
    Offered,
}

/// Which documents are taken from clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// Texts, and those that apps have registered by their hash.
    Any,
    /// Those that apps have registered, and nothing else from anybody.
    Trusted,
}

/// How events are written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One line of text, without colours.
    Text,
}

impl Config {
    /// Reads and checks the configuration: defaults, then `file` (or the one `KHUYENHOC_CONFIG` names), then every
    /// `KHUYENHOC_*` variable of `env`; other variables are none of our business.
    ///
    /// # Errors
    /// All faults together: an unreadable file, unknown names, refused values, values that contradict each other.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut values = source::Values::gather(file, env);
        let listen = values.read("listen", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), |text| {
            text.parse().ok()
        });
        let database_url = values.secret("database_url", is_database_url).unwrap_or_default();
        let beside = database_url.expose_secret().to_owned();
        let config = Self {
            listen,
            database_url,
            database_owner_url: values.secret("database_owner_url", is_database_url),
            database_role_password: values.secret("database_role_password", is_long_enough),
            tenant_binding: values.read("tenant_binding", TenantBinding::Connection, |text| match text {
                "connection" => Some(TenantBinding::Connection),
                "transaction" => Some(TenantBinding::Transaction),
                _ => None,
            }),
            database_connections: values.number("database_connections", 4..=10_000),
            database_connections_per_tenant: values.number("database_connections_per_tenant", 1..=1_000),
            statement_timeout: values.millis("statement_timeout_ms", 10..=600_000),
            request_timeout: values.millis("request_timeout_ms", 10..=600_000),
            offline_grace: TimeDelta::hours(values.number("offline_grace_hours", 0..=720).into()),
            shutdown_grace: values.millis("shutdown_grace_ms", 0..=600_000),
            max_connections: values.number("max_connections", 1..=1_000_000),
            token_issuer: values.text("token_issuer", is_visible),
            token_audience: values.text("token_audience", is_visible),
            access_token_lifetime: Duration::from_secs(values.number("access_token_seconds", 60..=900).into()),
            session_idle_days: values.number("session_idle_days", 1..=400),
            session_days: values.number("session_days", 1..=800),
            second_factor: values.read("second_factor", SecondFactor::Required, |text| match text {
                "required" => Some(SecondFactor::Required),
                "offered" => Some(SecondFactor::Offered),
                _ => None,
            }),
            password_memory_kib: values.number("password_memory_kib", 19_456..=1_048_576),
            password_iterations: values.number("password_iterations", 2..=20),
            password_workers: or_half_the_cores(values.number("password_workers", 0..=256)),
            password_queue: values.number("password_queue", 1..=100_000),
            password_pepper: values.secret("password_pepper", is_a_pepper),
            trusted_proxies: values.optional("trusted_proxies", networks).unwrap_or_default(),
            forwarded_header: values.read("forwarded_header", ForwardedHeader::XForwardedFor, |text| match text {
                "x-forwarded-for" => Some(ForwardedHeader::XForwardedFor),
                "forwarded" => Some(ForwardedHeader::Forwarded),
                _ => None,
            }),
            public_url: values.text("public_url", is_public_url),
            invitation_days: values.number("invitation_days", 1..=400),
            message: Adaptor::read(&mut values, "message"),
            push: Adaptor::read(&mut values, "push"),
            live: Live::read(&mut values),
            phone_codes_per_day: values.number("phone_codes_per_day", 0..=1_000_000),
            phone_codes_per_association_per_day: values.number("phone_codes_per_association_per_day", 0..=1_000_000),
            documents: values.read("documents", Documents::Any, |text| match text {
                "any" => Some(Documents::Any),
                "trusted" => Some(Documents::Trusted),
                _ => None,
            }),
            budget_session: values.number("budget_session", 0..=1_000_000),
            budget_account: values.number("budget_account", 0..=1_000_000),
            budget_association: values.number("budget_association", 0..=1_000_000),
            budget_address: values.number("budget_address", 0..=1_000_000),
            cors_origins: values.optional("cors_origins", origin::origins).unwrap_or_default(),
            chaos: values.flag("chaos"),
            uploads: Uploads::read(&mut values, &beside),
            introspection: values.flag("introspection"),
            explorer: values.flag("explorer"),
            log: values.text("log", |text| EnvFilter::try_new(text).is_ok()),
            log_format: values.read("log_format", LogFormat::Json, |text| match text {
                "json" => Some(LogFormat::Json),
                "text" => Some(LogFormat::Text),
                _ => None,
            }),
        };
        config.agree(&mut values);
        values.finish(config)
    }

    /// The URL `migrate` and `doctor` connect with.
    pub fn owner_url(&self) -> &SecretString {
        self.database_owner_url.as_ref().unwrap_or(&self.database_url)
    }

    /// Whether the database is `PostgreSQL`; otherwise it is an `SQLite` file.
    pub fn is_postgres(&self) -> bool {
        is_postgres_url(self.database_url.expose_secret())
    }

    /// Notes the values that are each acceptable but contradict each other.
    fn agree(&self, values: &mut source::Values) {
        if self.database_connections_per_tenant > self.database_connections && self.database_connections > 0 {
            let message = format!(
                "must not be above database_connections, which is {}",
                self.database_connections
            );
            values.complain("database_connections_per_tenant", message);
        }
        if self.session_days < self.session_idle_days && self.session_days > 0 {
            let message = format!(
                "must not be below session_idle_days, which is {}",
                self.session_idle_days
            );
            values.complain("session_days", message);
        }
        if self.statement_timeout > self.request_timeout && !self.request_timeout.is_zero() {
            let limit = self.request_timeout.as_millis();
            values.complain(
                "statement_timeout_ms",
                format!("must not be above request_timeout_ms, which is {limit}"),
            );
        }
        self.message.agree(values);
        self.uploads.agree(values);
        self.push.agree(values);
        let owner_is_postgres = is_postgres_url(self.owner_url().expose_secret());
        if !self.database_url.expose_secret().is_empty() && owner_is_postgres != self.is_postgres() {
            values.complain(
                "database_owner_url",
                "must be a URL of the same kind as database_url".to_owned(),
            );
        }
    }
}

/// Our part of the process environment, for [`Config::load`]. A variable that is not UTF-8 arrives with replacement
/// characters, so that it is refused by its key instead of being overlooked.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, text)| (name.to_string_lossy().into_owned(), text.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with(PREFIX))
}

fn is_postgres_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// A file of `SQLite` or a database of `PostgreSQL`. `SQLite` in memory is refused: every pooled connection would see a
/// database of its own.
fn is_database_url(text: &str) -> bool {
    if is_postgres_url(text) {
        // No host is asked for: `postgres:///DATABASE?host=/FOLDER` goes through a socket.
        return Url::parse(text).is_ok_and(|url| url.path().len() > 1);
    }
    text.strip_prefix("sqlite:").is_some_and(|path| {
        let file = path.split('?').next().unwrap_or_default();
        !file.trim_start_matches('/').is_empty() && !path.contains(":memory:") && !path.contains("mode=memory")
    })
}

fn is_long_enough(text: &str) -> bool {
    text.chars().count() >= 16 && !text.chars().any(char::is_control)
}

fn is_a_pepper(text: &str) -> bool {
    (32..=500).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn networks(text: &str) -> Option<Vec<Network>> {
    text.split(',').map(|one| Network::parse(one.trim())).collect()
}

fn is_visible(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn or_half_the_cores(workers: u32) -> u32 {
    if workers > 0 {
        return workers;
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores / 2).unwrap_or(1).max(1)
}

/// Whether papers can send people there: as safe as an address for messages, nothing after the host, short enough for a
/// QR code.
fn is_public_url(text: &str) -> bool {
    let bare = |url: Url| url.path() == "/" && url.query().is_none();
    is_webhook_url(text) && text.len() <= 80 && !text.ends_with('/') && Url::parse(text).is_ok_and(bare)
}
