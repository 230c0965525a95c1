//! graphql-transport-ws: one socket, its rules and its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::response::Response;
use entity::id::PostId;
use entity::value::Language;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::bearer::{Bearer, who};
use super::message::{self, Message};
use super::one::{errors, operate};
use super::origin;
use super::speaker::{Said, Speaker, Word};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::http::failure::{self, shown};
use crate::http::graphql::Parts;
use crate::http::request::{GraphqlRequest, MediaType, RequestError};
use crate::http::{info, respond};
use crate::live::hub::{Hub, Ticket};
use crate::live::lobby::Seat;
use crate::quota::network;
use crate::request::RequestInfo;

/// The only subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of one message; as much as a body may have.
const MESSAGE: usize = 64 * 1024;
/// Bytes of a socket's buffers. Thousands of sockets are idle at any time, and answers are written in pieces.
const BUFFER: usize = 4 * 1024;
/// How long the other end may take for one message of ours.
const SEND: Duration = Duration::from_secs(20);
/// How long it may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// How often a socket looks at its clock.
const TICK: Duration = Duration::from_secs(1);
/// Words of operations that wait for a slow connection.
const WORDS: usize = 16;
/// What somebody may say before saying who they are.
const WORDS_OF_STRANGER: u32 = 10;

/// Why the server ends a connection: the protocol's own codes, and those of RFC 6455 and its registry.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The other end is gone, or has said goodbye.
    Gone,
    /// With this code and reason.
    Close(u16, String),
}

fn close(code: u16, reason: &str) -> End {
    End::Close(code, reason.to_owned())
}

/// Why somebody is not let in, or is sent out.
fn signed_out(error: &Error) -> End {
    match error {
        // nothing but signing in again helps
        Error::SessionEnded => close(4401, "Unauthorized: the session has ended"),
        Error::Unavailable(_) | Error::RateLimited(_) => close(1013, "Try again later"),
        // a newer token will do
        _ => close(4403, "Forbidden"),
    }
}

/// Answers the request for a socket.
pub(super) async fn upgrade(parts: &Arc<Parts>, request: Request) -> Response {
    let caller = info::of(&parts.app, &request);
    let refused = |error| respond::request_error_http(&error, MediaType::Json, caller.is_vi());
    if !origin::is_admitted(request.headers(), &parts.app.config.cors_origins) {
        return refused(RequestError::Origin);
    }
    let protocols = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let named = protocols.filter_map(|value| value.to_str().ok());
    if !named
        .flat_map(|value| value.split(','))
        .any(|name| name.trim() == PROTOCOL)
    {
        return refused(RequestError::WebSocket);
    }
    let Ok(seat) = parts.app.live.receive(network(caller.address)) else {
        let error = Error::Unavailable("no more connections are taken in".to_owned());
        return failure::refused(&error, &caller, MediaType::Json, None, None);
    };
    let (mut head, _) = request.into_parts();
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut head, &()).await else {
        return refused(RequestError::WebSocket);
    };
    let parts = Arc::clone(parts);
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MESSAGE)
        .max_frame_size(MESSAGE)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .on_upgrade(move |socket| talk(parts, socket, caller, seat))
}

async fn talk(parts: Arc<Parts>, socket: WebSocket, caller: RequestInfo, seat: Seat) {
    let mut talk = Talk::new(parts, socket, caller, seat);
    let end = talk.converse().await;
    tracing::debug!(request.id = %caller.id, ?end, "socket ended");
    // nothing of it runs while goodbye is said
    drop((talk.signed.take(), talk.seat.take()));
    talk.running.abort_all();
    let End::Close(code, reason) = end else { return };
    let frame = Frame::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }));
    let goodbye = async {
        talk.socket.send(frame).await.ok()?;
        // what the other end still sends is read, or it would never see why
        while talk.socket.recv().await?.is_ok() {}
        Some(())
    };
    drop(timeout(GOODBYE, goodbye).await);
}

/// A socket.
struct Talk {
    parts: Arc<Parts>,
    socket: WebSocket,
    caller: RequestInfo,
    /// Its place among those who have not signed in, and how much they have said.
    seat: Option<Seat>,
    heard_of_stranger: u32,
    signed: Option<Signed>,
    operations: HashMap<String, (u64, AbortHandle)>,
    /// The operations' tasks; they end with the socket.
    running: JoinSet<()>,
    count: u64,
    words: (mpsc::Sender<Said>, mpsc::Receiver<Said>),
    heard: Instant,
    pinged: Instant,
}

/// Who has signed in on it.
struct Signed {
    bearer: watch::Sender<Bearer>,
    ticket: Ticket,
}

impl Talk {
    fn new(parts: Arc<Parts>, socket: WebSocket, caller: RequestInfo, seat: Seat) -> Self {
        let now = Instant::now();
        Self {
            parts,
            socket,
            caller,
            seat: Some(seat),
            heard_of_stranger: 0,
            signed: None,
            operations: HashMap::new(),
            running: JoinSet::new(),
            count: 0,
            words: mpsc::channel(WORDS),
            heard: now,
            pinged: now,
        }
    }

    async fn converse(&mut self) -> End {
        let init_until = self.heard + self.parts.app.live.limits().init;
        let mut stopping = self.parts.app.live.stopping();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                () = Hub::stopped(&mut stopping) => Err(close(1001, "Going away")),
                () = sleep_until(init_until), if self.signed.is_none() => {
                    Err(close(4408, "Connection initialisation timeout"))
                }
                () = called(self.signed.as_ref()) => self.called().await,
                frame = self.socket.recv() => self.frame(frame).await,
                Some(said) = self.words.1.recv() => self.said(said).await,
                _ = tick.tick() => self.tick().await,
            };
            if let Err(end) = done {
                return end;
            }
            while self.running.try_join_next().is_some() {}
        }
    }

    async fn send(&mut self, text: String) -> std::result::Result<(), End> {
        match timeout(SEND, self.socket.send(Frame::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn frame(&mut self, frame: Option<std::result::Result<Frame, axum::Error>>) -> std::result::Result<(), End> {
        self.heard = Instant::now();
        let text = match frame {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => return Ok(()),
            Some(Ok(Frame::Binary(_))) => return Err(close(4400, "Invalid message")),
            Some(Ok(Frame::Close(_))) | None => return Err(End::Gone),
            // too long, or no WebSocket any more
            Some(Err(error)) => return Err(broken(error)),
        };
        if self.signed.is_none() {
            self.heard_of_stranger += 1;
            if self.heard_of_stranger > WORDS_OF_STRANGER {
                return Err(close(4400, "Too many messages before connection_init"));
            }
        }
        let Some(message) = message::parse(&text) else {
            return Err(close(4400, "Invalid message"));
        };
        match message {
            Message::Init(payload) => self.init(&payload).await,
            Message::Ping(payload) => self.ping(&payload).await,
            Message::Pong => Ok(()),
            Message::Complete(id) => {
                if let Some((_, task)) = self.operations.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
            Message::Subscribe(id, request) => self.subscribe(id, *request).await,
        }
    }

    async fn init(&mut self, payload: &Map<String, Value>) -> std::result::Result<(), End> {
        if self.signed.is_some() {
            return Err(close(4429, "Too many initialisation requests"));
        }
        if let Some(language) = payload.get("acceptLanguage").and_then(Value::as_str) {
            let english = language.trim().to_ascii_lowercase().starts_with("en");
            self.caller.language = if english { Language::En } else { Language::Vi };
        }
        let signed = sign_in(&self.parts, self.caller, payload).await;
        self.signed = Some(signed.map_err(|error| signed_out(&error))?);
        self.seat = None;
        self.send(message::ack()).await
    }

    async fn ping(&mut self, payload: &Map<String, Value>) -> std::result::Result<(), End> {
        let Some(token) = token(payload) else {
            return self.send(message::pong(None)).await;
        };
        let mut renewed = false;
        if let Some(signed) = &self.signed {
            let bearer = signed.bearer.borrow().clone();
            if let Ok(newer) = bearer.renewed(&self.parts.app, token).await {
                signed.bearer.send_replace(newer);
                renewed = true;
            }
        }
        self.send(message::pong(Some(renewed))).await
    }

    async fn subscribe(&mut self, id: String, request: GraphqlRequest) -> std::result::Result<(), End> {
        let Some(signed) = &self.signed else {
            return Err(close(4401, "Unauthorized"));
        };
        if self.operations.contains_key(&id) {
            return Err(End::Close(4409, format!("Subscriber for {id} already exists")));
        }
        let bearer = signed.bearer.subscribe();
        let limit = usize::try_from(self.parts.app.live.limits().operations).unwrap_or(usize::MAX);
        if self.operations.len() >= limit {
            let info = info::anew(&self.parts.app, self.caller);
            let errors = errors(&shown(&Error::RateLimited(TICK), &info, None));
            return self.send(message::error(&id, &errors)).await;
        }
        self.count = self.count.wrapping_add(1);
        let speaker = Speaker {
            sender: self.words.0.clone(),
            id: id.clone(),
            number: self.count,
        };
        let task = self
            .running
            .spawn(operate(Arc::clone(&self.parts), request, bearer, speaker));
        self.operations.insert(id, (self.count, task));
        Ok(())
    }

    async fn said(&mut self, said: Said) -> std::result::Result<(), End> {
        let is_known = |(number, _): &(u64, AbortHandle)| *number == said.number;
        // the client has completed it meanwhile
        if !self.operations.get(&said.id).is_some_and(is_known) {
            return Ok(());
        }
        if !matches!(said.word, Word::Next(_)) {
            self.operations.remove(&said.id);
        }
        match said.word {
            Word::Next(answer) => self.send(message::next(&said.id, &answer)).await,
            Word::Error(errors) => self.send(message::error(&said.id, &errors)).await,
            Word::Complete => self.send(message::complete(&said.id)).await,
            Word::SignedOut(error) => Err(signed_out(&error)),
        }
    }

    /// The hub has called: the session, the account or the post may be over, or a newer connection needs the place.
    async fn called(&mut self) -> std::result::Result<(), End> {
        let Some(signed) = &self.signed else { return Ok(()) };
        if signed.ticket.is_replaced() {
            return Err(close(4499, "Replaced by a newer connection"));
        }
        let bearer = signed.bearer.borrow().clone();
        match bearer
            .viewer(&self.parts.app, &info::anew(&self.parts.app, self.caller))
            .await
        {
            Ok(_) => {
                // each stream looks whether it may go on
                signed.bearer.send_modify(|_| {});
                Ok(())
            }
            Err(error @ (Error::SessionEnded | Error::Unauthenticated)) => Err(signed_out(&error)),
            // the hub calls again
            Err(_) => Ok(()),
        }
    }

    async fn tick(&mut self) -> std::result::Result<(), End> {
        let is_over = |signed: &Signed| signed.bearer.borrow().is_over(&self.parts.app);
        if self.signed.as_ref().is_some_and(is_over) {
            return Err(close(4403, "Forbidden: the token has ended"));
        }
        let ping = self.parts.app.live.limits().ping;
        if self.heard.elapsed() > ping.mul_f32(2.5) {
            return Err(close(4499, "Terminated"));
        }
        if self.signed.is_some() && self.pinged.elapsed() >= ping {
            self.pinged = Instant::now();
            self.send(message::ping()).await?;
        }
        Ok(())
    }
}

async fn sign_in(parts: &Parts, caller: RequestInfo, payload: &Map<String, Value>) -> Result<Signed> {
    let app = &parts.app;
    let token = token(payload).ok_or(Error::Unauthenticated)?;
    let bearer = Bearer::of(app, caller, token, acting_post(payload)?).await?;
    let info = info::anew(app, caller);
    bearer.ask(app, &info)?;
    let viewer = bearer.viewer(app, &info).await?;
    let ticket = app.live.enter(who(&viewer));
    Ok(Signed {
        ticket: ticket.map_err(|_| Error::Unavailable("no more connections are taken in".to_owned()))?,
        bearer: watch::Sender::new(bearer),
    })
}

/// Waits for a call of the hub; for ever where nobody has signed in.
async fn called(signed: Option<&Signed>) {
    match signed {
        Some(signed) => signed.ticket.called().await,
        None => std::future::pending().await,
    }
}

/// How a socket ends that cannot be read.
fn broken(error: axum::Error) -> End {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => close(1009, "Message too big"),
        Some(tungstenite::Error::Utf8(_)) => close(1007, "Not UTF-8"),
        _ => End::Gone,
    }
}

fn token(payload: &Map<String, Value>) -> Option<&str> {
    if let Some(token) = payload.get("accessToken").and_then(Value::as_str) {
        return Some(token.trim());
    }
    let header = payload.get("authorization").or_else(|| payload.get("Authorization"))?;
    let (scheme, token) = header.as_str()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn acting_post(payload: &Map<String, Value>) -> Result<Option<PostId>> {
    let Some(named) = payload.get("actingPost").and_then(Value::as_str) else {
        return Ok(None);
    };
    let (_, post) = decode_as(NodeKind::Post, &named.into(), "actingPost")?;
    Ok(Some(post))
}

#[cfg(test)]
mod tests {
    use tungstenite::error::CapacityError;

    use super::*;

    /// Which version of the library axum has is not ours to choose: another one's errors would all be taken for a broken line.
    #[test]
    fn what_cannot_be_read_ends_with_its_code() {
        let size = CapacityError::MessageTooLong { size: 2, max_size: 1 };
        for (error, end) in [
            (tungstenite::Error::Capacity(size), close(1009, "Message too big")),
            (tungstenite::Error::Utf8(String::new()), close(1007, "Not UTF-8")),
            (tungstenite::Error::ConnectionClosed, End::Gone),
        ] {
            assert_eq!(broken(axum::Error::new(error)), end);
        }
    }
}
