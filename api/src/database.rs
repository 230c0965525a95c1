//! From the configuration to the database: settings of the connections, migrating, the keys it must hold.

pub mod rotate;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use entity::scope::{Binding, Settings};
use migration::NewKey;
use secrecy::{ExposeSecret, SecretString};

use crate::account::token::SigningKey;
use crate::clock::{Clock, Entropy, uuid_v7_at};
use crate::config::{Config, TenantBinding};

/// Purpose of the keys that sign access tokens.
pub const ACCESS_TOKEN_KEY: &str = "access token";
/// Purpose of the key that seals cursors.
pub const CURSOR_KEY: &str = "cursor";
/// Purpose of the keys that seal the secrets of second factors.
pub const SECOND_FACTOR_KEY: &str = "second factor";
/// Purpose of the key that hides what attempts are counted for.
pub const ATTEMPT_KEY: &str = "attempt";
/// Purpose of the key that codes follow from.
pub const CODE_KEY: &str = "code";

/// Purpose of the keys that sign receipts.
pub const RECEIPT_KEY: &str = "receipt";

/// Purposes of the keys that are 32 random bytes.
pub const RANDOM_KEYS: [&str; 4] = [CURSOR_KEY, ATTEMPT_KEY, SECOND_FACTOR_KEY, CODE_KEY];

/// How `serve` connects.
pub fn settings(config: &Config) -> Settings {
    Settings {
        url: config.database_url.expose_secret().to_owned(),
        role_password: role_password(config).map(|password| password.expose_secret().to_owned()),
        binding: match config.tenant_binding {
            TenantBinding::Connection => Binding::Connection,
            TenantBinding::Transaction => Binding::Transaction,
        },
        connections: config.database_connections,
        connections_per_tenant: config.database_connections_per_tenant,
        statement_timeout: config.statement_timeout,
    }
}

/// The password of the three roles: the configured one, or one derived from the password in the database URL, so that
/// one URL is enough for a small installation. Where the URL has no password either, the roles have none.
pub fn role_password(config: &Config) -> Option<SecretString> {
    if !config.is_postgres() {
        return None;
    }
    if let Some(password) = &config.database_role_password {
        return Some(password.clone());
    }
    let url = url::Url::parse(config.database_url.expose_secret()).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, url.password()?.as_bytes());
    let tag = hmac::sign(&key, b"khuyenhoc database role password 1");
    Some(URL_SAFE_NO_PAD.encode(tag.as_ref()).into())
}

/// The database as the sign-in role sees it: what `serve` may know of the migrations without the owner's login.
pub fn sign_in_url(config: &Config) -> SecretString {
    let given = config.database_url.expose_secret();
    let Ok(mut url) = url::Url::parse(given) else {
        return config.database_url.clone();
    };
    if !config.is_postgres() {
        return config.database_url.clone();
    }
    // the query's words come after those before the host, also in URLs of sockets that have no host
    url.query_pairs_mut().append_pair("user", migration::role::SIGN_IN);
    if let Some(password) = role_password(config) {
        url.query_pairs_mut().append_pair("password", password.expose_secret());
    }
    SecretString::from(String::from(url))
}

/// Brings the database up to date and gives it the keys it lacks; safe to repeat.
///
/// # Errors
/// The database cannot be reached or refuses a statement, or no key can be made.
pub async fn migrate(config: &Config, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), MigrateError> {
    let now = clock.now();
    let signing = SigningKey::generate().map_err(|error| MigrateError::Key(error.to_string()))?;
    let receipts = SigningKey::generate().map_err(|error| MigrateError::Key(error.to_string()))?;
    let secrets = RANDOM_KEYS.map(|purpose| {
        let mut secret = zeroize::Zeroizing::new([0; 32]);
        entropy.fill(secret.as_mut());
        (purpose, secret)
    });
    let key = |purpose, secret| NewKey {
        id: uuid_v7_at(now, entropy),
        purpose,
        secret,
    };
    let mut keys = vec![key(ACCESS_TOKEN_KEY, &signing.pkcs8), key(RECEIPT_KEY, &receipts.pkcs8)];
    keys.extend(secrets.iter().map(|(purpose, secret)| key(purpose, secret.as_ref())));
    let password = role_password(config);
    migration::up(
        config.owner_url().expose_secret(),
        password.as_ref().map(ExposeSecret::expose_secret),
        &keys,
        &moment(now),
    )
    .await?;
    Ok(())
}

/// A moment as the owner's statements take it.
fn moment(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// Why the database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database's own words.
    #[error("{0}")]
    Database(#[from] migration::Error),
    /// No key could be made.
    #[error("{0}")]
    Key(String),
}
