//! Smaller answers for slow lines: gzip, for whoever accepts it (RFC 9110, section 12.5.3).
//!
//! Only whole bodies of text. A stream must not wait in a compressor's buffer, pictures are compressed already, and below
//! a kilobyte one packet carries the answer either way. That secrets are not guessed from lengths here (the attack BREACH)
//! is reasoned in `api/docs/adr/0017-http.md`.

use std::io::Write;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Body as _;

use super::request::thousandths;

/// Bytes from which compressing is worth it.
const LEAST: u64 = 1024;

/// Bytes from which it is done outside of the threads that serve: this much takes a millisecond or two.
const MUCH: usize = 64 * 1024;

/// What is compressed, by the first part of its media type.
const TEXTS: [&str; 6] = [
    "application/json",
    "application/graphql-response+json",
    "application/jwk-set+json",
    "text/html",
    "text/plain",
    "text/css",
];

/// Compresses the answer when the client accepts it and it is fit for it.
pub async fn compressed(request: Request, next: Next) -> Response {
    let accepted = accepts_gzip(request.headers());
    let mut response = next.run(request).await;
    if !is_fit(&response) {
        return response;
    }
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    if !accepted {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let Some(packed) = packed(&plain).await else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let tag = parts.headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(coded_tag);
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        parts.headers.insert(ETAG, tag);
    }
    Response::from_parts(parts, Body::from(packed))
}

/// The tag of the same answer when it is compressed: a strong one names the very bytes that are sent, so it must differ
/// (RFC 9110, section 8.8.3.3). A weak one stays.
pub(super) fn coded_tag(tag: &str) -> String {
    match tag.strip_suffix('"') {
        Some(open) if !tag.starts_with("W/") => format!("{open}-gzip\""),
        _ => tag.to_owned(),
    }
}

fn is_fit(response: &Response) -> bool {
    let headers = response.headers();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let kind = text(CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .map(str::trim);
    let known = response.body().size_hint().exact();
    known.is_some_and(|bytes| bytes >= LEAST)
        && kind.is_some_and(|kind| TEXTS.contains(&kind))
        && !headers.contains_key(CONTENT_ENCODING)
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !text(CACHE_CONTROL).is_some_and(|control| control.contains("no-transform"))
}

/// Whether gzip is admitted and not liked less than the plain answer.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any, mut plain) = (None, None, None);
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    for range in values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
    {
        let (coding, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = match parameters.trim().split_once('=') {
            Some((name, text)) if name.trim().eq_ignore_ascii_case("q") => thousandths(text.trim()),
            _ => 1000,
        };
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(quality),
            "identity" => plain = Some(quality),
            "*" => any = Some(quality),
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && plain.is_none_or(|plain| gzip >= plain)
}

async fn packed(plain: &Bytes) -> Option<Vec<u8>> {
    if plain.len() < MUCH {
        return pack(plain);
    }
    let plain = plain.clone();
    tokio::task::spawn_blocking(move || pack(&plain)).await.ok().flatten()
}

/// Writing into memory does not fail; were it to, the plain answer goes out.
fn pack(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::default());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::Router;
    use axum::middleware::from_fn;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use flate2::read::GzDecoder;
    use futures_util::stream;
    use tower::ServiceExt;

    use super::*;

    fn long() -> String {
        "Gia đình học tập. ".repeat(200)
    }

    async fn ask(path: &str, accepted: &str) -> Response {
        let json = |body: String| {
            (
                [(CONTENT_TYPE, "application/json; charset=utf-8"), (ETAG, "\"t\"")],
                body,
            )
        };
        let router = Router::new()
            .route("/long", get(move || async move { json(long()) }))
            .route(
                "/keys",
                get(|| async { ([(CONTENT_TYPE, "application/jwk-set+json")], long()) }),
            )
            .route("/huge", get(move || async move { json(long().repeat(40)) }))
            .route("/short", get(move || async move { json("x".repeat(1023)) }))
            .route("/picture", get(|| async { ([(CONTENT_TYPE, "image/jpeg")], long()) }))
            .route(
                "/stream",
                get(|| async {
                    let body = Body::from_stream(stream::iter([Ok::<_, std::io::Error>(long())]));
                    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
                }),
            )
            .layer(from_fn(compressed));
        let request = Request::get(path).header(ACCEPT_ENCODING, accepted).body(Body::empty());
        router.oneshot(request.unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn text_is_smaller_and_the_same() {
        for (path, expected) in [("/long", long()), ("/huge", long().repeat(40))] {
            let answer = ask(path, "gzip").await;
            assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
            assert_eq!(answer.headers()[VARY], "accept-encoding");
            assert_eq!(answer.headers()[ETAG], "\"t-gzip\"");
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            assert!(bytes.len() * 10 < expected.len());
            let mut text = String::new();
            GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[tokio::test]
    async fn what_is_left_alone() {
        for path in ["/short", "/picture", "/stream"] {
            let answer = ask(path, "gzip").await;
            assert!(!answer.headers().contains_key(CONTENT_ENCODING), "{path}");
            assert!(!answer.headers().contains_key(VARY), "{path}");
        }
        assert_eq!(ask("/keys", "gzip").await.headers()[CONTENT_ENCODING], "gzip");
        let plain = ask("/long", "br").await;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(
            (&plain.headers()[VARY], &plain.headers()[ETAG]),
            (
                &HeaderValue::from_static("accept-encoding"),
                &HeaderValue::from_static("\"t\"")
            )
        );
    }

    #[test]
    fn the_client_decides() {
        for (value, gzip) in [
            ("gzip", true),
            ("GZIP", true),
            ("br, gzip;q=0.5", true),
            ("*", true),
            ("*;q=0.1, gzip;q=0", false),
            ("gzip;q=0", false),
            ("gzip;q=0.5, identity", false),
            ("identity;q=0.5, gzip", true),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(accepts_gzip(&headers), gzip, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_strong_tags_name_the_coding() {
        assert_eq!(coded_tag("\"a\""), "\"a-gzip\"");
        assert_eq!(coded_tag("W/\"a\""), "W/\"a\"");
    }
}
