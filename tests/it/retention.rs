//! What is not kept for ever: that it goes when its time has come, and not before.

use std::sync::Arc;

use chrono::TimeDelta;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::retention::{self, Removed};
use serde_json::json;
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, ask, create_account};
use tests::operation;
use uuid::Uuid;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

async fn number(app: &TestApp, table: &str) -> usize {
    let rows = app.database.sql(&format!("SELECT COUNT(*) FROM {table}")).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}

async fn remove(app: &TestApp) -> Removed {
    retention::remove(&app.app, app.clock.now()).await.expect("removed")
}

fn wait(app: &TestApp, days: i64) {
    app.clock.set(app.clock.now() + TimeDelta::days(days));
}

async fn sign_in(app: &TestApp) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
    app.anonymous().run(&operation::of("signIn"), input).await.ok()
}

/// An id as SQL writes it.
fn literal(kind: Kind, id: Uuid) -> String {
    match kind {
        Kind::Postgres => format!("'{id}'"),
        Kind::Sqlite => format!("x'{}'", id.simple()),
    }
}

on_both! {
    async fn first_answers_are_kept_for_a_season_and_more(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        let before = number(app, "idempotency").await;
        // in two associations
        let invite = |district: usize, key: Uuid| {
            let branch = world.branch(district, 0, 0);
            let input = json!({"input": {"idempotencyKey": key, "householdIds": [branch.household]}});
            let client = branch.head.client.clone();
            async move { ask(&client, "createInvitations", input).await }
        };
        let keys = [Uuid::new_v4(), Uuid::new_v4()];
        for (district, key) in keys.into_iter().enumerate() {
            invite(district, key).await.ok();
        }
        let made = number(app, "idempotency").await;
        assert_eq!(made, before + 2);
        wait(app, 399);
        assert_eq!(remove(app).await.answers, 0);
        assert_eq!(number(app, "idempotency").await, made);
        wait(app, 2);
        assert_eq!(remove(app).await.answers, made);
        assert_eq!(number(app, "idempotency").await, 0);
        assert_eq!(remove(app).await.answers, 0);
    }

    async fn sessions_go_a_year_after_their_end_with_their_tokens(kind) {
        let app = TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let ended = sign_in(&app).await;
        let client = app.anonymous().with_token(&ended.text("signIn.accessToken"));
        ask(&client, "endSessions", json!({"input": {"which": "ALL"}})).await.ok();
        wait(&app, 200);
        // unused for sixty days, and over then
        sign_in(&app).await;
        wait(&app, 164);
        assert_eq!((remove(&app).await.sessions, number(&app, "session").await), (0, 3));
        let events = number(&app, "security_event").await;
        // a year after the end: the one in which the account was made, and the one that was ended
        wait(&app, 2);
        assert_eq!((remove(&app).await.sessions, number(&app, "session").await), (2, 1));
        assert_eq!(number(&app, "refresh_token").await, 1);
        wait(&app, 200 + 58);
        assert_eq!(remove(&app).await.sessions, 0);
        wait(&app, 2);
        assert_eq!((remove(&app).await.sessions, number(&app, "refresh_token").await), (1, 0));
        // the journal is not touched
        assert_eq!(number(&app, "security_event").await, events);
    }

    async fn a_heap_is_removed_in_pieces(kind) {
        let app = TestApp::start(kind).await;
        let rows = |table: &str, middle: &str| -> String {
            let row = |at: usize| format!("({}, {})", literal(kind, Uuid::new_v4()), middle.replace('#', &at.to_string()));
            let rows: Vec<String> = (0..450).map(row).collect();
            format!("INSERT INTO {table} VALUES {}", rows.join(", "))
        };
        let long_ago = "'2025-01-01 00:00:00+00:00'";
        app.database.sql(&rows("attempt (id, rule, last_at, clear_at)", &format!("'X', {long_ago}, {long_ago}"))).await;
        app.database.sql(&rows("quota (id, name, used, ends_at)", &format!("'n#', 1, {long_ago}"))).await;
        let code = format!("'PHONE_NUMBER', 0, {long_ago}, {long_ago}");
        app.database.sql(&rows("one_time_code (id, purpose, tries, created_at, expires_at)", &code)).await;
        let removed = remove(&app).await;
        assert_eq!((removed.attempts, removed.quotas, removed.codes), (450, 450, 450));
        for table in ["attempt", "quota", "one_time_code"] {
            assert_eq!(number(&app, table).await, 0, "{table}");
        }
    }

    async fn of_many_servers_one_does_it_in_an_hour(kind) {
        let app = TestApp::start(kind).await;
        let other = TestApp::open(Arc::clone(&app.database), &[], 2).await;
        let now = app.clock.now();
        for hour in 0..2 {
            let now = now + TimeDelta::hours(hour);
            let turns = (0..8).map(|at| {
                let app = if at % 2 == 0 { app.app.clone() } else { other.app.clone() };
                async move { retention::in_turn(&app, now).await.expect("a turn").is_some() }
            });
            let taken = futures_util::future::join_all(turns).await.into_iter().filter(|taken| *taken).count();
            assert_eq!(taken, 1);
        }
    }
}
