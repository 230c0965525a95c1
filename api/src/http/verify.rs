//! `GET /verify/{code}`: whether a certificate is genuine, for whoever holds it. Nobody signs in here.

use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::graphql::Endpoint;
use super::headers::language;
use crate::certificate::verify;

/// The page about the certificate with this code.
pub(super) async fn verified(
    State(endpoint): State<Endpoint>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    let language = language(&headers);
    let (status, page) = match verify::certificate_of(endpoint.app(), &code).await {
        Ok(Some(row)) => (StatusCode::OK, verify::page(Some(&row), language)),
        Ok(None) => (StatusCode::NOT_FOUND, verify::page(None, language)),
        Err(error) => {
            tracing::warn!(%error, "a certificate could not be looked up");
            (StatusCode::SERVICE_UNAVAILABLE, error.message(language))
        }
    };
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let style = STANDARD.encode(digest::digest(&digest::SHA256, verify::STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
