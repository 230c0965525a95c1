//! GraphQL over SSE, distinct connections (`PROTOCOL.md` of enisdenjo/graphql-sse): one operation a request, its answers as
//! events of one response.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::stream::unfold;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::bearer::{Bearer, who};
use super::follow::Stream;
use super::one::PAUSE;
use super::operation::Operation;
use super::speaker::{Said, Speaker, Word};
use crate::access::Viewer;
use crate::error::Error;
use crate::http::failure::told;
use crate::http::graphql::Parts;
use crate::http::prepare::{Refused, Way, ask};
use crate::http::request::{self, MediaType};
use crate::http::{auth, info, respond};
use crate::live::hub::{Hub, Ticket};
use crate::request::RequestInfo;

/// How often a stream looks at its clock.
const TICK: Duration = Duration::from_secs(1);
/// Words that wait for a slow connection.
const WORDS: usize = 16;
/// Errors before the stream are ordinary answers, with the status that says what they are.
const MEDIA: MediaType = MediaType::GraphqlResponse;

/// Answers a request for events.
pub(super) async fn answer(parts: &Arc<Parts>, request: Request) -> Response {
    let info = info::of(&parts.app, &request);
    let answered = begin(parts, request, info).await;
    answered.unwrap_or_else(|refused| refused.http(&info, MEDIA))
}

async fn begin(parts: &Arc<Parts>, request: Request, info: RequestInfo) -> Result<Response, Refused> {
    let app = &parts.app;
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let bearer = match auth::bearer(&headers)? {
        None => None,
        Some(token) => Some(Bearer::of(app, info, token, auth::acting_post(&headers)?).await?),
    };
    let viewer = match &bearer {
        None => Viewer::Anonymous,
        Some(bearer) => {
            bearer.ask(app, &info)?;
            Viewer::SignedIn(Box::new(bearer.viewer(app, &info).await?))
        }
    };
    ask(app, &viewer, &info)?;
    let wanted = request::read(request, &parts.body).await?;
    let operation = Operation::prepare(parts, wanted, &viewer, &info, Way::Events(&method)).await?;
    let kind = operation.kind();
    if kind != OperationType::Subscription {
        let told = respond::told(operation.once(parts, viewer, info).await, info.is_vi());
        return Ok(events(Body::from(event("next", &told.answer) + &event("complete", ""))));
    }
    let (Some(bearer), Viewer::SignedIn(signed)) = (bearer, &viewer) else {
        return Err(Error::Unauthenticated.into());
    };
    let full = |_| Error::Unavailable("no more connections are taken in".to_owned());
    let guest = app.live.enter(who(signed)).map_err(full)?;
    // before the plan is made, so that nothing falls between
    let news = app.live.news();
    let plan = operation.open(parts, viewer.clone(), info).await;
    let plan = plan.map_err(Refused::Document)?;
    let ticket = app.live.follow(plan.tenant());
    let ticket = ticket.map_err(|_| Error::RateLimited(PAUSE))?;
    let bearer = watch::Sender::new(bearer);
    let (sender, words) = mpsc::channel(WORDS);
    let speaker = Speaker {
        sender,
        id: String::new(),
        number: 0,
    };
    let stream = Stream {
        parts: Arc::clone(parts),
        operation,
        bearer: bearer.subscribe(),
        plan,
        news,
        _ticket: ticket,
    };
    let mut running = JoinSet::new();
    running.spawn(stream.follow(speaker));
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let source = Source {
        parts: Arc::clone(parts),
        bearer,
        guest,
        words,
        tick,
        stopping: app.live.stopping(),
        said: Instant::now(),
        state: State::New,
        _running: running,
    };
    let pieces = unfold(source, |mut source| async move {
        let piece = source.piece().await?;
        Some((Ok::<_, Infallible>(piece), source))
    });
    Ok(events(Body::from_stream(pieces)))
}

fn events(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // nginx would keep events back
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn event(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

#[derive(PartialEq, Eq)]
enum State {
    New,
    Open,
    Ended,
}

/// Where the pieces of the response come from; when the client is gone it is dropped, and the stream with it.
struct Source {
    parts: Arc<Parts>,
    bearer: watch::Sender<Bearer>,
    guest: Ticket,
    words: mpsc::Receiver<Said>,
    tick: Interval,
    stopping: watch::Receiver<bool>,
    said: Instant,
    state: State,
    _running: JoinSet<()>,
}

impl Source {
    async fn piece(&mut self) -> Option<String> {
        match self.state {
            State::Ended => return None,
            // the client learns at once that the stream is open
            State::New => {
                self.state = State::Open;
                return Some(":\n\n".to_owned());
            }
            State::Open => {}
        }
        loop {
            let piece = tokio::select! {
                () = Hub::stopped(&mut self.stopping) => Some(self.end(None)),
                () = self.guest.called() => self.called().await,
                said = self.words.recv() => match said.map(|said| said.word) {
                    Some(Word::Next(answer)) => Some(event("next", &answer)),
                    Some(Word::Error(errors)) => Some(self.end(Some(errors))),
                    Some(Word::SignedOut(error)) => Some(self.signed_out(&error)),
                    Some(Word::Complete) | None => Some(self.end(None)),
                },
                _ = self.tick.tick() => self.tick(),
            };
            if let Some(piece) = piece {
                self.said = Instant::now();
                return Some(piece);
            }
        }
    }

    fn end(&mut self, errors: Option<String>) -> String {
        self.state = State::Ended;
        let last = errors.map(|errors| event("next", &format!(r#"{{"errors":{errors}}}"#)));
        last.unwrap_or_default() + &event("complete", "")
    }

    fn signed_out(&mut self, error: &Error) -> String {
        let info = self.bearer.borrow().info(&self.parts.app);
        let errors = respond::told(told(error, &info, None), info.is_vi()).errors;
        self.end(Some(errors))
    }

    async fn called(&mut self) -> Option<String> {
        if self.guest.is_replaced() {
            return Some(self.end(None));
        }
        let bearer = self.bearer.borrow().clone();
        let info = bearer.info(&self.parts.app);
        match bearer.viewer(&self.parts.app, &info).await {
            Ok(_) => {
                self.bearer.send_modify(|_| {});
                None
            }
            Err(error @ (Error::SessionEnded | Error::Unauthenticated)) => Some(self.signed_out(&error)),
            // the hub calls again
            Err(_) => None,
        }
    }

    fn tick(&mut self) -> Option<String> {
        if self.bearer.borrow().is_over(&self.parts.app) {
            return Some(self.signed_out(&Error::Unauthenticated));
        }
        (self.said.elapsed() >= self.parts.app.live.limits().ping).then(|| ":\n\n".to_owned())
    }
}
