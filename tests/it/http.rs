//! GraphQL over HTTP from outside: each behaviour that the draft specification, its audit suite (npm `graphql-http`) and
//! `api/docs/adr/0017-http.md` promise, tried on the whole server without a socket.

use std::io::Read as _;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use flate2::read::GzDecoder;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household};
use tower::ServiceExt as _;
use url::form_urlencoded::byte_serialize;

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const APP: &str = "https://app.example.vn";

/// What came back, as it came.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Raw {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn rule(&self) -> String {
        let rule = &self.json()["errors"][0]["extensions"]["rule"];
        rule.as_str().unwrap_or_default().to_owned()
    }
}

async fn send(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Raw {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.uri(path).body(Body::from(body.to_owned())).expect("a request");
    let Ok(response) = app.router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    Raw {
        status: parts.status,
        headers: parts.headers,
        bytes: body.collect().await.expect("a body").to_bytes().to_vec(),
    }
}

async fn post(app: &TestApp, accept: &str, body: &str) -> Raw {
    send(
        app,
        "POST",
        "/graphql",
        &[("content-type", JSON), ("accept", accept)],
        body,
    )
    .await
}

/// The path of a query by GET.
fn by_get(query: &str, more: &[(&str, &str)]) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let mut path = format!("/graphql?query={}", encoded(query));
    for (name, value) in more {
        path.push_str(&format!("&{name}={}", encoded(value)));
    }
    path
}

#[tokio::test]
async fn the_media_type_of_the_answer_is_the_one_asked_for() {
    let app = TestApp::start(Kind::Sqlite).await;
    let query = json!({"query": "{ __typename }"}).to_string();
    for (accept, expected) in [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.9", JSON),
        ("text/html, application/json;q=0.1", JSON),
        (
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            GRAPHQL,
        ),
    ] {
        let answer = post(&app, accept, &query).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(
            answer.header("content-type"),
            format!("{expected}; charset=utf-8"),
            "{accept}"
        );
        assert_eq!(answer.json(), json!({"data": {"__typename": "Query"}}));
    }
    // without a wish it is JSON, as the audit wants it; the draft leaves it to the server
    let answer = send(&app, "POST", "/graphql", &[("content-type", JSON)], &query).await;
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    for accept in [
        "text/html",
        "application/xml",
        "application/json;q=0",
        "application/json; charset=utf-16",
    ] {
        let answer = post(&app, accept, &query).await;
        assert_eq!(
            (answer.status.as_u16(), answer.rule().as_str()),
            (406, "ACCEPT"),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json_in_utf_8() {
    let app = TestApp::start(Kind::Sqlite).await;
    let query = json!({"query": "{ __type(name: \"Chạy🏃\") { name } }"}).to_string();
    for kind in [
        JSON,
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=\"UTF-8\"",
    ] {
        let answer = send(&app, "POST", "/graphql", &[("content-type", kind)], &query).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
    let without = send(&app, "POST", "/graphql", &[], &query).await;
    assert_eq!(
        (without.status.as_u16(), without.rule().as_str()),
        (415, "CONTENT_TYPE")
    );
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
    ] {
        let answer = send(&app, "POST", "/graphql", &[("content-type", kind)], &query).await;
        assert_eq!(
            (answer.status.as_u16(), answer.rule().as_str()),
            (415, "CONTENT_TYPE"),
            "{kind}"
        );
    }
    let packed = [("content-type", JSON), ("content-encoding", "gzip")];
    assert_eq!(send(&app, "POST", "/graphql", &packed, &query).await.status, 415);
}

#[tokio::test]
async fn other_methods_are_told_which_ones_there_are() {
    let app = TestApp::start(Kind::Sqlite).await;
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY"] {
        let answer = send(&app, method, "/graphql", &[("content-type", JSON)], "{}").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, POST", "{method}");
    }
}

#[tokio::test]
async fn parameters_are_of_their_types() {
    let app = TestApp::start(Kind::Sqlite).await;
    let wrong = [
        json!({"obj": "ect"}),
        json!(0),
        json!(false),
        json!(["array"]),
        json!("string"),
    ];
    for member in ["query", "operationName", "variables", "extensions"] {
        for value in &wrong {
            if value.is_string() && ["query", "operationName"].contains(&member) {
                continue;
            }
            if value.is_object() && ["variables", "extensions"].contains(&member) {
                continue;
            }
            let mut body = json!({"query": "{ __typename }"});
            body[member] = value.clone();
            for accept in [JSON, GRAPHQL] {
                let answer = post(&app, accept, &body.to_string()).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.rule().as_str()),
                    (400, "WRONG_TYPE"),
                    "{body}"
                );
            }
        }
    }
    for body in [
        json!({"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null}),
        json!({"query": "query Q { __typename } query R { __typename }", "operationName": "Q"}),
        json!({"query": "query T($name: String!) { __type(name: $name) { name } }", "variables": {"name": "x"}}),
        json!({"query": "{ __typename }", "extensions": {"some": "value"}}),
    ] {
        for accept in [JSON, GRAPHQL] {
            let answer = post(&app, accept, &body.to_string()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.json().get("errors")),
                (200, None),
                "{body}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_400_in_both_media_types() {
    let app = TestApp::start(Kind::Sqlite).await;
    for (body, rule) in [
        ("", "NOT_JSON"),
        ("{ \"not a JSON", "NOT_JSON"),
        ("NONSENSE", "NOT_JSON"),
        ("\"text\"", "NOT_AN_OBJECT"),
        ("[{\"query\": \"{ __typename }\"}]", "BATCH"),
        ("{\"qeury\": \"{ __typename }\"}", "QUERY_MISSING"),
    ] {
        for accept in [JSON, GRAPHQL] {
            let answer = post(&app, accept, body).await;
            assert_eq!((answer.status.as_u16(), answer.rule().as_str()), (400, rule), "{body}");
            assert!(answer.json().get("data").is_none());
        }
    }
}

#[tokio::test]
async fn a_document_that_cannot_run_is_200_as_json_and_400_otherwise_and_has_no_data() {
    let app = TestApp::start(Kind::Sqlite).await;
    for body in [
        json!({"query": "{"}),
        json!({"query": "{ thereIsNoSuchField }"}),
        json!({"query": "{ __type(name: \"Unit\") { thereIsNoSuchField } }"}),
        json!({"query": "mutation { thereIsNoSuchField }"}),
        json!({"query": "query F($id: ID!) { __typename }", "variables": {"id": null}}),
        json!({"query": "query A { __typename } query B { __typename }"}),
        json!({"query": "query A { __typename }", "operationName": "B"}),
    ] {
        for (accept, status) in [(JSON, 200), (GRAPHQL, 400)] {
            let answer = post(&app, accept, &body.to_string()).await;
            assert_eq!(answer.status.as_u16(), status, "{body}");
            assert!(answer.json().get("data").is_none(), "{}", answer.json());
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "INVALID");
        }
    }
}

#[tokio::test]
async fn who_may_not_ask_gets_401_or_403_without_data_and_200_as_json() {
    let world = World::build(Kind::Sqlite).await;
    let units = r#"mutation { createUnit(input: {}) { outcome } }"#;
    let family = &world.branch(0, 0, 0).family.client;
    let body = json!({"query": "{ viewer { name } }"}).to_string();
    let answer = post(&world.app, GRAPHQL, &body).await;
    assert_eq!((answer.status.as_u16(), answer.json().get("data")), (401, None));
    assert_eq!(post(&world.app, JSON, &body).await.status, 200);
    let forbidden = family.with_header("accept", GRAPHQL).run(units, json!({})).await;
    assert_eq!((forbidden.status.as_u16(), forbidden.code()), (403, Some("FORBIDDEN")));
    assert!(forbidden.json.get("data").is_none());
    assert_eq!(family.run(units, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_get_asks_and_never_changes() {
    let app = TestApp::start(Kind::Sqlite).await;
    let variables = [("variables", r#"{"name":"x"}"#)];
    let typed = by_get("query T($name: String!) { __type(name: $name) { name } }", &variables);
    let two = by_get(
        "query A { __typename } mutation B { __typename }",
        &[("operationName", "A")],
    );
    let empty = by_get("{ __typename }", &[("operationName", ""), ("foreign", "1")]);
    for path in [typed, two.clone(), empty] {
        for accept in [JSON, GRAPHQL] {
            let answer = send(&app, "GET", &path, &[("accept", accept)], "").await;
            assert_eq!(
                (answer.status.as_u16(), answer.json().get("errors")),
                (200, None),
                "{path}"
            );
        }
    }
    for path in [
        by_get("mutation { __typename }", &[]),
        two.replace("operationName=A", "operationName=B"),
    ] {
        for accept in [JSON, GRAPHQL] {
            let answer = send(&app, "GET", &path, &[("accept", accept)], "").await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("allow")),
                (405, "POST"),
                "{path}"
            );
        }
    }
    for (path, rule) in [
        ("/graphql".to_owned(), "QUERY_MISSING"),
        (by_get("{ __typename }", &[("variables", "[")]), "NOT_JSON"),
        (by_get("{ __typename }", &[("query", "{ __typename }")]), "REPEATED"),
    ] {
        let answer = send(&app, "GET", &path, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.rule().as_str()), (400, rule), "{path}");
    }
}

#[tokio::test]
async fn pages_of_listed_origins_are_let_in_and_no_others() {
    let listed = TestApp::start_with(Kind::Sqlite, &[("KHUYENHOC_CORS_ORIGINS", APP)]).await;
    let body = json!({"query": "{ __typename }"}).to_string();
    let asked = |origin| {
        [
            ("origin", origin),
            ("content-type", JSON),
            ("access-control-request-method", "POST"),
        ]
    };
    let preflight = send(&listed, "OPTIONS", "/graphql", &asked(APP), "").await;
    assert!(preflight.status.is_success());
    assert_eq!(preflight.header("access-control-allow-origin"), APP);
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,HEAD,PATCH");
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("x-acting-post")
    );
    assert_eq!(preflight.header("access-control-max-age"), "7200");
    let answer = send(&listed, "POST", "/graphql", &asked(APP), &body).await;
    assert_eq!(answer.header("access-control-allow-origin"), APP);
    assert!(answer.header("access-control-expose-headers").contains("retry-after"));
    assert!(answer.header("vary").contains("origin"));
    let none = TestApp::start(Kind::Sqlite).await;
    for (app, origin) in [(&listed, "https://evil.example"), (&listed, "null"), (&none, APP)] {
        for method in ["OPTIONS", "POST"] {
            let answer = send(app, method, "/graphql", &asked(origin), &body).await;
            for (name, _) in &answer.headers {
                let opens = name.as_str() == "access-control-allow-origin" || name.as_str().ends_with("credentials");
                assert!(!opens, "{method} {origin}: {name}");
            }
        }
    }
    assert_eq!(send(&none, "OPTIONS", "/graphql", &asked(APP), "").await.status, 405);
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_accepts_it() {
    let world = World::build(Kind::Sqlite).await;
    let head = &world.branch(0, 0, 0).head.client;
    for number in 0..12 {
        let input = json!({"headName": "Đinh Thị Dài", "address": format!("Số {number} ngõ Dài, phố Rất Dài")});
        create_household(head, input).await;
    }
    let ask = async |coding: &str| -> Answer {
        let client = head.with_header("accept-encoding", coding);
        let list = "{ households(first: 50) { nodes { id headName address } } }";
        client.run(list, json!({})).await
    };
    let plain = ask("identity").await.ok();
    let packed = ask("br, gzip").await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert!(packed.bytes.len() * 3 < plain.bytes.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&*packed.bytes).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.bytes);
    for answer in [&plain, &packed] {
        assert_eq!(answer.headers["vary"], "accept-encoding");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let short = head
        .with_header("accept-encoding", "gzip")
        .run("{ __typename }", json!({}))
        .await;
    assert!(!short.headers.contains_key("content-encoding"));
}

on_both! {
    async fn what_a_phone_holds_is_not_sent_again(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let windows = format!("{{ programmeWindows(year: {YEAR}) {{ phase opensAt closesAt }} }}");
        let path = by_get(&windows, &[]);
        let first = head.get(&path).await.ok();
        let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
        assert_eq!(first.headers["cache-control"], "private, no-cache");
        let depends: Vec<_> = first.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        for name in ["authorization", "x-acting-post", "accept-language", "accept"] {
            assert!(depends.join(", ").contains(name), "{name}: {depends:?}");
        }
        let again = head.with_header("if-none-match", &tag).get(&path).await;
        assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
        for name in ["etag", "cache-control"] {
            assert_eq!(again.headers[name], first.headers[name]);
        }
        // the answer of another language, another media type and another viewer is another answer
        let vietnamese = by_get("{ cannedReasons(action: RETURN) { code text } }", &[]);
        let english = head.get(&vietnamese).await.ok();
        let tag_of = |answer: &Answer| answer.headers["etag"].clone();
        let in_vietnamese = world.app.anonymous().with_token(&head.token().expect("a token"));
        let other = in_vietnamese.with_header("accept", GRAPHQL).get(&path).await.ok();
        assert_ne!(tag_of(&other), tag_of(&first));
        assert!(english.headers.contains_key("etag"));
        let anonymous = world.app.anonymous().with_header("if-none-match", "*").get(&path).await;
        assert_eq!(anonymous.code(), Some("UNAUTHENTICATED"));
        assert!(!anonymous.headers.contains_key("etag"));
        // what changed is sent
        let narrow = json!({"query": windows, "variables": {}});
        assert_eq!(head.post(&narrow).await.headers["cache-control"], "no-store");
    }

    async fn only_slow_fields_may_be_kept_by_caches(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for (query, kept) in [
            ("{ programmeYears { year } }", true),
            ("{ programmeYears { year } __typename }", true),
            ("{ viewer { name } }", false),
            ("{ programmeYears { year } viewer { name } }", false),
            ("{ households { nodes { id } } }", false),
        ] {
            let answer = head.get(&by_get(query, &[])).await.ok();
            let expected = if kept { "private, no-cache" } else { "no-store" };
            assert_eq!(answer.headers["cache-control"], expected, "{query}");
            // an app that keeps answers itself may ask for any of them with its tag
            let tag = answer.headers["etag"].to_str().expect("a tag").to_owned();
            let again = head.with_header("if-none-match", &tag).get(&by_get(query, &[])).await;
            assert_eq!(again.status.as_u16(), 304, "{query}");
        }
        let viewer = by_get("{ viewer { name } }", &[]);
        let tag = head.get(&viewer).await.headers["etag"].to_str().expect("a tag").to_owned();
        let family = &world.branch(0, 0, 0).family.client;
        assert_eq!(family.with_header("if-none-match", &tag).get(&viewer).await.status, 200);
    }
}
