//! New passwords, changing them, and how they are kept.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::{Database, Kind};
use tests::factory::{ask, create_account};
use tests::operation;
use tests::process;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const NEW: &str = "con mèo nhà tôi thích ăn cá";
const PHONE: &str = "0977000111";

async fn start(kind: Kind) -> TestApp {
    let app = TestApp::start(kind).await;
    create_account(&app, "Cao Thị Vào Nhà", Some(PHONE), Some(PASSWORD)).await;
    app
}

async fn try_sign_in(app: &TestApp, password: &str) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

async fn sign_in(app: &TestApp, password: &str) -> Client {
    let answer = try_sign_in(app, password).await.ok();
    app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    let input = json!({"input": {"currentPassword": current, "newPassword": new}});
    client.run(&operation::of("changePassword"), input).await
}

/// Where it is wrong, and by which rule.
fn fault(answer: &Answer) -> (Value, Value) {
    assert_eq!(answer.code(), Some("INVALID"), "{}", answer.json);
    let field = &answer.extension("fields").expect("fields")[0];
    (field["path"].clone(), field["rule"].clone())
}

fn at(path: &str, rule: &str) -> (Value, Value) {
    (json!(path), json!(rule))
}

async fn hash_of(app: &TestApp) -> String {
    let rows = app.database.sql("SELECT password_hash FROM account").await;
    rows[0][0].clone().expect("a hash")
}

on_both! {
    async fn changing_the_password_ends_the_other_sessions(kind) {
        let app = start(kind).await;
        let (phone, tablet) = (sign_in(&app, PASSWORD).await, sign_in(&app, PASSWORD).await);
        let answer = change(&phone, PASSWORD, NEW).await.ok();
        // the tablet, and the session in which the account was made
        assert_eq!(answer.number("changePassword.ended"), 2);
        ask(&phone, "viewer", json!({})).await.ok();
        assert_eq!(ask(&tablet, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(try_sign_in(&app, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
        sign_in(&app, NEW).await;
        let changed = "SELECT COUNT(*) FROM security_event WHERE kind = 'PASSWORD_CHANGED' AND session_id IS NOT NULL";
        assert_eq!(app.database.sql(changed).await, [[Some("1".to_owned())]]);
        // an answer that was lost: nothing happens a second time
        assert_eq!(fault(&change(&phone, PASSWORD, NEW).await), at("currentPassword", "WRONG_PASSWORD"));
        assert_eq!(app.database.sql(changed).await, [[Some("1".to_owned())]]);
    }

    async fn an_open_phone_is_no_proof_of_its_owner(kind) {
        let app = start(kind).await;
        let phone = sign_in(&app, PASSWORD).await;
        for _ in 0..5 {
            assert_eq!(fault(&change(&phone, "sáu năm bốn ba hai một", NEW).await), at("currentPassword", "WRONG_PASSWORD"));
        }
        let limited = change(&phone, PASSWORD, NEW).await;
        assert_eq!((limited.code(), limited.rule()), (Some("RATE_LIMITED"), Some("TOO_MANY_ATTEMPTS")));
        let failed = "SELECT COUNT(*) FROM security_event WHERE kind = 'SIGN_IN_FAILED' AND detail = 'CHANGE_PASSWORD'";
        assert_eq!(app.database.sql(failed).await, [[Some("5".to_owned())]]);
        // signing in is another matter, and the other way round
        sign_in(&app, PASSWORD).await;
        assert_eq!(change(&app.anonymous(), PASSWORD, NEW).await.code(), Some("UNAUTHENTICATED"));
    }

    async fn strangers_do_not_keep_the_owner_from_changing_it(kind) {
        let app = start(kind).await;
        let phone = sign_in(&app, PASSWORD).await;
        for _ in 0..8 {
            try_sign_in(&app, "sáu năm bốn ba hai một").await;
        }
        change(&phone, PASSWORD, NEW).await.ok();
    }

    async fn a_new_password_is_long_and_nobodys_first_guess(kind) {
        let app = start(kind).await;
        let phone = sign_in(&app, PASSWORD).await;
        for (new, rule) in [
            ("mười bốn chữ c", "TOO_SHORT"),
            (&"ơ".repeat(129), "TOO_LONG"),
            (&"ơ".repeat(20_000), "TOO_LONG"),
            ("mười lăm chữ cái\n", "CONTROL_CHARACTER"),
            ("matkhaumatkhau123", "EASY_TO_GUESS"),
            ("Mật Khẩu Mật Khẩu !", "EASY_TO_GUESS"),
            ("1234567890123456", "EASY_TO_GUESS"),
            ("anhyeuemnhieulam", "EASY_TO_GUESS"),
            ("Cao Thị Vào Nhà đây mà", "NAMES_THE_PERSON"),
            ("hoa gạo 0977.000.111", "NAMES_THE_PERSON"),
            ("khuyến học hoa gạo đỏ", "NAMES_THE_SERVICE"),
        ] {
            assert_eq!(fault(&change(&phone, PASSWORD, new).await), at("newPassword", rule), "{new}");
        }
        // none of these was a guess at the current one
        for new in ["mười lăm chữ cá", "chỉ chữ thường không số", &"ơ ạ ế ữ ị ợ ằ đ ".repeat(8)] {
            change(&phone, PASSWORD, new).await.ok();
            change(&phone, new, PASSWORD).await.ok();
        }
    }

    async fn the_whole_password_counts(kind) {
        let app = start(kind).await;
        let phone = sign_in(&app, PASSWORD).await;
        let long = "ơ ạ ế ữ ị ợ ằ đ ".repeat(8);
        change(&phone, PASSWORD, &long).await.ok();
        let shorter: String = long.chars().take(127).collect();
        for wrong in [long.trim_end(), &shorter, &long.to_uppercase()] {
            assert_eq!(try_sign_in(&app, wrong).await.rule(), Some("WRONG_CREDENTIALS"));
        }
        sign_in(&app, &long).await;
    }

    async fn two_changes_at_once_are_one(kind) {
        let app = start(kind).await;
        let (phone, tablet) = (sign_in(&app, PASSWORD).await, sign_in(&app, PASSWORD).await);
        let (one, two) = tokio::join!(change(&phone, PASSWORD, NEW), change(&tablet, PASSWORD, "mưa rơi ngoài ngõ tối qua"));
        assert_eq!(u8::from(one.code().is_none()) + u8::from(two.code().is_none()), 1, "{} {}", one.json, two.json);
        let right = if one.code().is_none() { NEW } else { "mưa rơi ngoài ngõ tối qua" };
        sign_in(&app, right).await;
    }

    async fn a_pepper_is_introduced_without_anybody_noticing(kind) {
        let database = Arc::new(Database::fresh(kind).await);
        let before = TestApp::open(Arc::clone(&database), &[], 1).await;
        create_account(&before, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        assert!(!hash_of(&before).await.contains("keyid="));
        let pepper = [("KHUYENHOC_PASSWORD_PEPPER", "a secret of the configuration, not of the database")];
        let after = TestApp::open(Arc::clone(&database), &pepper, 2).await;
        sign_in(&after, PASSWORD).await;
        assert!(hash_of(&after).await.contains("keyid="));
        sign_in(&after, PASSWORD).await;
        // whoever has the database has no password by it
        assert_eq!(try_sign_in(&before, PASSWORD).await.rule(), Some("WRONG_CREDENTIALS"));
    }

    async fn the_operator_is_held_to_the_same_rule(kind) {
        let database = Database::fresh(kind).await;
        let url = [("KHUYENHOC_DATABASE_URL", database.url())];
        let create = ["account", "create", "--name", "Hoàng Thu Thủy", "--phone", "0912345678", "--password-stdin"];
        for (password, said) in [
            ("too short\n", "at least 15"),
            ("matkhaumatkhau123\n", "easy to guess"),
            ("tôi là hoàng thu thủy\n", "person's name"),
        ] {
            let output = process::run(&create, &url, password).await;
            assert!(!output.status.success() && output.stderr.contains(said), "{}", output.stderr);
        }
        assert!(database.sql("SELECT id FROM account").await.is_empty());
        let output = process::run(&create, &url, "con mèo nhà tôi thích ăn cá\n").await;
        assert!(output.status.success(), "{}", output.stderr);
    }
}
