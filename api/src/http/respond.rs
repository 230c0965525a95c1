//! From a GraphQL answer to an HTTP answer: status codes, headers and the last look at errors.
//!
//! The engine gives its own parse and validation errors without a code, sometimes with long quotations, and marks a
//! request that was never run by `data: null` where the GraphQL specification (October 2021, section 7.1.2) wants no
//! `data` at all. Clients branch on codes and on the presence of `data`, so both are put right here, in one place.

#[cfg(test)]
mod tests;

use async_graphql::{ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::guard::{Refusal, RootField};
use super::request::{MediaType, RequestError};
use crate::document::Untrusted;

/// Characters of an error message that are sent; the engine quotes names of the query in its own, whatever their length.
pub const MESSAGE_CHARACTERS: usize = 300;

/// Errors of one answer that are sent: a query of 500 wrong fields needs not be told 500 times.
pub const ERRORS: usize = 20;

/// An answer as it goes out, errors first so that a person sees them (specification, section 7.1).
#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// The HTTP answer to a request that reached the engine. Messages replaced here are Vietnamese when `vi`.
///
/// JSON is always 200; `application/graphql-response+json` is 200 as soon as anything ran, and 400 when the request was
/// refused before (parse, validation, variables). `status` overrides both for 401 and 403, where HTTP clients act on
/// the number. Headers that resolvers set through the engine are kept, except those this module owns.
pub fn answer(
    mut response: async_graphql::Response,
    media: MediaType,
    status: Option<StatusCode>,
    vi: bool,
) -> Response {
    let refused = settle(&mut response, vi);
    let status = status.unwrap_or(match media {
        MediaType::GraphqlResponse if refused => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    });
    let envelope = Envelope {
        errors: &response.errors,
        // with 4xx and 5xx nothing was carried out, and the draft leaves `data` to what was
        data: (!refused && status.is_success()).then_some(&response.data),
        extensions: &response.extensions,
    };
    let mut http = json(&envelope, media, status);
    for (name, value) in &response.http_headers {
        if !http.headers().contains_key(name) {
            http.headers_mut().insert(name.clone(), value.clone());
        }
    }
    http
}

/// Puts the errors of an answer right; whether the request was refused before anything ran.
fn settle(response: &mut async_graphql::Response, vi: bool) -> bool {
    let refused = never_ran(response);
    response.errors.truncate(ERRORS);
    for error in &mut response.errors {
        finish(error, refused, vi);
    }
    refused
}

/// An answer as text, for transports that send many over one connection.
pub struct Told {
    /// The whole answer as JSON.
    pub answer: String,
    /// Its errors as a JSON array.
    pub errors: String,
    /// Whether it was refused before anything ran.
    pub refused: bool,
    /// Whether there is nothing but errors.
    pub failed: bool,
}

/// Writes an answer as text.
pub fn told(mut response: async_graphql::Response, vi: bool) -> Told {
    let refused = settle(&mut response, vi);
    let failed = !response.errors.is_empty() && response.data == Value::Null;
    let envelope = Envelope {
        errors: &response.errors,
        data: (!refused).then_some(&response.data),
        extensions: &response.extensions,
    };
    // values of the engine's are always JSON
    Told {
        answer: serde_json::to_string(&envelope).unwrap_or_else(|_| "{}".to_owned()),
        errors: serde_json::to_string(&response.errors).unwrap_or_else(|_| "[]".to_owned()),
        refused,
        failed,
    }
}

/// What is told of a document that the guard refused: well-formed as HTTP, so 200 as JSON, 400 otherwise.
pub fn refusal_answer(refusal: &Refusal, vi: bool) -> async_graphql::Response {
    let mut error = coded("INVALID", Some(refusal.rule()), refusal.message(vi));
    if let Some((line, column)) = refusal.place() {
        error.locations.push(async_graphql::Pos { line, column });
    }
    async_graphql::Response::from_errors(vec![error])
}

/// What is told of a document that is not taken from clients.
pub fn untrusted_answer(why: Untrusted, vi: bool) -> async_graphql::Response {
    let error = coded(why.code(), Some(why.rule()), why.message(vi).to_owned());
    async_graphql::Response::from_errors(vec![error])
}

/// What is told of a document that asks for a root field that is not there, in the engine's words. The engine is not asked
/// itself, because such a document must not come near it.
pub fn unknown_field_answer(field: &RootField, root: &str) -> async_graphql::Response {
    let message = format!("Unknown field \"{}\" on type \"{root}\".", field.name);
    let mut error = coded("INVALID", Some("VALIDATION"), message);
    let (line, column) = (field.line, field.column);
    error.locations.push(async_graphql::Pos { line, column });
    async_graphql::Response::from_errors(vec![error])
}

/// What is told of what was no GraphQL request.
pub fn request_error_answer(error: &RequestError, vi: bool) -> async_graphql::Response {
    let error = coded("INVALID", Some(error.rule()), error.message(vi));
    async_graphql::Response::from_errors(vec![error])
}

/// The HTTP answer to what was no GraphQL request.
pub fn request_error_http(error: &RequestError, media: MediaType, vi: bool) -> Response {
    let mut http = answer(request_error_answer(error, vi), media, Some(error.status()), vi);
    if let RequestError::MethodNotAllowed { allow } = error {
        http.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    }
    http
}

/// A GraphQL error with its code and rule.
fn coded(code: &str, rule: Option<&str>, message: String) -> ServerError {
    let mut error = ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    if let Some(rule) = rule {
        extensions.set("rule", rule);
    }
    error
}

/// Errors of resolvers have a path; those of parsing, validation and variables have none.
fn never_ran(response: &async_graphql::Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives an error without a code the one it deserves, and shortens its message.
fn finish(error: &mut ServerError, refused: bool, vi: bool) {
    if error
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get("code"))
        .is_none()
    {
        let (code, rule) = if refused {
            ("INVALID", Some("VALIDATION"))
        } else if is_bad_argument(&error.message) {
            error.message = String::from(if vi {
                "Một giá trị gửi lên không đúng dạng"
            } else {
                "A value has the wrong form"
            });
            ("INVALID", Some("VALUE"))
        } else {
            // All errors of the house have codes, so this one escaped: its words may be those of a library.
            tracing::error!(error.path = ?error.path, error.message = ?error.message, "error without a code");
            error.message = String::from(if vi {
                "Máy chủ gặp lỗi; xin thử lại sau, nếu vẫn lỗi thì báo cán bộ phụ trách"
            } else {
                "The server failed"
            });
            ("INTERNAL", None)
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        if let Some(rule) = rule {
            extensions.set("rule", rule);
        }
    }
    if let Some((cut, _)) = error.message.char_indices().nth(MESSAGE_CHARACTERS) {
        error.message.truncate(cut);
        error.message.pop();
        error.message.push('…');
    }
}

/// The engine reads arguments of custom scalars while resolving, and has no other mark than these words for it
/// (`async_graphql::InputValueError`, 7.0.19).
fn is_bad_argument(message: &str) -> bool {
    [
        "Failed to parse \"",
        "Expected input type \"",
        "Invalid value for argument \"",
    ]
    .iter()
    .any(|start| message.starts_with(start))
}

/// Any JSON as an answer of the given media type, with the headers every GraphQL answer has. 500 if it cannot be written.
pub fn json(body: &impl Serialize, media: MediaType, status: StatusCode) -> Response {
    let (status, body) = match serde_json::to_vec(body) {
        Ok(bytes) => (status, bytes),
        Err(error) => {
            tracing::error!(%error, "answer cannot be written as JSON");
            let body = br#"{"errors":[{"message":"The server failed","extensions":{"code":"INTERNAL"}}]}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, body.to_vec())
        }
    };
    let content_type = match media {
        MediaType::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        MediaType::Json => "application/json; charset=utf-8",
    };
    let mut http = Response::new(Body::from(body));
    *http.status_mut() = status;
    let headers = http.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Answers hold personal data; no cache between phone and server may keep them (RFC 9111, section 5.2.2.5).
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    http
}
