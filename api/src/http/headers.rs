//! What every answer carries, whatever handler made it: a request id, headers that keep browsers strict, and a JSON
//! body even when a handler panics (hyper would drop the connection without a word).

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use entity::value::Language;
use futures_util::FutureExt;
use serde_json::json;
use uuid::Uuid;

use super::request::{MediaType, negotiate};
use super::respond;

/// Name of the header that carries the request id both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identity of one HTTP request in logs and in INTERNAL errors; handlers find it in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Wraps `router` in the three layers of this module, in their right order. `new_id` makes the ids of requests that
/// bring none.
pub fn guarded(router: Router, new_id: fn() -> Uuid) -> Router {
    router
        .layer(from_fn(catch_panic))
        .layer(from_fn(security_headers))
        .layer(from_fn_with_state(new_id, request_id))
}

/// Gives the request its [`RequestId`], and the answer the header.
///
/// A client's own id is taken only in the one usual form of a UUID: the id goes into logs, where anything else could
/// forge lines (OWASP Logging Cheat Sheet, log injection).
pub async fn request_id(State(new_id): State<fn() -> Uuid>, mut request: Request, next: Next) -> Response {
    let id = client_id(request.headers()).unwrap_or_else(new_id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn client_id(headers: &HeaderMap) -> Option<Uuid> {
    let mut given = headers.get_all(REQUEST_ID).iter();
    let (first, None) = (given.next()?, given.next()) else {
        return None;
    };
    let text = first.to_str().ok().filter(|text| text.len() == 36)?;
    Uuid::try_parse(text).ok()
}

/// Adds what browsers should know (ASVS 5.0, 3.4.4 to 3.4.6), unless the handler has said it more exactly.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Turns a panic into a 500 with code INTERNAL and the request id; the panic's own words go nowhere.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().copied();
    let media = negotiate(request.headers()).unwrap_or(MediaType::Json);
    let vi = prefers_vietnamese(request.headers());
    // The request is gone with the panic, and what it shared with others guards itself (locks are poisoned).
    if let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await {
        return response;
    }
    // the panic hook has logged where, and only such words as cannot hold a person's (`telemetry`)
    tracing::error!(request.id = ?id.map(|RequestId(id)| id), "handler panicked");
    internal(id, media, vi)
}

/// The answer to a request that broke the server: nothing of the cause, only the id to ask about.
pub fn internal(id: Option<RequestId>, media: MediaType, vi: bool) -> Response {
    let message = if vi {
        "Máy chủ gặp lỗi; xin thử lại sau, nếu vẫn lỗi thì báo cán bộ phụ trách"
    } else {
        "The server failed"
    };
    let id = id.map(|RequestId(id)| id.to_string());
    let error = json!({"message": message, "extensions": {"code": "INTERNAL", "requestId": id}});
    respond::json(&json!({ "errors": [error] }), media, StatusCode::INTERNAL_SERVER_ERROR)
}

/// The language of messages.
pub fn language(headers: &HeaderMap) -> Language {
    if prefers_vietnamese(headers) {
        Language::Vi
    } else {
        Language::En
    }
}

/// Whether messages go out in Vietnamese: unless `Accept-Language` (RFC 9110, section 12.5.4) puts English before it.
/// What is neither is Vietnamese too, the language of nearly all users.
pub fn prefers_vietnamese(headers: &HeaderMap) -> bool {
    let (mut vietnamese, mut english) = (0.0_f32, 0.0_f32);
    for range in headers
        .get_all(ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(1.0, |text| text.parse().unwrap_or(0.0));
        let primary = tag.trim().split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("vi") {
            vietnamese = vietnamese.max(quality);
        } else if primary.eq_ignore_ascii_case("en") {
            english = english.max(quality);
        }
    }
    vietnamese >= english
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    const FIXED: Uuid = Uuid::from_u128(7);

    async fn call(uri: &str, headers: &[(&'static str, &'static str)]) -> (Response, RequestIdSeen) {
        let router = Router::new()
            .route(
                "/",
                get(|request: Request| async move { request.extensions().get::<RequestId>().unwrap().0.to_string() }),
            )
            .route("/frame", get(|| async { [(X_FRAME_OPTIONS, "SAMEORIGIN")] }))
            .route(
                "/panic",
                get(|| async {
                    assert_eq!(1, 2, "secret");
                }),
            );
        let mut request = Request::get(uri).body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        let response = guarded(router, || FIXED).oneshot(request).await.unwrap();
        let seen = response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        (response, seen)
    }

    type RequestIdSeen = String;

    async fn body(response: Response) -> String {
        String::from_utf8(axum::body::to_bytes(response.into_body(), 4096).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_request_has_one_id_everywhere() {
        let (response, seen) = call("/", &[]).await;
        assert_eq!(seen, FIXED.to_string());
        assert_eq!(body(response).await, seen);
        let own = "0191E5A0-7B1C-7D2E-8F3A-4B5C6D7E8F90";
        assert_eq!(call("/", &[("x-request-id", own)]).await.1, own.to_lowercase());
        for bad in [
            "1",
            "",
            "{0191e5a0-7b1c-7d2e-8f3a-4b5c6d7e8f90}",
            "0191e5a07b1c7d2e8f3a4b5c6d7e8f90",
            "0191e5a0-7b1c-7d2e-8f3a-4b5c6d7e8f9\tx",
        ] {
            assert_eq!(call("/", &[("x-request-id", bad)]).await.1, FIXED.to_string(), "{bad}");
        }
        assert_eq!(
            call("/", &[("x-request-id", own), ("x-request-id", own)]).await.1,
            FIXED.to_string()
        );
    }

    #[tokio::test]
    async fn every_answer_keeps_browsers_strict() {
        for path in ["/", "/panic", "/nowhere"] {
            let (response, _) = call(path, &[]).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(response.headers()[name], value, "{path}");
            }
        }
        assert_eq!(call("/frame", &[]).await.0.headers()["x-frame-options"], "SAMEORIGIN");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_without_its_cause() {
        let (response, seen) = call("/panic", &[("accept-language", "en")]).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
        let answer: serde_json::Value = serde_json::from_str(&body(response).await).unwrap();
        let expected = json!({"errors": [{"message": "The server failed", "extensions": {"code": "INTERNAL", "requestId": seen}}]});
        assert_eq!(answer, expected);
    }

    #[test]
    fn language_follows_the_header() {
        for (value, vi) in [
            ("vi", true),
            ("en", false),
            ("en-US,en;q=0.9,vi;q=0.8", false),
            ("vi-VN,vi;q=0.9,en;q=0.8", true),
            ("fr", true),
            ("en;q=0", true),
            ("", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(value));
            assert_eq!(prefers_vietnamese(&headers), vi, "{value}");
        }
        assert!(prefers_vietnamese(&HeaderMap::new()));
    }
}
