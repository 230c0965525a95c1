//! The real program with `--chaos`: a phone that sends until it is answered ends with one of each thing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, ask, create_account};
use tests::operation;
use tests::process::{self, Server};
use uuid::Uuid;

/// Households that each of two phones enters and registers.
const EACH: usize = 12;
/// More sendings of one thing than a line as bad as this one takes.
const TRIES: usize = 60;
/// Time enough on a machine that does much else beside.
const PATIENT: [(&str, &str); 2] = [
    ("KHUYENHOC_REQUEST_TIMEOUT_MS", "60000"),
    ("KHUYENHOC_STATEMENT_TIMEOUT_MS", "60000"),
];
/// A programme year whose window is open at the machine's time.
const YEAR: i32 = 2030;

/// Sends the same until an answer without an error has come; how often it was sent.
async fn until_answered(client: &Client, field: &str, input: &Value) -> (Value, usize) {
    for sent in 1..=TRIES {
        let variables = json!({ "input": input });
        if let Ok(answer) = client.try_run(&operation::of(field), variables).await {
            match answer.code() {
                None => return (answer.data(field).clone(), sent),
                Some("UNAUTHENTICATED") if answer.rule().is_none() => {}
                // a slow machine is no failure: the phone sends again
                Some("UNAVAILABLE") => {}
                Some(_) => panic!("{field}: {}", answer.json),
            }
        }
    }
    panic!("{field} was never answered")
}

/// One phone: enters households and registers each. The ids of the registrations, and how many sendings it took.
async fn evening(client: Client, phone: usize) -> (Vec<String>, usize) {
    let (mut registrations, mut sendings) = (Vec::new(), 0);
    for number in 0..EACH {
        let household = json!({
            "idempotencyKey": Uuid::new_v4(), "confirmDistinct": true,
            "headName": "Đinh Thị Ngõ", "address": format!("Máy {phone} số {number}"),
        });
        let (made, sent) = until_answered(&client, "createHousehold", &household).await;
        let id = made["household"]["id"].as_str().expect("a household");
        let registration = json!({"idempotencyKey": Uuid::new_v4(), "householdId": id, "year": YEAR});
        let (made, again) = until_answered(&client, "registerHousehold", &registration).await;
        registrations.push(made["registration"]["id"].as_str().expect("a registration").to_owned());
        sendings += sent + again;
    }
    (registrations, sendings)
}

async fn counted(server: &Server) -> Value {
    let answer = server
        .request(reqwest::Method::GET, "/chaos")
        .send()
        .await
        .expect("an answer");
    answer.json().await.expect("JSON")
}

on_both! {
    async fn nothing_is_lost_and_nothing_is_there_twice(kind) {
        let world = World::build(kind).await;
        let window = json!({"phase": "REGISTRATION", "opensAt": "2020-01-01T00:00:00+07:00", "closesAt": "2100-01-01T00:00:00+07:00"});
        let always = json!({"idempotencyKey": Uuid::new_v4(), "year": YEAR, "windows": [window]});
        ask(&world.officer.client, "openProgrammeYear", json!({ "input": always })).await.ok();
        let before = number(&world, "SELECT COUNT(*) FROM household").await;
        let spec = "seed=11,lose-request=0.15,lose-answer=0.3,double=0.3,delay=0.3,delay-ms=40,unauthenticated=0.1,clock=-3600";
        let environment = [("KHUYENHOC_DATABASE_URL", world.app.database.url()), PATIENT[0], PATIENT[1]];
        let server = Server::start(&["serve", "--chaos", spec], &environment).await;
        let (one, two) = (&world.branch(0, 0, 0).head.client, &world.branch(0, 0, 1).head.client);
        let ((mut made, sent), (other, again)) =
            tokio::join!(evening(one.over(&server), 1), evening(two.over(&server), 2));
        made.extend(other);

        let account = counted(&server).await;
        for part in ["requestsLost", "answersLost", "doubled", "delayed", "unauthenticated"] {
            assert!(account[part].as_u64() > Some(0), "nothing is proven: {account}");
        }
        // a connection that had died while it was idle takes its request along uncounted
        let counted = account["requests"].as_u64().and_then(|requests| usize::try_from(requests).ok());
        assert!(counted.is_some_and(|counted| (4 * EACH + 1..=sent + again).contains(&counted)), "{account}");
        let distinct: BTreeSet<&String> = made.iter().collect();
        assert_eq!(distinct.len(), 2 * EACH);
        assert_eq!(number(&world, "SELECT COUNT(*) FROM household").await, before + 2 * EACH);
        let registered = format!("SELECT COUNT(*) FROM registration WHERE year = {YEAR}");
        assert_eq!(number(&world, &registered).await, 2 * EACH);
        world.app.assert_counters().await;
        let stopped = server.terminate().await;
        assert!(stopped.status.success(), "{}", stopped.stderr);
        assert!(stopped.stderr.contains("CHAOS") && stopped.stderr.contains("answersLost"), "{}", stopped.stderr);
    }

    async fn a_session_that_ends_is_a_session_to_open_anew(kind) {
        const PASSWORD: &str = "một hai ba bốn năm sáu";
        let app = tests::app::TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some("0977000111"), Some(PASSWORD)).await;
        let environment = [("KHUYENHOC_DATABASE_URL", app.database.url()), PATIENT[0], PATIENT[1]];
        let server = Server::start(&["serve", "--chaos", "end-session=1,clock=86400"], &environment).await;
        let phone = app.anonymous().over(&server);
        let input = json!({"input": {"login": "0977000111", "password": PASSWORD}});
        let answer = phone.run(&operation::of("signIn"), input).await.ok();
        let told = answer.headers["date"].to_str().expect("a date").to_owned();
        let told = chrono::DateTime::parse_from_rfc2822(&told).expect("a date").to_utc();
        let ahead = told - khuyenhoc::clock::Clock::now(&khuyenhoc::clock::SystemClock);
        assert!((86_000..=86_400).contains(&ahead.num_seconds()), "{ahead}");
        let phone = phone.with_token(&answer.text("signIn.accessToken"));
        let ended = ask(&phone, "viewer", json!({})).await;
        assert_eq!((ended.code(), ended.rule()), (Some("UNAUTHENTICATED"), Some("SESSION_ENDED")));
        assert_eq!(counted(&server).await["sessionsEnded"], 1);
    }
}

/// The one number that a statement answers.
async fn number(world: &World, sql: &str) -> usize {
    let rows = world.app.database.sql(sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}

#[tokio::test]
async fn it_stays_on_this_machine_and_says_what_it_does_not_know() {
    let app = tests::app::TestApp::start(Kind::Sqlite).await;
    let everywhere = [
        ("KHUYENHOC_DATABASE_URL", app.database.url()),
        ("KHUYENHOC_LISTEN", "0.0.0.0:0"),
    ];
    let refused = process::run(&["serve", "--chaos", "bad-line"], &everywhere, "").await;
    assert!(!refused.status.success());
    assert!(refused.stderr.contains("KHUYENHOC_CHAOS"), "{}", refused.stderr);
    let unknown = process::run(&["serve", "--chaos", "lose=1"], &everywhere, "").await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.stderr.contains("lose-answer"), "{}", unknown.stderr);
    let url = [("KHUYENHOC_DATABASE_URL", app.database.url())];
    let calm = Server::start(&["serve"], &url).await;
    let answer = calm
        .request(reqwest::Method::GET, "/chaos")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
    let disturbed = Server::start(&["serve", "--chaos", "lose-request=1"], &url).await;
    let quick = |path: &str| {
        disturbed
            .request(reqwest::Method::GET, path)
            .timeout(Duration::from_secs(30))
            .send()
    };
    assert!(quick("/graphql?query=%7B__typename%7D").await.is_err());
    assert_eq!(quick("/healthz").await.expect("an answer").status(), 200);
    assert_eq!(counted(&disturbed).await["requestsLost"], 1);
}
