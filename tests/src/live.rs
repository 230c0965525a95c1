//! A phone's end of live updates: a server of this process on a socket, and a WebSocket that speaks graphql-transport-ws.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use khuyenhoc::http::server::{self, ServerOptions};
use khuyenhoc::{live, relay};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::TestApp;
use crate::client::Client;
use crate::operation;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// How often a server of a test looks by itself.
const LOOK: Duration = Duration::from_millis(100);

/// A server of this process on a port of its own, with what it does beside its requests; it ends with this.
pub struct LiveServer {
    /// As `http://127.0.0.1:PORT`.
    pub address: String,
    _tasks: JoinSet<()>,
}

impl LiveServer {
    /// Serves an app.
    pub async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let mut tasks = JoinSet::new();
        let router = app.router.clone();
        tasks.spawn(async move {
            server::serve(listener, router, std::future::pending(), ServerOptions::default()).await;
        });
        let own = app.app.clone();
        tasks.spawn(async move { live::keep(&own, LOOK).await });
        let own = app.app.clone();
        tasks.spawn(async move { relay::keep(&own, LOOK).await });
        Self { address, _tasks: tasks }
    }
}

/// A value below another; null where there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// What a socket hears.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A message of the protocol.
    Message(Value),
    /// The end, with its code.
    Closed(u16),
}

/// A socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The request for a socket, with a subprotocol.
pub fn request(address: &str, protocol: &str) -> Request {
    let url = format!("{}/graphql", address.replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("a request");
    let protocol = protocol.parse().expect("a header's value");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    request
}

/// The status with which a socket is refused.
pub async fn refused(request: Request) -> u16 {
    match connect_async(request).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the socket was opened"),
    }
}

impl Socket {
    /// Opens a socket, and says nothing yet.
    pub async fn open(address: &str) -> Self {
        let (stream, _) = connect_async(request(address, "graphql-transport-ws"))
            .await
            .expect("a socket");
        Self { stream }
    }

    /// Opens a socket for somebody who asks.
    pub async fn of(address: &str, client: &Client) -> Self {
        let mut socket = Self::open(address).await;
        socket
            .init(json!({"accessToken": client.token(), "acceptLanguage": "en"}))
            .await;
        assert_eq!(socket.hear().await, Heard::Message(json!({"type": "connection_ack"})));
        socket
    }

    /// Says who it is.
    pub async fn init(&mut self, payload: Value) {
        self.say(&json!({"type": "connection_init", "payload": payload})).await;
    }

    /// Sends a message.
    pub async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Sends anything.
    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("a socket that takes it");
    }

    /// What comes next; pings are answered.
    pub async fn hear(&mut self) -> Heard {
        loop {
            let frame = timeout(PATIENCE, self.stream.next()).await.expect("a message in time");
            match frame {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if at(&message, "/type") == "ping" {
                        self.say(&json!({"type": "pong"})).await;
                        continue;
                    }
                    return Heard::Message(message);
                }
                Some(Ok(Message::Close(frame))) => return Heard::Closed(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(1006),
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// The code with which the server ends it, whatever it says before.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }

    /// Asks for a root field by its document in `tests/operations`.
    pub async fn follow(&mut self, id: &str, field: &str, variables: Value) {
        let payload = json!({"query": operation::of(field), "variables": variables});
        self.say(&json!({"type": "subscribe", "id": id, "payload": payload}))
            .await;
    }

    /// The next event of an operation, which must be the next message: its field.
    pub async fn event(&mut self, id: &str, field: &str) -> Value {
        let message = self.message().await;
        assert_eq!(
            (at(&message, "/type"), at(&message, "/id")),
            (&json!("next"), &json!(id)),
            "{message}"
        );
        assert!(at(&message, "/payload/errors").is_null(), "{message}");
        at(&message, &format!("/payload/data/{field}")).clone()
    }

    /// The code of the error with which an operation ends, which must be the next message.
    pub async fn failed(&mut self, id: &str) -> String {
        let message = self.message().await;
        assert_eq!(
            (at(&message, "/type"), at(&message, "/id")),
            (&json!("error"), &json!(id)),
            "{message}"
        );
        let code = at(&message, "/payload/0/extensions/code");
        code.as_str().expect("a code").to_owned()
    }
}
