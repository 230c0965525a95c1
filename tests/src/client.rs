//! Somebody who asks: a role's phone or nobody, and the answers they get, from a router in this process or from the
//! program in its own.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use entity::id::{AccountId, PostId};
use http_body_util::BodyExt as _;
use khuyenhoc::account::token::Bearer;
use khuyenhoc::app::App;
use khuyenhoc::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::app::TestApp;
use crate::process::Server;

/// Whose token a request carries.
#[derive(Clone)]
enum Token {
    None,
    /// Issued anew at every request, so that it never expires under the test's clock.
    Of(AccountId, Option<PostId>),
    Fixed(String),
}

/// How requests reach the server.
#[derive(Clone)]
enum Way {
    /// Into the router, without a socket.
    Router(Router),
    /// Over HTTP, to an address as `http://127.0.0.1:PORT`.
    Http(reqwest::Client, String),
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    app: Arc<App>,
    way: Way,
    token: Token,
    headers: Vec<(String, String)>,
    /// Where its requests come from; only into a router, which has no sockets to ask.
    address: Option<IpAddr>,
}

impl Client {
    /// A client without a token.
    pub fn anonymous(app: &TestApp) -> Self {
        Self {
            app: Arc::clone(&app.app),
            way: Way::Router(app.router.clone()),
            token: Token::None,
            headers: vec![("accept-language".to_owned(), "en".to_owned())],
            address: None,
        }
    }

    /// A client of an account, acting under a post.
    pub fn of(app: &TestApp, account: AccountId, post: Option<PostId>) -> Self {
        Self {
            token: Token::Of(account, post),
            ..Self::anonymous(app)
        }
    }

    /// The same client, asking a program that runs on the same database: its tokens are signed with the key in there, for
    /// the machine's time, which is that program's.
    #[must_use]
    pub fn over(&self, server: &Server) -> Self {
        Self {
            way: Way::Http(server.http().clone(), server.address().to_owned()),
            ..self.clone()
        }
    }

    /// The same client with a token as it stands.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Token::Fixed(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client with one header more.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name.to_owned(), value.to_owned()));
        with
    }

    /// The same client at a network address.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        Self {
            address: Some(address.parse().expect("an address")),
            ..self.clone()
        }
    }

    /// A token of this client that holds from now.
    pub fn token(&self) -> Option<String> {
        match &self.token {
            Token::None => None,
            Token::Fixed(token) => Some(token.clone()),
            Token::Of(account, post) => {
                let bearer = Bearer {
                    account: account.0,
                    // the session that `factory::create_account` gives each account
                    session: account.0,
                    generation: account.0,
                    post: post.map(|post| post.0),
                };
                let now = match self.way {
                    Way::Router(_) => self.app.clock.now(),
                    Way::Http(..) => SystemClock.now(),
                };
                let issued = self.app.tokens.issue(bearer, Uuid::nil(), now);
                Some(issued.expect("a token").0)
            }
        }
    }

    /// Posts a document with its variables.
    pub async fn run(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({"query": query, "variables": variables})).await
    }

    /// Posts a document with its variables to a server that may be gone before it answers.
    ///
    /// # Errors
    /// When there is no whole answer. What was asked may have been done all the same.
    pub async fn try_run(&self, query: &str, variables: Value) -> reqwest::Result<Answer> {
        self.try_post(&json!({"query": query, "variables": variables})).await
    }

    /// Posts any JSON to `/graphql`.
    pub async fn post(&self, body: &Value) -> Answer {
        self.try_post(body).await.expect("an answer")
    }

    /// Asks for events, and waits for the first, or for the answer that says why there are none. Into a router only.
    pub async fn first_event(&self, query: &str, variables: Value) -> Answer {
        let asking = self.with_header("accept", "text/event-stream");
        let headers = asking.headers_of(Some("application/json"));
        let Way::Router(router) = &self.way else {
            panic!("events are asked of a router");
        };
        let body = json!({"query": query, "variables": variables}).to_string();
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = axum::http::Uri::from_static("/graphql");
        *request.headers_mut() = headers;
        let Ok(response) = router.clone().oneshot(request).await;
        let (parts, mut body) = response.into_parts();
        let kind = parts.headers.get("content-type");
        let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            bytes.extend(frame.expect("a frame").into_data().unwrap_or_default());
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let event = text.split_once("event: next\ndata: ").filter(|_| is_stream);
            if let Some((data, _)) = event.and_then(|(_, rest)| rest.split_once("\n\n")) {
                return Answer::new(parts.status, parts.headers, data.as_bytes().to_vec());
            }
        }
        Answer::new(parts.status, parts.headers, bytes)
    }

    /// Gets a path with its query string.
    pub async fn get(&self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, None, Vec::new()).await;
        answer.expect("an answer")
    }

    /// Sends bytes with any method and further headers, with this client's token.
    pub async fn call(&self, method: &str, path: &str, more: &[(&str, &str)], bytes: &[u8]) -> Answer {
        let mut with = self.clone();
        with.headers.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let method = method.parse().expect("a method");
        let answer = with.send(method, path, None, bytes.to_vec()).await;
        answer.expect("an answer")
    }

    async fn try_post(&self, body: &Value) -> reqwest::Result<Answer> {
        let kind = Some("application/json");
        self.send(Method::POST, "/graphql", kind, body.to_string().into_bytes())
            .await
    }

    async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: Vec<u8>) -> reqwest::Result<Answer> {
        let headers = self.headers_of(kind);
        match &self.way {
            Way::Router(router) => {
                let request = (method, path, headers, body);
                Ok(through(router.clone(), self.address, request).await)
            }
            Way::Http(http, address) => {
                let request = http.request(method, format!("{address}{path}"));
                let response = request.headers(headers).body(body).send().await?;
                let (status, headers) = (response.status(), response.headers().clone());
                Ok(Answer::new(status, headers, response.bytes().await?.to_vec()))
            }
        }
    }

    fn headers_of(&self, kind: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let token = self.token().map(|token| ("authorization", format!("Bearer {token}")));
        let kind = kind.map(|kind| ("content-type", kind.to_owned()));
        for (name, value) in own.chain(token).chain(kind) {
            let name: HeaderName = name.parse().expect("a header's name");
            headers.append(name, value.parse().expect("a header's value"));
        }
        headers
    }
}

/// Sends a request into a router.
async fn through(
    router: Router,
    address: Option<IpAddr>,
    (method, path, headers, body): (Method, &str, HeaderMap, Vec<u8>),
) -> Answer {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().expect("a path");
    *request.headers_mut() = headers;
    if let Some(address) = address {
        let peer = ConnectInfo(SocketAddr::new(address, 4711));
        request.extensions_mut().insert(peer);
    }
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer::new(parts.status, parts.headers, bytes)
}

/// The headers of an answer, by name.
type Headers = Vec<(String, Vec<u8>)>;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it was sent.
    pub bytes: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Answer {
    fn new(status: StatusCode, headers: HeaderMap, bytes: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        }
    }

    /// A value below `data`, by names and positions: `viewer.posts.0.role`.
    pub fn data(&self, path: &str) -> &Value {
        path.split('.')
            .try_fold(
                self.json.get("data").unwrap_or(&Value::Null),
                |value, step| match step.parse::<usize>() {
                    Ok(at) if value.is_array() => value.get(at),
                    _ => value.get(step),
                },
            )
            .unwrap_or(&Value::Null)
    }

    /// A text below `data`.
    pub fn text(&self, path: &str) -> String {
        match self.data(path) {
            Value::String(text) => text.clone(),
            _ => panic!("no text at {path} in {}", self.json),
        }
    }

    /// A number below `data`.
    pub fn number(&self, path: &str) -> i64 {
        match self.data(path).as_i64() {
            Some(number) => number,
            None => panic!("no number at {path} in {}", self.json),
        }
    }

    /// The items of a list below `data`.
    pub fn list(&self, path: &str) -> &[Value] {
        match self.data(path) {
            Value::Array(items) => items,
            _ => panic!("no list at {path} in {}", self.json),
        }
    }

    /// All errors.
    pub fn errors(&self) -> &[Value] {
        self.json
            .get("errors")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// `extensions.code` of the first error.
    pub fn code(&self) -> Option<&str> {
        self.extension("code")?.as_str()
    }

    /// `extensions.rule` of the first error.
    pub fn rule(&self) -> Option<&str> {
        self.extension("rule")?.as_str()
    }

    /// What must be mended of an INVALID answer: path and rule of each.
    pub fn problems(&self) -> Vec<(String, String)> {
        let fields = self.extension("fields").and_then(Value::as_array);
        let text = |field: &Value, name: &str| field.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        fields
            .into_iter()
            .flatten()
            .map(|field| (text(field, "path"), text(field, "rule")))
            .collect()
    }

    /// Anything in `extensions` of the first error.
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.errors().first()?.get("extensions")?.get(name)
    }

    /// This answer, which must have no error.
    #[expect(clippy::return_self_not_must_use, reason = "often the check is all that is wanted")]
    pub fn ok(self) -> Self {
        assert!(
            self.errors().is_empty() && self.json.get("data").is_some(),
            "{}",
            self.json
        );
        self
    }

    /// All that a client can compare: status, headers without the request's own id, and the body.
    pub fn comparable(&self) -> (StatusCode, Headers, Vec<u8>) {
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        (self.status, headers, self.bytes.clone())
    }
}
