//! From what a client asks by to a document that may run: the text it sends, or the registered one it names.

use chrono::{DateTime, Utc};

use super::guard::{self, Inspected, Limits, Refusal};
use super::request::GraphqlRequest;
use crate::app::App;
use crate::config::Documents;
use crate::document::{Found, Untrusted};
use crate::error::Error;

/// Why no document runs.
#[derive(Debug)]
pub enum Stop {
    /// It is not within the limits.
    Limits(Refusal),
    /// It is not taken from clients.
    Untrusted(Untrusted),
    /// The database does not answer.
    Failed(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Limits(refusal)
    }
}

/// Finds and measures what is to run. A hash that came with a text has been compared with it before.
///
/// # Errors
/// See [`Stop`].
pub async fn inspect(
    app: &App,
    limits: &Limits,
    wanted: &GraphqlRequest,
    now: DateTime<Utc>,
) -> Result<Inspected, Stop> {
    let name = wanted.operation_name.as_deref();
    let takes_texts = app.config.documents == Documents::Any;
    let by_text = || Ok(guard::inspect(&wanted.query, name, &wanted.variables, limits)?);
    let Some(hash) = wanted.document else {
        return if takes_texts {
            by_text()
        } else {
            Err(Stop::Untrusted(Untrusted::Text))
        };
    };
    let found = app.documents.find(&app.db, hash, now).await;
    match found.map_err(|error| Stop::Failed(error.into()))? {
        Found::Live(prepared) => Ok(prepared.inspect(name, &wanted.variables, limits)?),
        // nothing is kept of it: what anybody may register would be anybody's to fill
        _ if takes_texts && !wanted.query.is_empty() => by_text(),
        Found::Refused(refusal) => Err(refusal.into()),
        Found::Retired => Err(Stop::Untrusted(Untrusted::Retired)),
        Found::Unknown if wanted.query.is_empty() => Err(Stop::Untrusted(Untrusted::Unknown)),
        Found::Unknown => Err(Stop::Untrusted(Untrusted::Text)),
    }
}
