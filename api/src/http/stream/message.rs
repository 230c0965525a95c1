//! The messages of graphql-transport-ws (`PROTOCOL.md` of enisdenjo/graphql-ws): from text and to text.

use serde_json::{Map, Value, json};

use crate::http::request::{GraphqlRequest, from_members};

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// Who it is.
    Init(Map<String, Value>),
    /// Is the server there?
    Ping(Map<String, Value>),
    /// The client is there.
    Pong,
    /// It asks something.
    Subscribe(String, Box<GraphqlRequest>),
    /// It wants to hear no more of it.
    Complete(String),
}

/// Reads a message; none of anything that is not in the protocol.
pub(super) fn parse(text: &str) -> Option<Message> {
    let Value::Object(mut message) = serde_json::from_str(text).ok()? else {
        return None;
    };
    let kind = message.remove("type")?;
    match kind.as_str()? {
        "connection_init" => Some(Message::Init(payload(&mut message)?)),
        "ping" => Some(Message::Ping(payload(&mut message)?)),
        "pong" => payload(&mut message).map(|_| Message::Pong),
        "subscribe" => {
            let id = id(&mut message)?;
            let Some(Value::Object(request)) = message.remove("payload") else {
                return None;
            };
            Some(Message::Subscribe(id, Box::new(from_members(request).ok()?)))
        }
        "complete" => Some(Message::Complete(id(&mut message)?)),
        _ => None,
    }
}

fn payload(message: &mut Map<String, Value>) -> Option<Map<String, Value>> {
    match message.remove("payload") {
        None | Some(Value::Null) => Some(Map::new()),
        Some(Value::Object(payload)) => Some(payload),
        Some(_) => None,
    }
}

fn id(message: &mut Map<String, Value>) -> Option<String> {
    match message.remove("id")? {
        Value::String(id) if !id.is_empty() && id.len() <= 100 => Some(id),
        _ => None,
    }
}

/// The server has taken the client in.
pub(super) fn ack() -> String {
    json!({"type": "connection_ack"}).to_string()
}

/// Is the client there?
pub(super) fn ping() -> String {
    json!({"type": "ping"}).to_string()
}

/// The server is there; and whether a token was taken, where one was sent.
pub(super) fn pong(renewed: Option<bool>) -> String {
    match renewed {
        None => json!({"type": "pong"}).to_string(),
        Some(renewed) => json!({"type": "pong", "payload": {"renewed": renewed}}).to_string(),
    }
}

/// An answer, which is JSON already.
pub(super) fn next(id: &str, answer: &str) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{answer}}}"#, Value::from(id))
}

/// Errors, which are a JSON array already.
pub(super) fn error(id: &str, errors: &str) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, Value::from(id))
}

/// The end.
pub(super) fn complete(id: &str) -> String {
    json!({"id": id, "type": "complete"}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_of_the_protocol_are_read() {
        let subscribe = r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}"#;
        assert!(matches!(parse(subscribe), Some(Message::Subscribe(id, _)) if id == "1"));
        assert_eq!(parse(r#"{"type":"connection_init"}"#), Some(Message::Init(Map::new())));
        assert_eq!(parse(r#"{"type":"pong","payload":{"a":1}}"#), Some(Message::Pong));
        for wrong in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{ a }"}}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids_are_written_as_json() {
        let written: Value = serde_json::from_str(&next("a\"b", r#"{"data":null}"#)).unwrap();
        assert_eq!(
            written,
            json!({"id": "a\"b", "type": "next", "payload": {"data": null}})
        );
    }
}
