//! A gateway's adaptor on this machine: takes messages as one would, and remembers them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The key messages are signed with.
const KEY: [u8; 32] = [42; 32];

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub bytes: Vec<u8>,
    /// The body as JSON.
    pub body: Value,
}

#[derive(Clone, Default)]
struct Book {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

/// The adaptor; it stops when dropped.
pub struct Gateway {
    book: Book,
    url: String,
    serving: JoinHandle<()>,
}

impl Gateway {
    /// Listens on a free port of this machine.
    pub async fn start() -> Self {
        let book = Book::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/send?from=test", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/send", post(take))
            .route("/elsewhere", post(take))
            .with_state(book.clone());
        let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Self { book, url, serving }
    }

    /// The settings of a server that sends through it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("KHUYENHOC_MESSAGE_SENDER", "webhook".to_owned()),
            ("KHUYENHOC_MESSAGE_WEBHOOK_URL", self.url.clone()),
            (
                "KHUYENHOC_MESSAGE_WEBHOOK_SECRET",
                format!("whsec_{}", STANDARD.encode(KEY)),
            ),
        ]
    }

    /// Answers the next messages with these statuses, and all others with 200.
    pub fn answer(&self, statuses: &[u16]) {
        *self.book.answers.lock().unwrap_or_else(PoisonError::into_inner) = statuses.iter().copied().collect();
    }

    /// All that has come.
    pub fn seen(&self) -> Vec<Seen> {
        self.book.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The code in the last message to a number.
    pub fn code(&self, phone: &str) -> String {
        let seen = self.seen();
        let text = |seen: &Seen, name: &str| seen.body.get(name).and_then(Value::as_str).map(str::to_owned);
        let last = seen
            .iter()
            .rev()
            .find(|seen| text(seen, "to").as_deref() == Some(phone));
        last.and_then(|seen| text(seen, "code")).expect("a code")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Seen {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Whether the signature is over exactly this id, time and body.
    pub fn is_signed(&self) -> bool {
        let mut signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&self.bytes);
        let given = self.header("webhook-signature").strip_prefix("v1,").unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &KEY);
        STANDARD
            .decode(given)
            .is_ok_and(|tag| hmac::verify(&key, &signed, &tag).is_ok())
    }
}

async fn take(State(book): State<Book>, headers: HeaderMap, body: Bytes) -> Response {
    let seen = Seen {
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        bytes: body.to_vec(),
    };
    book.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    let next = book.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let status = next
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    if status.is_redirection() {
        return (status, [(LOCATION, "/elsewhere")]).into_response();
    }
    status.into_response()
}
