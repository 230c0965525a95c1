//! GraphQL over HTTP from outside: each behaviour that the draft specification, its audit suite (npm `graphql-http`) and
//! `api/docs/adr/0017-http.md` promise, tried on the whole server without a socket.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::World;
use tower::ServiceExt as _;
use url::form_urlencoded::byte_serialize;

pub const GRAPHQL: &str = "application/graphql-response+json";
pub const JSON: &str = "application/json";

/// What came back, as it came.
pub struct Raw {
    pub status: StatusCode,
    pub headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Raw {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
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

pub async fn send(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Raw {
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
pub fn by_get(query: &str, more: &[(&str, &str)]) -> String {
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
        assert_eq!(answer.json()["data"], json!({"__typename": "Query"}));
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
    let units = "mutation { createUnit(input: {}) { outcome } }";
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
