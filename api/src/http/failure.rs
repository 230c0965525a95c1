//! Errors as HTTP shows them: one log, one body, and the status that HTTP has for each.

use async_graphql::{PathSegment, Response as Answer, ServerError};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use entity::value::Language;

use super::budget::Cost;
use super::request::MediaType;
use super::respond;
use crate::error::Error;
use crate::request::RequestInfo;

/// Writes down what is our fault, and who was not let in.
pub(super) fn log(error: &Error, info: &RequestInfo) {
    match error {
        Error::Unauthenticated
        | Error::SessionEnded
        | Error::Forbidden
        | Error::PostNeeded
        | Error::SecondFactorNeeded
        | Error::StepUpNeeded
        | Error::RateLimited(_) => {
            tracing::info!(request.id = %info.id, outcome = %error, "request refused");
        }
        Error::Internal(cause) => tracing::error!(request.id = %info.id, %cause, "request failed"),
        Error::Unavailable(cause) => tracing::warn!(request.id = %info.id, %cause, "request not answered"),
        _ => {}
    }
}

/// An error as it is shown; with a response key it is a root field's.
pub(super) fn shown(error: &Error, info: &RequestInfo, response_key: Option<&str>) -> ServerError {
    log(error, info);
    let mut shown = ServerError::new(String::new(), None);
    error.write_into(&mut shown, info.language, &info.id.to_string());
    if let Some(key) = response_key {
        shown.path.push(PathSegment::Field(key.to_owned()));
    }
    shown
}

/// The answer of nothing but an error.
pub(super) fn told(error: &Error, info: &RequestInfo, response_key: Option<&str>) -> Answer {
    Answer::from_errors(vec![shown(error, info, response_key)])
}

/// The answer to a GraphQL request that is refused as a whole: at the door, or with a response key at the gate.
pub(super) fn refused(
    error: &Error,
    info: &RequestInfo,
    media: MediaType,
    response_key: Option<&str>,
    cost: Option<Cost>,
) -> Response {
    let status = error.status();
    let holds = match media {
        MediaType::GraphqlResponse => true,
        // of JSON the draft wants 200 for every well-formed request (GraphQL over HTTP, section 6.4.1): a proxy's 429 could
        // not be told from ours. A bad token is the transport's, and what failed or cannot be read is no answer
        MediaType::Json => match status {
            StatusCode::UNAUTHORIZED => response_key.is_none(),
            StatusCode::BAD_REQUEST | StatusCode::SERVICE_UNAVAILABLE | StatusCode::INTERNAL_SERVER_ERROR => true,
            _ => false,
        },
    };
    let mut answer = told(error, info, response_key);
    if let Some(cost) = cost {
        cost.tell(&mut answer);
    }
    with_pause(
        error,
        respond::answer(answer, media, holds.then_some(status), is_vi(info)),
    )
}

/// The answer to a request that is not GraphQL's and failed.
pub(super) fn response(error: &Error, info: &RequestInfo) -> Response {
    let answer = told(error, info, None);
    with_pause(
        error,
        respond::answer(answer, MediaType::Json, Some(error.status()), is_vi(info)),
    )
}

fn with_pause(error: &Error, mut response: Response) -> Response {
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Whether messages of the library are put into Vietnamese.
pub(super) fn is_vi(info: &RequestInfo) -> bool {
    info.language == Language::Vi
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::header::CONTENT_TYPE;
    use chrono::DateTime;
    use entity::value::Rule;
    use uuid::Uuid;

    use super::*;

    const INFO: RequestInfo = RequestInfo {
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
        language: Language::En,
        address: None,
    };

    /// The rules of `api/docs/adr/0017-http.md`.
    #[test]
    fn the_status_depends_on_the_media_type_and_on_whose_error_it_is() {
        for (error, key, json, graphql) in [
            (Error::Unauthenticated, None, 401, 401),
            (Error::Unauthenticated, Some("a"), 200, 401),
            (Error::Forbidden, Some("a"), 200, 403),
            (Error::RateLimited(Duration::ZERO), None, 200, 429),
            (Error::invalid("a", Rule::NotAnId), None, 400, 400),
            (Error::Unavailable(String::new()), None, 503, 503),
            (Error::Internal(String::new()), None, 500, 500),
        ] {
            let status = |media| refused(&error, &INFO, media, key, None).status().as_u16();
            assert_eq!(
                (status(MediaType::Json), status(MediaType::GraphqlResponse)),
                (json, graphql),
                "{error} {key:?}"
            );
        }
    }

    #[test]
    fn the_header_says_what_the_body_says() {
        let error = Error::RateLimited(Duration::from_millis(1_200));
        for response in [
            response(&error, &INFO),
            refused(&error, &INFO, MediaType::GraphqlResponse, None, None),
        ] {
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[RETRY_AFTER], "2");
            assert!(response.headers().contains_key(CONTENT_TYPE));
        }
    }
}
