use async_graphql::{EmptyMutation, EmptySubscription, ErrorExtensions, Object, PathSegment, Schema};
use serde_json::json;

use super::*;

async fn parts(response: Response) -> (u16, String, serde_json::Value, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (
        status,
        kind,
        serde_json::from_slice(&bytes).unwrap(),
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

struct Query;

#[Object]
impl Query {
    async fn zebra(&self) -> i32 {
        1
    }
    async fn apple(&self) -> i32 {
        2
    }
    /// The engine puts null in place of `Option<Result<_>>` only; an error of `Result<Option<_>>` takes the parent along.
    async fn broken(&self) -> Option<async_graphql::Result<i32>> {
        Some(Err(std::io::Error::other("sql: secret").into()))
    }
    async fn fatal(&self) -> async_graphql::Result<i32> {
        tokio::task::yield_now().await;
        Err(async_graphql::Error::new("no").extend_with(|_, extensions| extensions.set("code", "NOT_FOUND")))
    }
    async fn by_id(&self, id: uuid::Uuid) -> String {
        id.to_string()
    }
}

async fn run(query: &str, media: MediaType) -> (u16, String, serde_json::Value, String) {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    parts(answer(schema.execute(query).await, media, None, false)).await
}

#[tokio::test]
async fn data_keeps_the_order_of_the_query() {
    let (status, kind, _, text) = run("{ zebra apple }", MediaType::Json).await;
    assert_eq!((status, kind.as_str()), (200, "application/json; charset=utf-8"));
    assert_eq!(text, r#"{"data":{"zebra":1,"apple":2}}"#);
}

#[tokio::test]
async fn what_never_ran_has_no_data_and_its_status_depends_on_the_media_type() {
    for query in ["{ nothing }", "{", "query($n: Int!) { zebra }", "{ byId }"] {
        let (status, kind, body, _) = run(query, MediaType::GraphqlResponse).await;
        assert_eq!(
            (status, kind.as_str()),
            (400, "application/graphql-response+json; charset=utf-8"),
            "{query}"
        );
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(
            body["errors"][0]["extensions"],
            json!({"code": "INVALID", "rule": "VALIDATION"})
        );
        assert_eq!(run(query, MediaType::Json).await.0, 200);
    }
}

#[tokio::test]
async fn what_ran_is_200_even_when_it_failed() {
    for media in [MediaType::Json, MediaType::GraphqlResponse] {
        let (status, _, body, _) = run("{ zebra broken }", media).await;
        assert_eq!((status, &body["data"]), (200, &json!({"zebra": 1, "broken": null})));
        assert_eq!(body["errors"][0]["message"], "The server failed");
        assert_eq!(body["errors"][0]["extensions"], json!({"code": "INTERNAL"}));
        let (status, _, body, _) = run("{ zebra fatal }", media).await;
        assert_eq!((status, body.get("data")), (200, Some(&serde_json::Value::Null)));
        assert_eq!(body["errors"][0]["extensions"], json!({"code": "NOT_FOUND"}));
    }
}

#[tokio::test]
async fn a_bad_argument_is_the_clients_fault_and_not_told_in_the_words_of_a_library() {
    let (_, _, body, text) = run("{ zebra byId(id: \"x\") }", MediaType::Json).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "INVALID", "{text}");
    assert!(!text.contains("character"), "{text}");
}

#[tokio::test]
async fn errors_are_few_and_short() {
    let long = ServerError::new("ễ".repeat(400), None);
    let http = answer(
        async_graphql::Response::from_errors(vec![long; 50]),
        MediaType::Json,
        None,
        true,
    );
    let (_, _, body, _) = parts(http).await;
    assert_eq!(body["errors"].as_array().unwrap().len(), 20);
    let message = body["errors"][0]["message"].as_str().unwrap();
    assert_eq!((message.chars().count(), message.ends_with("ễ…")), (300, true));
    let exact = ServerError::new("x".repeat(300), None);
    let (_, _, body, _) = parts(answer(
        async_graphql::Response::from_errors(vec![exact]),
        MediaType::Json,
        None,
        true,
    ))
    .await;
    assert_eq!(body["errors"][0]["message"], "x".repeat(300));
}

#[tokio::test]
async fn the_callers_status_and_headers_hold() {
    let mut error = ServerError::new("Hãy đăng nhập", None);
    error.path.push(PathSegment::Field("viewer".to_owned()));
    error.extensions.get_or_insert_default().set("code", "UNAUTHENTICATED");
    let mut response = async_graphql::Response::from_errors(vec![error]);
    response
        .http_headers
        .insert("retry-after", HeaderValue::from_static("3"));
    response
        .http_headers
        .insert("cache-control", HeaderValue::from_static("public"));
    let http = answer(response, MediaType::Json, Some(StatusCode::UNAUTHORIZED), true);
    assert_eq!(http.headers()["retry-after"], "3");
    assert_eq!(parts(http).await.0, 401);
}

#[tokio::test]
async fn refusals_and_request_errors() {
    let refused = Refusal::Syntax { line: 2, column: 5 };
    let (status, _, body, _) = parts(answer(
        refusal_answer(&refused, false),
        MediaType::GraphqlResponse,
        None,
        false,
    ))
    .await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({"errors": [{
            "message": "The query has a syntax error (line 2, column 5)",
            "locations": [{"line": 2, "column": 5}],
            "extensions": {"code": "INVALID", "rule": "SYNTAX"},
        }]})
    );
    let http = answer(refusal_answer(&refused, true), MediaType::Json, None, true);
    assert_eq!(parts(http).await.0, 200);
    let http = request_error_http(&RequestError::MethodNotAllowed { allow: "POST" }, MediaType::Json, true);
    assert_eq!(http.headers()[ALLOW], "POST");
    let (status, _, body, _) = parts(http).await;
    assert_eq!(
        (status, &body["errors"][0]["extensions"]["rule"]),
        (405, &json!("METHOD"))
    );
    assert_eq!(
        parts(request_error_http(&RequestError::QueryMissing, MediaType::Json, true))
            .await
            .0,
        400
    );
}
