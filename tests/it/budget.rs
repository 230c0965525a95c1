//! What a request costs, and what everybody may spend.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, YEAR, ask};
use tests::operation;

const VIEWER: &str = "{ viewer { name } }";
const STRICT: (&str, &str) = ("accept", "application/graphql-response+json");

fn cost<'a>(answer: &'a Answer, of: &str) -> &'a Value {
    &answer.json["extensions"]["cost"][of]
}

/// A second server on the world's database, where one budget is small.
async fn stingy(world: &World, key: &str, rate: &str) -> TestApp {
    TestApp::open(Arc::clone(&world.app.database), &[(key, rate)], 2).await
}

fn client(app: &TestApp, person: &Person) -> Client {
    app.client(person.account, Some(person.post))
}

/// Asks until there is no more; how often it went well, and the refusal.
async fn spend(client: &Client, query: &str) -> (u64, Answer) {
    for count in 0..1_000 {
        let answer = client.run(query, json!({})).await;
        if answer.code() == Some("RATE_LIMITED") {
            return (count, answer);
        }
        answer.ok();
    }
    panic!("there is no end of it");
}

/// The whole number of seconds that a refusal says, which the header must say too.
fn pause(refusal: &Answer) -> i64 {
    let seconds = refusal
        .extension("retryAfter")
        .and_then(Value::as_i64)
        .expect("seconds");
    assert_eq!(
        refusal.headers["retry-after"].to_str().ok(),
        Some(seconds.to_string().as_str())
    );
    assert!(seconds > 0);
    seconds
}

/// All objects that stand in lists of an answer.
fn listed(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(|item| 1 + listed(item)).sum(),
        Value::Object(fields) => fields.values().map(listed).sum(),
        _ => 0,
    }
}

on_both! {
    async fn a_session_spends_its_own_and_gets_it_back(kind) {
        let world = World::build(kind).await;
        let app = stingy(&world, "KHUYENHOC_BUDGET_SESSION", "1").await;
        let (mine, theirs) = (client(&app, &world.district(0).officer), client(&app, &world.ward(0, 0).officer));
        // 120 points, and the question costs two
        let first = mine.run(VIEWER, json!({})).await.ok();
        assert_eq!(
            first.json["extensions"]["cost"],
            json!({"requested": 2, "limit": 120, "remaining": 118, "restoreRate": 1})
        );
        let statements = app.statements();
        let (count, refusal) = spend(&mine, VIEWER).await;
        assert_eq!((count, refusal.status.as_u16()), (59, 200));
        assert!(refusal.json.get("data").is_none());
        let seconds = pause(&refusal);
        assert!(app.statements() > statements);
        // over the line nobody is looked up any more
        let statements = app.statements();
        let strict = mine.with_header(STRICT.0, STRICT.1).run(VIEWER, json!({})).await;
        assert_eq!((strict.status.as_u16(), strict.code()), (429, Some("RATE_LIMITED")));
        pause(&strict);
        assert_eq!(app.statements(), statements);
        theirs.run(VIEWER, json!({})).await.ok();
        app.clock.advance(TimeDelta::seconds(seconds));
        mine.run(VIEWER, json!({})).await.ok();
    }

    async fn what_is_refused_costs_the_question(kind) {
        let world = World::build(kind).await;
        let app = stingy(&world, "KHUYENHOC_BUDGET_SESSION", "1").await;
        let mine = client(&app, &world.district(0).officer);
        for count in 0..121 {
            let answer = mine.run("{ broken", json!({})).await;
            let rule = if count < 120 { Some("SYNTAX") } else { None };
            assert_eq!(answer.rule(), rule, "{count}: {}", answer.json);
        }
        assert_eq!(mine.run("{ broken", json!({})).await.code(), Some("RATE_LIMITED"));
    }

    async fn a_hash_that_nobody_registered_costs_what_looking_for_it_costs(kind) {
        let world = World::build(kind).await;
        let app = stingy(&world, "KHUYENHOC_BUDGET_SESSION", "1").await;
        let mine = client(&app, &world.district(0).officer);
        for number in 0..5 {
            let body = json!({"documentId": format!("sha256:{number:064x}")}).to_string();
            let json_body = [("content-type", "application/json")];
            let answer = mine.call("POST", "/graphql", &json_body, body.as_bytes()).await;
            assert_eq!(answer.code(), Some("PERSISTED_QUERY_NOT_FOUND"), "{number}");
        }
        // five times twenty and one
        let left = mine.run(VIEWER, json!({})).await.ok();
        assert_eq!(cost(&left, "remaining"), &json!(120 - 105 - 2));
    }

    async fn an_account_has_one_budget_for_all_its_phones(kind) {
        let world = World::build(kind).await;
        let app = stingy(&world, "KHUYENHOC_BUDGET_ACCOUNT", "1").await;
        let person = &world.district(0).officer;
        assert_eq!(spend(&client(&app, person), VIEWER).await.0, 60);
        assert_eq!(client(&app, person).run(VIEWER, json!({})).await.code(), Some("RATE_LIMITED"));
        client(&app, &world.district(1).officer).run(VIEWER, json!({})).await.ok();
    }

    async fn one_associations_storm_leaves_the_others_theirs(kind) {
        let world = World::build(kind).await;
        let app = stingy(&world, "KHUYENHOC_BUDGET_ASSOCIATION", "2").await;
        let (head, officer) = (&world.branch(0, 0, 0).head, &world.district(0).officer);
        assert_eq!(spend(&client(&app, head), VIEWER).await.0, 60);
        assert_eq!(client(&app, officer).run(VIEWER, json!({})).await.code(), Some("RATE_LIMITED"));
        for other in [&world.district(1).officer, &world.officer] {
            client(&app, other).run(VIEWER, json!({})).await.ok();
        }
    }

    async fn strangers_pay_by_their_network(kind) {
        let app = TestApp::start_with(kind, &[("KHUYENHOC_BUDGET_ADDRESS", "2")]).await;
        let at = |address: &str| app.anonymous().at(address);
        assert_eq!(spend(&at("2001:db8:1:2::1"), "{ __typename }").await.0, 60);
        for (address, code) in [
            ("2001:db8:1:2:ffff::9", Some("RATE_LIMITED")),
            ("2001:db8:1:3::1", None),
            ("203.0.113.9", None),
        ] {
            assert_eq!(at(address).run("{ __typename }", json!({})).await.code(), code, "{address}");
        }
        // a password is dear
        let wrong = json!({"input": {"login": "0912345678", "password": "x"}});
        let tried = at("203.0.113.10").run(&operation::of("signIn"), wrong.clone()).await;
        assert!(cost(&tried, "requested").as_u64() > Some(60), "{}", tried.json);
        let again = at("203.0.113.10").run(&operation::of("signIn"), wrong).await;
        assert_eq!((again.code(), again.rule()), (Some("RATE_LIMITED"), None));
        assert!(app.database.sql("SELECT id FROM attempt WHERE last_at IS NOT NULL").await.len() <= 3);
    }

    async fn every_answer_tells_its_cost_and_no_page_holds_more(kind) {
        let world = World::build(kind).await;
        let officer = &world.district(0).officer.client;
        let answers = [
            ask(officer, "households", json!({"first": 2})).await,
            ask(officer, "households", json!({})).await,
            ask(officer, "registrations", json!({"year": YEAR, "first": 100})).await,
            ask(officer, "unit", json!({"id": world.district(0).unit})).await,
            ask(officer, "progress", json!({"year": YEAR})).await,
            officer.run("query ($id: ID!) { unit(id: $id) { children(first: 5) { edges { node { children(first: 5) { edges { node { id } } } } } } } }",
                json!({"id": world.district(0).unit})).await,
        ];
        for answer in answers {
            let answer = answer.ok();
            let told = cost(&answer, "requested").as_u64().expect("a cost");
            assert!(told > listed(&answer.json["data"]), "{}", answer.json);
        }
        // also where a resolver or the gate refuses
        let unknown = ask(officer, "unit", json!({"id": "x"})).await;
        assert!(!unknown.errors().is_empty() && cost(&unknown, "requested").is_u64(), "{}", unknown.json);
        let gate = world.app.anonymous().run("{ households { totalCount } }", json!({})).await;
        assert!(gate.code() == Some("UNAUTHENTICATED") && cost(&gate, "requested").is_u64(), "{}", gate.json);
    }

    async fn what_may_be_kept_tells_nothing_that_changes(kind) {
        let app = TestApp::start_with(kind, &[("KHUYENHOC_BUDGET_ADDRESS", "2")]).await;
        let stranger = app.anonymous().at("203.0.113.9");
        let asked = async || stranger.get("/graphql?query=%7B__typename%7D").await;
        let (first, second) = (asked().await, asked().await);
        assert_eq!(first.bytes, second.bytes);
        assert_eq!(first.json["extensions"]["cost"], json!({"requested": 2}));
    }
}
