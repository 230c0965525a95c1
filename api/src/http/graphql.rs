//! One GraphQL request, from HTTP to HTTP.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::conditional::Condition;
use super::guard::Limits;
use super::prepare::{Refused, Way, ask, prepare};
use super::request::{self, BodyLimits, MediaType, negotiate};
use super::run::run;
use super::{auth, info, respond, stream};
use crate::app::App;
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
    let info = info::of(endpoint.app(), &request);
    let media = match negotiate(request.headers()) {
        Ok(media) => media,
        Err(error) => return respond::request_error_http(&error, MediaType::Json, info.is_vi()),
    };
    let answered = answer(endpoint.parts(), request, info, media).await;
    answered.unwrap_or_else(|refused| refused.http(&info, media))
}

async fn answer(parts: &Parts, request: Request, info: RequestInfo, media: MediaType) -> Result<Response, Refused> {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let viewer = auth::viewer(&parts.app, &info, &headers).await?;
    ask(&parts.app, &viewer, &info)?;
    let wanted = request::read(request, &parts.body).await?;
    let prepared = prepare(parts, wanted, &viewer, &info, Way::Answer(&method)).await?;
    let condition = Condition::of(&method, &headers, &prepared.inspected.root_fields);
    let cost = prepared.cost;
    let answer = run(parts, prepared, viewer, info).await;
    let answer = answer.map_err(|error| Refused::Error(error, None, Some(cost)))?;
    let response = respond::answer(answer, media, None, info.is_vi());
    Ok(match condition {
        Some(condition) => condition.applied(response).await,
        None => response,
    })
}
