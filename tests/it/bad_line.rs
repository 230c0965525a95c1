//! A bad line: each answer is lost, and the phone sends the same again or looks what has become of it, as
//! `api/docs/mobile.md` tells it to. Here for the mutations of one's own account; those with an idempotency key, refreshing,
//! joining and recovery have such tests beside what they do.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{ask, create_account};
use tests::operation;

use crate::second_factor::Authenticator;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const NEW_PASSWORD: &str = "bảy tám chín mười mười một";
const PHONE: &str = "0977000111";

async fn start(kind: Kind) -> TestApp {
    let app = TestApp::start(kind).await;
    create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
    app
}

async fn try_sign_in(app: &TestApp, password: &str, code: Option<&str>) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password, "code": code}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

async fn sign_in(app: &TestApp, password: &str, code: Option<&str>) -> Client {
    let answer = try_sign_in(app, password, code).await.ok();
    app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

async fn confirm(client: &Client, code: &str) -> Answer {
    ask(client, "confirmSecondFactor", json!({"input": {"code": code}})).await
}

async fn begin(client: &Client) -> Authenticator {
    let begun = ask(client, "beginSecondFactor", json!({})).await.ok();
    Authenticator::of(&begun.text("beginSecondFactor.secret"))
}

/// Ten recovery codes, made anew.
async fn renew(client: &Client) -> Vec<Value> {
    let answer = ask(client, "renewRecoveryCodes", json!({})).await.ok();
    answer.list("renewRecoveryCodes.recoveryCodes").to_vec()
}

/// An account with a second factor: a session that has just proven it, and the app on the phone.
async fn enrolled(app: &TestApp) -> (Client, Authenticator) {
    let client = sign_in(app, PASSWORD, None).await;
    let phone = begin(&client).await;
    confirm(&client, &phone.now(app)).await.ok();
    next_code(app);
    (client, phone)
}

/// Lets time pass until the app shows another code.
fn next_code(app: &TestApp) {
    app.clock.advance(TimeDelta::seconds(30));
}

on_both! {
    async fn signing_in_again_goes_on_beside_the_session_that_was_lost(kind) {
        let app = start(kind).await;
        let (lost, phone) = (sign_in(&app, PASSWORD, None).await, sign_in(&app, PASSWORD, None).await);
        for client in [&lost, &phone] {
            ask(client, "viewer", json!({})).await.ok();
        }
        // the owner can close what was lost
        let others = json!({"input": {"which": "OTHERS"}});
        ask(&phone, "endSessions", others.clone()).await.ok();
        assert_eq!(ask(&phone, "endSessions", others).await.ok().number("endSessions.ended"), 0);
        assert_eq!(ask(&lost, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        ask(&phone, "viewer", json!({})).await.ok();
    }

    async fn enrolling_goes_on_from_where_it_is(kind) {
        let app = start(kind).await;
        let client = sign_in(&app, PASSWORD, None).await;
        // the QR code that nobody has seen is worth nothing
        let lost = begin(&client).await;
        let phone = begin(&client).await;
        assert_eq!(confirm(&client, &lost.now(&app)).await.rule(), Some("WRONG_CODE"));
        let code = phone.now(&app);
        confirm(&client, &code).await.ok();
        assert_eq!(confirm(&client, &code).await.code(), Some("NOT_FOUND"));
        let viewer = ask(&client, "viewer", json!({})).await.ok();
        assert_eq!(viewer.number("viewer.secondFactor.recoveryCodesLeft"), 10);
        let (lost, codes) = (renew(&client).await, renew(&client).await);
        next_code(&app);
        assert_eq!(try_sign_in(&app, PASSWORD, lost[0].as_str()).await.rule(), Some("WRONG_CODE"));
        try_sign_in(&app, PASSWORD, codes[0].as_str()).await.ok();
    }

    async fn a_code_whose_answer_was_lost_is_followed_by_the_next(kind) {
        let app = start(kind).await;
        let (_, phone) = enrolled(&app).await;
        let code = phone.now(&app);
        try_sign_in(&app, PASSWORD, Some(&code)).await.ok();
        assert_eq!(try_sign_in(&app, PASSWORD, Some(&code)).await.rule(), Some("WRONG_CODE"));
        next_code(&app);
        try_sign_in(&app, PASSWORD, Some(&phone.now(&app))).await.ok();
    }

    async fn a_proof_whose_answer_was_lost_holds(kind) {
        let app = start(kind).await;
        let (client, phone) = enrolled(&app).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(ask(&client, "renewRecoveryCodes", json!({})).await.rule(), Some("STEP_UP_NEEDED"));
        let proof = json!({"input": {"code": phone.now(&app)}});
        ask(&client, "stepUp", proof.clone()).await.ok();
        assert_eq!(ask(&client, "stepUp", proof).await.rule(), Some("WRONG_CODE"));
        renew(&client).await;
    }

    async fn what_was_removed_stays_so(kind) {
        let app = start(kind).await;
        let (client, _) = enrolled(&app).await;
        let answer = ask(&client, "removeSecondFactor", json!({})).await.ok();
        assert_eq!(answer.text("removeSecondFactor.session.level"), "PASSWORD");
        assert_eq!(ask(&client, "removeSecondFactor", json!({})).await.code(), Some("NOT_FOUND"));
        sign_in(&app, PASSWORD, None).await;
    }

    async fn a_changed_password_is_found_by_trying_it(kind) {
        let app = start(kind).await;
        let client = sign_in(&app, PASSWORD, None).await;
        let input = json!({"input": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}});
        ask(&client, "changePassword", input.clone()).await.ok();
        let again = ask(&client, "changePassword", input).await;
        assert_eq!(again.extension("fields").expect("fields")[0]["rule"], "WRONG_PASSWORD");
        ask(&client, "viewer", json!({})).await.ok();
        sign_in(&app, NEW_PASSWORD, None).await;
    }
}
