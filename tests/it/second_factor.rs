//! The second factor: enrolling, signing in with it, the roles that need it, and proving anew who one is.

use aws_lc_rs::hmac;
use chrono::TimeDelta;
use entity::id::AccountId;
use entity::vocabulary::Role;
use futures_util::future::join_all;
use khuyenhoc::access::gate::{admit, needs_second_factor};
use khuyenhoc::access::policy::{FIELDS, Need, ROLES};
use khuyenhoc::clock::Clock as _;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::{Database, Kind};
use tests::factory::{Person, World, YEAR, account_id, appoint_account, ask, create_account};
use tests::operation;
use tests::process::run;
use uuid::Uuid;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);

/// An authenticator app: it knows the secret it was shown and the time.
pub(super) struct Authenticator(Vec<u8>);

impl Authenticator {
    /// Reads base32 as an app does.
    pub(super) fn of(secret: &str) -> Self {
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
        for letter in secret.bytes() {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => panic!("no base32: {secret}"),
            };
            held = ((held << 5) | u32::from(value)) & 0xffff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((held >> bits) & 0xff).expect("a byte"));
            }
        }
        assert_eq!(bytes.len(), 20);
        Self(bytes)
    }

    /// What it shows when its clock differs from the server's by so many seconds.
    fn shows(&self, app: &TestApp, off: i64) -> String {
        let step = (app.clock.now().timestamp() + off) / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let four: [u8; 4] = tag.as_ref()[at..at + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    pub(super) fn now(&self, app: &TestApp) -> String {
        self.shows(app, 0)
    }

    /// A code that is none of those that would be accepted.
    fn never(&self, app: &TestApp) -> String {
        let near: Vec<String> = [-30, 0, 30].map(|off| self.shows(app, off)).to_vec();
        (0..9)
            .map(|number| format!("{number:06}"))
            .find(|code| !near.contains(code))
            .expect("a code")
    }
}

async fn sign_in(app: &TestApp, password: &str, code: Option<&str>) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password, "code": code}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

/// A client of a session that has just been opened.
async fn signed_in(app: &TestApp, code: Option<&str>) -> Client {
    let answer = sign_in(app, PASSWORD, code).await.ok();
    app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

async fn step_up(client: &Client, input: Value) -> Answer {
    ask(client, "stepUp", json!({ "input": input })).await
}

async fn confirm(client: &Client, code: &str) -> Answer {
    ask(client, "confirmSecondFactor", json!({"input": {"code": code}})).await
}

/// Enrols in a session whose proof is fresh; the app, and the recovery codes.
async fn enrol(app: &TestApp, client: &Client) -> (Authenticator, Vec<String>) {
    let begun = ask(client, "beginSecondFactor", json!({})).await.ok();
    let phone = Authenticator::of(&begun.text("beginSecondFactor.secret"));
    let confirmed = confirm(client, &phone.now(app)).await.ok();
    // the code of this moment is used up
    wait(app, 30);
    (phone, codes(&confirmed, "confirmSecondFactor"))
}

fn codes(answer: &Answer, field: &str) -> Vec<String> {
    let codes = answer.list(&format!("{field}.recoveryCodes")).iter();
    codes.map(|code| code.as_str().expect("a code").to_owned()).collect()
}

fn wait(app: &TestApp, seconds: i64) {
    app.clock.advance(TimeDelta::seconds(seconds));
}

/// A server with one account that has a password and no post.
async fn start(kind: Kind) -> TestApp {
    let app = TestApp::start(kind).await;
    create_account(&app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
    app
}

/// The same database on a second server, at the same time.
async fn another_instance(app: &TestApp) -> TestApp {
    let other = TestApp::open(app.database.clone(), &[], 2).await;
    other.clock.set(app.clock.now());
    other
}

/// Somebody with a password and a post.
async fn with_post(world: &World, role: Role) -> Person {
    let account = create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
    post_of(world, account, role).await
}

async fn post_of(world: &World, account: AccountId, role: Role) -> Person {
    let district = world.district(0);
    let (tenant, unit) = match role {
        Role::CityOfficer | Role::CityLeader => (world.city, &world.unit),
        Role::DistrictOfficer => (district.tenant, &district.unit),
        Role::WardOfficer => (district.tenant, &world.ward(0, 0).unit),
        Role::BranchHead | Role::Family => (district.tenant, &world.branch(0, 0, 0).unit),
    };
    appoint_account(&world.app, tenant, unit, role, account, ALWAYS).await
}

async fn journalled(app: &TestApp, kind: &str) -> usize {
    let sql = format!("SELECT COUNT(*) FROM security_event WHERE kind = '{kind}'");
    let rows = app.database.sql(&sql).await;
    rows[0][0].as_ref().expect("a count").parse().expect("a number")
}

fn said(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.code(), answer.rule())
}

const NEEDED: (Option<&str>, Option<&str>) = (Some("UNAUTHENTICATED"), Some("SECOND_FACTOR_NEEDED"));
const WRONG: (Option<&str>, Option<&str>) = (Some("UNAUTHENTICATED"), Some("WRONG_CODE"));
const LACKING: (Option<&str>, Option<&str>) = (Some("FORBIDDEN"), Some("SECOND_FACTOR_NEEDED"));
const WAIT: (Option<&str>, Option<&str>) = (Some("RATE_LIMITED"), Some("TOO_MANY_ATTEMPTS"));
const STALE: (Option<&str>, Option<&str>) = (Some("FORBIDDEN"), Some("STEP_UP_NEEDED"));

on_both! {
    async fn who_has_one_signs_in_with_it(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let begun = ask(&client, "beginSecondFactor", json!({})).await.ok();
        let (uri, secret) = (begun.text("beginSecondFactor.uri"), begun.text("beginSecondFactor.secret"));
        let expected = format!("otpauth://totp/+84977000111?secret={secret}&issuer=khuyenhoc&algorithm=SHA1&digits=6&period=30");
        assert_eq!(uri, expected);
        // nothing is in force yet
        signed_in(&app, None).await;
        assert!(ask(&client, "viewer", json!({})).await.ok().data("viewer.secondFactor").is_null());
        let phone = Authenticator::of(&secret);
        let confirmed = confirm(&client, &phone.now(&app)).await.ok();
        assert_eq!(codes(&confirmed, "confirmSecondFactor").len(), 10);
        let viewer = ask(&client, "viewer", json!({})).await.ok();
        assert_eq!(viewer.data("viewer.secondFactor"), &json!({"confirmedAt": "2026-03-10T09:00:00+07:00", "recoveryCodesLeft": 10}));

        wait(&app, 30);
        assert_eq!(said(&sign_in(&app, PASSWORD, None).await), NEEDED);
        let code = phone.now(&app);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let client = signed_in(&app, Some(&spaced)).await;
        let sessions = ask(&client, "mySessions", json!({})).await.ok();
        let levels: Vec<&Value> = sessions.list("mySessions").iter().map(|row| &row["level"]).collect();
        // the one with the code and the one that enrolled; the other two had proven nothing by a code
        let with_code = levels.iter().filter(|level| **level == "SECOND_FACTOR").count();
        assert_eq!((levels.len(), with_code), (4, 2), "{levels:?}");
        assert_eq!(journalled(&app, "SECOND_FACTOR_SET").await, 1);
    }

    async fn a_stranger_without_the_password_learns_nothing(kind) {
        let app = start(kind).await;
        let before = sign_in(&app, "một hai ba bốn năm bảy", None).await;
        let (phone, recovery) = enrol(&app, &signed_in(&app, None).await).await;
        for code in [None, Some(phone.now(&app)), Some(phone.never(&app)), recovery.first().cloned()] {
            let answer = sign_in(&app, "một hai ba bốn năm bảy", code.as_deref()).await;
            assert_eq!(answer.comparable(), before.comparable());
        }
        // nor was a code used up or a guess counted
        signed_in(&app, Some(&phone.now(&app))).await;
        assert_eq!(journalled(&app, "RECOVERY_CODE_USED").await, 0);
    }

    async fn a_wrong_code_and_a_used_one_are_refused(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let begun = ask(&client, "beginSecondFactor", json!({})).await.ok();
        let phone = Authenticator::of(&begun.text("beginSecondFactor.secret"));
        for wrong in [phone.never(&app), phone.shows(&app, -60), phone.shows(&app, 60), "x".to_owned(), String::new()] {
            assert_eq!(said(&confirm(&client, &wrong).await), WRONG, "{wrong}");
        }
        let first = phone.now(&app);
        confirm(&client, &first).await.ok();
        assert_eq!(said(&sign_in(&app, PASSWORD, Some(&first)).await), WRONG);
        wait(&app, 30);
        let second = phone.now(&app);
        signed_in(&app, Some(&second)).await;
        // neither again, nor the older one that the window would still allow
        for used in [&second, &first] {
            assert_eq!(said(&sign_in(&app, PASSWORD, Some(used)).await), WRONG);
        }
        for wrong in ["", "12345", "abcdef"] {
            assert_eq!(said(&sign_in(&app, PASSWORD, Some(wrong)).await), WRONG);
        }
        assert_eq!(journalled(&app, "SIGN_IN_FAILED").await, 6);
    }

    async fn a_phone_whose_clock_is_a_little_off_signs_in(kind) {
        let app = start(kind).await;
        let (phone, _) = enrol(&app, &signed_in(&app, None).await).await;
        for (off, right) in [(-60, false), (60, false), (-30, true), (30, true)] {
            wait(&app, 90);
            let answer = sign_in(&app, PASSWORD, Some(&phone.shows(&app, off))).await;
            assert_eq!(answer.code().is_none(), right, "{off}: {}", answer.json);
        }
    }

    async fn a_recovery_code_works_once(kind) {
        let app = start(kind).await;
        let (_, recovery) = enrol(&app, &signed_in(&app, None).await).await;
        let client = signed_in(&app, Some(&recovery[0].to_lowercase().replace('-', " "))).await;
        assert_eq!(said(&sign_in(&app, PASSWORD, Some(&recovery[0])).await), WRONG);
        let viewer = ask(&client, "viewer", json!({})).await.ok();
        assert_eq!(viewer.number("viewer.secondFactor.recoveryCodesLeft"), 9);
        assert_eq!(journalled(&app, "RECOVERY_CODE_USED").await, 1);
        // new ones take the place of all
        let renewed = codes(&ask(&client, "renewRecoveryCodes", json!({})).await.ok(), "renewRecoveryCodes");
        assert!(renewed.len() == 10 && renewed.iter().all(|code| !recovery.contains(code)));
        assert_eq!(said(&sign_in(&app, PASSWORD, Some(&recovery[1])).await), WRONG);
        signed_in(&app, Some(&renewed[9])).await;
    }

    async fn of_many_uses_of_one_code_at_once_exactly_one_wins(kind) {
        let app = start(kind).await;
        let (phone, recovery) = enrol(&app, &signed_in(&app, None).await).await;
        let other = another_instance(&app).await;
        for code in [phone.now(&app), recovery[3].clone()] {
            let tries = (0..4).map(|at| {
                let (app, code) = (if at % 2 == 0 { app.clone() } else { other.clone() }, code.clone());
                async move { sign_in(&app, PASSWORD, Some(&code)).await }
            });
            let answers = join_all(tries).await;
            let winners = answers.iter().filter(|answer| answer.code().is_none()).count();
            assert_eq!(winners, 1, "{answers:?}");
            assert!(answers.iter().filter(|answer| answer.code().is_some()).all(|answer| said(answer) == WRONG));
            // the others' attempts are forgotten
            for app in [&app, &other] {
                wait(app, 7_200);
            }
        }
    }

    async fn guesses_are_counted_for_the_account_on_all_instances(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let (phone, recovery) = enrol(&app, &client).await;
        let other = another_instance(&app).await;
        // in three ways: signing in here, there, and inside a session
        for at in 0..5 {
            let code = phone.never(&app);
            let answer = match at {
                0 | 1 => sign_in(&app, PASSWORD, Some(&code)).await,
                2 | 3 => sign_in(&other, PASSWORD, Some(&code)).await,
                _ => step_up(&client, json!({"code": code})).await,
            };
            assert_eq!(said(&answer), WRONG);
        }
        for app in [&app, &other] {
            // the right code is not looked at either
            let answer = sign_in(app, PASSWORD, Some(&phone.now(app))).await;
            assert_eq!(said(&answer), WAIT);
            assert_eq!(answer.extension("retryAfter"), Some(&json!(1)));
        }
        assert_eq!(said(&step_up(&client, json!({"code": phone.now(&app)})).await), WAIT);
        wait(&app, 1);
        assert_eq!(said(&step_up(&client, json!({"code": phone.never(&app)})).await), WRONG);
        // guessing on does not make the owner wait for longer
        for _ in 0..3 {
            let answer = step_up(&client, json!({"code": phone.never(&app)})).await;
            assert_eq!(answer.extension("retryAfter"), Some(&json!(2)));
        }
        // a recovery code is never made to wait, and a right one forgives the wrong ones
        step_up(&client, json!({"code": recovery[0]})).await.ok();
        step_up(&client, json!({"code": phone.now(&app)})).await.ok();
        // after a restart they are still known
        wait(&app, 90);
        for _ in 0..5 {
            assert_eq!(said(&step_up(&client, json!({"code": phone.never(&app)})).await), WRONG);
        }
        let again = another_instance(&app).await;
        assert_eq!(said(&sign_in(&again, PASSWORD, Some(&phone.now(&app))).await), WAIT);
    }

    async fn a_wrong_code_counts_for_name_and_address_as_a_wrong_password_does(kind) {
        let app = start(kind).await;
        let (phone, recovery) = enrol(&app, &signed_in(&app, None).await).await;
        let device = Uuid::new_v4();
        let from = |address: &str, code: Option<&str>, device: Option<Uuid>| {
            let input = json!({"input": {"login": PHONE, "password": PASSWORD, "code": code, "device": {"id": device}}});
            let client = app.anonymous().at(address);
            async move { client.run(&operation::of("signIn"), input).await }
        };
        from("198.51.100.7", Some(&recovery[0]), Some(device)).await.ok();
        let guess = recovery[1].replace(|letter: char| letter.is_ascii_alphabetic(), "A");
        for at in 0..5 {
            // to be asked for the code is no guess
            assert_eq!(said(&from("203.0.113.9", None, None).await), NEEDED);
            assert_eq!(said(&from("203.0.113.9", Some(&guess), None).await), WRONG, "{at}");
        }
        assert_eq!(said(&from("203.0.113.9", Some(&guess), None).await), WAIT);
        // the owner's own phone does not notice
        from("198.51.100.7", Some(&phone.now(&app)), Some(device)).await.ok();
    }

    async fn beside_one_a_shorter_password_is_enough(kind) {
        const SHORT: &str = "vỏ quýt 7 dày";
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let change = |current: &'static str, new: &'static str| {
            let input = json!({"input": {"currentPassword": current, "newPassword": new}});
            ask(&client, "changePassword", input)
        };
        let fields = |answer: &Answer| answer.extension("fields").expect("fields")[0]["rule"].clone();
        assert_eq!(fields(&change(PASSWORD, SHORT).await), json!("TOO_SHORT"));
        enrol(&app, &client).await;
        assert_eq!(fields(&change(PASSWORD, "vỏ 7 ẩm").await), json!("TOO_SHORT"));
        change(PASSWORD, SHORT).await.ok();
        // alone it would be too short
        let refused = ask(&client, "removeSecondFactor", json!({})).await;
        assert_eq!(said(&refused), (Some("REFUSED"), Some("PASSWORD_TOO_SHORT_ALONE")));
        change(SHORT, PASSWORD).await.ok();
        ask(&client, "removeSecondFactor", json!({})).await.ok();
        assert_eq!(fields(&change(PASSWORD, SHORT).await), json!("TOO_SHORT"));
    }

    async fn the_pause_grows_and_passes(kind) {
        let app = start(kind).await;
        let (phone, _) = enrol(&app, &signed_in(&app, None).await).await;
        for _ in 0..5 {
            assert_eq!(said(&sign_in(&app, PASSWORD, Some(&phone.never(&app))).await), WRONG);
        }
        wait(&app, 1);
        assert_eq!(said(&sign_in(&app, PASSWORD, Some(&phone.never(&app))).await), WRONG);
        let answer = sign_in(&app, PASSWORD, Some(&phone.now(&app))).await;
        assert_eq!(answer.extension("retryAfter"), Some(&json!(2)));
        wait(&app, 2);
        signed_in(&app, Some(&phone.now(&app))).await;
    }

    async fn a_role_that_needs_one_does_nothing_without(kind) {
        let world = World::build(kind).await;
        let officer = with_post(&world, Role::DistrictOfficer).await;
        let client = signed_in(&world.app, None).await;
        let unit = &world.district(0).unit;
        for (field, variables) in [
            ("households", json!({"year": YEAR})),
            ("progress", json!({"year": YEAR})),
            ("programmeYears", json!({})),
            ("unit", json!({"id": unit})),
            // these ask for no permission at the gate
            ("node", json!({"id": unit})),
            ("node", json!({"id": world.branch(0, 0, 0).household})),
            ("createUnit", json!({"input": {"idempotencyKey": Uuid::new_v4(), "parentId": unit, "kind": "WARD", "name": "Mới"}})),
            ("endSessionsOf", json!({"input": {"accountId": account_id(world.branch(0, 0, 0).head.account)}})),
        ] {
            let answer = ask(&client, field, variables).await;
            assert_eq!(said(&answer), LACKING, "{field}: {}", answer.json);
        }
        // who one is and where one is signed in, is shown; around one's own unit nothing is
        let viewer = ask(&client, "viewer", json!({})).await.ok();
        assert_eq!(viewer.text("viewer.actingPost.id"), officer.post_id);
        assert_eq!(viewer.text("viewer.actingPost.unit.name"), "Hoàn Kiếm");
        for around in ["children { nodes { name } }", "parent { name }"] {
            let document = format!("{{ viewer {{ posts {{ unit {{ {around} }} }} }} }}");
            assert_eq!(said(&client.run(&document, json!({})).await), LACKING, "{around}");
        }
        ask(&client, "mySessions", json!({})).await.ok();
        // enrolling opens the door, in this session and in no other
        let second = signed_in(&world.app, None).await;
        let (phone, _) = enrol(&world.app, &client).await;
        for (field, variables) in [("households", json!({"year": YEAR})), ("node", json!({"id": unit}))] {
            ask(&client, field, variables.clone()).await.ok();
            assert_eq!(said(&ask(&second, field, variables).await), LACKING);
        }
        step_up(&second, json!({"code": phone.now(&world.app)})).await.ok();
        ask(&second, "households", json!({"year": YEAR})).await.ok();
        ask(&second, "endSessions", json!({"input": {"which": "OTHERS"}})).await.ok();
    }

    async fn the_same_person_under_a_lower_post_needs_none(kind) {
        let world = World::build(kind).await;
        let officer = with_post(&world, Role::CityOfficer).await;
        let head = post_of(&world, officer.account, Role::BranchHead).await;
        let client = signed_in(&world.app, None).await;
        let under = |person: &Person| client.with_header("x-acting-post", &person.post_id);
        ask(&under(&head), "registrations", json!({"year": YEAR})).await.ok();
        assert_eq!(said(&ask(&under(&officer), "registrations", json!({"year": YEAR})).await), LACKING);
        // nor does the lower post let the factor go that the higher one needs
        enrol(&world.app, &client).await;
        let refused = ask(&under(&head), "removeSecondFactor", json!({})).await;
        assert_eq!(said(&refused), (Some("REFUSED"), Some("SECOND_FACTOR_REQUIRED")));
    }

    async fn where_it_is_offered_a_password_is_enough(kind) {
        let world = World::build(kind).await;
        with_post(&world, Role::DistrictOfficer).await;
        let app = TestApp::open(world.app.database.clone(), &[("KHUYENHOC_SECOND_FACTOR", "offered")], 2).await;
        let client = signed_in(&app, None).await;
        ask(&client, "households", json!({"year": YEAR})).await.ok();
        let (phone, _) = enrol(&app, &client).await;
        assert_eq!(said(&sign_in(&app, PASSWORD, None).await), NEEDED);
        signed_in(&app, Some(&phone.now(&app))).await;
        ask(&client, "removeSecondFactor", json!({})).await.ok();
        signed_in(&app, None).await;
    }

    async fn who_needs_none_may_remove_it_after_a_code(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        with_post(&world, Role::BranchHead).await;
        let client = signed_in(app, None).await;
        let (phone, recovery) = enrol(app, &client).await;
        let second = signed_in(app, Some(&phone.now(app))).await;
        wait(app, 5 * 60);
        for client in [&client, &second] {
            assert_eq!(said(&ask(client, "removeSecondFactor", json!({})).await), STALE);
            assert_eq!(said(&ask(client, "renewRecoveryCodes", json!({})).await), STALE);
        }
        // the password is no proof any more
        assert_eq!(said(&step_up(&client, json!({"password": PASSWORD})).await), NEEDED);
        step_up(&client, json!({"code": phone.now(app)})).await.ok();
        let removed = ask(&client, "removeSecondFactor", json!({})).await.ok();
        assert_eq!(removed.text("removeSecondFactor.session.level"), "PASSWORD");
        let sessions = ask(&second, "mySessions", json!({})).await.ok();
        let own = sessions.list("mySessions").iter().find(|row| row["isCurrent"] == true).expect("its own");
        assert_eq!(own["level"], "PASSWORD");
        signed_in(app, None).await;
        assert_eq!(ask(&client, "removeSecondFactor", json!({})).await.code(), Some("NOT_FOUND"));
        assert_eq!(ask(&client, "renewRecoveryCodes", json!({})).await.code(), Some("NOT_FOUND"));
        assert_eq!(journalled(app, "SECOND_FACTOR_REMOVED").await, 1);
        // its recovery codes have gone with it
        wait(app, 30);
        enrol(app, &client).await;
        assert_eq!(said(&sign_in(app, PASSWORD, Some(&recovery[0])).await), WRONG);
    }

    async fn a_new_phone_takes_the_place_of_the_old_one(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let (old, recovery) = enrol(&app, &client).await;
        let begun = ask(&client, "beginSecondFactor", json!({})).await.ok();
        let new = Authenticator::of(&begun.text("beginSecondFactor.secret"));
        // the old one is in force until the new one has shown a code
        assert_eq!(said(&confirm(&client, &old.now(&app)).await), WRONG);
        assert_eq!(said(&sign_in(&app, PASSWORD, Some(&new.now(&app))).await), WRONG);
        let second = signed_in(&app, Some(&old.now(&app))).await;
        wait(&app, 30);
        confirm(&client, &new.now(&app)).await.ok();
        wait(&app, 30);
        for gone in [&old.now(&app), &recovery[0]] {
            assert_eq!(said(&sign_in(&app, PASSWORD, Some(gone)).await), WRONG);
        }
        signed_in(&app, Some(&new.now(&app))).await;
        // what the old one had proven proves nothing now
        assert_eq!(said(&ask(&second, "renewRecoveryCodes", json!({})).await), STALE);
        // a confirmation is not repeated
        wait(&app, 30);
        assert_eq!(confirm(&client, &new.now(&app)).await.code(), Some("NOT_FOUND"));
    }

    async fn a_session_from_before_the_factor_does_not_change_it(kind) {
        let app = start(kind).await;
        let (owner, thief) = (signed_in(&app, None).await, signed_in(&app, None).await);
        enrol(&app, &owner).await;
        // its password is fresh, and not enough
        for field in ["beginSecondFactor", "removeSecondFactor", "renewRecoveryCodes"] {
            assert_eq!(said(&ask(&thief, field, json!({})).await), STALE, "{field}");
        }
    }

    async fn nor_does_one_that_began_while_the_factor_came_into_force(kind) {
        let app = start(kind).await;
        let (owner, thief) = (signed_in(&app, None).await, signed_in(&app, None).await);
        let (phone, _) = enrol(&app, &owner).await;
        let before = journalled(&app, "SECOND_FACTOR_SET").await;
        // a secret that was asked for before the factor came into force, and written after
        app.database.sql("UPDATE second_factor SET pending_secret = secret").await;
        assert_eq!(said(&confirm(&thief, &phone.now(&app)).await), STALE);
        assert_eq!(journalled(&app, "SECOND_FACTOR_SET").await, before);
        let sessions = ask(&thief, "mySessions", json!({})).await.ok();
        let levels: Vec<&Value> = sessions.list("mySessions").iter().map(|session| &session["level"]).collect();
        assert!(levels.contains(&&json!("PASSWORD")), "{levels:?}");
    }

    async fn an_owner_hears_of_what_happens_to_the_factor(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let (phone, codes) = enrol(&app, &client).await;
        let told = async |client: &Client| ask(client, "notices", json!({})).await.ok().text("notices.edges.0.node.kind");
        assert_eq!(told(&client).await, "SECOND_FACTOR_SET");
        let other = signed_in(&app, Some(&codes[0])).await;
        assert_eq!(told(&other).await, "RECOVERY_CODE_USED");
        wait(&app, 30);
        let other = signed_in(&app, Some(&phone.now(&app))).await;
        wait(&app, 30);
        ask(&other, "removeSecondFactor", json!({})).await.ok();
        assert_eq!(told(&other).await, "SECOND_FACTOR_REMOVED");
    }

    async fn confirming_asks_for_a_fresh_proof_too(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let begun = ask(&client, "beginSecondFactor", json!({})).await.ok();
        let phone = Authenticator::of(&begun.text("beginSecondFactor.secret"));
        wait(&app, 300);
        assert_eq!(said(&confirm(&client, &phone.now(&app)).await), STALE);
        step_up(&client, json!({"password": PASSWORD})).await.ok();
        confirm(&client, &phone.now(&app)).await.ok();
    }

    async fn enrolling_asks_for_a_fresh_proof(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        wait(&app, 299);
        ask(&client, "beginSecondFactor", json!({})).await.ok();
        wait(&app, 1);
        assert_eq!(said(&ask(&client, "beginSecondFactor", json!({})).await), STALE);
        let refused = step_up(&client, json!({"password": "một hai ba bốn năm bảy"})).await;
        assert_eq!(said(&refused), (Some("UNAUTHENTICATED"), Some("WRONG_CREDENTIALS")));
        assert_eq!(said(&ask(&client, "beginSecondFactor", json!({})).await), STALE);
        assert_eq!(step_up(&client, json!({"code": "123456"})).await.code(), Some("INVALID"));
        let raised = step_up(&client, json!({"password": PASSWORD})).await.ok();
        assert_eq!(raised.text("stepUp.session.level"), "PASSWORD");
        ask(&client, "beginSecondFactor", json!({})).await.ok();
        assert_eq!((journalled(&app, "STEPPED_UP").await, journalled(&app, "SIGN_IN_FAILED").await), (1, 1));
    }

    async fn a_password_is_not_guessed_in_a_session_either(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let guesses = join_all((0..8).map(|at| step_up(&client, json!({"password": format!("một hai ba bốn năm {at}")})))).await;
        let looked_at = guesses.iter().filter(|answer| answer.rule() == Some("WRONG_CREDENTIALS")).count();
        let waiting = guesses.iter().filter(|answer| answer.code() == Some("RATE_LIMITED")).count();
        assert_eq!((looked_at, waiting), (5, 3));
        assert_eq!(step_up(&client, json!({"password": PASSWORD})).await.code(), Some("RATE_LIMITED"));
        wait(&app, 30);
        step_up(&client, json!({"password": PASSWORD})).await.ok();
        // forgiven
        step_up(&client, json!({"password": "một hai ba bốn năm 9"})).await;
        step_up(&client, json!({"password": PASSWORD})).await.ok();
    }

    async fn ending_anothers_sessions_asks_for_a_fresh_proof(kind) {
        // an access token outlives two proofs
        let long = [("KHUYENHOC_ACCESS_TOKEN_SECONDS", "900")];
        let world = World::on(TestApp::start_with(kind, &long).await).await;
        with_post(&world, Role::WardOfficer).await;
        let client = signed_in(&world.app, None).await;
        let whose = json!({"input": {"accountId": account_id(world.branch(0, 0, 0).head.account)}});
        wait(&world.app, 5 * 60);
        assert_eq!(said(&ask(&client, "endSessionsOf", whose.clone()).await), STALE);
        ask(&world.branch(0, 0, 0).head.client, "viewer", json!({})).await.ok();
        step_up(&client, json!({"password": PASSWORD})).await.ok();
        wait(&world.app, 299);
        let ended = ask(&client, "endSessionsOf", whose.clone()).await.ok();
        assert_eq!(ended.number("endSessionsOf.ended"), 1);
        wait(&world.app, 1);
        assert_eq!(said(&ask(&client, "endSessionsOf", whose).await), STALE);
        // one's own are ended without
        ask(&client, "endSessions", json!({"input": {"which": "OTHERS"}})).await.ok();
    }

    async fn deciding_on_more_than_fifty_asks_for_a_fresh_proof_and_keeps_the_key(kind) {
        let world = World::build(kind).await;
        with_post(&world, Role::BranchHead).await;
        let client = signed_in(&world.app, None).await;
        wait(&world.app, 5 * 60);
        let real = world.branch(0, 0, 0).registration.clone();
        let list = |count: usize| -> Value {
            let elsewhere = &world.branch(0, 0, 1).registration;
            let others = std::iter::repeat_n(json!({"id": elsewhere}), count - 1);
            std::iter::once(json!({"id": real})).chain(others).collect()
        };
        let key = Uuid::new_v4();
        for field in ["approveRegistrations", "returnRegistrations", "rejectRegistrations"] {
            let mut input = json!({"idempotencyKey": key, "items": list(51)});
            if field != "approveRegistrations" {
                input["reason"] = json!("Thử");
            }
            assert_eq!(said(&ask(&client, field, json!({"input": input})).await), STALE, "{field}");
        }
        // fifty are decided on
        let fifty = json!({"input": {"idempotencyKey": Uuid::new_v4(), "items": list(50), "reason": "Thử"}});
        let answer = ask(&client, "returnRegistrations", fifty).await.ok();
        assert_eq!(answer.text("returnRegistrations.results.0.outcome"), "APPLIED");
        let family = &world.branch(0, 0, 0).family.client;
        let again = json!({"input": {"idempotencyKey": Uuid::new_v4(), "id": real, "expectedVersion": 2}});
        ask(family, "submitRegistration", again).await.ok();
        // the list that was refused goes through with its own key
        step_up(&client, json!({"password": PASSWORD})).await.ok();
        let input = json!({"input": {"idempotencyKey": key, "items": list(51)}});
        let answer = ask(&client, "approveRegistrations", input.clone()).await.ok();
        assert_eq!(answer.text("approveRegistrations.outcome"), "APPLIED");
        assert_eq!(answer.text("approveRegistrations.results.0.outcome"), "APPLIED");
        let answer = ask(&client, "approveRegistrations", input).await.ok();
        assert_eq!(answer.text("approveRegistrations.outcome"), "REPLAYED");
    }

    async fn a_disabled_account_has_no_use_of_its_codes(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let (phone, recovery) = enrol(&app, &client).await;
        app.database.sql("UPDATE account SET disabled_at = created_at").await;
        for code in [phone.now(&app), recovery[0].clone()] {
            assert_eq!(sign_in(&app, PASSWORD, Some(&code)).await.rule(), Some("WRONG_CREDENTIALS"));
            assert_eq!(step_up(&client, json!({"code": code})).await.rule(), Some("SESSION_ENDED"));
        }
    }

    async fn another_instance_knows_it_at_once(kind) {
        let world = World::build(kind).await;
        with_post(&world, Role::DistrictOfficer).await;
        let client = signed_in(&world.app, None).await;
        let (phone, recovery) = enrol(&world.app, &client).await;
        let other = another_instance(&world.app).await;
        let code = phone.now(&other);
        let there = signed_in(&other, Some(&code)).await;
        ask(&there, "households", json!({"year": YEAR})).await.ok();
        assert_eq!(said(&sign_in(&world.app, PASSWORD, Some(&code)).await), WRONG);
        signed_in(&other, Some(&recovery[0])).await;
        assert_eq!(said(&sign_in(&world.app, PASSWORD, Some(&recovery[0])).await), WRONG);
    }

    async fn neither_secret_nor_codes_are_stored_as_they_are(kind) {
        let app = start(kind).await;
        let client = signed_in(&app, None).await;
        let begun = ask(&client, "beginSecondFactor", json!({})).await.ok();
        let secret = begun.text("beginSecondFactor.secret");
        let phone = Authenticator::of(&secret);
        let pending = dump(&app).await;
        let confirmed = confirm(&client, &phone.now(&app)).await.ok();
        let stored = pending + &dump(&app).await;
        // the tables were read, and blobs are shown as hexadecimal digits
        let rows = app.database.sql("SELECT id FROM recovery_code").await;
        assert!(rows.len() == 10 && stored.contains(rows[0][0].as_ref().expect("an id")), "{stored}");
        let secret_in_hex = hex(&phone.0);
        let bytes = format!("{:?}", phone.0);
        assert!(stored.contains("\\\\x") && !stored.contains(&secret_in_hex) && !stored.contains(&bytes) && !stored.contains(&secret));
        for code in codes(&confirmed, "confirmSecondFactor") {
            let letters = code.replace('-', "");
            let in_hex = hex(letters.as_bytes());
            assert!(!stored.contains(&code) && !stored.contains(&letters) && !stored.contains(&in_hex), "{code}");
        }
        // a secret moved into another account's row opens nothing there
        let other = create_account(&app, "Cao Thị Hai", Some("0977000222"), Some(PASSWORD)).await;
        let copy = format!("UPDATE second_factor SET id = {} ", uuid_literal(kind, other));
        app.database.sql("DELETE FROM recovery_code").await;
        app.database.sql(&copy).await;
        wait(&app, 30);
        let input = json!({"input": {"login": "0977000222", "password": PASSWORD, "code": phone.now(&app)}});
        let answer = app.anonymous().run(&operation::of("signIn"), input).await;
        assert_eq!(answer.code(), Some("INTERNAL"));
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Everything in the tables of second factors, and in the journal.
async fn dump(app: &TestApp) -> String {
    let mut text = String::new();
    for table in ["second_factor", "recovery_code", "security_event"] {
        let rows = app.database.sql(&format!("SELECT * FROM {table}")).await;
        text.push_str(&format!("{rows:?}"));
    }
    text
}

fn uuid_literal(kind: Kind, id: AccountId) -> String {
    match kind {
        Kind::Postgres => format!("'{id}'"),
        Kind::Sqlite => format!("X'{}'", id.0.simple()),
    }
}

/// An installation from before there were second factors: its next `migrate` makes the key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_is_told_what_is_missing_and_what_is_not_required() {
    for kind in Kind::ALL {
        let database = Database::fresh(kind).await;
        let url = ("KHUYENHOC_DATABASE_URL", database.url());
        let required = run(&["doctor"], &[url], "").await;
        assert!(
            required.status.success() && !required.stdout.contains("second_factor"),
            "{}",
            required.stdout
        );
        let offered = run(&["doctor"], &[url, ("KHUYENHOC_SECOND_FACTOR", "offered")], "").await;
        let warned = |line: &str| line.starts_with("warn") && line.contains("second_factor");
        assert!(
            offered.status.success() && offered.stdout.lines().any(warned),
            "{}",
            offered.stdout
        );

        database
            .sql("DELETE FROM server_key WHERE purpose = 'second factor'")
            .await;
        let served = run(&["serve"], &[url], "").await;
        assert!(
            !served.status.success() && served.stderr.contains("second factor key"),
            "{}",
            served.stderr
        );
        assert!(!run(&["doctor"], &[url], "").await.status.success());
        let migrated = run(&["migrate"], &[url], "").await;
        assert!(migrated.status.success(), "{}", migrated.stderr);
        assert!(run(&["doctor"], &[url], "").await.status.success());
    }
}

/// The first lock alone: the gate refuses each field that needs a permission, for each role that needs a second factor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gate_refuses_by_itself() {
    use khuyenhoc::access::Viewer;
    use khuyenhoc::account::token::Claims;
    let world = World::build(Kind::Sqlite).await;
    let now = world.app.clock.now();
    for (role, person) in world.roles() {
        let sql = format!(
            "UPDATE session SET level = 'PASSWORD' WHERE account_id = {}",
            uuid_literal(Kind::Sqlite, person.account)
        );
        world.app.database.sql(&sql).await;
        let id = person.account.0;
        let claims = Claims {
            iss: String::new(),
            aud: String::new(),
            sub: id,
            sid: id,
            generation: id,
            post: None,
            iat: 0,
            nbf: 0,
            exp: 0,
            jti: id,
        };
        let viewer = Viewer::load(&world.app.app, &claims, Some(person.post), now).await;
        let viewer = Viewer::SignedIn(Box::new(viewer.expect("a viewer")));
        for (operation, field, need) in FIELDS {
            let rule = admit(*operation, field, &viewer).err().and_then(|error| error.rule());
            let refused = matches!(need, Need::Permission(_)) && needs_second_factor(role);
            assert_eq!(rule == Some("SECOND_FACTOR_NEEDED"), refused, "{field} {role:?}");
        }
    }
    assert_eq!(ROLES.iter().filter(|role| needs_second_factor(**role)).count(), 3);
}
