//! Somebody who asks: a role's phone or nobody, and the answers they get.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use entity::id::{AccountId, PostId};
use http_body_util::BodyExt as _;
use khuyenhoc::account::token::Bearer;
use khuyenhoc::app::App;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::app::TestApp;

/// Whose token a request carries.
#[derive(Clone)]
enum Token {
    None,
    /// Issued anew at every request, so that it never expires under the test's clock.
    Of(AccountId, Option<PostId>),
    Fixed(String),
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    app: Arc<App>,
    router: Router,
    token: Token,
    headers: Vec<(String, String)>,
}

impl Client {
    /// A client without a token.
    pub fn anonymous(app: &TestApp) -> Self {
        Self {
            app: Arc::clone(&app.app),
            router: app.router.clone(),
            token: Token::None,
            headers: vec![("accept-language".to_owned(), "en".to_owned())],
        }
    }

    /// A client of an account, acting under a post.
    pub fn of(app: &TestApp, account: AccountId, post: Option<PostId>) -> Self {
        Self {
            token: Token::Of(account, post),
            ..Self::anonymous(app)
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
                let issued = self.app.tokens.issue(bearer, Uuid::nil(), self.app.clock.now());
                Some(issued.expect("a token").0)
            }
        }
    }

    /// Posts a document with its variables.
    pub async fn run(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({"query": query, "variables": variables})).await
    }

    /// Posts any JSON to `/graphql`.
    pub async fn post(&self, body: &Value) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/graphql")
            .header("content-type", "application/json");
        self.send(request, Body::from(body.to_string())).await
    }

    /// Gets a path with its query string.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().method(Method::GET).uri(path), Body::empty())
            .await
    }

    async fn send(&self, mut request: axum::http::request::Builder, body: Body) -> Answer {
        if let Some(token) = self.token() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body).expect("a request");
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
            json,
        }
    }
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
