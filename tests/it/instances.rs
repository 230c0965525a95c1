//! The life of a session over the real program: two instances on PostgreSQL, one on SQLite.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{ask, create_account};
use tests::operation;
use tests::process::{self, Server};

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

/// A client of one instance, for nobody yet.
struct Instance {
    client: Client,
    server: Option<Server>,
}

/// Two instances on one database; on SQLite both are the same one.
async fn start(app: &TestApp) -> [Instance; 2] {
    let environment = [("KHUYENHOC_DATABASE_URL", app.database.url())];
    let one = Server::start(&["serve"], &environment).await;
    let client = app.anonymous().over(&one);
    let other = match app.database.kind() {
        Kind::Sqlite => Instance {
            client: client.clone(),
            server: None,
        },
        Kind::Postgres => {
            let two = Server::start(&["serve"], &environment).await;
            Instance {
                client: app.anonymous().over(&two),
                server: Some(two),
            }
        }
    };
    [
        Instance {
            client,
            server: Some(one),
        },
        other,
    ]
}

async fn ask_for(instance: &Instance, field: &str, input: Value) -> Answer {
    instance
        .client
        .run(&operation::of(field), json!({ "input": input }))
        .await
}

async fn sign_in(instance: &Instance) -> [String; 2] {
    let answer = ask_for(instance, "signIn", json!({"login": PHONE, "password": PASSWORD}))
        .await
        .ok();
    ["signIn.accessToken", "signIn.refreshToken"].map(|path| answer.text(path))
}

async fn refresh(instance: &Instance, token: &str) -> Answer {
    ask_for(instance, "refresh", json!({ "refreshToken": token })).await
}

fn granted(answer: &Answer) -> [String; 2] {
    ["refresh.accessToken", "refresh.refreshToken"].map(|path| answer.text(path))
}

/// The rule with which an access token is refused; none when it is good.
async fn refusal(instance: &Instance, access: &str) -> Option<String> {
    let answer = ask(&instance.client.with_token(access), "viewer", json!({})).await;
    answer.code().map(|_| answer.rule().unwrap_or_default().to_owned())
}

/// How long it takes until the instance refuses a token; the promise is one second.
async fn ended_within_a_second(instance: &Instance, access: &str) {
    let begun = Instant::now();
    while refusal(instance, access).await.is_none() {
        assert!(begun.elapsed() < Duration::from_secs(1), "the token still works");
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// Guesses at both in turn until one of them asks for a pause of so many seconds; how many guesses were looked at. Pauses
/// double, so it may be somewhat less than the pause that is meant: a busy machine asks late.
async fn guess_until(pause: u64, [one, two]: [&Instance; 2]) -> usize {
    let mut looked_at = 0;
    for turn in 0..100 {
        let instance = if turn % 2 == 0 { one } else { two };
        let input = json!({"login": PHONE, "password": "sai sai sai sai sai sai"});
        let answer = ask_for(instance, "signIn", input).await;
        match answer.extension("retryAfter").and_then(Value::as_u64) {
            None => looked_at += 1,
            Some(seconds) if seconds >= pause => return looked_at,
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
    }
    panic!("nobody ever asked for a pause of {pause} s");
}

on_both! {
    async fn a_session_lives_and_ends_on_all_instances(kind) {
        let app = TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let [one, two] = start(&app).await;

        // signed in here, known and refreshed there
        let [access, token] = sign_in(&one).await;
        assert_eq!(refusal(&two, &access).await, None);
        let [access, token] = granted(&refresh(&two, &token).await.ok());
        assert_eq!(refusal(&one, &access).await, None);

        // the same token to both at once
        let (here, there) = tokio::join!(refresh(&one, &token), refresh(&two, &token));
        let (done, raced) = if here.code().is_none() { (here, there) } else { (there, here) };
        assert_eq!(raced.rule(), Some("REFRESH_RACE"));
        let [access, token] = granted(&done.ok());
        assert_eq!(refusal(&two, &access).await, None);

        // an answer that is lost, and asked for again at the other
        let lost = granted(&refresh(&one, &token).await.ok());
        assert_eq!(refresh(&two, &token).await.rule(), Some("REFRESH_RACE"));
        tokio::time::sleep(Duration::from_secs(11)).await;
        let [access, newest] = granted(&refresh(&two, &token).await.ok());
        assert_eq!(refusal(&one, &lost[0]).await, Some(String::new()));
        assert_eq!(refusal(&one, &access).await, None);

        // a copy of what was exchanged, beside what is in use
        assert_eq!(refresh(&one, &token).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(refusal(&two, &access).await.as_deref(), Some("SESSION_ENDED"));
        assert_eq!(refresh(&two, &newest).await.rule(), Some("SESSION_ENDED"));

        // ended here, over there at once
        let [mine, _] = sign_in(&one).await;
        let [others, _] = sign_in(&two).await;
        assert_eq!(refusal(&two, &others).await, None);
        let end = json!({"input": {"which": "OTHERS"}});
        one.client.with_token(&mine).run(&operation::of("endSessions"), end).await.ok();
        assert_eq!(refusal(&two, &others).await.as_deref(), Some("SESSION_ENDED"));
        assert_eq!(refusal(&two, &mine).await, None);
    }

    async fn what_is_ended_on_one_instance_is_over_on_the_other_within_a_second(kind) {
        let app = TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let [one, two] = start(&app).await;
        for (here, there) in [(&one, &two), (&two, &one)] {
            let ([mine, _], [others, token]) = (sign_in(here).await, sign_in(there).await);
            assert_eq!(refusal(there, &others).await, None);
            let end = json!({"input": {"which": "OTHERS"}});
            here.client.with_token(&mine).run(&operation::of("endSessions"), end).await.ok();
            ended_within_a_second(there, &others).await;
            assert_eq!(refresh(there, &token).await.rule(), Some("SESSION_ENDED"));
            assert_eq!(refusal(there, &mine).await, None);
        }
        // the operator's command is a process of its own
        let ([here, _], [there, _]) = (sign_in(&one).await, sign_in(&two).await);
        let environment = [("KHUYENHOC_DATABASE_URL", app.database.url())];
        let output = process::run(&["account", "disable", PHONE], &environment, "").await;
        assert!(output.status.success(), "{}", output.stderr);
        ended_within_a_second(&one, &there).await;
        ended_within_a_second(&two, &here).await;
    }

    async fn guesses_are_counted_over_instances_and_crashes(kind) {
        let app = TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let [one, two] = start(&app).await;
        // five are free, the next come after 1, 2, 4 and 8 s; two counts would have let twice as many through
        assert_eq!(guess_until(12, [&one, &two]).await, 9);
        let begun = Instant::now();
        // a crash forgets nothing
        let (left, killed) = match kind {
            Kind::Sqlite => (None, one),
            Kind::Postgres => (Some(one), two),
        };
        killed.server.expect("a server").kill().await;
        let again = Server::start(&["serve"], &[("KHUYENHOC_DATABASE_URL", app.database.url())]).await;
        let again = Instance {
            client: app.anonymous().over(&again),
            server: Some(again),
        };
        let right = json!({"login": PHONE, "password": PASSWORD});
        for instance in left.iter().chain([&again]) {
            let answer = ask_for(instance, "signIn", right.clone()).await;
            let waits = answer.rule() == Some("TOO_MANY_ATTEMPTS");
            assert!(waits || begun.elapsed() > Duration::from_secs(12), "{}", answer.json);
        }
        // the owner has waited: one right password clears the count everywhere
        tokio::time::sleep(Duration::from_secs(16).saturating_sub(begun.elapsed())).await;
        ask_for(&again, "signIn", right).await.ok();
        let afresh = guess_until(3, [left.as_ref().unwrap_or(&again), &again]).await;
        assert!((7..=8).contains(&afresh), "{afresh}");
    }
}
