//! Guessing passwords: what it costs, whom it does not cost, and what gets around it (nothing).

use std::sync::Arc;

use chrono::TimeDelta;
use khuyenhoc::clock::Clock as _;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::{Database, Kind};
use tests::factory::{World, account_id, ask, create_account};
use tests::operation;
use uuid::Uuid;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const WRONG: &str = "sáu năm bốn ba hai một";
const PHONE: &str = "0977000111";
const UNKNOWN: &str = "0977000999";

async fn start(kind: Kind) -> TestApp {
    start_with(kind, &[]).await
}

async fn start_with(kind: Kind, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with(kind, settings).await;
    create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
    app
}

async fn sign_in(client: &Client, login: &str, password: &str) -> Answer {
    let input = json!({"input": {"login": login, "password": password}});
    client.run(&operation::of("signIn"), input).await
}

async fn sign_in_on(client: &Client, device: Uuid, password: &str) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password, "device": {"id": device}}});
    client.run(&operation::of("signIn"), input).await
}

fn wait(app: &TestApp, seconds: i64) {
    app.clock.set(app.clock.now() + TimeDelta::seconds(seconds));
}

/// Whether the attempt was let through to the comparison, or how long it has to wait; fails for anything else.
fn pause(answer: &Answer) -> Option<u64> {
    match (answer.code(), answer.rule()) {
        (None, None) | (Some("UNAUTHENTICATED"), Some("WRONG_CREDENTIALS")) => None,
        (Some("RATE_LIMITED"), Some("TOO_MANY_ATTEMPTS")) => answer.extension("retryAfter").and_then(Value::as_u64),
        _ => panic!("{}", answer.json),
    }
}

async fn rows(app: &TestApp) -> usize {
    app.database.sql("SELECT id FROM attempt").await.len()
}

/// Wrong attempts until one has to wait.
async fn exhaust(client: &Client, login: &str) {
    for _ in 0..6 {
        if pause(&sign_in(client, login, WRONG).await).is_some() {
            return;
        }
    }
    panic!("guessing goes on for ever");
}

on_both! {
    async fn wrong_passwords_cost_more_and_more_time(kind) {
        let app = start(kind).await;
        let client = app.anonymous();
        for _ in 0..5 {
            assert_eq!(pause(&sign_in(&client, PHONE, WRONG).await), None);
        }
        for seconds in [1, 2, 4, 8, 16] {
            // waiting is not lengthened by trying, and the right password waits too
            for password in [WRONG, PASSWORD, WRONG] {
                assert_eq!(pause(&sign_in(&client, PHONE, password).await), Some(seconds));
            }
            wait(&app, i64::try_from(seconds).expect("seconds"));
            assert_eq!(sign_in(&client, PHONE, WRONG).await.rule(), Some("WRONG_CREDENTIALS"));
        }
        // the same number written in another way
        assert_eq!(pause(&sign_in(&client, "+84 977 000 111", PASSWORD).await), Some(32));
        let vietnamese = client.with_header("accept-language", "vi");
        let message = sign_in(&vietnamese, PHONE, WRONG).await.json["errors"][0]["message"].clone();
        assert!(message.as_str().is_some_and(|text| text.contains("xin chờ 32 giây")), "{message}");
        wait(&app, 32);
        sign_in(&client, PHONE, PASSWORD).await.ok();
        // the owner begins anew
        for _ in 0..5 {
            assert_eq!(pause(&sign_in(&client, PHONE, WRONG).await), None);
        }
        let failed = "SELECT COUNT(*) FROM security_event WHERE kind = 'SIGN_IN_FAILED' AND detail = 'SIGN_IN'";
        assert_eq!(app.database.sql(failed).await, [[Some("15".to_owned())]]);
    }

    async fn who_mistypes_now_and_then_never_waits(kind) {
        let app = start(kind).await;
        for _ in 0..4 {
            for _ in 0..4 {
                assert_eq!(pause(&sign_in(&app.anonymous(), PHONE, WRONG).await), None);
            }
            sign_in(&app.anonymous(), PHONE, PASSWORD).await.ok();
        }
        // a day later nothing is left of five
        for _ in 0..2 {
            exhaust(&app.anonymous(), PHONE).await;
            wait(&app, 86_400);
            sign_in(&app.anonymous(), PHONE, WRONG).await;
            assert_eq!(pause(&sign_in(&app.anonymous(), PHONE, WRONG).await), None);
        }
    }

    async fn known_unknown_and_disabled_accounts_are_answered_alike(kind) {
        let app = start(kind).await;
        create_account(&app, "Bùi Văn Nghỉ", Some("0977000222"), Some(PASSWORD)).await;
        create_account(&app, "Bùi Văn Chưa", Some("0977000333"), None).await;
        app.database.sql("UPDATE account SET disabled_at = created_at WHERE phone = '+84977000222'").await;
        let mut seen = Vec::new();
        for login in [PHONE, UNKNOWN, "0977000222", "0977000333", "nobody.at.all", "no name (really)"] {
            let (mut answers, mut statements) = (Vec::new(), Vec::new());
            for attempt in 0..8 {
                // the right one of the disabled account at last
                let password = if attempt > 2 && login == "0977000222" { PASSWORD } else { WRONG };
                let before = app.statements();
                answers.push(sign_in(&app.anonymous(), login, password).await.comparable());
                statements.push(app.statements() - before);
            }
            // of a text that cannot be a name no account is looked for
            let looked_for = u64::from(login.contains(' '));
            for number in &mut statements {
                *number += looked_for;
            }
            seen.push((answers, statements));
            let (first, last) = (&seen[0], &seen[seen.len() - 1]);
            assert!(first == last, "{login}: {:?} {:?}", first.1, last.1);
        }
    }

    async fn strangers_do_not_shut_the_owner_out(kind) {
        let app = start(kind).await;
        let (owner, stranger) = (app.anonymous().at("198.51.100.7"), app.anonymous().at("203.0.113.9"));
        let device = Uuid::new_v4();
        sign_in_on(&owner, device, PASSWORD).await.ok();
        for _ in 0..3 {
            exhaust(&stranger, PHONE).await;
            exhaust(&owner, PHONE).await;
            wait(&app, 3600);
        }
        exhaust(&stranger, PHONE).await;
        // another device has to wait, with whatever id
        for other in [Uuid::new_v4(), Uuid::nil()] {
            assert!(pause(&sign_in_on(&owner, other, PASSWORD).await).is_some());
        }
        sign_in_on(&owner, device, PASSWORD).await.ok();
        // the device counts for itself
        for _ in 0..5 {
            assert_eq!(pause(&sign_in_on(&stranger, device, WRONG).await), None);
        }
        assert_eq!(pause(&sign_in_on(&stranger, device, PASSWORD).await), Some(1));
        wait(&app, 1);
        sign_in_on(&owner, device, PASSWORD).await.ok();
        // of another account it is a stranger's
        create_account(&app, "Bùi Văn Khác", Some("0977000222"), Some(PASSWORD)).await;
        exhaust(&stranger, "0977000222").await;
        let input = json!({"input": {"login": "0977000222", "password": PASSWORD, "device": {"id": device}}});
        assert!(pause(&owner.run(&operation::of("signIn"), input).await).is_some());
    }

    async fn only_a_random_id_makes_a_device_known(kind) {
        let app = start(kind).await;
        let client = app.anonymous();
        let guessable = ["00000000-0000-0000-0000-000000000000", "01a101d5-31e4-7d0f-bc29-6e88abf23c78", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"];
        for device in guessable.map(|id| id.parse().expect("a UUID")) {
            sign_in_on(&client, device, PASSWORD).await.ok();
        }
        exhaust(&client, PHONE).await;
        for device in guessable.map(|id| id.parse().expect("a UUID")) {
            assert!(pause(&sign_in_on(&client, device, PASSWORD).await).is_some());
        }
    }

    async fn a_lost_or_copied_device_is_known_no_more(kind) {
        let app = start(kind).await;
        for (reason, known) in [("SIGNED_OUT", true), ("PASSWORD_CHANGED", true), ("ENDED_BY_OFFICER", false), ("TOKEN_REUSED", false), ("RECOVERED", false)] {
            let device = Uuid::new_v4();
            wait(&app, 86_400);
            sign_in_on(&app.anonymous(), device, PASSWORD).await.ok();
            let sql = format!("UPDATE session SET ended_at = created_at, ended_because = '{reason}' WHERE device_id IS NOT NULL AND ended_at IS NULL");
            app.database.sql(&sql).await;
            exhaust(&app.anonymous(), PHONE).await;
            let answer = sign_in_on(&app.anonymous(), device, PASSWORD).await;
            assert_eq!(answer.code().is_none(), known, "{reason}: {}", answer.json);
        }
    }

    async fn an_address_has_its_own_patience(kind) {
        let app = start(kind).await;
        let client = app.anonymous().at("2001:db8:0:1::5");
        let device = Uuid::new_v4();
        sign_in_on(&client, device, PASSWORD).await.ok();
        for number in 0..50 {
            let answer = sign_in(&client, &format!("09770{number:05}"), WRONG).await;
            assert_eq!(pause(&answer), None, "{number}");
            // one who is right takes back their own attempt and no other
            if number % 10 == 0 {
                let other = Uuid::new_v4();
                sign_in_on(&client, other, PASSWORD).await.ok();
            }
        }
        for address in ["2001:db8:0:1::5", "2001:db8:0:1:ffff::1"] {
            assert_eq!(pause(&sign_in(&app.anonymous().at(address), PHONE, PASSWORD).await), Some(1), "{address}");
        }
        for address in ["2001:db8:0:2::5", "198.51.100.7"] {
            sign_in(&app.anonymous().at(address), PHONE, PASSWORD).await.ok();
        }
        // phones that are known share the address with a guesser and do not notice
        sign_in_on(&client, device, PASSWORD).await.ok();
        wait(&app, 60);
        sign_in(&client, PHONE, PASSWORD).await.ok();
    }

    async fn what_a_client_says_of_its_address_changes_nothing(kind) {
        let app = start(kind).await;
        for number in 0..51 {
            sign_in(&app.anonymous().at("203.0.113.9"), &format!("09770{number:05}"), WRONG).await;
        }
        for (name, value) in [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7"), ("x-real-ip", "198.51.100.7")] {
            let forged = app.anonymous().at("203.0.113.9").with_header(name, value);
            assert!(pause(&sign_in(&forged, PHONE, PASSWORD).await).is_some(), "{name}");
        }
    }

    async fn behind_trusted_proxies_the_client_counts(kind) {
        let app = start_with(kind, &[("KHUYENHOC_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")]).await;
        let proxy = app.anonymous().at("10.0.0.1");
        let from = |address: &str| proxy.with_header("x-forwarded-for", address);
        for number in 0..51 {
            sign_in(&from(&format!("8.8.8.{number}, 203.0.113.9, 192.0.2.1")), &format!("09770{number:05}"), WRONG).await;
        }
        assert!(pause(&sign_in(&from("198.51.100.7, 203.0.113.9"), PHONE, PASSWORD).await).is_some());
        let session = sign_in(&from("203.0.113.9, 198.51.100.7"), PHONE, PASSWORD).await.ok();
        let client = app.anonymous().with_token(&session.text("signIn.accessToken"));
        let sessions = ask(&client, "mySessions", json!({})).await.ok();
        let addresses: Vec<&Value> = sessions.list("mySessions").iter().map(|row| &row["address"]).collect();
        assert!(addresses.contains(&&json!("198.51.100.7")), "{addresses:?}");
    }

    async fn many_guesses_at_once_over_two_instances_are_as_few_as_one_by_one(kind) {
        let database = Arc::new(Database::fresh(kind).await);
        let one = TestApp::open(Arc::clone(&database), &[], 1).await;
        let two = TestApp::open(database, &[], 2).await;
        create_account(&one, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        let guesses = (0..40).map(|number| {
            let app = if number % 2 == 0 { &one } else { &two };
            let client = app.anonymous().at(&format!("203.0.113.{number}"));
            async move { pause(&sign_in(&client, PHONE, WRONG).await).is_none() }
        });
        let compared = futures_util::future::join_all(guesses).await.into_iter().filter(|through| *through).count();
        assert_eq!(compared, 5);
        // and after a restart
        let again = TestApp::open(Arc::clone(&one.database), &[], 3).await;
        assert_eq!(pause(&sign_in(&again.anonymous(), PHONE, PASSWORD).await), Some(1));
    }

    async fn many_addresses_crowd_one_name_and_many_names_one_address(kind) {
        let app = start(kind).await;
        // every name and every address with every other, in both orders: nobody waits for the other for ever
        let guesses = (0..48).map(|number| {
            let client = app.anonymous().at(&format!("203.0.113.{}", number % 3));
            let login = format!("097700000{}", number % 8);
            async move { pause(&sign_in(&client, &login, WRONG).await).is_none() }
        });
        let compared = futures_util::future::join_all(guesses).await.into_iter().filter(|through| *through).count();
        assert_eq!(compared, 40);
    }

    async fn counters_name_nobody_and_do_not_stay(kind) {
        let app = start(kind).await;
        for number in 0..6 {
            sign_in(&app.anonymous().at("203.0.113.9"), &format!("097700000{number}"), WRONG).await;
        }
        assert_eq!(rows(&app).await, 7);
        let dump = format!("{:?}", app.database.sql("SELECT * FROM attempt").await);
        assert!(!dump.contains("97700000") && !dump.contains("203.0"), "{dump}");
        wait(&app, 2 * 86_400);
        sign_in(&app.anonymous(), PHONE, WRONG).await;
        let removed = khuyenhoc::retention::remove(&app.app, app.clock.now()).await.expect("removed");
        assert_eq!((removed.attempts, rows(&app).await), (7, 1));
    }

    async fn one_request_is_one_attempt(kind) {
        let app = start(kind).await;
        let one = |name: &str| format!("{name}: signIn(input: {{login: \"{PHONE}\", password: \"{WRONG}\"}}) {{ accessToken }}");
        let aliases: String = (0..20).map(|number| one(&format!("a{number}"))).collect();
        let refused = app.anonymous().run(&format!("mutation {{ {aliases} }}"), json!({})).await;
        assert_eq!(refused.code(), Some("INVALID"), "{}", refused.json);
        let single = json!({"query": format!("mutation {{ {} }}", one("a"))});
        let batch = app.anonymous().post(&json!([single, single])).await;
        assert_eq!(batch.code(), Some("INVALID"), "{}", batch.json);
        assert_eq!(rows(&app).await, 0);
        for _ in 0..5 {
            app.anonymous().post(&single).await;
        }
        assert_eq!(pause(&app.anonymous().post(&single).await), Some(1));
    }

    async fn an_endless_password_is_refused_before_it_is_hashed(kind) {
        let app = start(kind).await;
        let endless = sign_in(&app.anonymous(), PHONE, &"a".repeat(100_000)).await;
        assert_eq!((endless.status.as_u16(), endless.code()), (413, Some("INVALID")));
        assert_eq!(rows(&app).await, 0);
        // what fits into a body is answered like a wrong one, and counted
        for long in [1_025, 40_000, 129, 1_025, 1_025] {
            assert_eq!(pause(&sign_in(&app.anonymous(), PHONE, &"a".repeat(long)).await), None);
        }
        assert_eq!(pause(&sign_in(&app.anonymous(), PHONE, PASSWORD).await), Some(1));
    }

    async fn a_full_waiting_room_costs_nobody_an_attempt(kind) {
        let app = start_with(kind, &[("KHUYENHOC_PASSWORD_WORKERS", "1"), ("KHUYENHOC_PASSWORD_QUEUE", "1")]).await;
        let places: Vec<_> = (0..2).map(|_| app.app.passwords.enter().expect("a place")).collect();
        for _ in 0..10 {
            let busy = sign_in(&app.anonymous(), PHONE, PASSWORD).await;
            assert_eq!((busy.code(), busy.rule()), (Some("RATE_LIMITED"), None));
            assert!(busy.extension("retryAfter").and_then(Value::as_u64).is_some_and(|pause| pause >= 1));
        }
        assert_eq!(rows(&app).await, 0);
        drop(places);
        sign_in(&app.anonymous(), PHONE, PASSWORD).await.ok();
    }

    async fn an_officer_who_ends_sessions_makes_the_phone_a_stranger(kind) {
        let world = World::build(kind).await;
        let (ward, app) = (world.ward(0, 0), &world.app);
        let head = &world.branch(0, 0, 0).head;
        let hash = app.app.passwords.hash(khuyenhoc::account::password::NewPassword::public(PASSWORD)).await.expect("a hash");
        app.database.sql(&format!("UPDATE account SET password_hash = '{hash}', phone = '+84977000111' WHERE id = {}", id_of(kind, head.account.0))).await;
        let device = Uuid::new_v4();
        sign_in_on(&app.anonymous(), device, PASSWORD).await.ok();
        let input = json!({"input": {"accountId": account_id(head.account)}});
        ward.officer.client.run(&operation::of("endSessionsOf"), input).await.ok();
        exhaust(&app.anonymous(), PHONE).await;
        assert!(pause(&sign_in_on(&app.anonymous(), device, PASSWORD).await).is_some());
    }
}

/// An id as SQL writes it.
fn id_of(kind: Kind, id: Uuid) -> String {
    match kind {
        Kind::Postgres => format!("'{id}'"),
        Kind::Sqlite => format!("x'{}'", id.simple()),
    }
}
