//! The security journal: what happened to whose account. Ids and words only, never a name, a number or a secret.

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, SecurityEventId, SessionId};
use entity::scope::PersonalWriter;
use entity::table::security_event;
use entity::vocabulary::SecurityEventKind;

use crate::app::App;
use crate::error::Result;
use crate::request::RequestInfo;

/// An entry to be made.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    kind: SecurityEventKind,
    account: Option<AccountId>,
    session: Option<SessionId>,
    by: Option<(AccountId, PostId)>,
    detail: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Something that happened to an account, by its owner unless said otherwise.
    pub fn of(kind: SecurityEventKind, account: AccountId) -> Self {
        Self {
            kind,
            account: Some(account),
            session: None,
            by: None,
            detail: None,
        }
    }

    /// Something that happened to no account that there is.
    pub fn of_nobody(kind: SecurityEventKind) -> Self {
        Self {
            kind,
            account: None,
            session: None,
            by: None,
            detail: None,
        }
    }

    /// In a session, or to one.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self {
            session: Some(session),
            ..self
        }
    }

    /// By somebody else, under a post.
    #[must_use]
    pub fn by(self, account: AccountId, post: PostId) -> Self {
        Self {
            by: Some((account, post)),
            ..self
        }
    }

    /// With a word more.
    #[must_use]
    pub fn detail(self, detail: &'a str) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }
}

/// Makes an entry, in the transaction that does what it tells of, and a line in the log.
///
/// # Errors
/// What the database answers.
pub async fn record(app: &App, tx: &PersonalWriter, request: &RequestInfo, entry: Entry<'_>) -> Result<()> {
    tracing::info!(
        request.id = %request.id,
        account = entry.account.map(|id| id.to_string()),
        by = entry.by.map(|(id, _)| id.to_string()),
        session = entry.session.map(|id| id.to_string()),
        outcome = entry.kind.as_str(),
        detail = entry.detail,
        "security"
    );
    let address = request.address.map(|address| address.to_string());
    let row = row(app.new_id(), request.now, address, entry);
    Ok(tx.insert::<security_event::Entity>([row]).await?)
}

/// Makes an entry of something done elsewhere, in a transaction of its own, unless it has been made.
///
/// # Errors
/// What the database answers.
pub async fn record_once(
    tx: &PersonalWriter,
    (id, at): (SecurityEventId, DateTime<Utc>),
    address: Option<String>,
    entry: Entry<'_>,
) -> Result<()> {
    let row = row(id, at, address, entry);
    tx.insert_if_new::<security_event::Entity>(row, &[security_event::Column::Id])
        .await?;
    Ok(())
}

fn row(id: SecurityEventId, at: DateTime<Utc>, address: Option<String>, entry: Entry<'_>) -> security_event::Model {
    security_event::Model {
        id,
        account_id: entry.account,
        kind: entry.kind,
        at,
        session_id: entry.session,
        by_account_id: entry.by.map(|(account, _)| account),
        by_post_id: entry.by.map(|(_, post)| post),
        address,
        detail: entry.detail.map(str::to_owned),
    }
}
