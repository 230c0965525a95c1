//! A bad line on purpose, for those who build apps: `serve --chaos`.
//!
//! Whatever an app promises about lost answers it can only show where answers are lost. This layer stands before everything
//! else and does to requests what alleys and old phones do: it loses them and their answers, does one twice, lets a later
//! one overtake, tells a wrong time, and takes sessions away. It changes nothing by itself: whatever it lets through is done
//! by the server as always, so what must hold without it must hold under it.
//!
//! `spec` says how much of it, `fate` what befalls a request.

mod count;
mod fate;
mod spec;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, DATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;
use entity::id::SessionId;
use entity::query::ColumnTrait;
use entity::scope::PersonalWriter;
use entity::table::session;
use entity::value::Language;
use entity::vocabulary::SessionEnd;
use serde_json::{Value, json};
use uuid::Uuid;

use self::count::Counts;
use self::fate::Fate;
pub use self::spec::{Spec, SpecError};
use super::request::MediaType;
use super::respond;
use super::server::Lost;
use crate::app::App;
use crate::request::RequestInfo;
use crate::session::end_where;

/// Where nothing is disturbed: what watches the server, and pages for people.
const UNTOUCHED: [&str; 6] = [
    "/chaos",
    "/healthz",
    "/readyz",
    "/explorer",
    "/.well-known/",
    "/verify/",
];

/// Bytes of a request that is done twice; a longer one is done once.
const MOST_TWICE: u64 = 1024 * 1024;

/// An access token that never was one.
const NO_TOKEN: HeaderValue = HeaderValue::from_static("Bearer chaos");

/// What disturbs a server's requests.
pub struct Chaos {
    app: Arc<App>,
    spec: Spec,
    counts: Counts,
}

impl Chaos {
    /// As `spec` says.
    pub fn new(app: Arc<App>, spec: Spec) -> Arc<Self> {
        Arc::new(Self {
            app,
            spec,
            counts: Counts::default(),
        })
    }

    /// Disturbs what `router` does, and tells at GET /chaos what has been done.
    pub fn around(self: &Arc<Self>, router: Router) -> Router {
        router
            .layer(from_fn_with_state(Arc::clone(self), befall))
            .route("/chaos", get(told).with_state(Arc::clone(self)))
    }

    /// What has been done so far.
    pub fn account(&self) -> Value {
        let mut account = self.counts.as_json();
        if let Some(members) = account.as_object_mut() {
            members.insert("spec".to_owned(), json!(self.spec.to_string()));
            members.insert("seed".to_owned(), json!(self.spec.seed));
        }
        account
    }

    /// Ends the session of the token in these headers; whether there was one.
    async fn end_session(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((_, token)) = token.and_then(|text| text.split_once(' ')) else {
            return false;
        };
        let now = self.app.clock.now();
        let Ok(claims) = self.app.tokens.verify(token.trim(), now) else {
            return false;
        };
        let info = RequestInfo {
            id: Uuid::nil(),
            now,
            language: Language::Vi,
            address: None,
        };
        let door = self.app.db.sign_in();
        let ended = door.write(async |tx: &PersonalWriter| {
            let which = session::Column::Id.eq(SessionId(claims.sid)).into();
            end_where(&self.app, tx, &info, which, SessionEnd::SignedOut, None).await
        });
        ended.await.is_ok_and(|ended| ended > 0)
    }

    /// The `Date` that the phone is told.
    fn date(&self) -> Option<HeaderValue> {
        let told = self.app.clock.now() + TimeDelta::seconds(self.spec.clock);
        let text = told.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderValue::from_str(&text).ok().filter(|_| self.spec.clock != 0)
    }
}

async fn told(State(chaos): State<Arc<Chaos>>) -> Response {
    respond::json(&chaos.account(), MediaType::Json, StatusCode::OK)
}

async fn befall(State(chaos): State<Arc<Chaos>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if UNTOUCHED.iter().any(|untouched| path.starts_with(untouched)) {
        return next.run(request).await;
    }
    let counts = &chaos.counts;
    let fate = Fate::of(&chaos.spec, counts.requests.one_more());
    if fate.delays() {
        counts.delayed.one_more();
    }
    tokio::time::sleep(fate.before).await;
    if fate.lose_request {
        counts.requests_lost.one_more();
        return lost();
    }
    if fate.end_session && chaos.end_session(request.headers()).await {
        counts.sessions_ended.one_more();
    }
    if fate.unauthenticated && request.headers().contains_key(AUTHORIZATION) {
        counts.unauthenticated.one_more();
        request.headers_mut().insert(AUTHORIZATION, NO_TOKEN);
    }
    if fate.double && may_be_done_twice(&request) {
        let Some((first, second)) = twice(request).await else {
            return lost();
        };
        counts.doubled.one_more();
        drop(next.clone().run(first).await);
        request = second;
    }
    let mut answer = next.run(request).await;
    tokio::time::sleep(fate.after).await;
    if fate.lose_answer {
        counts.answers_lost.one_more();
        return lost();
    }
    if let Some(date) = chaos.date() {
        answer.headers_mut().insert(DATE, date);
    }
    answer
}

/// The server sees the mark and closes the connection.
fn lost() -> Response {
    let mut answer = Response::new(Body::empty());
    answer.extensions_mut().insert(Lost);
    answer
}

/// A stream is not a thing to be done; of the rest only what fits into memory.
fn may_be_done_twice(request: &Request) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let stream = accept.is_some_and(|accept| accept.contains("text/event-stream"));
    let short = request
        .body()
        .size_hint()
        .exact()
        .is_some_and(|bytes| bytes <= MOST_TWICE);
    short && !stream && !request.headers().contains_key("upgrade")
}

async fn twice(request: Request) -> Option<(Request, Request)> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.ok()?;
    let first = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    Some((first, Request::from_parts(parts, Body::from(bytes))))
}
