//! What one request may ask for, tried from outside.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask};

on_both! {
    async fn page_sizes_are_one_to_a_hundred(kind) {
        let world = World::build(kind).await;
        let officer = &world.district(0).officer.client;
        for field in ["households", "registrations"] {
            for first in [0, -1, 101] {
                let answer = ask(officer, field, json!({"year": YEAR, "first": first})).await;
                assert_eq!(answer.code(), Some("INVALID"), "{field} {first} {}", answer.json);
            }
            ask(officer, field, json!({"year": YEAR, "first": 100})).await.ok();
        }
    }

    async fn a_cursor_opens_only_in_its_own_list(kind) {
        let world = World::build(kind).await;
        let (mine, theirs) = (&world.district(0).officer.client, &world.district(1).officer.client);
        let page = ask(mine, "households", json!({"first": 1})).await.ok();
        let cursor = page.text("households.pageInfo.endCursor");
        ask(mine, "households", json!({"first": 1, "after": cursor})).await.ok();
        for (client, variables) in [
            (theirs, json!({"after": cursor})),
            (mine, json!({"after": cursor, "search": "nguyen"})),
            (mine, json!({"after": cursor, "unitId": world.ward(0, 0).unit})),
            (mine, json!({"after": "x"})),
        ] {
            let answer = ask(client, "households", variables).await;
            assert_eq!(answer.code(), Some("INVALID"));
        }
    }
}

#[tokio::test]
async fn a_small_document_that_fans_out_is_refused_at_once() {
    let app = TestApp::start(Kind::Sqlite).await;
    let mut document = "{ ...F0 }".to_owned();
    for level in 0..9 {
        let next = format!("...F{} ", level + 1).repeat(10);
        write!(document, " fragment F{level} on Query {{ {next} }}").expect("text");
    }
    document.push_str(" fragment F9 on Query { __typename }");
    let began = Instant::now();
    let answer = app.anonymous().run(&document, json!({})).await;
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(answer.code(), Some("INVALID"), "{}", answer.json);
}

#[tokio::test]
async fn a_mutation_over_get_is_refused() {
    let app = TestApp::start(Kind::Sqlite).await;
    let answer = app
        .anonymous()
        .get("/graphql?query=mutation%7BsignIn(input:%7Blogin:%22a%22,password:%22b%22%7D)%7BaccessToken%7D%7D")
        .await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["allow"], "POST");
    let read = app.anonymous().get("/graphql?query=%7B__typename%7D").await;
    assert_eq!((read.status.as_u16(), read.text("__typename").as_str()), (200, "Query"));
}

#[tokio::test]
async fn batches_are_refused() {
    let app = TestApp::start(Kind::Sqlite).await;
    let one = json!({"query": "{ __typename }"});
    let answer = app.anonymous().post(&json!([one, one])).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, Some("INVALID")));
}

#[tokio::test]
async fn one_mutation_a_request() {
    let app = TestApp::start(Kind::Sqlite).await;
    let one = r#"signIn(input: {login: "a", password: "b"}) { accessToken }"#;
    let answer = app
        .anonymous()
        .run(&format!("mutation {{ a: {one} b: {one} }}"), json!({}))
        .await;
    assert_eq!(answer.code(), Some("INVALID"));
    assert_eq!(answer.rule(), Some("TOO_MANY_ROOT_MUTATIONS"));
}

#[tokio::test]
async fn many_names_for_one_field_are_refused() {
    let app = TestApp::start(Kind::Sqlite).await;
    let mut document = "{".to_owned();
    for at in 0..31 {
        write!(document, " a{at}: __typename").expect("text");
    }
    let answer = app.anonymous().run(&(document + "}"), json!({})).await;
    assert_eq!(answer.code(), Some("INVALID"));
}

#[tokio::test]
async fn pages_inside_pages_are_counted_before_anything_runs() {
    let world = World::build(Kind::Sqlite).await;
    let page = |inner: &str| format!("children(first: 100) {{ edges {{ node {{ id {inner} }} }} }}");
    let document = format!("query ($id: ID!) {{ unit(id: $id) {{ {} }} }}", page(&page(&page(""))));
    let statements = world.app.statements();
    let answer = world.officer.client.run(&document, json!({"id": world.unit})).await;
    assert_eq!(answer.code(), Some("INVALID"));
    // the viewer's account, session and posts, read before the document is looked at
    assert_eq!(world.app.statements() - statements, 3);
}

#[tokio::test]
async fn a_list_without_end_is_refused_before_anything_runs() {
    let world = World::build(Kind::Sqlite).await;
    let officer = &world.district(0).officer.client;
    let document = "query ($ids: [ID!]!) { registrationForms(registrationIds: $ids) { size } }";
    let statements = world.app.statements();
    let answer = officer.run(document, json!({"ids": vec!["x"; 501]})).await;
    assert_eq!((answer.code(), answer.rule()), (Some("INVALID"), Some("LIST_TOO_LONG")));
    // the viewer's account, session and posts
    assert_eq!(world.app.statements() - statements, 3);
}
