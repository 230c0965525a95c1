//! Answers that a phone need not load twice: `ETag`, `If-None-Match` and 304 for queries by GET (RFC 9110, section 13).
//!
//! The query is run all the same, under the viewer's rights of this moment; what is saved is the line. Every such answer
//! has a tag, so an app that keeps one may ask with it. Whether a cache on the way to the app's code may keep it as well
//! is another matter: only what changes slowly, only for one person, and never without asking first.

use axum::body::{Body, to_bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::compression;
use super::guard::RootField;

/// Root fields whose answers change a few times a year, if at all.
pub const SLOW_FIELDS: [&str; 8] = [
    "unit",
    "programmeYears",
    "programmeWindows",
    "criteriaSets",
    "criteriaSet",
    "cannedReasons",
    "__schema",
    "__type",
];

/// For slow fields: the device may keep it, and asks before each use.
const KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Everything of a request that an answer depends on, besides its URL.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("authorization, x-acting-post, accept-language, accept");

/// Bytes of the digest that a tag shows: 128 bits meet by chance never.
const SHOWN: usize = 16;

/// What a GET has said about the answer it holds already.
#[derive(Debug)]
pub struct Condition {
    held: Held,
    slow: bool,
}

#[derive(Debug)]
enum Held {
    /// `If-None-Match: *`: whatever there is.
    Anything,
    /// These tags, without their marks of weakness.
    Tags(Vec<String>),
}

impl Condition {
    /// Of a query that came by GET; of others there is none.
    pub fn of(method: &Method, headers: &HeaderMap, fields: &[RootField]) -> Option<Self> {
        (*method == Method::GET).then(|| Self {
            held: held(headers),
            slow: is_slow(fields),
        })
    }

    /// The answer with its tag, or 304 where the client holds it. What is not a whole answer without errors is not tagged:
    /// tomorrow it may be one.
    pub async fn applied(self, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        parts.headers.append(VARY, DEPENDS_ON);
        if parts.status != StatusCode::OK {
            return Response::from_parts(parts, body);
        }
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            return Response::from_parts(parts, Body::empty());
        };
        let Some(tag) = tag(&bytes, parts.headers.get(CONTENT_TYPE)) else {
            return Response::from_parts(parts, Body::from(bytes));
        };
        if self.slow {
            parts.headers.insert(CACHE_CONTROL, KEPT);
        }
        let matched = self.held.matching(&tag);
        let shown = matched.as_ref().unwrap_or(&tag);
        if let Ok(value) = HeaderValue::from_str(shown) {
            parts.headers.insert(ETAG, value);
        }
        if matched.is_none() {
            return Response::from_parts(parts, Body::from(bytes));
        }
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_TYPE);
        Response::from_parts(parts, Body::empty())
    }
}

/// The tag to answer 304 with, where `If-None-Match` says that the client holds this one, in whatever coding.
pub(super) fn held_as(headers: &HeaderMap, tag: &str) -> Option<String> {
    held(headers).matching(tag)
}

impl Held {
    /// The tag to answer 304 with, if this one is held in whatever coding.
    fn matching(&self, tag: &str) -> Option<String> {
        let plain = without_mark(tag);
        match self {
            Self::Anything => Some(tag.to_owned()),
            Self::Tags(tags) => tags
                .iter()
                .find(|held| *held == plain || **held == compression::coded_tag(plain))
                .map(|held| if plain == tag { held.clone() } else { tag.to_owned() }),
        }
    }
}

fn held(headers: &HeaderMap) -> Held {
    let mut tags = Vec::new();
    for value in headers.get_all(IF_NONE_MATCH) {
        // our own tags have no comma
        for one in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            if one == "*" {
                return Held::Anything;
            }
            tags.push(without_mark(one).to_owned());
        }
    }
    Held::Tags(tags)
}

/// Comparison for `If-None-Match` is weak (RFC 9110, section 13.1.2).
fn without_mark(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn is_slow(fields: &[RootField]) -> bool {
    let mut asked = fields.iter().filter(|field| field.name != "__typename").peekable();
    asked.peek().is_some() && asked.all(|field| SLOW_FIELDS.contains(&field.name.as_str()))
}

/// The members of an answer.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    errors: Option<IgnoredAny>,
    extensions: Option<IgnoredAny>,
}

/// A tag over `data` and the media type. It is strong where that is all there is; beside `extensions`, which tell of the
/// request and not of the data, it says only that the data is the same, and that is what weak tags are for.
fn tag(body: &[u8], media: Option<&HeaderValue>) -> Option<String> {
    let members: Members<'_> = serde_json::from_slice(body).ok()?;
    if members.errors.is_some() {
        return None;
    }
    let mut content = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    content.update(members.data?.get().as_bytes());
    content.update(media.map_or(b"", HeaderValue::as_bytes));
    let digest = content.finish();
    let shown = URL_SAFE_NO_PAD.encode(digest.as_ref().get(..SHOWN)?);
    let mark = if members.extensions.is_some() { "W/" } else { "" };
    Some(format!("{mark}\"{shown}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<RootField> {
        let field = |name: &&str| RootField {
            name: (*name).to_owned(),
            response_key: (*name).to_owned(),
            line: 1,
            column: 1,
        };
        names.iter().map(field).collect()
    }

    async fn ask(body: &str, condition: Option<&str>, fields: &[&str]) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(condition) = condition {
            headers.insert(IF_NONE_MATCH, condition.parse().unwrap());
        }
        let response = Response::builder()
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(CACHE_CONTROL, "no-store")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let condition = Condition::of(&Method::GET, &headers, &named(fields)).unwrap();
        condition.applied(response).await
    }

    const DATA: &str = r#"{"data":{"unit":{"name":"Phường"}}}"#;

    #[tokio::test]
    async fn what_is_held_is_not_sent_again() {
        let first = ask(DATA, None, &["unit"]).await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.len() == 24, "{tag}");
        assert_eq!(to_bytes(first.into_body(), 1000).await.unwrap(), DATA);
        let gzip = compression::coded_tag(&tag);
        for held in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            gzip.clone(),
            "*".to_owned(),
        ] {
            let again = ask(DATA, Some(&held), &["unit"]).await;
            assert_eq!(again.status(), 304, "{held}");
            assert_eq!(again.headers()[CACHE_CONTROL], "private, no-cache");
            assert_eq!(again.headers()[VARY], DEPENDS_ON);
            assert!(!again.headers().contains_key(CONTENT_TYPE));
            let expected = if held == gzip { &gzip } else { &tag };
            assert_eq!(again.headers()[ETAG], expected.as_str());
            assert!(to_bytes(again.into_body(), 1000).await.unwrap().is_empty());
        }
        for other in ["\"x\"", "", "x", &tag[..20]] {
            assert_eq!(ask(DATA, Some(other), &["unit"]).await.status(), 200, "{other}");
        }
        let changed = ask(&DATA.replace("Phường", "Xã"), Some(&tag), &["unit"]).await;
        assert_eq!(changed.status(), 200);
        assert_ne!(changed.headers()[ETAG], tag.as_str());
    }

    #[tokio::test]
    async fn only_what_is_slow_may_be_kept_by_caches() {
        for (fields, kept) in [
            (&["unit"][..], true),
            (&["unit", "__typename", "criteriaSets"], true),
            (&["__typename"], false),
            (&["viewer"], false),
            (&["unit", "viewer"], false),
        ] {
            let answer = ask(DATA, None, fields).await;
            let expected = if kept { "private, no-cache" } else { "no-store" };
            assert_eq!(answer.headers()[CACHE_CONTROL], expected, "{fields:?}");
            assert!(answer.headers().contains_key(ETAG));
        }
    }

    #[tokio::test]
    async fn beside_extensions_a_tag_is_weak_and_does_not_follow_them() {
        let with = |cost: u8| format!(r#"{{"data":{{"unit":null}},"extensions":{{"cost":{cost}}}}}"#);
        let first = ask(&with(1), None, &["unit"]).await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = ask(&with(2), Some(&tag), &["unit"]).await;
        assert_eq!(
            (again.status().as_u16(), again.headers()[ETAG].to_str().unwrap()),
            (304, tag.as_str())
        );
    }

    #[tokio::test]
    async fn what_failed_has_no_tag() {
        let answer = ask(
            r#"{"errors":[{"message":"x"}],"data":{"unit":null}}"#,
            Some("*"),
            &["unit"],
        )
        .await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key(ETAG));
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn a_post_has_no_condition() {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        assert!(Condition::of(&Method::POST, &headers, &[]).is_none());
    }
}
