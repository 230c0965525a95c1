//! The keys that sign access tokens, changed by the real command while the real program runs: twice on PostgreSQL, once
//! on SQLite. What takes minutes is brought about by setting back the moment from which the new key signs.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{SecondsFormat, TimeDelta};
use khuyenhoc::account::token::LONGEST_LIFE_SECONDS;
use khuyenhoc::account::token::ring::RELOAD;
use khuyenhoc::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{ask, create_account};
use tests::operation;
use tests::process::{self, Server};

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

/// Instances that run, each with somebody who asks it.
struct Installation {
    app: TestApp,
    _servers: Vec<Server>,
    clients: Vec<Client>,
}

impl Installation {
    async fn start(kind: Kind) -> Self {
        let app = TestApp::start(kind).await;
        create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let environment = [("KHUYENHOC_DATABASE_URL", app.database.url())];
        let mut servers = vec![Server::start(&["serve"], &environment).await];
        if kind == Kind::Postgres {
            servers.push(Server::start(&["serve"], &environment).await);
        }
        let clients = servers.iter().map(|server| app.anonymous().over(server)).collect();
        Self {
            app,
            _servers: servers,
            clients,
        }
    }

    async fn rotate(&self, more: &[&str]) {
        let arguments = [&["keys", "rotate"], more].concat();
        let environment = [("KHUYENHOC_DATABASE_URL", self.app.database.url())];
        let output = process::run(&arguments, &environment, "").await;
        assert!(output.status.success(), "{}", output.stderr);
    }

    /// An access token that each instance gives out now.
    async fn tokens(&self) -> Vec<String> {
        let mut tokens = Vec::new();
        for client in &self.clients {
            let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
            let answer = client.run(&operation::of("signIn"), input).await.ok();
            tokens.push(answer.text("signIn.accessToken"));
        }
        tokens
    }

    /// What each instance says to a token: nothing when it is good, else the code.
    async fn say(&self, token: &str) -> Vec<Option<String>> {
        let mut said = Vec::new();
        for client in &self.clients {
            let answer = ask(&client.with_token(token), "viewer", json!({})).await;
            said.push(answer.code().map(str::to_owned));
        }
        said
    }

    async fn assert_all_take(&self, tokens: &[String]) {
        for token in tokens {
            assert!(self.say(token).await.iter().all(Option::is_none), "{:?}", kid(token));
        }
    }

    async fn assert_all_refuse(&self, tokens: &[String]) {
        for token in tokens {
            let said = self.say(token).await;
            assert!(
                said.iter().all(|code| code.as_deref() == Some("UNAUTHENTICATED")),
                "{said:?}"
            );
        }
    }

    /// The names of the keys that each instance publishes.
    async fn published(&self) -> Vec<Vec<String>> {
        let mut published = Vec::new();
        for client in &self.clients {
            let answer = client.get("/.well-known/jwks.json").await;
            let keys = answer.json["keys"].as_array().expect("keys").iter();
            published.push(
                keys.map(|key| key["kid"].as_str().expect("a name").to_owned())
                    .collect(),
            );
        }
        published
    }

    /// Waits until all instances publish exactly so many keys.
    async fn until_published(&self, count: usize, patience: Duration) {
        let begun = Instant::now();
        while self.published().await.iter().any(|keys| keys.len() != count) {
            assert!(begun.elapsed() < patience, "{:?}", self.published().await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Lets the new key have signed for so long already, and has every instance read the ring: it does for a name that
    /// it does not know.
    async fn new_key_has_signed_for(&self, span: TimeDelta) {
        let moment = (SystemClock.now() - span).to_rfc3339_opts(SecondsFormat::Micros, false);
        let sql = format!("UPDATE server_key SET signs_from = '{moment}' WHERE signs_from IS NOT NULL");
        self.app.database.sql(&sql).await;
        // at most once a second
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "nobody's"}).to_string();
        let stranger = format!(
            "{}.e30.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode([0; 64])
        );
        self.assert_all_refuse(&[stranger]).await;
    }
}

/// The name of the key that has signed a token.
fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header"));
    let header: Value = serde_json::from_slice(&header.expect("base64")).expect("JSON");
    header["kid"].as_str().expect("a name").to_owned()
}

on_both! {
    async fn a_key_is_changed_while_all_instances_run(kind) {
        let running = Installation::start(kind).await;
        let of_old = running.tokens().await;
        let old = kid(&of_old[0]);
        running.rotate(&[]).await;
        // every instance publishes it by itself, and goes on signing with the old one
        running.until_published(2, RELOAD + Duration::from_secs(15)).await;
        let published = running.published().await;
        let new = published[0][0].clone();
        for keys in &published {
            assert_eq!(*keys, [new.clone(), old.clone()]);
        }
        assert!(running.tokens().await.iter().all(|token| kid(token) == old));
        // its ten minutes are over: whoever signs, the other takes it, and what the old one signed too
        running.new_key_has_signed_for(TimeDelta::zero()).await;
        let of_new = running.tokens().await;
        assert!(of_new.iter().all(|token| kid(token) == new));
        running.assert_all_take(&of_new).await;
        running.assert_all_take(&of_old).await;
        assert!(running.published().await.iter().all(|keys| keys.len() == 2));
        // the longest life of a token later
        running.new_key_has_signed_for(TimeDelta::seconds(LONGEST_LIFE_SECONDS + 61)).await;
        running.assert_all_take(&of_new).await;
        running.assert_all_refuse(&of_old).await;
        assert!(running.published().await.iter().all(|keys| *keys == [new.clone()]));
    }

    async fn a_stolen_key_is_out_as_soon_as_an_instance_meets_the_new_one(kind) {
        let running = Installation::start(kind).await;
        let of_old = running.tokens().await;
        running.rotate(&["--compromised"]).await;
        let begun = Instant::now();
        while running.published().await.iter().any(|keys| keys.contains(&kid(&of_old[0]))) {
            assert!(begun.elapsed() < RELOAD + Duration::from_secs(15));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let of_new = running.tokens().await;
        running.assert_all_take(&of_new).await;
        running.assert_all_refuse(&of_old).await;
    }
}
