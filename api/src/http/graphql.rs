//! One GraphQL request, from HTTP to HTTP.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Name, Response as Answer, Variables};
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use entity::value::Language;
use tracing::Instrument;
use uuid::Uuid;

use super::budget::{Budgets, Cost, Payer, Standing};
use super::conditional::Condition;
use super::document::{self, Stop};
use super::guard::points::ASKING;
use super::guard::{Inspected, Limits, RootField};
use super::headers::{RequestId, prefers_vietnamese};
use super::request::{self, BodyLimits, MediaType, negotiate};
use super::{address, auth, respond, stream};
use crate::access::policy::Operation;
use crate::access::{Viewer, gate};
use crate::app::App;
use crate::error::{Error, whole_seconds};
use crate::loader::{Shared, with_loaders};
use crate::request::RequestInfo;
use crate::schema::Schema;

/// What answers GraphQL requests.
#[derive(Clone)]
pub struct Endpoint(Arc<Parts>);

/// What every transport of GraphQL needs.
pub(super) struct Parts {
    pub(super) app: Arc<App>,
    pub(super) schema: Schema,
    pub(super) limits: Limits,
    pub(super) body: BodyLimits,
}

impl Endpoint {
    /// With the default limits.
    pub fn new(app: Arc<App>, schema: Schema) -> Self {
        Self(Arc::new(Parts {
            app,
            schema,
            limits: Limits::default(),
            body: BodyLimits::default(),
        }))
    }

    /// The server's parts.
    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    /// All of them.
    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.0
    }
}

/// Answers one request.
pub async fn handle(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let request = match stream::answer(&endpoint, request).await {
        Ok(answer) => return answer,
        Err(request) => request,
    };
    let parts = endpoint.0;
    let headers = request.headers().clone();
    let vi = prefers_vietnamese(&headers);
    let media = match negotiate(&headers) {
        Ok(media) => media,
        Err(error) => return respond::request_error(&error, MediaType::Json, vi),
    };
    let id = request
        .extensions()
        .get::<RequestId>()
        .map_or_else(Uuid::nil, |id| id.0);
    let info = RequestInfo {
        id,
        now: parts.app.clock.now(),
        language: if vi { Language::Vi } else { Language::En },
        address: address::of(&parts.app.config, &request),
    };
    let method = request.method().clone();
    let viewer = match auth::viewer(&parts.app, &info, &headers).await {
        Ok(viewer) => viewer,
        Err(error) => return refused(&error, &info, media, None, None),
    };
    let payers = Budgets::payers(&viewer, &info);
    if let Err(error) = pay(&parts.app, &payers, ASKING, &info) {
        return refused(&error, &info, media, None, None);
    }
    let wanted = match request::read(request, &parts.body).await {
        Ok(wanted) => wanted,
        Err(error) => return respond::request_error(&error, media, vi),
    };
    let inspected = match document::inspect(&parts.app, &parts.limits, &wanted, info.now).await {
        Ok(inspected) => inspected,
        Err(Stop::Limits(refusal)) => {
            tracing::info!(request.id = %id, rule = refusal.rule(), "document refused");
            return respond::refusal(&refusal, media, vi);
        }
        Err(Stop::Untrusted(why)) => {
            tracing::info!(request.id = %id, rule = why.rule(), "document refused");
            return respond::untrusted(why, media, vi);
        }
        Err(Stop::Failed(error)) => return refused(&error, &info, media, None, None),
    };
    if let Err(error) = request::check_method(&method, inspected.kind) {
        return respond::request_error(&error, media, vi);
    }
    if let Some((field, root)) = unknown(&inspected) {
        return respond::unknown_field(field, root, media, vi);
    }
    let cost = match pay(&parts.app, &payers, inspected.points.saturating_sub(ASKING), &info) {
        Ok(standing) => Cost {
            requested: inspected.points,
            // what a GET answers may be kept by its ETag, and what is left changes all the time
            standing: standing.filter(|_| method != Method::GET),
        },
        Err(error) => {
            let cost = Cost {
                requested: inspected.points,
                standing: None,
            };
            return refused(&error, &info, media, None, Some(cost));
        }
    };
    if let Err((error, key)) = admit(&inspected, &viewer) {
        return refused(&error, &info, media, Some(&key), Some(cost));
    }
    let condition = Condition::of(&method, &headers, &inspected.root_fields);
    let account = viewer
        .signed_in()
        .map(|viewer| viewer.account.to_string())
        .unwrap_or_default();
    let operation = inspected.operation_name.clone().unwrap_or_default();
    let span = tracing::info_span!(
        "GraphQL",
        otel.name = format!("GraphQL {} {operation}", inspected.kind),
        request.id = %id,
        account,
        document = wanted.document.map(tracing::field::display),
    );
    let variables = Variables::from_json(serde_json::Value::Object(wanted.variables));
    let asked = (inspected, variables, cost);
    let answer = execute(parts, asked, viewer, info, media).instrument(span).await;
    match condition {
        Some(condition) => condition.applied(answer).await,
        None => answer,
    }
}

/// Runs an admitted operation. It runs to its end even when the phone goes away, so that what it began is finished; a
/// panic in it is this request's alone.
async fn execute(
    parts: Arc<Parts>,
    asked: (Inspected, Variables, Cost),
    viewer: Viewer,
    info: RequestInfo,
    media: MediaType,
) -> Response {
    let (vi, cost) = (info.language == Language::Vi, asked.2);
    match run(&parts, asked, viewer, info).await {
        Ok(answer) => respond::answer(answer, media, None, vi),
        Err(error) => refused(&error, &info, media, None, Some(cost)),
    }
}

/// Runs an admitted operation for any transport; see [`execute`].
///
/// # Errors
/// UNAVAILABLE when it took too long, INTERNAL when it panicked.
pub(super) async fn run(
    parts: &Arc<Parts>,
    (inspected, variables, cost): (Inspected, Variables, Cost),
    viewer: Viewer,
    info: RequestInfo,
) -> Result<Answer, Error> {
    let mut request = async_graphql::Request::new(String::new())
        .variables(variables)
        .data(viewer)
        .data(info);
    if let Some(name) = &inspected.operation_name {
        request = request.operation_name(name.clone());
    }
    request.set_parsed_query(inspected.document);
    let deadline = parts.app.config.request_timeout;
    let schema = parts.schema.clone();
    let began = tokio::time::Instant::now();
    let work = tokio::spawn(
        async move {
            let operation = with_loaders(|loaders| async move { schema.execute(request.data(loaders)).await });
            tokio::time::timeout(deadline, operation).await
        }
        .instrument(tracing::Span::current()),
    );
    let mut answer = match work.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            return Err(Error::Unavailable("the request took too long".to_owned()));
        }
        Err(_) => {
            // the panic hook has logged where; its words may quote what the code worked on
            return Err(Error::Internal("a resolver panicked".to_owned()));
        }
    };
    cost.tell(&mut answer);
    let codes = translate(&mut answer, &info);
    tracing::info!(
        operation = %inspected.kind,
        fields = inspected.fields,
        points = cost.requested,
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        errors = codes.join(","),
        "answered"
    );
    Ok(answer)
}

/// The first root field that is not in the schema, with the name of the root type.
fn unknown(inspected: &Inspected) -> Option<(&RootField, &'static str)> {
    let (operation, root) = match inspected.kind {
        OperationType::Query => (Operation::Query, "Query"),
        OperationType::Mutation => (Operation::Mutation, "Mutation"),
        OperationType::Subscription => return None,
    };
    let mut fields = inspected.root_fields.iter();
    fields
        .find(|field| !gate::knows(operation, &field.name))
        .map(|field| (field, root))
}

/// Whether every root field is admitted; else the first refusal with its response key.
pub(super) fn admit(inspected: &Inspected, viewer: &Viewer) -> Result<(), (Error, String)> {
    let operation = match inspected.kind {
        OperationType::Query => Operation::Query,
        OperationType::Mutation => Operation::Mutation,
        OperationType::Subscription => Operation::Subscription,
    };
    for field in &inspected.root_fields {
        gate::admit(operation, &field.name, viewer).map_err(|error| (error, field.response_key.clone()))?;
    }
    Ok(())
}

/// Puts our own errors into the caller's language, logs those that are our fault, and says which codes there were.
pub(super) fn translate(answer: &mut Answer, info: &RequestInfo) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for error in &mut answer.errors {
        let source = error.source.clone();
        let Some(source) = source.as_ref() else { continue };
        let known = source
            .downcast_ref::<Error>()
            .or_else(|| source.downcast_ref::<Shared>().map(|shared| &*shared.0));
        let Some(known) = known else { continue };
        log(known, info);
        known.write_into(error, info.language, &info.id.to_string());
        codes.push(known.code());
    }
    codes
}

fn log(error: &Error, info: &RequestInfo) {
    match error {
        Error::Unauthenticated
        | Error::SessionEnded
        | Error::Forbidden
        | Error::PostNeeded
        | Error::SecondFactorNeeded
        | Error::StepUpNeeded
        | Error::RateLimited(_) => {
            tracing::info!(request.id = %info.id, outcome = %error, "request refused");
        }
        Error::Internal(cause) => tracing::error!(request.id = %info.id, %cause, "request failed"),
        Error::Unavailable(cause) => tracing::warn!(request.id = %info.id, %cause, "request not answered"),
        _ => {}
    }
}

/// Takes what a request costs from those who pay for it; what is left then.
pub(super) fn pay(app: &App, payers: &[Payer], points: u64, info: &RequestInfo) -> Result<Option<Standing>, Error> {
    app.budgets.take(payers, points, info.now, app.entropy.as_ref())
}

/// An error of a request that is refused as a whole, as it is shown.
pub(super) fn shown(error: &Error, info: &RequestInfo, response_key: Option<&str>) -> async_graphql::ServerError {
    log(error, info);
    let mut shown = async_graphql::ServerError::new(String::new(), None);
    error.write_into(&mut shown, info.language, &info.id.to_string());
    if let Some(key) = response_key {
        shown
            .path
            .push(async_graphql::PathSegment::Field(Name::new(key).to_string()));
    }
    shown
}

/// The answer to a request that is refused as a whole.
pub(super) fn refused(
    error: &Error,
    info: &RequestInfo,
    media: MediaType,
    response_key: Option<&str>,
    cost: Option<Cost>,
) -> Response {
    let shown = shown(error, info, response_key);
    // the gate's refusals are errors of a field; a bad token is an error of the request, and HTTP says so too
    let status = match (error, response_key, media) {
        (Error::Unauthenticated | Error::SessionEnded, None, _)
        | (Error::Unauthenticated | Error::SessionEnded, Some(_), MediaType::GraphqlResponse) => {
            Some(StatusCode::UNAUTHORIZED)
        }
        (Error::Forbidden | Error::PostNeeded | Error::SecondFactorNeeded, _, MediaType::GraphqlResponse) => {
            Some(StatusCode::FORBIDDEN)
        }
        // of JSON the draft wants 200 (GraphQL over HTTP, section 6.4.1): a proxy's 429 could not be told from ours
        (Error::RateLimited(_), _, MediaType::GraphqlResponse) => Some(StatusCode::TOO_MANY_REQUESTS),
        (Error::Invalid(_), _, _) => Some(StatusCode::BAD_REQUEST),
        (Error::Unavailable(_), _, _) => Some(StatusCode::SERVICE_UNAVAILABLE),
        (Error::Internal(_), _, _) => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    };
    let vi = info.language == Language::Vi;
    let mut answer = Answer::from_errors(vec![shown]);
    if let Some(cost) = cost {
        cost.tell(&mut answer);
    }
    let mut http = respond::answer(answer, media, status, vi);
    if let Error::RateLimited(pause) = error {
        let seconds = HeaderValue::from(whole_seconds(*pause));
        http.headers_mut().insert(RETRY_AFTER, seconds);
    }
    http
}
