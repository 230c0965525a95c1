//! Errors of what is not GraphQL: the same body, codes and languages, and the status that HTTP has for each.

use std::net::IpAddr;

use async_graphql::{Response as Answer, ServerError};
use axum::http::header::RETRY_AFTER;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use entity::value::Language;
use uuid::Uuid;

use super::headers::{RequestId, prefers_vietnamese};
use super::request::MediaType;
use super::respond;
use crate::app::App;
use crate::error::Error;
use crate::request::RequestInfo;

/// What is the same for the whole of a request.
pub(super) fn info(app: &App, headers: &HeaderMap, extensions: &Extensions, address: Option<IpAddr>) -> RequestInfo {
    RequestInfo {
        id: extensions.get::<RequestId>().map_or_else(Uuid::nil, |id| id.0),
        now: app.clock.now(),
        language: if prefers_vietnamese(headers) {
            Language::Vi
        } else {
            Language::En
        },
        address,
    }
}

/// The answer to a request that failed.
pub(super) fn response(error: &Error, info: &RequestInfo) -> Response {
    match error {
        Error::Internal(cause) => tracing::error!(request.id = %info.id, %cause, "request failed"),
        Error::Unavailable(cause) => tracing::warn!(request.id = %info.id, %cause, "request not answered"),
        _ => tracing::info!(request.id = %info.id, outcome = %error, "request refused"),
    }
    let status = match error.code() {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "INVALID" => StatusCode::BAD_REQUEST,
        "CONFLICT" | "REFUSED" => StatusCode::CONFLICT,
        "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut shown = ServerError::new(String::new(), None);
    error.write_into(&mut shown, info.language, &info.id.to_string());
    let vi = info.language == Language::Vi;
    let mut response = respond::answer(Answer::from_errors(vec![shown]), MediaType::Json, Some(status), vi);
    let pause = match error {
        Error::RateLimited(pause) | Error::TooManyAttempts(pause) => Some(pause.as_secs().max(1)),
        Error::Unavailable(_) => Some(5),
        _ => None,
    };
    if let Some(pause) = pause {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(pause));
    }
    response
}
