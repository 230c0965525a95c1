//! Transports that send more than one answer: graphql-transport-ws over a WebSocket, and GraphQL over SSE.
//!
//! The engine's own socket gets seven rules of the protocol wrong, and its streams keep the viewer of their first moment. So
//! both transports are our own, and so is what drives a stream ([`follow`]): each event is a turn of the subscription
//! (`crate::live`) with the viewer read anew. Queries and mutations are answered too, through the same guard and gate.

mod bearer;
mod event_source;
mod follow;
mod message;
mod one;
mod operation;
mod origin;
mod socket;
mod speaker;

use axum::extract::Request;
use axum::http::header::{ACCEPT, UPGRADE};
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::graphql::Endpoint;

/// Answers what asks for one of these transports; gives back what does not.
///
/// # Errors
/// The request, untouched.
pub(super) async fn answer(endpoint: &Endpoint, request: Request) -> Result<Response, Request> {
    if request.method() == Method::GET && is_upgrade(request.headers()) {
        return Ok(socket::upgrade(endpoint.parts(), request).await);
    }
    if wants_events(request.headers()) {
        return Ok(event_source::answer(endpoint.parts(), request).await);
    }
    Err(request)
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let mut upgrades = headers.get_all(UPGRADE).iter();
    upgrades.any(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether events are asked for. A client that names JSON as well asks for one answer: some send the same header with all
/// they ask.
fn wants_events(headers: &HeaderMap) -> bool {
    let (mut events, mut json) = (false, false);
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let essence = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            events |= essence == "text/event-stream";
            json |= essence == "application/json" || essence == "application/graphql-response+json";
        }
    }
    events && !json
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn events_are_sent_to_those_who_take_no_json() {
        for (accept, expected) in [
            ("text/event-stream", true),
            ("Text/Event-Stream; charset=utf-8, */*", true),
            ("text/event-stream, multipart/mixed", true),
            (
                "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
                false,
            ),
            ("application/json", false),
            ("*/*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_events(&headers), expected, "{accept}");
        }
    }
}
