//! What stands around GraphQL over HTTP: pages of other origins, compression, and answers that a phone holds already
//! (`api/docs/adr/0017-http.md`).

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::json;
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household, create_unit};

use crate::http::{GRAPHQL, JSON, by_get, send};

const APP: &str = "https://app.example.vn";

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
    assert!(
        preflight
            .header("access-control-allow-methods")
            .starts_with("GET,POST,HEAD,PATCH")
    );
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
        let anonymous = world.app.anonymous().with_header("if-none-match", "*").get(&path).await;
        assert_eq!(anonymous.code(), Some("UNAUTHENTICATED"));
        assert!(!anonymous.headers.contains_key("etag"));
        // by POST nothing is kept
        let posted = head.with_header("if-none-match", &tag).run(&windows, json!({})).await.ok();
        assert_eq!(posted.headers["cache-control"], "no-store");
        assert!(!posted.headers.contains_key("etag"));
        // an answer in another language or media type is another answer
        let reasons = by_get("{ cannedReasons(action: RETURN) { code text } }", &[]);
        let english = head.get(&reasons).await.ok();
        let held = english.headers["etag"].to_str().expect("a tag");
        for (name, value) in [("accept-language", "vi"), ("accept", GRAPHQL)] {
            let other = head.with_header(name, value).with_header("if-none-match", held);
            assert_eq!(other.get(&reasons).await.status, 200, "{name}");
        }
        // what has changed is sent
        let officer = &world.ward(0, 0).officer.client;
        let ward = &world.ward(0, 0).unit;
        let below = by_get(&format!("{{ unit(id: \"{ward}\") {{ children {{ nodes {{ name }} }} }} }}"), &[]);
        let before = officer.get(&below).await.ok();
        let held = before.headers["etag"].to_str().expect("a tag");
        assert_eq!(officer.with_header("if-none-match", held).get(&below).await.status, 304);
        create_unit(officer, ward, "BRANCH", "Chi hội mới").await;
        let after = officer.with_header("if-none-match", held).get(&below).await.ok();
        assert_eq!(after.list("unit.children.nodes").len(), before.list("unit.children.nodes").len() + 1);
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
