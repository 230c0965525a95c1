//! The one way from what a client asks to an operation that may run, whatever brings it: asking is paid, the document is
//! found and measured, its method and its root fields are looked at, what it costs is paid, and the gate admits it.

use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Answer, Variables};
use axum::http::Method;
use axum::response::Response;

use super::budget::{Budgets, Cost, Payer, Standing};
use super::document::{self, Stop};
use super::failure::{refused, told};
use super::graphql::Parts;
use super::guard::points::{ASKING, UNKNOWN_DOCUMENT};
use super::guard::{Inspected, RootField};
use super::request::{self, GraphqlRequest, MediaType, RequestError};
use super::respond;
use crate::access::policy::Operation;
use crate::access::{Viewer, gate};
use crate::app::App;
use crate::document::{DocumentHash, Untrusted};
use crate::error::Error;
use crate::request::RequestInfo;

/// How an operation came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    /// By a request that gets one answer.
    Answer(&'a Method),
    /// By a request whose answers are events.
    Events(&'a Method),
    /// By a message on a socket.
    Message,
}

/// An operation that was measured, paid and admitted.
pub(super) struct Prepared {
    /// What it is.
    pub inspected: Inspected,
    /// Values of its variables.
    pub variables: Variables,
    /// What it costs, as it is told.
    pub cost: Cost,
    /// The hash by which it was named, if it was.
    pub document: Option<DocumentHash>,
}

/// Why an operation does not begin.
pub(super) enum Refused {
    /// It is no GraphQL request, or came by the wrong method.
    Request(RequestError),
    /// What is told of its document.
    Document(Box<Answer>),
    /// An error; of the root field with this response key, and of a request that costs so much, where these are known.
    Error(Error, Option<String>, Option<Cost>),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error, None, None)
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl Refused {
    /// What is told over HTTP.
    pub(super) fn http(self, info: &RequestInfo, media: MediaType) -> Response {
        match self {
            Self::Request(error) => respond::request_error_http(&error, media, info.is_vi()),
            Self::Document(answer) => respond::answer(*answer, media, None, info.is_vi()),
            Self::Error(error, key, cost) => refused(&error, info, media, key.as_deref(), cost),
        }
    }

    /// What is told over a connection that has no statuses.
    pub(super) fn answer(self, info: &RequestInfo) -> Answer {
        match self {
            Self::Request(error) => respond::request_error_answer(&error, info.is_vi()),
            Self::Document(answer) => *answer,
            Self::Error(error, key, _) => told(&error, info, key.as_deref()),
        }
    }
}

/// Takes the point that asking costs, before anything is read of what is asked, from whom the viewer alone tells: session and
/// account have paid it by their token ([`super::auth::ask`]).
///
/// # Errors
/// RATE_LIMITED.
pub(super) fn ask(app: &App, viewer: &Viewer, info: &RequestInfo) -> Result<(), Error> {
    let payers = Budgets::beside_askers(viewer, info);
    let taken = app.budgets.take(&payers, ASKING, info.now, app.entropy.as_ref());
    taken.map(|_| ())
}

/// Finds, measures and admits what a viewer asks, and takes what it costs. Asking has been paid.
///
/// # Errors
/// See [`Refused`].
pub(super) async fn prepare(
    parts: &Parts,
    wanted: GraphqlRequest,
    viewer: &Viewer,
    info: &RequestInfo,
    way: Way<'_>,
) -> Result<Prepared, Refused> {
    let inspected = document::inspect(&parts.app, &parts.limits, &wanted, info.now).await;
    if matches!(inspected, Err(Stop::Untrusted(Untrusted::Unknown))) {
        // nobody learns more from being refused that as well
        drop(pay(&parts.app, viewer, UNKNOWN_DOCUMENT, info));
    }
    let inspected = inspected.map_err(|stop| stopped(stop, info))?;
    check_way(way, inspected.kind)?;
    if let Some((field, root)) = unknown(&inspected) {
        let answer = respond::unknown_field_answer(field, root);
        return Err(Refused::Document(Box::new(answer)));
    }
    let requested = inspected.points;
    let cost = |standing| Cost { requested, standing };
    let paid = pay(&parts.app, viewer, requested.saturating_sub(ASKING), info);
    let standing = paid.map_err(|error| Refused::Error(error, None, Some(cost(None))))?;
    // what a GET answers may be kept by its ETag, and what is left changes all the time
    let cost = cost(standing.filter(|_| !matches!(way, Way::Answer(method) if *method == Method::GET)));
    let prepared = Prepared {
        inspected,
        variables: Variables::from_json(serde_json::Value::Object(wanted.variables)),
        cost,
        document: wanted.document,
    };
    let admitted = prepared.admit(viewer);
    admitted.map_err(|(error, key)| Refused::Error(error, Some(key), Some(cost)))?;
    Ok(prepared)
}

impl Prepared {
    /// Takes what it costs once more, for what a stream shows: from the phone and its account. The association does not pay: what
    /// happens there is not its phones' doing.
    ///
    /// # Errors
    /// RATE_LIMITED.
    pub(super) fn pay_again(&self, app: &App, viewer: &Viewer, info: &RequestInfo) -> Result<(), Error> {
        let mut payers = Budgets::payers(viewer, info);
        payers.retain(|payer| !matches!(payer, Payer::Association(_)));
        let taken = app
            .budgets
            .take(&payers, self.inspected.points, info.now, app.entropy.as_ref());
        taken.map(|_| ())
    }

    /// Whether every root field is admitted; else the first refusal with its response key.
    ///
    /// # Errors
    /// As [`gate::admit`].
    pub(super) fn admit(&self, viewer: &Viewer) -> Result<(), (Error, String)> {
        let (operation, _) = root(self.inspected.kind);
        for field in &self.inspected.root_fields {
            gate::admit(operation, &field.name, viewer).map_err(|error| (error, field.response_key.clone()))?;
        }
        Ok(())
    }
}

fn pay(app: &App, viewer: &Viewer, points: u64, info: &RequestInfo) -> Result<Option<Standing>, Error> {
    let payers = Budgets::payers(viewer, info);
    app.budgets.take(&payers, points, info.now, app.entropy.as_ref())
}

fn stopped(stop: Stop, info: &RequestInfo) -> Refused {
    let (rule, answer) = match stop {
        Stop::Limits(refusal) => (refusal.rule(), respond::refusal_answer(&refusal, info.is_vi())),
        Stop::Untrusted(why) => (why.rule(), respond::untrusted_answer(why, info.is_vi())),
        Stop::Failed(error) => return error.into(),
    };
    tracing::info!(request.id = %info.id, rule, "document refused");
    Refused::Document(Box::new(answer))
}

/// Whether it may come this way. A browser's own reader of events sends GET alone, so a stream may be asked for by it.
fn check_way(way: Way<'_>, kind: OperationType) -> Result<(), RequestError> {
    match way {
        Way::Message => Ok(()),
        Way::Events(_) if kind == OperationType::Subscription => Ok(()),
        Way::Answer(method) | Way::Events(method) => request::check_method(method, kind),
    }
}

fn root(kind: OperationType) -> (Operation, &'static str) {
    match kind {
        OperationType::Query => (Operation::Query, "Query"),
        OperationType::Mutation => (Operation::Mutation, "Mutation"),
        OperationType::Subscription => (Operation::Subscription, "Subscription"),
    }
}

/// The first root field that is not in the schema, with the name of the root type.
fn unknown(inspected: &Inspected) -> Option<(&RootField, &'static str)> {
    let (operation, root) = root(inspected.kind);
    let mut fields = inspected.root_fields.iter();
    fields
        .find(|field| !gate::knows(operation, &field.name))
        .map(|field| (field, root))
}
