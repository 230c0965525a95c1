//! The keys that sign access tokens: published before they sign, kept until their last token has died, taken up by
//! every instance without a restart.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::AccountId;
use khuyenhoc::account::token::ring::{self, LEAD, keep_fresh};
use khuyenhoc::account::token::{Bearer, LONGEST_LIFE_SECONDS, SigningKey, TokenKeys};
use khuyenhoc::clock::{Clock as _, SystemEntropy};
use khuyenhoc::database::rotate::{Old, RotateError, Rotated, rotate};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{ask, create_account};
use uuid::Uuid;

/// Two instances of one installation, whose clocks go alike, and somebody who is signed in.
struct Pair {
    one: TestApp,
    two: TestApp,
    account: AccountId,
}

impl Pair {
    async fn start(kind: Kind) -> Self {
        let one = TestApp::start(kind).await;
        let two = TestApp::open(Arc::clone(&one.database), &[], 2).await;
        let account = create_account(&one, "Cao Thị Vào", None, None).await;
        Self { one, two, account }
    }

    fn now(&self) -> DateTime<Utc> {
        self.one.clock.now()
    }

    fn wait(&self, span: TimeDelta) {
        self.one.clock.advance(span);
        self.two.clock.advance(span);
    }

    async fn rotate(&self, old: Old) -> Result<Rotated, RotateError> {
        rotate(&self.one.app.config, self.one.clock.as_ref(), &SystemEntropy, old).await
    }

    /// What every instance does from time to time.
    async fn reload(&self) {
        for app in [&self.one, &self.two] {
            app.app.tokens.reload(&app.app.db).await.expect("a ring");
        }
    }

    fn bearer(&self) -> Bearer {
        let id = self.account.0;
        Bearer {
            account: id,
            session: id,
            generation: id,
            post: None,
        }
    }

    /// An access token that this instance gives out now.
    fn token(&self, app: &TestApp) -> String {
        app.app
            .tokens
            .issue(self.bearer(), Uuid::nil(), self.now())
            .expect("a token")
            .0
    }

    /// What somebody signs now with a key they have, whatever the ring says.
    fn signed_with(&self, key: &SigningKey) -> String {
        let config = &self.one.app.config;
        let (issuer, audience) = (config.token_issuer.as_str(), config.token_audience.as_str());
        let keys = TokenKeys::new(std::slice::from_ref(key), issuer, audience, Duration::from_mins(10));
        keys.expect("keys")
            .issue(self.bearer(), Uuid::nil(), self.now())
            .expect("a token")
            .0
    }
}

/// The keys in the database, newest first.
async fn stored(app: &TestApp) -> Vec<SigningKey> {
    ring::read(&app.app.db).await.expect("a ring")
}

async fn published(app: &TestApp) -> Answer {
    app.anonymous().get("/.well-known/jwks.json").await
}

/// The names of the published keys.
async fn names(app: &TestApp) -> Vec<String> {
    let answer = published(app).await;
    let keys = answer.json["keys"].as_array().expect("keys").clone();
    keys.iter()
        .map(|key| key["kid"].as_str().expect("a name").to_owned())
        .collect()
}

async fn code(app: &TestApp, token: &str) -> Option<String> {
    let answer = ask(&app.anonymous().with_token(token), "viewer", json!({})).await;
    answer.code().map(str::to_owned)
}

const REFUSED: &str = "UNAUTHENTICATED";

on_both! {
    async fn a_key_is_published_signs_checks_and_leaves_on_every_instance(kind) {
        let pair = Pair::start(kind).await;
        let old = stored(&pair.one).await.remove(0);
        let new = pair.rotate(Old::Stays).await.expect("a new key").kid;
        pair.reload().await;
        for app in [&pair.one, &pair.two] {
            assert_eq!(names(app).await, [new.clone(), old.kid.clone()]);
        }
        // published, and not used before its time
        pair.wait(LEAD - TimeDelta::seconds(1));
        let last = pair.token(&pair.two);
        assert!(has_kid(&last, &old.kid));
        pair.wait(TimeDelta::seconds(1));
        let first = pair.token(&pair.one);
        assert!(has_kid(&first, &new));
        for app in [&pair.one, &pair.two] {
            assert_eq!((code(app, &first).await, code(app, &last).await), (None, None));
        }
        pair.wait(TimeDelta::seconds(598));
        assert_eq!(code(&pair.one, &last).await, None);
        pair.wait(TimeDelta::seconds(1));
        assert_eq!(code(&pair.one, &last).await.as_deref(), Some(REFUSED));
        // the old key still checks what the slowest instance may have signed, then nothing
        pair.wait(TimeDelta::seconds(LONGEST_LIFE_SECONDS + 60 - 600));
        assert_eq!(code(&pair.two, &pair.signed_with(&old)).await, None);
        pair.wait(TimeDelta::seconds(1));
        for app in [&pair.one, &pair.two] {
            assert_eq!(code(app, &pair.signed_with(&old)).await.as_deref(), Some(REFUSED));
            assert_eq!(names(app).await.as_slice(), std::slice::from_ref(&new));
        }
    }

    async fn a_stolen_key_leaves_at_once_and_nobody_is_signed_out(kind) {
        let pair = Pair::start(kind).await;
        let old = stored(&pair.one).await.remove(0);
        let before = pair.token(&pair.one);
        let new = pair.rotate(Old::Leaves).await.expect("a new key").kid;
        pair.one.app.tokens.reload(&pair.one.app.db).await.expect("a ring");
        let token = pair.token(&pair.one);
        assert!(has_kid(&token, &new));
        // the other instance has not heard of the key, and looks for it
        assert_eq!(code(&pair.two, &token).await, None);
        for app in [&pair.one, &pair.two] {
            for stolen in [&before, &pair.signed_with(&old)] {
                assert_eq!(code(app, stolen).await.as_deref(), Some(REFUSED));
            }
            assert_eq!(names(app).await.as_slice(), std::slice::from_ref(&new));
        }
        assert_eq!(stored(&pair.one).await.len(), 1);
    }

    async fn an_unknown_name_is_looked_for_once_a_second(kind) {
        let pair = Pair::start(kind).await;
        let stranger = pair.signed_with(&SigningKey::generate().expect("a key"));
        let before = pair.one.statements();
        for _ in 0..5 {
            assert_eq!(code(&pair.one, &stranger).await.as_deref(), Some(REFUSED));
        }
        assert_eq!(pair.one.statements() - before, 1);
        pair.wait(TimeDelta::seconds(1));
        for _ in 0..5 {
            code(&pair.one, &stranger).await;
        }
        assert_eq!(pair.one.statements() - before, 2);
    }

    async fn a_rotation_waits_for_the_one_before_and_removes_what_is_of_no_use(kind) {
        let pair = Pair::start(kind).await;
        let first = stored(&pair.one).await.remove(0).kid;
        let second = pair.rotate(Old::Stays).await.expect("a new key");
        assert_eq!(second.signs_from, pair.now() + LEAD);
        assert!(matches!(pair.rotate(Old::Stays).await, Err(RotateError::Waiting)));
        pair.wait(LEAD);
        let third = pair.rotate(Old::Stays).await.expect("a new key");
        let kids = async || -> Vec<String> { stored(&pair.one).await.into_iter().map(|key| key.kid).collect() };
        assert_eq!(kids().await, [third.kid.clone(), second.kid.clone(), first]);
        pair.wait(TimeDelta::days(1));
        let fourth = pair.rotate(Old::Stays).await.expect("a new key");
        assert_eq!(kids().await, [fourth.kid.clone(), third.kid.clone()]);
        let sql = "SELECT detail FROM security_event WHERE kind = 'KEY_ROTATED' AND account_id IS NULL AND by_account_id IS NULL ORDER BY at";
        let told = pair.one.database.sql(sql).await;
        let wanted = [second.kid, third.kid, fourth.kid].map(|kid| vec![Some(kid)]);
        assert_eq!(told, wanted);
    }

    async fn the_published_keys_may_be_kept_for_a_while(kind) {
        let app = TestApp::start(kind).await;
        let answer = published(&app).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.headers[CONTENT_TYPE], "application/jwk-set+json");
        assert_eq!(answer.headers[CACHE_CONTROL], "public, max-age=300");
        let key = answer.json["keys"][0].as_object().expect("a key").clone();
        let members: Vec<&str> = key.keys().map(String::as_str).collect();
        // no private part
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        let tag = answer.headers[ETAG].to_str().expect("a tag").to_owned();
        let again = |known: String| {
            let client = app.anonymous().with_header("if-none-match", &known);
            async move { client.get("/.well-known/jwks.json").await }
        };
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let answer = again(known).await;
            assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0));
            assert_eq!(answer.headers[ETAG], tag.as_str());
        }
        assert_eq!(again("\"x\"".to_owned()).await.status.as_u16(), 200);
        let pair = rotate(&app.app.config, app.clock.as_ref(), &SystemEntropy, Old::Stays).await;
        pair.expect("a new key");
        app.app.tokens.reload(&app.app.db).await.expect("a ring");
        assert_eq!(again(tag).await.status.as_u16(), 200);
    }

    async fn a_running_server_takes_a_new_key_up_by_itself(kind) {
        let app = TestApp::start(kind).await;
        let fresh = tokio::spawn(keep_fresh(Arc::clone(&app.app), Duration::from_millis(20)));
        rotate(&app.app.config, app.clock.as_ref(), &SystemEntropy, Old::Stays).await.expect("a new key");
        let seen = async {
            while names(&app).await.len() < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), seen).await.expect("the new key");
        // a ring that cannot be used leaves the one that can
        app.database.sql("DELETE FROM server_key WHERE purpose = 'access token'").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(names(&app).await.len(), 2);
        fresh.abort();
    }
}

/// Whether a token says that this key has signed it.
fn has_kid(token: &str, kid: &str) -> bool {
    use base64::Engine as _;
    let part = token.split('.').next().expect("a header");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .expect("base64");
    let header: Value = serde_json::from_slice(&bytes).expect("JSON");
    header["kid"] == kid
}
