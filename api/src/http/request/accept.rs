//! Which of GraphQL's two media types a client wants its answer in (RFC 9110, section 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::RequestError;

/// The two forms of a GraphQL answer. The bytes are alike; the HTTP status codes are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status tells whether the request was any good.
    GraphqlResponse,
    /// `application/json`: what older clients expect, always 200 once the request could be read.
    Json,
}

/// Quality in thousandths, and how exactly the range names the type: 2 type, 1 `application/*`, 0 `*/*`.
type Match = (u8, u16);

/// Chooses the media type of the answer from `Accept`. No header, `*/*` and `application/*` mean JSON; equal wishes are
/// settled for `application/graphql-response+json` when the client names it.
///
/// # Errors
/// [`RequestError::NotAcceptable`] when neither type is admitted.
pub fn negotiate(headers: &HeaderMap) -> Result<MediaType, RequestError> {
    if !headers.contains_key(ACCEPT) {
        return Ok(MediaType::Json);
    }
    let (mut graphql, mut json): (Match, Match) = ((0, 0), (0, 0));
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let mut quality = 1000;
            let mut readable = true;
            for parameter in parts {
                match parameter.split_once('=') {
                    Some((name, text)) if name.trim().eq_ignore_ascii_case("q") => quality = thousandths(text.trim()),
                    _ => readable &= is_utf8_or_no_charset(parameter),
                }
            }
            if !readable {
                continue;
            }
            match essence.as_str() {
                "application/graphql-response+json" => graphql = graphql.max((2, quality)),
                "application/json" => json = json.max((2, quality)),
                "application/*" => (graphql, json) = (graphql.max((1, quality)), json.max((1, quality))),
                "*/*" => (graphql, json) = (graphql.max((0, quality)), json.max((0, quality))),
                _ => {}
            }
        }
    }
    let named = graphql.0 == 2;
    match (graphql.1, json.1) {
        (0, 0) => Err(RequestError::NotAcceptable),
        (wanted, other) if wanted > other || (wanted == other && named) => Ok(MediaType::GraphqlResponse),
        _ => Ok(MediaType::Json),
    }
}

/// Whether a media type parameter leaves UTF-8 as it is; parameters other than `charset` do not matter.
pub(super) fn is_utf8_or_no_charset(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    }
}

/// `0.5` is 500; what is no quality value counts as refusal.
pub(in crate::http) fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" if digits => 1000,
        "0" if digits => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}
