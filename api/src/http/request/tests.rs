use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::ACCEPT;
use serde_json::json;

use super::*;

async fn post_as(content_type: &str, body: &'static str) -> Result<GraphqlRequest, RequestError> {
    let mut request = Request::post("/graphql");
    if !content_type.is_empty() {
        request = request.header(CONTENT_TYPE, content_type);
    }
    read(request.body(Body::from(body)).unwrap(), &BodyLimits::default()).await
}

async fn post(body: &'static str) -> Result<GraphqlRequest, RequestError> {
    post_as("application/json", body).await
}

async fn get(parameters: &str) -> Result<GraphqlRequest, RequestError> {
    let request = Request::get(format!("/graphql?{parameters}"))
        .body(Body::empty())
        .unwrap();
    read(request, &BodyLimits::default()).await
}

fn accept(values: &[&'static str]) -> Result<MediaType, RequestError> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(ACCEPT, HeaderValue::from_static(value));
    }
    negotiate(&headers)
}

#[tokio::test]
async fn a_post_carries_all_four_members() {
    let whole = post(r#"{"query":"{a}","operationName":"A","variables":{"n":1},"extensions":{"x":[]},"other":1}"#)
        .await
        .unwrap();
    assert_eq!(whole.query, "{a}");
    assert_eq!(whole.operation_name.as_deref(), Some("A"));
    assert_eq!(Value::Object(whole.variables), json!({"n": 1}));
    assert_eq!(Value::Object(whole.extensions), json!({"x": []}));
    let bare = post(r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#)
        .await
        .unwrap();
    assert_eq!(
        bare,
        GraphqlRequest {
            query: "{a}".into(),
            ..GraphqlRequest::default()
        }
    );
}

#[tokio::test]
async fn what_is_no_graphql_request_is_told_why() {
    for (body, error) in [
        ("", RequestError::NotJson { line: 1, column: 1 }),
        ("{\n\"query\":", RequestError::NotJson { line: 2, column: 8 }),
        ("{\"query\":\"{a}\"} x", RequestError::NotJson { line: 1, column: 17 }),
        ("[{\"query\":\"{a}\"}]", RequestError::Batch),
        ("\"{a}\"", RequestError::NotAnObject),
        ("{}", RequestError::QueryMissing),
        ("{\"query\":null}", RequestError::QueryMissing),
        ("{\"query\":1}", RequestError::WrongType { member: "query" }),
        (
            "{\"query\":\"a\",\"operationName\":1}",
            RequestError::WrongType {
                member: "operationName",
            },
        ),
        (
            "{\"query\":\"a\",\"variables\":\"{}\"}",
            RequestError::WrongType { member: "variables" },
        ),
        (
            "{\"query\":\"a\",\"extensions\":[]}",
            RequestError::WrongType { member: "extensions" },
        ),
    ] {
        assert_eq!(post(body).await, Err(error), "{body}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
    let deep = Box::leak(format!("{{\"query\":\"a\",\"variables\":{}", "[".repeat(30_000)).into_boxed_str());
    assert!(
        matches!(post(deep).await, Err(RequestError::NotJson { .. })),
        "the JSON reader stops at 128 levels"
    );
}

#[tokio::test]
async fn only_json_in_utf8_is_read() {
    let body = r#"{"query":"{a}"}"#;
    for good in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; x=y",
    ] {
        assert!(post_as(good, body).await.is_ok(), "{good}");
    }
    for bad in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/json; charset=utf-16",
    ] {
        assert_eq!(
            post_as(bad, body).await,
            Err(RequestError::UnsupportedMediaType),
            "{bad}"
        );
    }
    let twice = Request::post("/")
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_TYPE, "text/plain");
    let packed = Request::post("/")
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_ENCODING, "gzip");
    for request in [twice, packed] {
        let answer = read(request.body(Body::from(body)).unwrap(), &BodyLimits::default()).await;
        assert_eq!(answer, Err(RequestError::UnsupportedMediaType));
    }
}

#[tokio::test]
async fn the_body_is_bounded_in_size_and_time() {
    let send = |bytes: usize, body: Body| {
        let limits = BodyLimits {
            bytes,
            time: Duration::from_millis(50),
        };
        let request = Request::post("/")
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap();
        async move { read(request, &limits).await }
    };
    assert!(send(15, Body::from("{\"query\":\"{a}\"}")).await.is_ok());
    assert_eq!(
        send(14, Body::from("{\"query\":\"{a}\"}")).await,
        Err(RequestError::BodyTooLarge { max: 14 })
    );
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(b"          ")));
    assert_eq!(
        send(4096, Body::from_stream(endless)).await,
        Err(RequestError::BodyTooLarge { max: 4096 })
    );
    let silent = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    assert_eq!(
        send(4096, Body::from_stream(silent)).await,
        Err(RequestError::BodyTooSlow)
    );
    let broken = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    assert_eq!(
        send(4096, Body::from_stream(broken)).await,
        Err(RequestError::BodyBroken)
    );
}

#[tokio::test]
async fn a_get_carries_its_members_in_the_url() {
    let whole = get(
        "query=query%20A%7Ba%7D&operationName=A&variables=%7B%22ten%22%3A%22Nguy%E1%BB%85n%22%7D&extensions={}&x=1",
    )
    .await
    .unwrap();
    assert_eq!(
        (whole.query.as_str(), whole.operation_name.as_deref()),
        ("query A{a}", Some("A"))
    );
    assert_eq!(Value::Object(whole.variables), json!({"ten": "Nguyễn"}));
    assert_eq!(
        get("query={a}&operationName=&variables=null")
            .await
            .unwrap()
            .operation_name,
        None
    );
    assert_eq!(get("").await, Err(RequestError::QueryMissing));
    assert_eq!(
        get("query=a&variables=").await,
        Err(RequestError::NotJson { line: 1, column: 1 })
    );
    assert_eq!(
        get("query=a&variables=[]").await,
        Err(RequestError::WrongType { member: "variables" })
    );
    assert_eq!(
        get("query=a&query=b").await,
        Err(RequestError::Repeated { member: "query" })
    );
}

#[tokio::test]
async fn methods_are_held_to_what_they_mean() {
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let request = Request::builder()
            .method(method)
            .uri("/?query={a}")
            .body(Body::empty())
            .unwrap();
        let error = read(request, &BodyLimits::default()).await.unwrap_err();
        assert_eq!(error, RequestError::MethodNotAllowed { allow: "GET, POST" });
        assert_eq!(error.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    assert!(check_method(&Method::GET, OperationType::Query).is_ok());
    for kind in [OperationType::Mutation, OperationType::Subscription] {
        assert_eq!(
            check_method(&Method::GET, kind),
            Err(RequestError::MethodNotAllowed { allow: "POST" })
        );
        assert!(check_method(&Method::POST, kind).is_ok());
    }
}

#[test]
fn accept_is_weighed() {
    use MediaType::{GraphqlResponse, Json};
    for (values, expected) in [
        (&[][..], Ok(Json)),
        (&["*/*"], Ok(Json)),
        (&["application/*"], Ok(Json)),
        (&["application/json"], Ok(Json)),
        (&["application/json; charset=utf-8"], Ok(Json)),
        (&["application/graphql-response+json"], Ok(GraphqlResponse)),
        (
            &["application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"],
            Ok(GraphqlResponse),
        ),
        (
            &["application/json, application/graphql-response+json"],
            Ok(GraphqlResponse),
        ),
        (
            &["application/json", "Application/GraphQL-Response+JSON"],
            Ok(GraphqlResponse),
        ),
        (&["application/graphql-response+json;q=0.8, application/json"], Ok(Json)),
        (&["application/graphql-response+json, */*;q=0.1"], Ok(GraphqlResponse)),
        (&["application/graphql-response+json;q=0.5, */*"], Ok(Json)),
        (&["application/json;q=0, */*"], Ok(GraphqlResponse)),
        (&["text/html, */*;q=0.8"], Ok(Json)),
        (&["text/html"], Err(RequestError::NotAcceptable)),
        (&["application/json;q=0"], Err(RequestError::NotAcceptable)),
        (&["application/json;q=none"], Err(RequestError::NotAcceptable)),
        (&["application/json; charset=utf-16"], Err(RequestError::NotAcceptable)),
    ] {
        assert_eq!(accept(values), expected, "{values:?}");
    }
}

/// The example of the draft: its hash, its text without white space.
const HASH: &str = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b";
const TEXT: &str = "query($id:ID!){user(id:$id){name}}";

#[tokio::test]
async fn a_document_is_asked_for_by_its_hash_in_three_forms() {
    let apollo = json!({"persistedQuery": {"version": 1, "sha256Hash": HASH}});
    for members in [
        json!({"documentId": format!("sha256:{HASH}")}),
        json!({"documentId": HASH}),
        json!({ "extensions": apollo }),
        json!({"documentId": HASH, "extensions": apollo}),
        json!({"documentId": HASH, "query": TEXT}),
        json!({"query": TEXT, "extensions": apollo}),
    ] {
        let Value::Object(members) = members else { panic!() };
        let asked = from_members(members.clone()).unwrap();
        assert_eq!(asked.document, DocumentHash::parse(HASH), "{members:?}");
        assert_eq!(asked.query, members.get("query").map_or("", |_| TEXT));
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &members {
            url.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        assert_eq!(get(&url.finish()).await.unwrap(), asked);
    }
    assert_eq!(post(r#"{"query":"{a}"}"#).await.unwrap().document, None);
}

#[tokio::test]
async fn a_hash_that_is_none_or_not_of_this_text_is_refused() {
    let other = HASH.replace('7', "8");
    let wrong_type = |member| RequestError::WrongType { member };
    let apollo = |version: u32, hash: &str| json!({"persistedQuery": {"version": version, "sha256Hash": hash}});
    for (members, error) in [
        (json!({"documentId": "x-own:1"}), RequestError::DocumentId),
        (json!({"documentId": ""}), RequestError::DocumentId),
        (json!({"documentId": 1}), wrong_type("documentId")),
        (json!({"documentId": other, "query": TEXT}), RequestError::DocumentHash),
        (
            json!({"query": TEXT, "extensions": apollo(1, &other)}),
            RequestError::DocumentHash,
        ),
        (json!({"documentId": HASH, "query": ""}), RequestError::DocumentHash),
        (
            json!({"documentId": HASH, "extensions": apollo(1, &other)}),
            RequestError::DocumentHash,
        ),
        (json!({"extensions": apollo(1, "md5")}), RequestError::DocumentId),
        (
            json!({"extensions": apollo(2, HASH)}),
            wrong_type("extensions.persistedQuery"),
        ),
        (
            json!({"extensions": {"persistedQuery": true}}),
            wrong_type("extensions.persistedQuery"),
        ),
        (
            json!({"extensions": {"persistedQuery": null}}),
            RequestError::QueryMissing,
        ),
    ] {
        let Value::Object(members) = members else { panic!() };
        assert_eq!(from_members(members.clone()), Err(error), "{members:?}");
    }
}
