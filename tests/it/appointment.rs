//! Who gives which post to whom, and what a post gives from when to when.

use chrono::{DateTime, Utc};
use entity::id::AccountId;
use entity::vocabulary::Role;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::global_id::{NodeKind, decode_as, encode};
use serde_json::{Value, json};
use tests::app::{START, TestApp, moment};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{
    Person, World, account_id, appoint, appoint_account, ask, create_account, create_unit, mutate, sign_in,
};
use tests::process::Server;
use uuid::Uuid;

const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);
const NEXT_WEEK: &str = "2026-03-17T00:00:00+07:00";

/// A new person to be appointed.
fn new_person(phone: &str) -> Value {
    json!({"name": "Lưu Thị Mới", "phone": phone})
}

fn appointment(unit: &str, role: &str, person: &Value) -> Value {
    let mut input = json!({"role": role, "unitId": unit, "validFrom": START, "decisionNumber": "7/QĐ-HKH"});
    let way = if person.is_string() { "accountId" } else { "newAccount" };
    input[way] = person.clone();
    input
}

fn hand_over(post: &str, phone: &str, from: &str) -> Value {
    json!({"postId": post, "successor": {"newAccount": new_person(phone)}, "from": from, "decisionNumber": "8/QĐ-HKH"})
}

/// The client of whoever was just appointed, as after a recovery.
async fn holder(app: &TestApp, answer: &Answer, path: &str) -> Client {
    let account = answer.text(&format!("{path}.accountId"));
    let (_, account): (_, AccountId) = decode_as(NodeKind::Account, &account.into(), "id").expect("an account");
    let post = answer.text(&format!("{path}.id"));
    let (_, post) = decode_as(NodeKind::Post, &post.into(), "id").expect("a post");
    if app
        .app
        .db
        .sign_in()
        .session_by_id(account.0.into())
        .await
        .expect("a read")
        .is_none()
    {
        sign_in(app, account).await;
    }
    app.client(account, Some(post))
}

async fn role_of(client: &Client) -> Value {
    ask(client, "viewer", json!({}))
        .await
        .ok()
        .data("viewer.actingPost.role")
        .clone()
}

async fn counted(app: &TestApp, what: &str) -> i64 {
    let rows = app.database.sql(&format!("SELECT COUNT(*) FROM {what}")).await;
    rows[0][0].as_ref().expect("a count").parse().expect("a number")
}

async fn journalled(app: &TestApp, kind: &str) -> i64 {
    counted(
        app,
        &format!("security_event WHERE kind = '{kind}' AND by_account_id IS NOT NULL AND by_post_id IS NOT NULL"),
    )
    .await
}

/// Lets a test undo what the journal of appointments keeps; elsewhere the owner of the schema may.
async fn unlock_journal(app: &TestApp) {
    if app.database.kind() == Kind::Sqlite {
        for verb in ["update", "delete"] {
            let unlock = format!("DROP TRIGGER IF EXISTS post_event_refuses_{verb}");
            app.database.sql(&unlock).await;
        }
    }
}

fn wait_until(app: &TestApp, text: &str) {
    app.clock.set(moment(text));
}

/// Proven just now: the clock has moved since.
async fn prove(app: &TestApp, person: &Person) {
    let now = app.clock.now().to_rfc3339();
    let id = match app.database.kind() {
        Kind::Postgres => format!("'{}'", person.account),
        Kind::Sqlite => format!("x'{}'", person.account.0.simple()),
    };
    app.database
        .sql(&format!(
            "UPDATE session SET authenticated_at = '{now}' WHERE id = {id}"
        ))
        .await;
}

fn time(answer: &Answer, path: &str) -> DateTime<Utc> {
    moment(&answer.text(path))
}

on_both! {
    async fn an_officer_appoints_somebody_new(kind) {
        let world = World::build(kind).await;
        let (officer, ward) = (&world.district(0).officer.client, world.ward(0, 0));
        let input = appointment(&ward.unit, "WARD_OFFICER", &new_person("0977 111 222"));
        let answer = mutate(officer, "appointPost", input).await.ok();
        assert_eq!(answer.text("appointPost.outcome"), "APPLIED");
        assert_eq!(answer.data("appointPost.proposal"), &Value::Null);
        assert_eq!(answer.text("appointPost.post.holderName"), "Lưu Thị Mới");
        assert_eq!(answer.text("appointPost.post.decisionNumber"), "7/QĐ-HKH");
        // no password: nobody signs in before a recovery
        for password in ["", "khuyen-hoc-2026-mat-khau"] {
            let input = json!({"input": {"login": "0977111222", "password": password}});
            let refused = ask(&world.app.anonymous(), "signIn", input).await;
            assert_eq!(refused.rule(), Some("WRONG_CREDENTIALS"));
        }
        let client = holder(&world.app, &answer, "appointPost.post").await;
        assert_eq!(role_of(&client).await, "WARD_OFFICER");
        create_unit(&client, &ward.unit, "BRANCH", "Chi hội mới").await;
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 1);
        let said = format!("{:?}", world.app.database.sql("SELECT * FROM security_event").await);
        assert!(!said.contains("Lưu") && !said.contains("977111222"), "{said}");
    }

    async fn a_post_gives_rights_from_its_first_moment_to_its_last(kind) {
        let world = World::build(kind).await;
        let mut input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        input["validFrom"] = json!(NEXT_WEEK);
        input["validUntil"] = json!("2026-04-01T00:00:00+07:00");
        let answer = mutate(&world.ward(0, 0).officer.client, "appointPost", input).await.ok();
        let client = holder(&world.app, &answer, "appointPost.post").await;
        for (now, role) in [
            ("2026-03-16T23:59:59+07:00", Value::Null),
            (NEXT_WEEK, json!("BRANCH_HEAD")),
            ("2026-03-31T23:59:59+07:00", json!("BRANCH_HEAD")),
            ("2026-04-01T00:00:00+07:00", Value::Null),
        ] {
            wait_until(&world.app, now);
            assert_eq!(role_of(&client).await, role, "{now}");
        }
    }

    async fn an_appointment_sent_twice_is_made_once(kind) {
        let world = World::build(kind).await;
        let officer = &world.ward(0, 0).officer.client;
        let mut input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        input["idempotencyKey"] = json!(Uuid::new_v4());
        let first = mutate(officer, "appointPost", input.clone()).await.ok();
        let (accounts, posts) = (counted(&world.app, "account").await, counted(&world.app, "post").await);
        let (one, two) = tokio::join!(mutate(officer, "appointPost", input.clone()), mutate(officer, "appointPost", input.clone()));
        for again in [one.ok(), two.ok()] {
            assert_eq!(again.text("appointPost.outcome"), "REPLAYED");
            assert_eq!(again.data("appointPost.post"), first.data("appointPost.post"));
        }
        input["decisionNumber"] = json!("9");
        let other = mutate(officer, "appointPost", input.clone()).await.ok();
        assert_eq!((other.text("appointPost.outcome").as_str(), other.data("appointPost.post")), ("KEY_REUSED", &Value::Null));
        assert_eq!((counted(&world.app, "account").await, counted(&world.app, "post").await), (accounts, posts));
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 1);
        // with another key it is another appointment, to a post that is held
        input["idempotencyKey"] = json!(Uuid::new_v4());
        assert_eq!(mutate(officer, "appointPost", input).await.rule(), Some("POST_HELD_ALREADY"));
    }

    async fn two_officers_appoint_the_same_person_at_once(kind) {
        let world = World::build(kind).await;
        let (ward, district) = (&world.ward(0, 0).officer.client, &world.district(0).officer.client);
        let input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        let (one, two) = tokio::join!(
            mutate(ward, "appointPost", input.clone()),
            mutate(district, "appointPost", input.clone()),
        );
        let mut rules = [one.rule(), two.rule()];
        rules.sort_unstable();
        assert_eq!(rules, [None, Some("POST_HELD_ALREADY")], "{} {}", one.json, two.json);
        assert_eq!(counted(&world.app, "account WHERE phone = '+84977111222'").await, 1);
    }

    async fn what_a_crash_leaves_is_finished_by_the_second_sending(kind) {
        let world = World::build(kind).await;
        let officer = &world.ward(0, 0).officer.client;
        for person in [new_person("0977111222"), json!({"name": "Lưu Thị Mới", "userName": "luumoi"})] {
            let role = if person["phone"].is_null() { "WARD_OFFICER" } else { "BRANCH_HEAD" };
            let (officer, unit) = match role {
                "WARD_OFFICER" => (&world.district(0).officer.client, &world.ward(0, 0).unit),
                _ => (officer, &world.branch(0, 0, 0).unit),
            };
            let mut input = appointment(unit, role, &person);
            input["idempotencyKey"] = json!(Uuid::new_v4());
            mutate(officer, "appointPost", input.clone()).await.ok();
            // the account was made, and nothing after it
            let accounts = counted(&world.app, "account").await;
            unlock_journal(&world.app).await;
            world.app.database.sql("DELETE FROM post_event").await;
            world.app.database.sql("DELETE FROM post WHERE decision_number = '7/QĐ-HKH'").await;
            world.app.database.sql("DELETE FROM idempotency WHERE operation = 'appointPost'").await;
            let again = mutate(officer, "appointPost", input).await.ok();
            assert_eq!(again.text("appointPost.outcome"), "APPLIED");
            assert_eq!(counted(&world.app, "account").await, accounts);
        }
    }

    async fn the_security_journal_is_told_later_if_it_cannot_be_told_now(kind) {
        let world = World::build(kind).await;
        let (officer, database) = (&world.ward(0, 0).officer.client, &world.app.database);
        let (shut, open) = match kind {
            Kind::Postgres => (
                "REVOKE INSERT ON security_event FROM khuyenhoc_signin",
                "GRANT INSERT ON security_event TO khuyenhoc_signin",
            ),
            Kind::Sqlite => (
                "CREATE TRIGGER shut BEFORE INSERT ON security_event BEGIN SELECT RAISE(ABORT, 'shut'); END",
                "DROP TRIGGER shut",
            ),
        };
        // somebody new is not appointed without an entry: whoever makes an account is known
        create_account(&world.app, "Hồ Văn Khác", Some("0977111222"), None).await;
        database.sql(shut).await;
        let mut input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        input["idempotencyKey"] = json!(Uuid::new_v4());
        mutate(officer, "appointPost", input.clone()).await.ok();
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 0);
        database.sql(open).await;
        wait_until(&world.app, "2026-03-10T09:04:00+07:00");
        assert_eq!(mutate(officer, "appointPost", input).await.ok().text("appointPost.outcome"), "REPLAYED");
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 1);
        // as of the moment it was done, and once, though it were told again
        database.sql("UPDATE post_event SET told_at = NULL").await;
        let other = appointment(&world.branch(0, 0, 1).unit, "BRANCH_HEAD", &new_person("0977111333"));
        mutate(officer, "appointPost", other).await.ok();
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 2);
        let moments = "(SELECT DISTINCT at FROM security_event WHERE kind = 'POST_GRANTED') moments";
        assert_eq!(counted(&world.app, moments).await, 2);
    }

    async fn a_server_that_starts_tells_what_another_had_no_time_for(kind) {
        let world = World::build(kind).await;
        let input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        mutate(&world.ward(0, 0).officer.client, "appointPost", input).await.ok();
        // as if it had died after the post and before the entry: the entry has an id that was never told
        let database = &world.app.database;
        unlock_journal(&world.app).await;
        let fresh = match kind {
            Kind::Postgres => "gen_random_uuid()",
            Kind::Sqlite => "randomblob(16)",
        };
        database.sql(&format!("UPDATE post_event SET told_at = NULL, id = {fresh}")).await;
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 1);
        let environment = [("KHUYENHOC_DATABASE_URL", database.url())];
        Server::start(&["serve"], &environment).await.terminate().await;
        assert_eq!(journalled(&world.app, "POST_GRANTED").await, 2);
        assert_eq!(counted(&world.app, "post_event WHERE told_at IS NULL").await, 0);
    }

    async fn nobody_gives_what_is_not_below_them(kind) {
        let world = World::build(kind).await;
        let (district, ward, branch) = (world.district(0), world.ward(0, 0), world.branch(0, 0, 0));
        let head = json!(account_id(branch.head.account));
        let before = counted(&world.app, "post").await;
        for (who, unit, role, expected) in [
            // upwards and sideways
            (&ward.officer, &ward.unit, "WARD_OFFICER", "ROLE_NOT_BELOW"),
            (&district.officer, &district.unit, "DISTRICT_OFFICER", "ROLE_NOT_BELOW"),
            (&ward.officer, &district.unit, "DISTRICT_OFFICER", "NOT_FOUND"),
            (&district.officer, &world.unit, "CITY_OFFICER", "NOT_FOUND"),
            (&district.officer, &world.unit, "CITY_LEADER", "NOT_FOUND"),
            // outside
            (&ward.officer, &world.branch(0, 1, 0).unit, "BRANCH_HEAD", "NOT_FOUND"),
            (&district.officer, &world.ward(1, 0).unit, "WARD_OFFICER", "NOT_FOUND"),
            // another level
            (&district.officer, &branch.unit, "WARD_OFFICER", "ROLE_NOT_OF_UNIT"),
            (&world.officer, &district.unit, "CITY_OFFICER", "ROLE_NOT_OF_UNIT"),
            (&world.officer, &world.unit, "DISTRICT_OFFICER", "ROLE_NOT_OF_UNIT"),
            // families join by invitation; heads, families and leaders appoint nobody
            (&ward.officer, &branch.unit, "FAMILY", "FAMILY_BY_INVITATION"),
            (&branch.head, &branch.unit, "FAMILY", "FORBIDDEN"),
            (&branch.head, &branch.unit, "BRANCH_HEAD", "FORBIDDEN"),
            (&branch.family, &branch.unit, "BRANCH_HEAD", "FORBIDDEN"),
            (&world.leader, &ward.unit, "WARD_OFFICER", "FORBIDDEN"),
        ] {
            for person in [&head, &new_person("0977111222")] {
                let answer = mutate(&who.client, "appointPost", appointment(unit, role, person)).await;
                // whoever cannot be named from there is not found either
                let as_said = answer.rule().or(answer.code()) == Some(expected);
                assert!(as_said || (person.is_string() && answer.code() == Some("NOT_FOUND")), "{role} {expected}: {}", answer.json);
            }
        }
        assert_eq!(counted(&world.app, "post").await, before);
        // nothing was made on the way
        assert_eq!(counted(&world.app, "account WHERE phone = '+84977111222'").await, 0);
    }

    async fn nobody_appoints_themselves(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let phone = "0966000111";
        let officer = appoint(&world.app, world.district(0).tenant, &ward.unit, Role::WardOfficer, "Đỗ Thị Ngang", Some(phone)).await;
        for person in [json!(account_id(officer.account)), new_person(phone)] {
            let answer = mutate(&officer.client, "appointPost", appointment(&branch.unit, "BRANCH_HEAD", &person)).await;
            assert_eq!(answer.rule(), Some("OWN_POST"));
            let way = if person.is_string() { "accountId" } else { "newAccount" };
            let input = json!({"postId": branch.head.post_id, "successor": {way: person}, "from": START, "decisionNumber": "1"});
            assert_eq!(mutate(&officer.client, "handOverPost", input).await.rule(), Some("OWN_POST"));
        }
        // a post of one's own below the one acted under is for another officer too
        let own = appoint_account(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, officer.account, ALWAYS).await;
        let ended = mutate(&officer.client, "endPost", json!({"postId": own.post_id})).await;
        assert_eq!(ended.rule(), Some("OWN_POST"));
    }

    async fn what_does_not_fit_is_refused(kind) {
        let world = World::build(kind).await;
        let (officer, branch) = (&world.ward(0, 0).officer.client, world.branch(0, 0, 0));
        let base = || appointment(&branch.unit, "BRANCH_HEAD", &new_person("0977111222"));
        for (change, expected) in [
            (json!({"validFrom": "2026-02-07T08:59:59+07:00"}), "DATE_TOO_EARLY"),
            (json!({"validUntil": START}), "DATE_TOO_EARLY"),
            (json!({"validFrom": NEXT_WEEK, "validUntil": "2026-03-16T00:00:00+07:00"}), "DATE_TOO_EARLY"),
            (json!({"newAccount": {"name": "Lưu Thị Mới", "userName": "luumoi"}}), "PHONE_NEEDED"),
            (json!({"newAccount": {"name": "Lưu Thị Mới"}}), "INVALID"),
            (json!({"newAccount": {"name": "Lưu Thị Mới", "phone": "0977111222", "userName": "luumoi"}}), "INVALID"),
            (json!({"newAccount": {"name": "9", "phone": "12"}}), "INVALID"),
            (json!({"accountId": account_id(branch.head.account)}), "INVALID"),
            (json!({"newAccount": null}), "INVALID"),
            (json!({"decisionNumber": " "}), "INVALID"),
            (json!({"unitId": branch.head.post_id}), "INVALID"),
        ] {
            let mut input = base();
            for (name, value) in change.as_object().expect("fields") {
                input[name] = value.clone();
            }
            let answer = mutate(officer, "appointPost", input).await;
            assert_eq!(answer.rule().or(answer.code()), Some(expected), "{change}");
        }
        // by account: one that has no phone number, and one that holds the post
        let input = appointment(&branch.unit, "BRANCH_HEAD", &json!(account_id(branch.head.account)));
        assert_eq!(mutate(officer, "appointPost", input).await.rule(), Some("PHONE_NEEDED"));
        mutate(officer, "appointPost", base()).await.ok();
        assert_eq!(mutate(officer, "appointPost", base()).await.rule(), Some("POST_HELD_ALREADY"));
        let mut later = base();
        later["validFrom"] = json!("2026-12-01T00:00:00Z");
        assert_eq!(mutate(officer, "appointPost", later).await.rule(), Some("POST_HELD_ALREADY"));
        // a user name is somebody's
        create_account(&world.app, "Hồ Văn Khác", Some("0966000222"), None).await;
        let taken = json!({"name": "Lưu Thị Mới", "userName": "luumoi"});
        let input = appointment(&world.ward(0, 0).unit, "WARD_OFFICER", &taken);
        mutate(&world.district(0).officer.client, "appointPost", input.clone()).await.ok();
        let other = appointment(&world.ward(1, 0).unit, "WARD_OFFICER", &taken);
        assert_eq!(mutate(&world.district(1).officer.client, "appointPost", other).await.rule(), Some("USER_NAME_TAKEN"));
    }

    async fn rights_are_given_with_a_fresh_proof_only(kind) {
        let world = World::build(kind).await;
        let (officer, branch) = (&world.ward(0, 0).officer, world.branch(0, 0, 0));
        let post = &branch.head.post_id;
        let tries = [
            ("appointPost", appointment(&branch.unit, "BRANCH_HEAD", &new_person("0977111222"))),
            ("handOverPost", hand_over(post, "0977111333", NEXT_WEEK)),
            ("endPost", json!({"postId": post, "validUntil": "2026-03-16T00:00:00+07:00"})),
        ];
        prove(&world.app, officer).await;
        wait_until(&world.app, "2026-03-10T09:05:00+07:00");
        for (field, input) in &tries {
            let answer = mutate(&officer.client, field, input.clone()).await;
            assert_eq!((answer.code(), answer.rule()), (Some("FORBIDDEN"), Some("STEP_UP_NEEDED")), "{field}");
        }
        wait_until(&world.app, "2026-03-10T09:04:59+07:00");
        for (field, input) in &tries {
            mutate(&officer.client, field, input.clone()).await.ok();
        }
    }

    async fn whoever_is_appointed_by_number_keeps_their_name_to_themselves(kind) {
        let world = World::build(kind).await;
        let (mine, theirs) = (world.ward(0, 0), world.branch(1, 0, 0));
        let phone = "0966000333";
        let stranger = appoint(&world.app, world.district(1).tenant, &theirs.unit, Role::BranchHead, "Quách Thị Kín", Some(phone)).await;
        let branch = &world.branch(0, 0, 0).unit;
        // not by the account's id: it is nobody here
        let by_id = mutate(&mine.officer.client, "appointPost", appointment(branch, "BRANCH_HEAD", &json!(account_id(stranger.account)))).await;
        assert_eq!(by_id.code(), Some("NOT_FOUND"));
        let answer = mutate(&mine.officer.client, "appointPost", appointment(branch, "BRANCH_HEAD", &new_person(phone))).await.ok();
        assert_eq!(answer.text("appointPost.post.holderName"), "Lưu Thị Mới");
        let post = answer.text("appointPost.post.id");
        let shown = "query ($unit: ID!, $post: ID!) { unit(id: $unit) { posts { holderName } } post(id: $post) { holderName } }";
        for client in [&mine.officer.client, &world.district(0).officer.client, &world.branch(0, 0, 0).head.client] {
            let seen = client.run(shown, json!({"unit": branch, "post": post})).await.ok();
            let text = String::from_utf8_lossy(&seen.bytes).into_owned();
            assert!(text.contains("Lưu Thị Mới") && !text.contains("Quách"), "{text}");
        }
        // it is the same person, with both posts
        let posts = ask(&world.app.client(stranger.account, None), "viewer", json!({})).await.ok();
        assert_eq!(posts.list("viewer.posts").len(), 2);
    }

    async fn a_post_that_ends_gives_nothing_from_that_moment(kind) {
        let world = World::build(kind).await;
        let (officer, head) = (&world.ward(0, 0).officer.client, &world.branch(0, 0, 0).head);
        let mut input = json!({"postId": head.post_id, "validUntil": NEXT_WEEK, "reason": "Chuyển nhà"});
        input["idempotencyKey"] = json!(Uuid::new_v4());
        let answer = mutate(officer, "endPost", input.clone()).await.ok();
        assert_eq!(time(&answer, "endPost.post.validUntil"), moment(NEXT_WEEK));
        assert_eq!(role_of(&head.client).await, "BRANCH_HEAD");
        assert_eq!(mutate(officer, "endPost", input).await.ok().text("endPost.outcome"), "REPLAYED");
        let later = json!({"postId": head.post_id, "validUntil": "2026-03-18T00:00:00+07:00"});
        assert_eq!(mutate(officer, "endPost", later).await.rule(), Some("DATE_TOO_LATE"));
        let past = json!({"postId": head.post_id, "validUntil": "2026-03-10T08:00:00+07:00"});
        assert_eq!(mutate(officer, "endPost", past).await.rule(), Some("DATE_TOO_EARLY"));
        // sooner after all
        let answer = mutate(officer, "endPost", json!({"postId": head.post_id})).await.ok();
        assert_eq!(time(&answer, "endPost.post.validUntil"), moment(START));
        assert_eq!(role_of(&head.client).await, Value::Null);
        assert_eq!(ask(&head.client, "registrations", json!({"year": 2026})).await.code(), Some("FORBIDDEN"));
        assert_eq!(mutate(officer, "endPost", json!({"postId": head.post_id})).await.rule(), Some("POST_IS_OVER"));
        assert_eq!(journalled(&world.app, "POST_ENDED").await, 2);
        assert_eq!(counted(&world.app, "post_event WHERE reason = 'Chuyển nhà'").await, 1);
    }

    async fn a_post_that_has_not_begun_can_be_taken_back(kind) {
        let world = World::build(kind).await;
        let officer = &world.ward(0, 0).officer.client;
        let mut input = appointment(&world.branch(0, 0, 0).unit, "BRANCH_HEAD", &new_person("0977111222"));
        input["validFrom"] = json!(NEXT_WEEK);
        let answer = mutate(officer, "appointPost", input.clone()).await.ok();
        mutate(officer, "endPost", json!({"postId": answer.text("appointPost.post.id")})).await.ok();
        let client = holder(&world.app, &answer, "appointPost.post").await;
        wait_until(&world.app, NEXT_WEEK);
        assert_eq!(role_of(&client).await, Value::Null);
        wait_until(&world.app, START);
        // and given anew
        assert_eq!(mutate(officer, "appointPost", input).await.ok().text("appointPost.outcome"), "APPLIED");
    }

    async fn who_is_above_or_outside_is_not_ended(kind) {
        let world = World::build(kind).await;
        let (ward, district) = (world.ward(0, 0), world.district(0));
        let equal = appoint(&world.app, district.tenant, &ward.unit, Role::WardOfficer, "Đỗ Thị Ngang", None).await;
        for (who, whose, expected) in [
            (&ward.officer, &equal, "ROLE_NOT_BELOW"),
            (&ward.officer, &district.officer, "NOT_FOUND"),
            (&ward.officer, &world.branch(0, 1, 0).head, "NOT_FOUND"),
            (&ward.officer, &world.branch(1, 0, 0).head, "NOT_FOUND"),
            (&district.officer, &district.officer, "OWN_POST"),
            (&world.branch(0, 0, 0).head, &world.branch(0, 0, 0).family, "FORBIDDEN"),
            (&world.leader, &district.officer, "FORBIDDEN"),
        ] {
            for (field, input) in [
                ("endPost", json!({"postId": whose.post_id})),
                ("handOverPost", hand_over(&whose.post_id, "0977111222", START)),
            ] {
                let answer = mutate(&who.client, field, input).await;
                assert_eq!(answer.rule().or(answer.code()), Some(expected), "{field} {}", answer.json);
            }
        }
        // a family's post is ended, not handed over
        let family = &world.branch(0, 0, 0).family.post_id;
        let answer = mutate(&ward.officer.client, "handOverPost", hand_over(family, "0977111222", START)).await;
        assert_eq!(answer.rule(), Some("FAMILY_BY_INVITATION"));
        mutate(&ward.officer.client, "endPost", json!({"postId": family})).await.ok();
        assert_eq!(role_of(&world.branch(0, 0, 0).family.client).await, Value::Null);
    }

    async fn a_hand_over_leaves_no_gap_and_never_two(kind) {
        let world = World::build(kind).await;
        let (officer, head) = (&world.ward(0, 0).officer.client, &world.branch(0, 0, 0).head);
        let answer = mutate(officer, "handOverPost", hand_over(&head.post_id, "0977111222", NEXT_WEEK)).await.ok();
        let successor = holder(&world.app, &answer, "handOverPost.post").await;
        for (now, before, after) in [
            ("2026-03-16T23:59:59+07:00", json!("BRANCH_HEAD"), Value::Null),
            (NEXT_WEEK, Value::Null, json!("BRANCH_HEAD")),
        ] {
            wait_until(&world.app, now);
            assert_eq!((role_of(&head.client).await, role_of(&successor).await), (before, after), "{now}");
        }
        wait_until(&world.app, START);
        let events = (journalled(&world.app, "POST_ENDED").await, journalled(&world.app, "POST_GRANTED").await);
        assert_eq!(events, (1, 1));
        // it has a new end now, and a successor from then on
        for (from, expected) in [(NEXT_WEEK, "DATE_TOO_LATE"), ("2026-03-08T00:00:00+07:00", "DATE_TOO_EARLY"), ("2025-12-01T00:00:00+07:00", "DATE_TOO_EARLY")] {
            let answer = mutate(officer, "handOverPost", hand_over(&head.post_id, "0977111333", from)).await;
            assert_eq!(answer.rule(), Some(expected), "{from}");
        }
        // to the one who holds it
        let mut input = hand_over(&answer.text("handOverPost.post.id"), "0977111222", "2026-04-01T00:00:00+07:00");
        assert_eq!(mutate(officer, "handOverPost", input.clone()).await.rule(), Some("POST_HELD_ALREADY"));
        input["successor"] = json!({"accountId": account_id(world.branch(0, 0, 1).family.account)});
        let family = mutate(officer, "handOverPost", input).await.ok();
        assert_eq!(family.text("handOverPost.post.holderName"), "Nguyễn Văn Nhà");
    }

    async fn two_hand_overs_of_one_post_make_one_successor(kind) {
        let world = World::build(kind).await;
        let (ward, district) = (&world.ward(0, 0).officer.client, &world.district(0).officer.client);
        let post = &world.branch(0, 0, 0).head.post_id;
        for from in [NEXT_WEEK, "2026-03-10T00:00:00+07:00"] {
            let before = counted(&world.app, "post").await;
            let (one, two) = tokio::join!(
                mutate(ward, "handOverPost", hand_over(post, "0977111222", from)),
                mutate(district, "handOverPost", hand_over(post, "0977111333", from)),
            );
            let refused = [&one, &two].into_iter().filter(|answer| answer.code() == Some("REFUSED")).count();
            assert_eq!(refused, 1, "{} {}", one.json, two.json);
            assert_eq!(counted(&world.app, "post").await, before + 1);
            // what was handed over for next week can be handed over today instead, once
        }
        let open = "post p WHERE role = 'BRANCH_HEAD' AND decision_number = '8/QĐ-HKH'";
        assert_eq!(counted(&world.app, open).await, 2);
    }

    async fn a_foreign_id_is_like_a_random_one(kind) {
        let world = World::build(kind).await;
        let key = Uuid::new_v4();
        let (foreign, mine) = (world.branch(1, 0, 0), world.branch(0, 0, 0));
        let account = json!(account_id(mine.head.account));
        for (who, tenant) in [
            (&world.district(0).officer, world.district(0).tenant),
            (&world.district(0).officer, world.district(1).tenant),
            (&world.ward(0, 0).officer, world.district(0).tenant),
            (&world.ward(0, 0).officer, world.district(1).tenant),
        ] {
            let random = |kind| encode(kind, tenant, Uuid::new_v4()).to_string();
            let (post, unit) = (random(NodeKind::Post), random(NodeKind::Unit));
            let with_key = |mut input: Value| {
                input["idempotencyKey"] = json!(key);
                json!({ "input": input })
            };
            let explained = |account: &Value, node: &str| json!({"accountId": account, "permission": "UNIT_READ", "nodeId": node});
            for (field, theirs, nobodys) in [
                ("appointPost", with_key(appointment(&foreign.unit, "BRANCH_HEAD", &account)), with_key(appointment(&unit, "BRANCH_HEAD", &account))),
                ("appointPost", with_key(appointment(&foreign.unit, "BRANCH_HEAD", &new_person("0977111222"))), with_key(appointment(&unit, "BRANCH_HEAD", &new_person("0977111222")))),
                ("endPost", with_key(json!({"postId": foreign.head.post_id})), with_key(json!({"postId": post}))),
                ("handOverPost", with_key(hand_over(&foreign.head.post_id, "0977111222", START)), with_key(hand_over(&post, "0977111222", START))),
                ("post", json!({"id": foreign.head.post_id}), json!({"id": post})),
                ("node", json!({"id": foreign.head.post_id}), json!({"id": post})),
                ("explainAccess", explained(&account, &foreign.unit), explained(&account, &unit)),
                ("explainAccess", explained(&json!(account_id(foreign.head.account)), &mine.unit), explained(&json!(random(NodeKind::Account)), &mine.unit)),
            ] {
                let theirs = ask(&who.client, field, theirs).await;
                let nobodys = ask(&who.client, field, nobodys).await;
                assert_eq!(theirs.comparable(), nobodys.comparable(), "{field}: {} {}", theirs.json, nobodys.json);
            }
        }
        assert_eq!(counted(&world.app, "account WHERE phone = '+84977111222'").await, 0);
    }

    async fn an_explanation_does_not_tell_what_is_there(kind) {
        let world = World::build(kind).await;
        let (branch, tenant) = (world.branch(0, 0, 0), world.district(0).tenant);
        let past = create_account(&world.app, "Cổ Thị Xưa", None, None).await;
        appoint_account(&world.app, tenant, &branch.unit, Role::BranchHead, past, (ALWAYS.0, Some("2026-02-01T00:00:00+07:00"))).await;
        let random = |kind| encode(kind, tenant, Uuid::new_v4()).to_string();
        let household = random(NodeKind::Household);
        let registration = random(NodeKind::Registration);
        let (here, there, away) = (branch, world.branch(0, 1, 0), world.branch(1, 0, 0));
        let heads = (branch.head.account, world.branch(0, 0, 1).head.account);
        for (who, account, unseen) in [
            // about oneself: what one may not see, though one might once
            (&world.app.client(past, None), past, vec![here, there, away]),
            (&branch.head.client, heads.0, vec![there, away]),
            (&branch.family.client, branch.family.account, vec![there, away]),
            (&world.leader.client, world.leader.account, vec![here, there, away]),
            // about others: what the asker may not see
            (&world.ward(0, 0).officer.client, heads.1, vec![there, away]),
            (&world.district(0).officer.client, heads.1, vec![away]),
        ] {
            for branch in unseen {
                for (permission, node, nothing) in [
                    ("HOUSEHOLD_READ", &branch.household, &household),
                    ("REGISTRATION_DECIDE", &branch.registration, &registration),
                ] {
                    let about = |node: &str| json!({"accountId": account_id(account), "permission": permission, "nodeId": node});
                    let of_it = ask(who, "explainAccess", about(node)).await.ok();
                    let of_nothing = ask(who, "explainAccess", about(nothing)).await.ok();
                    assert_eq!(of_it.comparable(), of_nothing.comparable(), "{permission}");
                    assert_eq!(of_it.text("explainAccess.verdict"), "DENIED");
                }
            }
        }
    }

    async fn an_officer_who_sees_less_is_told_less(kind) {
        let world = World::build(kind).await;
        // the head of one branch is the family of another, which their ward does not reach: not for this officer at all
        let (head, other) = (&world.branch(0, 0, 0).head, world.branch(0, 1, 0));
        appoint_account(&world.app, world.district(0).tenant, &other.unit, Role::Family, head.account, ALWAYS).await;
        let about = json!({"accountId": account_id(head.account), "permission": "HOUSEHOLD_READ", "nodeId": other.household});
        let answer = ask(&world.ward(0, 0).officer.client, "explainAccess", about.clone()).await;
        assert_eq!(answer.code(), Some("FORBIDDEN"));
        // a post elsewhere that is over is left out
        world.app.database.sql("UPDATE post SET valid_until = '2026-02-01T00:00:00+00:00' WHERE role = 'FAMILY'").await;
        let answer = ask(&world.ward(0, 0).officer.client, "explainAccess", about.clone()).await.ok();
        assert_eq!(answer.list("explainAccess.posts").len(), 1);
        let answer = ask(&world.district(0).officer.client, "explainAccess", about).await.ok();
        assert_eq!(answer.list("explainAccess.posts").len(), 2);
    }

    async fn a_post_of_the_city_takes_two_officers(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        let second = appoint(app, world.city, &world.unit, Role::CityOfficer, "Tống Thị Hai", Some("0966000444")).await;
        let input = appointment(&world.unit, "CITY_OFFICER", &new_person("0977111222"));
        let proposed = mutate(&world.officer.client, "appointPost", input.clone()).await.ok();
        assert_eq!((proposed.text("appointPost.outcome").as_str(), proposed.data("appointPost.post")), ("APPLIED", &Value::Null));
        assert_eq!(proposed.text("appointPost.proposal.state"), "OPEN");
        let id = proposed.text("appointPost.proposal.id");
        let client = holder_of_proposal(app, &proposed).await;
        assert_eq!(role_of(&client).await, Value::Null);
        for field in ["confirmPost", "refusePost"] {
            let own = mutate(&world.officer.client, field, json!({"proposalId": id})).await;
            assert_eq!(own.rule(), Some("OWN_PROPOSAL"));
            for other in [&world.leader, &world.district(0).officer, &world.ward(0, 0).officer] {
                assert_eq!(mutate(&other.client, field, json!({"proposalId": id})).await.code(), Some("FORBIDDEN"));
            }
        }
        let listed = ask(&second.client, "postProposals", json!({})).await.ok();
        assert_eq!(listed.text("postProposals.0.proposerName"), "Trần Thị Cán");
        let key = Uuid::new_v4();
        let confirm = json!({"idempotencyKey": key, "proposalId": id});
        let (one, two) = tokio::join!(
            mutate(&second.client, "confirmPost", confirm.clone()),
            mutate(&second.client, "confirmPost", confirm.clone()),
        );
        let mut outcomes = [one.ok().text("confirmPost.outcome"), two.ok().text("confirmPost.outcome")];
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        assert_eq!(role_of(&client).await, "CITY_OFFICER");
        for field in ["confirmPost", "refusePost"] {
            let again = mutate(&second.client, field, json!({"proposalId": id})).await;
            assert_eq!(again.rule(), Some("PROPOSAL_CLOSED"));
        }
        let events = (journalled(app, "POST_PROPOSED").await, journalled(app, "POST_GRANTED").await);
        assert_eq!(events, (1, 1));
        // the person concerned does not decide, though an officer already
        let concerned = appointment(&world.unit, "CITY_LEADER", &json!(account_id(second.account)));
        let proposed = mutate(&world.officer.client, "appointPost", concerned).await.ok();
        let id = proposed.text("appointPost.proposal.id");
        for field in ["confirmPost", "refusePost"] {
            let own = mutate(&second.client, field, json!({"proposalId": id})).await;
            assert_eq!(own.rule(), Some("OWN_POST"));
        }
        let refused = mutate(&client, "refusePost", json!({"proposalId": id, "reason": "Chưa đủ hồ sơ"})).await.ok();
        assert_eq!((refused.text("refusePost.proposal.state"), refused.text("refusePost.proposal.reason")), ("REFUSED".to_owned(), "Chưa đủ hồ sơ".to_owned()));
        assert_eq!(mutate(&client, "confirmPost", json!({"proposalId": id})).await.rule(), Some("PROPOSAL_CLOSED"));
        assert_eq!(journalled(app, "POST_REFUSED").await, 1);
        // nor does one propose oneself
        let own = appointment(&world.unit, "CITY_LEADER", &json!(account_id(world.officer.account)));
        assert_eq!(mutate(&world.officer.client, "appointPost", own).await.rule(), Some("OWN_POST"));
    }

    async fn a_proposal_lapses(kind) {
        let world = World::build(kind).await;
        let app = &world.app;
        let second = appoint(app, world.city, &world.unit, Role::CityOfficer, "Tống Thị Hai", None).await;
        let propose = async |by: &Person, phone: &str| {
            prove(app, by).await;
            let input = appointment(&world.unit, "CITY_OFFICER", &new_person(phone));
            mutate(&by.client, "appointPost", input).await.ok().text("appointPost.proposal.id")
        };
        let confirm = async |by: &Person, id: &str| {
            prove(app, by).await;
            mutate(&by.client, "confirmPost", json!({"proposalId": id})).await
        };
        // a fresh proof is needed for the second pair of eyes too
        let id = propose(&world.officer, "0977111222").await;
        prove(app, &second).await;
        wait_until(app, "2026-03-10T09:05:01+07:00");
        let stale = mutate(&second.client, "confirmPost", json!({"proposalId": id})).await;
        assert_eq!(stale.rule(), Some("STEP_UP_NEEDED"));
        // after fourteen days
        wait_until(app, "2026-03-24T09:00:00+07:00");
        assert_eq!(confirm(&second, &id).await.rule(), Some("PROPOSAL_CLOSED"));
        let listed = ask(&second.client, "postProposals", json!({})).await.ok();
        assert_eq!(listed.text("postProposals.0.state"), "EXPIRED");
        // a moment before it would have been in time; the post begins now, not when it was asked for
        wait_until(app, "2026-03-24T08:59:59+07:00");
        let answer = confirm(&second, &id).await.ok();
        assert_eq!(time(&answer, "confirmPost.post.validFrom"), moment("2026-03-24T08:59:59+07:00"));
        // with the office of whoever proposed it
        let until = Some("2026-03-25T00:00:00+07:00");
        let third = create_account(app, "Hà Thị Ba", None, None).await;
        let third = appoint_account(app, world.city, &world.unit, Role::CityOfficer, third, (ALWAYS.0, until)).await;
        let id = propose(&third, "0977111333").await;
        wait_until(app, "2026-03-25T00:00:00+07:00");
        assert_eq!(confirm(&second, &id).await.rule(), Some("PROPOSAL_CLOSED"));
        // and with their account
        wait_until(app, "2026-03-24T23:00:00+07:00");
        let disabled = match kind {
            Kind::Postgres => format!("'{}'", third.account),
            Kind::Sqlite => format!("x'{}'", third.account.0.simple()),
        };
        app.database.sql(&format!("UPDATE account SET disabled_at = created_at WHERE id = {disabled}")).await;
        assert_eq!(confirm(&second, &id).await.rule(), Some("PROPOSAL_CLOSED"));
    }

    async fn who_holds_posts_is_shown_to_those_who_may_know(kind) {
        let world = World::build(kind).await;
        let document = "query ($id: ID!) { unit(id: $id) { posts { role holderName accountId } } }";
        let (ward, branch, sibling, other) = (world.ward(0, 0), world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(0, 1, 0));
        let (head, ward_officer, district_officer) = (json!(["BRANCH_HEAD"]), json!(["WARD_OFFICER"]), json!(["DISTRICT_OFFICER"]));
        let none = Value::Null;
        for (who, unit, expected) in [
            (&branch.family, &branch.unit, &none),
            (&world.leader, &branch.unit, &none),
            (&branch.head, &branch.unit, &head),
            (&branch.head, &sibling.unit, &none),
            (&branch.head, &ward.unit, &none),
            (&ward.officer, &branch.unit, &head),
            (&ward.officer, &sibling.unit, &head),
            (&ward.officer, &ward.unit, &ward_officer),
            (&ward.officer, &other.unit, &none),
            (&ward.officer, &world.district(0).unit, &none),
            (&world.district(0).officer, &other.unit, &head),
            (&world.district(0).officer, &world.district(0).unit, &district_officer),
            (&world.officer, &world.branch(1, 1, 1).unit, &head),
            (&world.officer, &world.unit, &json!(["CITY_OFFICER", "CITY_LEADER"])),
        ] {
            let answer = who.client.run(document, json!({"id": unit})).await.ok();
            let posts = answer.data("unit.posts");
            let roles = posts.as_array().map_or(Value::Null, |posts| posts.iter().map(|post| post["role"].clone()).collect());
            assert_eq!(&roles, expected, "{}", answer.json);
        }
        // only those in force
        let officer = &world.ward(0, 0).officer.client;
        mutate(officer, "endPost", json!({"postId": branch.head.post_id})).await.ok();
        let answer = officer.run(document, json!({"id": branch.unit})).await.ok();
        assert_eq!(answer.data("unit.posts"), &json!([]));
        // the post itself stays to be read
        let past = ask(officer, "post", json!({"id": branch.head.post_id})).await.ok();
        assert_eq!(past.text("post.holderName"), "Vũ Thị Chi");
    }

    async fn posts_of_many_units_take_as_many_statements_as_of_one(kind) {
        let world = World::build(kind).await;
        let document = "query ($id: ID!, $first: Int!) { unit(id: $id) { children(first: $first) { nodes { posts { holderName } } } } }";
        for (client, unit, wide) in [
            (&world.ward(0, 0).officer.client, &world.ward(0, 0).unit, 2),
            (&world.district(0).officer.client, &world.district(0).unit, 2),
        ] {
            let mut taken = Vec::new();
            for first in [1, wide] {
                let before = world.app.statements();
                let answer = client.run(document, json!({"id": unit, "first": first})).await.ok();
                taken.push(world.app.statements() - before);
                let nodes = answer.list("unit.children.nodes");
                assert_eq!(nodes.len(), first);
                assert!(nodes.iter().all(|node| node["posts"][0]["holderName"].is_string()), "{}", answer.json);
            }
            assert_eq!(taken[0], taken[1]);
            // account, session, posts; the unit, those below; in a ward those of today; posts, entries, names
            assert!(taken[0] <= 12, "{taken:?}");
        }
    }

    async fn whoever_is_to_rise_is_out_of_reach_already(kind) {
        let world = World::build(kind).await;
        let (ward, head) = (world.ward(0, 0), &world.branch(0, 0, 0).head);
        let end = json!({"input": {"accountId": account_id(head.account)}});
        let mut input = appointment(&ward.unit, "WARD_OFFICER", &json!(account_id(head.account)));
        input["validFrom"] = json!(NEXT_WEEK);
        mutate(&world.district(0).officer.client, "appointPost", input).await.ok();
        // an officer who lets somebody in today would hold their next post too
        let answer = ask(&ward.officer.client, "endSessionsOf", end.clone()).await;
        assert_eq!(answer.code(), Some("FORBIDDEN"));
        ask(&world.district(0).officer.client, "endSessionsOf", end).await.ok();
    }

    async fn access_is_explained(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let past = create_account(&world.app, "Cổ Thị Xưa", None, None).await;
        appoint_account(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, past, (ALWAYS.0, Some("2026-02-01T00:00:00+07:00"))).await;
        let next = create_account(&world.app, "Kim Thị Mai", None, None).await;
        appoint_account(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, next, (NEXT_WEEK, None)).await;
        let own_phone = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, "Nguyễn Văn Nhà", None).await;
        let none = create_account(&world.app, "Vô Danh Thị", None, None).await;
        let explain = async |who: &Client, account: AccountId, permission: &str, node: &str| {
            let variables = json!({"accountId": account_id(account), "permission": permission, "nodeId": node});
            ask(who, "explainAccess", variables).await
        };
        let decide = "REGISTRATION_DECIDE";
        let (registration, other) = (&branch.registration, &world.branch(0, 0, 1).registration);
        for (account, permission, node, expected) in [
            (branch.head.account, decide, registration, "WITHIN_REACH"),
            (branch.head.account, decide, other, "OUTSIDE_REACH"),
            (branch.head.account, "TARGET_SET", &branch.unit, "ROLE_HAS_NO_REACH"),
            (branch.family.account, "HOUSEHOLD_READ", &branch.household, "WITHIN_REACH"),
            (past, decide, registration, "POST_EXPIRED"),
            (next, decide, registration, "POST_NOT_BEGUN"),
            (own_phone.account, decide, registration, "WITHIN_REACH"),
        ] {
            for who in [&ward.officer.client, &world.district(0).officer.client, &world.app.client(account, None)] {
                let answer = explain(who, account, permission, node).await.ok();
                assert_eq!(answer.text("explainAccess.reason"), expected, "{permission}");
                let allowed = if expected == "WITHIN_REACH" { "ALLOWED" } else { "DENIED" };
                assert_eq!(answer.text("explainAccess.verdict"), allowed);
                assert_eq!(answer.list("explainAccess.posts").len(), 1);
            }
        }
        let answer = explain(&ward.officer.client, branch.head.account, decide, registration).await.ok();
        assert_eq!(answer.text("explainAccess.decidedBy.reach"), "BRANCH");
        assert_eq!(answer.text("explainAccess.decidedBy.role"), "BRANCH_HEAD");
        assert_eq!(answer.text("explainAccess.decidedBy.unit.name"), "Chi hội 1");
        assert!(answer.text("explainAccess.message").contains("01/01/2026"), "{}", answer.json);
        // oneself without a post; others are for those above them only
        let own = explain(&world.app.client(none, None), none, decide, registration).await.ok();
        assert_eq!(own.text("explainAccess.reason"), "NO_POST");
        for (who, account, code) in [
            (&branch.family.client, branch.head.account, "FORBIDDEN"),
            (&world.leader.client, branch.head.account, "FORBIDDEN"),
            (&branch.head.client, ward.officer.account, "NOT_FOUND"),
            (&ward.officer.client, none, "NOT_FOUND"),
            (&ward.officer.client, world.branch(0, 1, 0).head.account, "NOT_FOUND"),
            (&ward.officer.client, world.branch(1, 0, 0).head.account, "NOT_FOUND"),
        ] {
            assert_eq!(explain(who, account, decide, registration).await.code(), Some(code));
        }
        for (permission, node) in [(decide, &branch.unit), ("UNIT_READ", &branch.household), ("ACCOUNT_MANAGE", &branch.unit), ("PROGRAMME_YEAR_OPEN", &branch.household)] {
            assert_eq!(explain(&branch.head.client, branch.head.account, permission, node).await.code(), Some("INVALID"));
        }
        world.app.database.sql("UPDATE account SET disabled_at = created_at WHERE name = 'Cổ Thị Xưa'").await;
        let answer = explain(&ward.officer.client, past, decide, registration).await.ok();
        assert_eq!(answer.text("explainAccess.reason"), "ACCOUNT_DISABLED");
    }
}

/// The client of whoever is proposed, without a post yet.
async fn holder_of_proposal(app: &TestApp, answer: &Answer) -> Client {
    let account = answer.text("appointPost.proposal.accountId");
    let (_, account): (_, AccountId) = decode_as(NodeKind::Account, &account.into(), "id").expect("an account");
    sign_in(app, account).await;
    app.client(account, None)
}
