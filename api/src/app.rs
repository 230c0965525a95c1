//! What the server is built of: made once at start, shared by all requests.

use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use entity::id::AccountId;
use entity::scope::{Db, DbError};
use entity::table::server_key;
use uuid::Uuid;

use crate::account::password::{Cost, PasswordError, Passwords};
use crate::account::throttle::Throttle;
use crate::account::token::ring::{self, KeyRing, RingError};
use crate::account::token::{KeyError, TokenKeys};
use crate::clock::{Clock, Entropy, uuid_v7_at};
use crate::code::Codes;
use crate::config::Config;
use crate::criteria::KnownSets;
use crate::database;
use crate::document::Library;
use crate::evidence::Desk;
use crate::http::budget::Budgets;
use crate::http::guard::Limits;
use crate::live::Hub;
use crate::page::Cursors;
use crate::printing::Press;
use crate::push::{self, Pusher};
use crate::receipt::{self, ReceiptKeys};
use crate::second_factor::Sealer;
use crate::sender::{self, Sender};

/// The server's parts.
pub struct App {
    /// The configuration.
    pub config: Config,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Hides what attempts are counted for.
    pub throttle: Throttle,
    /// Signs and checks access tokens.
    pub tokens: KeyRing,
    /// Seals and opens the secrets of second factors.
    pub sealer: Sealer,
    /// Signs receipts.
    pub receipts: ReceiptKeys,
    /// Seals and opens cursors.
    pub cursors: Cursors,
    /// Makes codes that people type, and knows them again.
    pub codes: Codes,
    /// Criteria sets that were read before: they never change.
    pub criteria: KnownSets,
    /// Documents that apps have registered.
    pub documents: Library,
    /// What everybody may spend.
    pub budgets: Budgets,
    /// Where papers are made, few at once.
    pub press: Press,
    /// Where evidence comes in, and where its bytes are.
    pub evidence: Desk,
    /// What streams hear, and how many there are.
    pub live: Hub,
    /// How messages reach telephones, if they do.
    pub sender: Option<Arc<dyn Sender>>,
    /// How notices reach devices, if they do.
    pub pusher: Option<Arc<dyn Pusher>>,
    /// The database. Resolvers ask it for nothing but an association's own row: their way to data is `ctx.scope`
    /// (`access::context`); an architecture test holds who grants scopes.
    pub db: Db,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database does not answer or is not what it should be.
    #[error("database: {0}")]
    Database(#[from] DbError),
    /// The database has no key for this purpose: it was not migrated by `khuyenhoc migrate`.
    #[error("the database holds no {0} key; run `khuyenhoc migrate`")]
    KeyMissing(&'static str),
    /// The signing keys cannot be read.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The key of this purpose is unusable.
    #[error("the {0} key in the database is damaged; restore the last backup")]
    KeyDamaged(&'static str),
    /// A signing key is unusable.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
    /// argon2 does not work with these parameters.
    #[error("password hashing: {0}")]
    Password(#[from] PasswordError),
    /// The machine gives no randomness.
    #[error("no randomness: {0}")]
    Entropy(#[from] Unspecified),
}

impl App {
    /// Opens the database and takes the keys out of it.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn open(config: Config, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StartError> {
        let cost = Cost {
            memory_kib: config.password_memory_kib,
            iterations: config.password_iterations,
        };
        Self::open_with_cost(config, clock, entropy, cost).await
    }

    /// As [`App::open`] with another cost of hashing than the configured one: tests hash cheaply.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn open_with_cost(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        cost: Cost,
    ) -> Result<Self, StartError> {
        let db = Db::open(database::settings(&config)).await?;
        let ring = ring::read(&db).await?;
        if ring.is_empty() {
            return Err(StartError::KeyMissing(database::ACCESS_TOKEN_KEY));
        }
        let lifetime = config.access_token_lifetime;
        let tokens = TokenKeys::new(
            &ring,
            config.token_issuer.clone(),
            config.token_audience.clone(),
            lifetime,
        )?;
        let receipts = receipt::read_ring(&db).await?;
        if receipts.is_empty() {
            return Err(StartError::KeyMissing(database::RECEIPT_KEY));
        }
        let receipts = ReceiptKeys::new(receipts)?;
        let cursor_key = key(&db, database::CURSOR_KEY).await?;
        let attempt_key = key(&db, database::ATTEMPT_KEY).await?;
        let code_key = key(&db, database::CODE_KEY).await?;
        let sealing = db.sign_in().server_keys(database::SECOND_FACTOR_KEY).await?;
        if sealing.is_empty() {
            return Err(StartError::KeyMissing(database::SECOND_FACTOR_KEY));
        }
        let sealer = Sealer::new(sealing, Arc::clone(&entropy));
        let sealer = sealer.map_err(|_| StartError::KeyDamaged(database::SECOND_FACTOR_KEY))?;
        let passwords = Passwords::new(
            cost,
            config.password_pepper.as_ref(),
            config.password_workers,
            config.password_queue,
            Arc::clone(&entropy),
        )?;
        Ok(Self {
            sealer,
            receipts,
            cursors: Cursors::new(&cursor_key.secret),
            throttle: Throttle::new(&attempt_key.secret),
            codes: Codes::new(&code_key.secret),
            criteria: KnownSets::default(),
            documents: Library::new(Limits::default()),
            budgets: Budgets::new(&config),
            press: Press::default(),
            evidence: Desk::new(config.uploads.clone()),
            live: Hub::new(config.live),
            sender: sender::configured(&config),
            pusher: push::configured(&config),
            config,
            clock,
            entropy,
            passwords,
            tokens: KeyRing::new(tokens),
            db,
        })
    }

    /// A new id, in time order.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        T::from(uuid_v7_at(self.clock.now(), self.entropy.as_ref()))
    }

    /// A fresh id for an account. It tells neither when nor how the account came about: officers see the ids of people they
    /// have appointed, and are not to learn from them who had an account before.
    pub fn new_account_id(&self) -> AccountId {
        let id: Uuid = self.new_id();
        AccountId(self.codes.id("account", &id.to_string()))
    }
}

/// The newest key for a purpose.
async fn key(db: &Db, purpose: &'static str) -> Result<server_key::Model, StartError> {
    let keys = db.sign_in().server_keys(purpose).await?;
    keys.into_iter().next().ok_or(StartError::KeyMissing(purpose))
}
