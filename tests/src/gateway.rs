//! A gateway's adaptor on this machine: takes messages as one would, and remembers them. Some of its paths behave as
//! none should.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::Listener;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The key messages are signed with.
const KEY: [u8; 32] = [42; 32];
/// What an adaptor may have in its URL to be left alone by others.
pub const URL_KEY: &str = "adaptor-key-91c4";
/// A piece of the answer that has no end.
const PIECE: [u8; 16 * 1024] = [b' '; 16 * 1024];

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
    /// Bytes of the answer that has no end.
    poured: Arc<AtomicUsize>,
    /// Connections taken, whatever came of them.
    connections: Arc<AtomicUsize>,
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
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let book = Book::default();
        let router = router(&book);
        Self {
            book,
            url: format!("http://{address}"),
            serving: tokio::spawn(async move { drop(axum::serve(listener, router).await) }),
        }
    }

    /// The same behind TLS, called by this name or address, which must be one of this machine.
    pub async fn start_tls(host: &str, server: ServerConfig) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = tcp.local_addr().expect("an address").port();
        let book = Book::default();
        let router = router(&book);
        let listener = Tls {
            tcp,
            acceptor: TlsAcceptor::from(Arc::new(server)),
            connections: Arc::clone(&book.connections),
        };
        Self {
            book,
            url: format!("https://{host}:{port}"),
            serving: tokio::spawn(async move { drop(axum::serve(listener, router).await) }),
        }
    }

    /// The settings of a server that sends through it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        self.settings_at("/send")
    }

    /// The settings of a server that sends to another of its paths: `/silent` never answers, `/endless` never ends its
    /// answer, `/wordy` answers with headers beyond measure.
    pub fn settings_at(&self, path: &str) -> [(&'static str, String); 3] {
        [
            ("KHUYENHOC_MESSAGE_SENDER", "webhook".to_owned()),
            (
                "KHUYENHOC_MESSAGE_WEBHOOK_URL",
                format!("{}{path}?key={URL_KEY}", self.url),
            ),
            (
                "KHUYENHOC_MESSAGE_WEBHOOK_SECRET",
                format!("whsec_{}", STANDARD.encode(KEY)),
            ),
        ]
    }

    /// The settings of a server that sends notices to devices through it.
    pub fn push_settings(&self) -> [(&'static str, String); 3] {
        [
            ("KHUYENHOC_PUSH_SENDER", "webhook".to_owned()),
            ("KHUYENHOC_PUSH_WEBHOOK_URL", format!("{}/send", self.url)),
            (
                "KHUYENHOC_PUSH_WEBHOOK_SECRET",
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

    /// How many connections it has taken behind TLS, whatever came of them.
    pub fn connections(&self) -> usize {
        self.book.connections.load(Ordering::SeqCst)
    }

    /// How many bytes of endless answers it has got rid of.
    pub fn poured(&self) -> usize {
        self.book.poured.load(Ordering::SeqCst)
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

/// Connections behind TLS; those that fail are nobody's.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    connections: Arc<AtomicUsize>,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.tcp.accept().await else {
                continue;
            };
            self.connections.fetch_add(1, Ordering::SeqCst);
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

fn router(book: &Book) -> Router {
    Router::new()
        .route("/send", post(take))
        .route("/elsewhere", post(take).get(take))
        .route("/silent", post(keep_silent))
        .route("/endless", post(pour))
        .route("/wordy", post(talk))
        .with_state(book.clone())
}

fn note(book: &Book, headers: HeaderMap, body: &Bytes) {
    let seen = Seen {
        headers,
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
        bytes: body.to_vec(),
    };
    book.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
}

async fn take(State(book): State<Book>, headers: HeaderMap, body: Bytes) -> Response {
    note(&book, headers, &body);
    let next = book.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let status = next
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    if status.is_redirection() {
        return (status, [(LOCATION, "/elsewhere")]).into_response();
    }
    status.into_response()
}

async fn keep_silent(State(book): State<Book>, headers: HeaderMap, body: Bytes) -> Response {
    note(&book, headers, &body);
    std::future::pending().await
}

async fn pour(State(book): State<Book>, headers: HeaderMap, body: Bytes) -> Response {
    note(&book, headers, &body);
    let pieces = futures_util::stream::repeat_with(move || {
        book.poured.fetch_add(PIECE.len(), Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(&PIECE))
    });
    Body::from_stream(pieces).into_response()
}

async fn talk(State(book): State<Book>, headers: HeaderMap, body: Bytes) -> Response {
    note(&book, headers, &body);
    [("x-words", "a".repeat(100_000))].into_response()
}
