//! How a phone stays signed in, and how it stops being so.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint, appoint_account, ask, create_account};
use tests::operation;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

/// A phone: what it keeps between requests.
struct Phone {
    app: TestApp,
    access: String,
    refresh: String,
}

impl Phone {
    async fn sign_in(app: &TestApp, name: &str) -> Self {
        let device = json!({"name": name, "platform": "ANDROID", "appVersion": "1.0"});
        let input = json!({"login": PHONE, "password": PASSWORD, "device": device});
        let variables = json!({ "input": input });
        let answer = app.anonymous().run(&operation::of("signIn"), variables).await.ok();
        Self {
            app: app.clone(),
            access: answer.text("signIn.accessToken"),
            refresh: answer.text("signIn.refreshToken"),
        }
    }

    fn client(&self) -> Client {
        self.app.anonymous().with_token(&self.access)
    }

    /// Sends the refresh token it has; what it does with the answer is for the test to say.
    async fn send_refresh(&self) -> Answer {
        refresh(&self.app, &self.refresh).await
    }

    fn keep(&mut self, answer: &Answer) {
        self.access = answer.text("refresh.accessToken");
        self.refresh = answer.text("refresh.refreshToken");
    }

    async fn is_signed_in(&self) -> bool {
        ask(&self.client(), "viewer", json!({})).await.code().is_none()
    }
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    let variables = json!({"input": {"refreshToken": token}});
    app.anonymous().run(&operation::of("refresh"), variables).await
}

/// An app with one account, and the clock some minutes on.
async fn start(kind: Kind) -> TestApp {
    let app = TestApp::start(kind).await;
    create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
    app
}

fn wait(app: &TestApp, minutes: i64) {
    let now = khuyenhoc::clock::Clock::now(app.clock.as_ref());
    app.clock.set(now + chrono::TimeDelta::minutes(minutes));
}

/// What the journal holds of one kind.
async fn journalled(app: &TestApp, kind: &str) -> usize {
    let sql = format!("SELECT COUNT(*) FROM security_event WHERE kind = '{kind}'");
    let rows = app.database.sql(&sql).await;
    rows[0][0].as_ref().expect("a count").parse().expect("a number")
}

on_both! {
    async fn refreshing_goes_on_for_as_long_as_the_phone_is_used(kind) {
        let app = start(kind).await;
        let mut phone = Phone::sign_in(&app, "Máy của bà").await;
        for _ in 0..5 {
            wait(&app, 11);
            let expired = ask(&phone.client(), "viewer", json!({})).await;
            // no rule: refresh, do not sign in
            assert_eq!((expired.code(), expired.rule()), (Some("UNAUTHENTICATED"), None));
            let answer = phone.send_refresh().await.ok();
            phone.keep(&answer);
            assert!(phone.is_signed_in().await);
        }
        let answer = ask(&phone.client(), "mySessions", json!({})).await.ok();
        let names: Vec<&Value> = answer.list("mySessions").iter().map(|row| &row["deviceName"]).collect();
        assert!(names.contains(&&json!("Máy của bà")), "{names:?}");
    }

    async fn a_lost_answer_never_signs_a_phone_out(kind) {
        let app = start(kind).await;
        let mut phone = Phone::sign_in(&app, "").await;
        wait(&app, 11);
        let lost = phone.send_refresh().await.ok();
        wait(&app, 1);
        let answer = phone.send_refresh().await.ok();
        phone.keep(&answer);
        // the branch that was given up is good no more: neither its access token
        let stranger = app.anonymous().with_token(&lost.text("refresh.accessToken"));
        assert_eq!(ask(&stranger, "viewer", json!({})).await.code(), Some("UNAUTHENTICATED"));
        assert!(phone.is_signed_in().await);
        // nor its refresh token, once the other is in use: that is a copy
        let answer = refresh(&app, &lost.text("refresh.refreshToken")).await;
        assert_eq!(answer.rule(), Some("SESSION_ENDED"));
    }

    async fn the_answer_given_up_for_lost_may_still_arrive(kind) {
        let app = start(kind).await;
        let mut phone = Phone::sign_in(&app, "").await;
        wait(&app, 11);
        let late = phone.send_refresh().await.ok();
        wait(&app, 1);
        phone.send_refresh().await.ok();
        // the phone keeps the one that came last, and has used neither
        phone.keep(&late);
        wait(&app, 1);
        let answer = phone.send_refresh().await.ok();
        phone.keep(&answer);
        assert!(phone.is_signed_in().await);
        assert_eq!(journalled(&app, "TOKEN_REUSED").await, 0);
    }

    async fn a_copied_token_ends_the_session(kind) {
        let app = start(kind).await;
        let mut phone = Phone::sign_in(&app, "").await;
        let copied = phone.refresh.clone();
        wait(&app, 11);
        let answer = phone.send_refresh().await.ok();
        phone.keep(&answer);
        assert!(phone.is_signed_in().await);
        let thief = refresh(&app, &copied).await;
        assert_eq!((thief.code(), thief.rule()), (Some("UNAUTHENTICATED"), Some("SESSION_ENDED")));
        // the whole session is over, at once
        let answer = ask(&phone.client(), "viewer", json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.rule()), (401, Some("SESSION_ENDED")));
        assert_eq!(phone.send_refresh().await.rule(), Some("SESSION_ENDED"));
        assert_eq!((journalled(&app, "TOKEN_REUSED").await, journalled(&app, "SESSION_ENDED").await), (1, 1));
    }

    async fn the_thief_may_come_first(kind) {
        let app = start(kind).await;
        let phone = Phone::sign_in(&app, "").await;
        wait(&app, 11);
        let stolen = refresh(&app, &phone.refresh).await.ok();
        let thief = app.anonymous().with_token(&stolen.text("refresh.accessToken"));
        ask(&thief, "viewer", json!({})).await.ok();
        assert_eq!(phone.send_refresh().await.rule(), Some("SESSION_ENDED"));
        assert_eq!(ask(&thief, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
    }

    async fn who_waits_as_long_as_told_is_served(kind) {
        let app = start(kind).await;
        let phone = Phone::sign_in(&app, "").await;
        wait(&app, 11);
        // lost
        phone.send_refresh().await.ok();
        app.clock.advance(chrono::TimeDelta::milliseconds(300));
        let raced = phone.send_refresh().await;
        assert_eq!(raced.rule(), Some("REFRESH_RACE"));
        let pause = raced.extension("retryAfter").and_then(Value::as_i64).expect("a pause");
        assert_eq!(pause, 10);
        app.clock.advance(chrono::TimeDelta::seconds(pause));
        phone.send_refresh().await.ok();
    }

    async fn two_refreshes_at_once_sign_nobody_out(kind) {
        let app = start(kind).await;
        let mut phone = Phone::sign_in(&app, "").await;
        wait(&app, 11);
        let (one, two) = tokio::join!(phone.send_refresh(), phone.send_refresh());
        let (granted, raced) = if one.code().is_none() { (one, two) } else { (two, one) };
        assert_eq!((raced.code(), raced.rule()), (Some("CONFLICT"), Some("REFRESH_RACE")));
        let pause = raced.extension("retryAfter").and_then(Value::as_u64).expect("a pause");
        assert!((1..=10).contains(&pause), "{pause}");
        phone.keep(&granted.ok());
        assert!(phone.is_signed_in().await);
        assert_eq!(journalled(&app, "TOKEN_REUSED").await, 0);
    }

    async fn a_session_ends_when_it_is_not_used_and_at_its_last_day(kind) {
        let app = start(kind).await;
        let days = |count: i64| count * 24 * 60;
        let unused = Phone::sign_in(&app, "").await;
        wait(&app, days(60));
        assert_eq!(unused.send_refresh().await.rule(), Some("SESSION_ENDED"));
        let mut used = Phone::sign_in(&app, "").await;
        for _ in 0..7 {
            wait(&app, days(57));
            let answer = used.send_refresh().await.ok();
            used.keep(&answer);
            assert!(used.is_signed_in().await);
        }
        wait(&app, days(2));
        assert_eq!(used.send_refresh().await.rule(), Some("SESSION_ENDED"));
    }

    async fn one_other_and_all_sessions_can_be_ended(kind) {
        let app = start(kind).await;
        let phones = [Phone::sign_in(&app, "a").await, Phone::sign_in(&app, "b").await, Phone::sign_in(&app, "c").await];
        let end = |phone: &Phone, input: Value| {
            let client = phone.client();
            async move { client.run(&operation::of("endSessions"), json!({ "input": input })).await }
        };
        let sessions = ask(&phones[0].client(), "mySessions", json!({})).await.ok();
        let second = sessions.list("mySessions").iter().find(|row| row["deviceName"] == "b").expect("b")["id"].clone();
        let ended = end(&phones[0], json!({"which": "LISTED", "ids": [second]})).await.ok();
        assert_eq!(ended.number("endSessions.ended"), 1);
        let again = end(&phones[0], json!({"which": "LISTED", "ids": [second]})).await.ok();
        assert_eq!(again.number("endSessions.ended"), 0);
        assert_eq!((phones[0].is_signed_in().await, phones[1].is_signed_in().await), (true, false));
        // the one in which the account was made, and c
        assert_eq!(end(&phones[0], json!({"which": "OTHERS"})).await.ok().number("endSessions.ended"), 2);
        assert_eq!((phones[0].is_signed_in().await, phones[2].is_signed_in().await), (true, false));
        assert_eq!(end(&phones[0], json!({"which": "CURRENT"})).await.ok().number("endSessions.ended"), 1);
        assert_eq!(ask(&phones[0].client(), "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        let last = Phone::sign_in(&app, "d").await;
        assert_eq!(end(&last, json!({"which": "ALL"})).await.ok().number("endSessions.ended"), 1);
        assert!(!last.is_signed_in().await);
        for wrong in [json!({"which": "LISTED"}), json!({"which": "ALL", "ids": []}), json!({"which": "LISTED", "ids": ["x"]})] {
            let phone = Phone::sign_in(&app, "e").await;
            assert_eq!(end(&phone, wrong).await.code(), Some("INVALID"));
        }
    }

    async fn nobody_ends_anothers_session(kind) {
        let world = World::build(kind).await;
        let (mine, theirs) = (&world.branch(0, 0, 0).head.client, &world.branch(0, 0, 1).head.client);
        let id = ask(theirs, "mySessions", json!({})).await.ok().text("mySessions.0.id");
        let input = json!({"input": {"which": "LISTED", "ids": [id]}});
        let answer = mine.run(&operation::of("endSessions"), input).await.ok();
        assert_eq!(answer.number("endSessions.ended"), 0);
        ask(theirs, "viewer", json!({})).await.ok();
    }

    async fn a_disabled_account_is_signed_out_everywhere(kind) {
        let app = start(kind).await;
        let phone = Phone::sign_in(&app, "").await;
        app.database.sql("UPDATE account SET disabled_at = created_at").await;
        assert_eq!(ask(&phone.client(), "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(phone.send_refresh().await.rule(), Some("SESSION_ENDED"));
    }

    async fn no_token_is_stored_as_it_is(kind) {
        let app = start(kind).await;
        let phone = Phone::sign_in(&app, "").await;
        assert!(phone.refresh.starts_with("khr_") && phone.refresh.len() == 47, "{}", phone.refresh);
        let dump = format!("{:?}", app.database.sql("SELECT * FROM refresh_token").await);
        assert!(dump.contains("\\\\x") && !dump.contains(&phone.refresh), "{dump}");
        // a refresh token opens no other door, and an access token is no refresh token
        let client = app.anonymous().with_token(&phone.refresh);
        assert_eq!(ask(&client, "viewer", json!({})).await.code(), Some("UNAUTHENTICATED"));
        for token in [phone.access.as_str(), "", "khr_", "khr_AAAA"] {
            assert_eq!(refresh(&app, token).await.rule(), Some("SESSION_ENDED"));
        }
    }

    async fn the_security_journal_takes_no_change(kind) {
        let app = start(kind).await;
        Phone::sign_in(&app, "").await;
        assert_eq!(journalled(&app, "SIGNED_IN").await, 1);
        for sql in ["UPDATE security_event SET detail = 'x'", "DELETE FROM security_event"] {
            let url = match kind {
                Kind::Postgres => app.database.url_as("khuyenhoc_signin"),
                Kind::Sqlite => app.database.url().to_owned(),
            };
            assert!(tests::database::sql_at(&url, sql).await.is_err(), "{sql}");
        }
    }

    async fn an_officer_ends_the_sessions_of_those_below(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let end = |client: &Client, whose: &Person| {
            let (client, id) = (client.clone(), account_id(whose.account));
            async move { client.run(&operation::of("endSessionsOf"), json!({"input": {"accountId": id}})).await }
        };
        // not one's own, not one's equal's, not one's better's
        for (who, whose) in [(&ward.officer, &ward.officer), (&branch.head, &ward.officer), (&ward.officer, &world.district(0).officer)] {
            let answer = end(&who.client, whose).await;
            assert!(matches!(answer.code(), Some("FORBIDDEN" | "NOT_FOUND")), "{}", answer.json);
        }
        let equal = appoint(&world.app, world.district(0).tenant, &ward.unit, Role::WardOfficer, "Đỗ Thị Ngang", None).await;
        assert_eq!(end(&ward.officer.client, &equal).await.code(), Some("FORBIDDEN"));
        let ended = end(&ward.officer.client, &branch.head).await.ok();
        assert_eq!(ended.number("endSessionsOf.ended"), 1);
        assert_eq!(ask(&branch.head.client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        ask(&branch.family.client, "viewer", json!({})).await.ok();
        let by = "SELECT COUNT(*) FROM security_event WHERE kind = 'SESSION_ENDED' AND detail = 'ENDED_BY_OFFICER' AND by_post_id IS NOT NULL";
        assert_eq!(world.app.database.sql(by).await, [[Some("1".to_owned())]]);
    }

    async fn a_post_elsewhere_keeps_no_officer_from_ending_sessions(kind) {
        let world = World::build(kind).await;
        let (branch, head) = (world.branch(0, 0, 0), &world.branch(0, 0, 0).head);
        let always = ("2026-01-01T00:00:00+07:00", None);
        let elsewhere = [(0, world.ward(0, 1).unit.as_str(), Role::Family), (1, world.branch(1, 0, 0).unit.as_str(), Role::Family)];
        for (district, unit, role) in elsewhere {
            let family = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::Family, "Tạ Thị Hai", None).await;
            let input = json!({"input": {"accountId": account_id(family.account)}});
            let document = operation::of("endSessionsOf");
            appoint_account(&world.app, world.district(district).tenant, unit, role, family.account, always).await;
            let ended = head.client.run(&document, input).await.ok();
            assert_eq!(ended.number("endSessionsOf.ended"), 1);
        }
    }
}
