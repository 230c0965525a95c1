//! The life of a session over the real program: two instances on PostgreSQL, one on SQLite.

use std::time::Duration;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{ask, create_account};
use tests::operation;
use tests::process::Server;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

/// A client of one instance, for nobody yet.
struct Instance {
    client: Client,
    _server: Option<Server>,
}

/// Two instances on one database; on SQLite both are the same one.
async fn start(app: &TestApp) -> [Instance; 2] {
    let environment = [("KHUYENHOC_DATABASE_URL", app.database.url())];
    let one = Server::start(&["serve"], &environment).await;
    let client = app.anonymous().over(&one);
    let other = match app.database.kind() {
        Kind::Sqlite => Instance {
            client: client.clone(),
            _server: None,
        },
        Kind::Postgres => {
            let two = Server::start(&["serve"], &environment).await;
            Instance {
                client: app.anonymous().over(&two),
                _server: Some(two),
            }
        }
    };
    [
        Instance {
            client,
            _server: Some(one),
        },
        other,
    ]
}

async fn run(instance: &Instance, field: &str, input: Value) -> Answer {
    instance
        .client
        .run(&operation::of(field), json!({ "input": input }))
        .await
}

async fn sign_in(instance: &Instance) -> [String; 2] {
    let answer = run(instance, "signIn", json!({"login": PHONE, "password": PASSWORD}))
        .await
        .ok();
    ["signIn.accessToken", "signIn.refreshToken"].map(|path| answer.text(path))
}

async fn refresh(instance: &Instance, token: &str) -> Answer {
    run(instance, "refresh", json!({ "refreshToken": token })).await
}

fn granted(answer: &Answer) -> [String; 2] {
    ["refresh.accessToken", "refresh.refreshToken"].map(|path| answer.text(path))
}

/// The rule with which an access token is refused; none when it is good.
async fn refusal(instance: &Instance, access: &str) -> Option<String> {
    let answer = ask(&instance.client.with_token(access), "viewer", json!({})).await;
    answer.code().map(|_| answer.rule().unwrap_or_default().to_owned())
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
}
