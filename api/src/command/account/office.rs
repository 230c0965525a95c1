//! Where the operator works: the server's parts without a server, and who they say they are in the journal: nobody with
//! an account.

use std::sync::Arc;

use async_graphql::ID;
use chrono::{DateTime, Utc};
use clap::Args;
use entity::id::AccountId;
use entity::scope::Db;
use entity::table::account;
use entity::value::{Language, PhoneNumber, UserName};
use uuid::Uuid;

use crate::app::App;
use crate::clock::{Clock, SystemClock, SystemEntropy, uuid_v7};
use crate::command::failure::Failure;
use crate::command::migrate::require_migrated;
use crate::config::Config;
use crate::global_id::{NodeKind, decode_as};
use crate::request::RequestInfo;

/// The server's parts, and what is the same for the whole command.
pub(super) struct Office {
    pub(super) app: App,
    pub(super) request: RequestInfo,
}

impl Office {
    /// Opens the database, as the server does.
    pub(super) async fn open(config: Config) -> Result<Self, Failure> {
        require_migrated(&config).await?;
        let app = App::open(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
        let request = RequestInfo {
            id: uuid_v7(&SystemClock, &SystemEntropy),
            now: SystemClock.now(),
            language: Language::En,
            address: None,
        };
        Ok(Self { app, request })
    }

    /// The database.
    pub(super) fn db(&self) -> &Db {
        &self.app.db
    }

    /// The one time of this command.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.request.now
    }
}

/// The account a command is about.
#[derive(Debug, Args)]
pub(super) struct Whom {
    /// The account: its id as `account list` shows it, a phone number or a user name
    #[arg(value_name = "ACCOUNT")]
    word: String,
}

impl Whom {
    /// Finds it.
    pub(super) async fn find(&self, db: &Db) -> Result<account::Model, Failure> {
        let door = db.sign_in();
        let of_id = |id: Uuid| door.account_by_id(AccountId(id));
        let global = || decode_as::<Uuid>(NodeKind::Account, &ID(self.word.clone()), "account");
        let by_id = match Uuid::try_parse(&self.word)
            .ok()
            .or_else(|| global().ok().map(|(_, id)| id))
        {
            Some(id) => of_id(id).await?,
            None => None,
        };
        let found = match (by_id, PhoneNumber::parse(&self.word), UserName::parse(&self.word)) {
            (Some(account), ..) => Some(account),
            (None, Ok(phone), _) => door.account_by_phone(&phone).await?,
            (None, _, Ok(name)) => door.account_by_user_name(&name).await?,
            _ => None,
        };
        found.ok_or_else(|| Failure::new("there is no such account; `khuyenhoc account list` shows them"))
    }
}
