//! `GET /.well-known/jwks.json`: the public keys of our access tokens, for others who check them; and
//! `GET /.well-known/receipt-keys.json`: those of receipts.

use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::conditional::held_as;
use super::graphql::Endpoint;
use crate::account::token::ring::PUBLISHED;

/// The keys that sign now, will sign next, or have signed what may still hold.
pub(super) async fn published(State(endpoint): State<Endpoint>, headers: HeaderMap) -> Response {
    let app = endpoint.app();
    answer(app.tokens.keys().jwks(app.clock.now()).to_string(), &headers)
}

/// The keys that sign receipts or have signed some.
pub(super) async fn of_receipts(State(endpoint): State<Endpoint>, headers: HeaderMap) -> Response {
    answer(endpoint.app().receipts.jwks().to_string(), &headers)
}

/// A set of keys, or that the client has it already.
fn answer(body: String, headers: &HeaderMap) -> Response {
    let hash = digest::digest(&digest::SHA256, body.as_bytes());
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let known = held_as(headers, &tag);
    let mut response = Response::new(if known.is_some() {
        Body::empty()
    } else {
        Body::from(body)
    });
    if known.is_some() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let age = format!("public, max-age={}", PUBLISHED.as_secs());
    let kind = HeaderValue::from_static("application/jwk-set+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    for (name, text) in [(CACHE_CONTROL, age), (ETAG, known.unwrap_or(tag))] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
