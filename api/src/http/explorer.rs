//! A page to try the API with: a GraphQL editor that knows the schema, in one file without any outside asset, so that it
//! works in an office without Internet and no foreign server learns of it.
//!
//! The page is closed tightly: its script and style run because their hashes stand in the Content-Security-Policy, and
//! nothing else does. What is put into it (demo accounts, ready requests) is data, never markup. Tokens live in variables
//! of the page and are gone with it, and so is the history.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::compression::compressed;
use super::request::MediaType;
use super::respond;

/// The page as it is kept: with its places for style, data and script still empty.
const TEMPLATE: &str = include_str!("explorer/page.html");

/// How it looks.
const STYLE: &str = include_str!("explorer/style.css");

/// What it does, in the order in which its parts use one another.
const SCRIPT: &str = concat!(
    include_str!("explorer/base.js"),
    include_str!("explorer/session.js"),
    include_str!("explorer/text.js"),
    include_str!("explorer/docs.js"),
    include_str!("explorer/complete.js"),
    include_str!("explorer/main.js"),
);

/// A page ready to be sent, with the schema that it asks for.
#[derive(Debug, Clone)]
pub struct Page {
    html: Bytes,
    policy: HeaderValue,
    schema: Value,
}

/// Makes the page once, at start.
///
/// `accounts` is a list of `{label, login, password}`, empty everywhere but in the demo: whoever sees the page sees the
/// passwords. `examples` is a list of `{title, role, login, query, variables, keep}`. Choosing one signs in as the account
/// of that login, if it is listed. In variables the text `{{uuid}}` becomes a new UUID at each run, and a text that is
/// `$NAME` the value that an earlier example kept under this name: `keep` has a path of fields for each name, which may
/// begin anywhere in the answer and takes the first element of a list. `schema` is `schema::described`.
pub fn page(accounts: &Value, examples: &Value, schema: Value) -> Page {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
        hash(SCRIPT),
        hash(STYLE),
    );
    let fillings = [
        ("__STYLE__", STYLE),
        ("__ACCOUNTS__", &inert(accounts)),
        ("__EXAMPLES__", &inert(examples)),
        ("__SCRIPT__", SCRIPT),
    ];
    // one after the other from the front: what has been put in may hold the marks as well
    let (mut html, mut rest) = (String::new(), TEMPLATE);
    for (place, filling) in fillings {
        let (before, after) = rest.split_once(place).unwrap_or((rest, ""));
        html.push_str(before);
        html.push_str(filling);
        rest = after;
    }
    html.push_str(rest);
    Page {
        html: Bytes::from(html),
        // A hash in base64 is always a legal header value; were it not, the page would stand still rather than open.
        policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
        schema,
    }
}

/// A router that answers GET /explorer, and the schema for it.
pub fn router(page: Page) -> Router {
    let schema = page.schema.clone();
    let described = move || std::future::ready(respond::json(&schema, MediaType::Json, StatusCode::OK));
    Router::new()
        .route("/explorer", get(move || std::future::ready(page.response())))
        .route("/explorer/schema.json", get(described))
        .layer(from_fn(compressed))
}

impl Page {
    /// The HTTP answer.
    pub fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.html.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// JSON that cannot end the element it stands in: `<` opens `</script` and `<!--`, and JSON may write it as an escape
/// (HTML standard, restrictions for contents of script elements).
fn inert(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// SHA-256 in base64, as Content Security Policy level 3 wants it (section 2.3.1, hash-source).
fn hash(text: &str) -> String {
    STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What stands between the first `opening` and the `closing` after it.
    fn between<'a>(text: &'a str, opening: &str, closing: &str) -> &'a str {
        text.split_once(opening)
            .and_then(|(_, rest)| rest.split_once(closing))
            .map_or("", |(inside, _)| inside)
    }

    fn page(accounts: &Value, examples: &Value) -> Page {
        super::page(accounts, examples, json!({"__schema": {}}))
    }

    fn html(page: &Page) -> String {
        String::from_utf8(page.html.to_vec()).unwrap()
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let evil = json!([{"label": "</script><script>alert(1)</script><!--", "login": "__EXAMPLES__", "password": "Nguyễn & \"x\""}]);
        let page = page(&evil, &json!([{"title": "<b>", "query": "{ a }", "variables": {}}]));
        let html = html(&page);
        assert_eq!(html.matches("<script").count(), 3);
        assert_eq!(html.matches("</script>").count(), 3);
        assert!(!html.contains("<!--") && !html.contains("<b>"));
        let accounts = between(&html, "id=\"accounts\">", "</script>");
        assert!(accounts.contains("\\u003c/script>"));
    }

    #[test]
    fn every_place_for_data_is_filled_and_only_once() {
        let html = html(&page(&json!([]), &json!([])));
        for id in ["accounts", "examples"] {
            assert_eq!(between(&html, &format!("id=\"{id}\">"), "</script>"), "[]");
        }
        let login = json!([{"login": "__EXAMPLES__"}]);
        let html = self::html(&page(&login, &json!([1])));
        assert_eq!(between(&html, "id=\"accounts\">", "</script>"), login.to_string());
        assert_eq!(between(&html, "id=\"examples\">", "</script>"), "[1]");
    }

    #[test]
    fn nothing_runs_but_what_is_hashed() {
        let page = page(&json!([]), &json!([]));
        let html = html(&page);
        let policy = page.policy.to_str().unwrap();
        for (opening, closing) in [("<script>", "</script>"), ("<style>", "</style>")] {
            assert!(policy.contains(&hash(between(&html, opening, closing))), "{opening}");
            assert_eq!(html.matches(opening).count(), 1);
        }
        assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"));
        for word in ["http://", "https://", "innerHTML", "style=", "onclick", "eval("] {
            assert!(!html.contains(word), "{word}");
        }
    }

    #[test]
    fn the_answer_says_what_it_is() {
        let response = page(&json!([]), &json!([])).response();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert!(response.headers().contains_key(CONTENT_SECURITY_POLICY));
    }

    #[test]
    fn its_own_documents_pass_the_guard() {
        use crate::http::guard::{Limits, Prepared};
        for name in ["SIGN_IN", "REFRESH", "POSTS"] {
            let query = between(SCRIPT, &format!("const {name} = \""), "\";\n");
            let read = Prepared::read(query, &Limits::default());
            assert!(read.is_ok(), "{name}: {:?}", read.err());
        }
    }

    #[tokio::test]
    async fn it_knows_the_schema_whatever_the_api_tells_of_it() {
        let schema = crate::schema::described().await;
        let types = schema["__schema"]["types"].as_array().unwrap();
        let query = types.iter().find(|one| one["name"] == "Query").unwrap();
        assert!(
            query["fields"]
                .as_array()
                .unwrap()
                .iter()
                .any(|field| field["name"] == "viewer")
        );
        let input = types.iter().find(|one| one["name"] == "SignInInput").unwrap();
        assert!(!input["inputFields"].as_array().unwrap().is_empty());
    }
}
