//! Which web pages of other origins may use the API (the Fetch standard, section 3.2).
//!
//! An exact list from the configuration and nothing else: no pattern, no echo of whatever asks, no credentials, because
//! there are no cookies to send. Without a list the layer is not there, and a preflight is an OPTIONS like any other (405).

use std::time::Duration;

use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, IF_NONE_MATCH, ORIGIN, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;

use super::auth::ACTING_POST;
use super::headers::REQUEST_ID;
use super::upload::{TUS_RESUMABLE, UPLOAD_EXPIRES, UPLOAD_LENGTH, UPLOAD_OFFSET};

/// Methods that pages may use; the last two bring evidence in (`upload`).
const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::HEAD, Method::PATCH];

/// Request headers that pages may set.
const REQUEST_HEADERS: [HeaderName; 9] = [
    ACCEPT,
    ACCEPT_LANGUAGE,
    AUTHORIZATION,
    CONTENT_TYPE,
    IF_NONE_MATCH,
    REQUEST_ID,
    HeaderName::from_static(ACTING_POST),
    TUS_RESUMABLE,
    UPLOAD_OFFSET,
];

/// Answer headers that pages may read beside those the Fetch standard always shows; `Date` because a page, too, has to know
/// how wrong its device's clock is.
const EXPOSED: [HeaderName; 8] = [
    DATE,
    ETAG,
    REQUEST_ID,
    RETRY_AFTER,
    TUS_RESUMABLE,
    UPLOAD_EXPIRES,
    UPLOAD_LENGTH,
    UPLOAD_OFFSET,
];

/// How long a browser may keep the answer to a preflight; more than two hours none of them does.
const MAX_AGE: Duration = Duration::from_hours(2);

/// The layer for these origins, as `config` has checked them; `None` when there are none.
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok())
        .collect();
    (!allowed.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods(METHODS)
            .allow_headers(REQUEST_HEADERS)
            .expose_headers(EXPOSED)
            .max_age(MAX_AGE)
            .vary([ORIGIN])
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
    };
    use axum::response::Response;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    const APP: &str = "https://app.example.vn";

    async fn ask(method: Method, origin: &'static str) -> Response {
        let router = Router::new()
            .route("/graphql", post(|| async { "done" }))
            .layer(layer(&[APP.to_owned(), "https://b.example.vn".to_owned()]).unwrap());
        let request = Request::builder()
            .method(method)
            .uri("/graphql")
            .header(ORIGIN, origin)
            .header("access-control-request-method", "POST")
            .body(Body::empty())
            .unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_listed_origin_is_let_in_and_told_what_it_may() {
        let preflight = ask(Method::OPTIONS, APP).await;
        let headers = preflight.headers();
        assert!(preflight.status().is_success());
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "GET,POST,HEAD,PATCH");
        assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "7200");
        let allowed = headers[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
        for name in ["authorization", "content-type", "x-acting-post", "if-none-match"] {
            assert!(allowed.contains(name), "{name}");
        }
        let answer = ask(Method::POST, APP).await;
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
        assert_eq!(answer.headers()[VARY], "origin");
        let exposed = answer.headers()[ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
        assert_eq!(
            exposed,
            "date,etag,x-request-id,retry-after,tus-resumable,upload-expires,upload-length,upload-offset"
        );
    }

    #[tokio::test]
    async fn others_are_not_and_nobody_sends_credentials() {
        for origin in [
            "https://evil.example",
            "null",
            "https://app.example.vn.evil.example",
            "http://app.example.vn",
            "https://APP.example.vn",
        ] {
            for method in [Method::OPTIONS, Method::POST] {
                let answer = ask(method, origin).await;
                assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
                assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
                assert_eq!(answer.headers()[VARY], "origin", "{origin}");
            }
        }
        let own = ask(Method::OPTIONS, APP).await;
        assert!(!own.headers().contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }

    #[test]
    fn without_origins_there_is_no_layer() {
        assert!(layer(&[]).is_none());
    }
}
