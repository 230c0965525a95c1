//! How people come back in, and who is told.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint, appoint_account, ask, create_account, mutate};
use tests::operation;
use tokio::task::JoinSet;
use uuid::Uuid;

const OLD: &str = "một hai ba bốn năm sáu";
const NEW: &str = "bảy tám chín mười mười một";
const OTHER: &str = "mười hai mười ba mười bốn";
const PHONE: &str = "0977000111";

/// A family of the first branch with a password, and its head.
async fn forgetful(world: &World) -> Person {
    let account = create_account(&world.app, "Lý Thị Quên", Some(PHONE), Some(OLD)).await;
    let (tenant, unit) = (world.district(0).tenant, &world.branch(0, 0, 0).unit);
    let since = ("2026-01-01T00:00:00+07:00", None);
    appoint_account(&world.app, tenant, unit, Role::Family, account, since).await
}

async fn issue(client: &Client, whose: &Person) -> Answer {
    mutate(
        client,
        "issueRecoveryCode",
        json!({"accountId": account_id(whose.account)}),
    )
    .await
}

async fn code_for(client: &Client, whose: &Person) -> String {
    issue(client, whose).await.ok().text("issueRecoveryCode.code")
}

async fn recover(app: &TestApp, login: &str, code: &str, password: &str) -> Answer {
    let input = json!({"login": login, "code": code, "newPassword": password});
    app.anonymous()
        .run(&operation::of("recover"), json!({ "input": input }))
        .await
}

async fn recover_from(app: &TestApp, address: &str, login: &str, code: &str) -> Answer {
    let input = json!({"login": login, "code": code, "newPassword": NEW});
    let client = app.anonymous().at(address);
    client.run(&operation::of("recover"), json!({ "input": input })).await
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password}});
    app.anonymous().run(&operation::of("signIn"), input).await
}

async fn kinds(client: &Client) -> Vec<Value> {
    let answer = ask(client, "notices", json!({})).await.ok();
    answer
        .list("notices.edges")
        .iter()
        .map(|edge| edge["node"]["kind"].clone())
        .collect()
}

async fn number(app: &TestApp, sql: &str) -> usize {
    let rows = app.database.sql(sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}

async fn journalled(app: &TestApp, kind: &str) -> usize {
    number(
        app,
        &format!("SELECT COUNT(*) FROM security_event WHERE kind = '{kind}'"),
    )
    .await
}

fn wait(app: &TestApp, minutes: i64) {
    let now = khuyenhoc::clock::Clock::now(app.clock.as_ref());
    app.clock.set(now + chrono::TimeDelta::minutes(minutes));
}

on_both! {
    async fn a_branch_head_gets_a_family_back_in(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let phone = sign_in(&world.app, OLD).await.ok();
        let code = code_for(head, &family).await;
        let sloppy = code.to_lowercase().replace('-', "");
        // notices of one moment stand in no order
        wait(&world.app, 1);
        let back = recover(&world.app, "0977 000 111", &sloppy, NEW).await.ok();
        assert_eq!(back.text("recover.viewer.name"), "Lý Thị Quên");
        // all other sessions are over, and so is the old password
        let old = world.app.anonymous().with_token(&phone.text("signIn.accessToken"));
        assert_eq!(ask(&old, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(ask(&family.client, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(sign_in(&world.app, OLD).await.rule(), Some("WRONG_CREDENTIALS"));
        sign_in(&world.app, NEW).await.ok();
        let new = world.app.anonymous().with_token(&back.text("recover.accessToken"));
        assert_eq!(kinds(&new).await, ["RECOVERED", "RECOVERY_ISSUED"]);
        assert_eq!((journalled(&world.app, "RECOVERY_ISSUED").await, journalled(&world.app, "RECOVERED").await), (1, 1));
        let by = "SELECT COUNT(*) FROM security_event WHERE kind = 'RECOVERY_ISSUED' AND by_post_id IS NOT NULL";
        assert_eq!(number(&world.app, by).await, 1);
        let ended = "SELECT COUNT(*) FROM session WHERE ended_because = 'RECOVERED'";
        assert_eq!(number(&world.app, ended).await, 2);
    }

    async fn each_step_of_the_ladder_helps_the_one_below(kind) {
        let world = World::build(kind).await;
        let (ward, district) = (world.ward(0, 0), world.district(0));
        for (officer, whose) in [
            (&ward.officer, &world.branch(0, 0, 0).head),
            (&ward.officer, &world.branch(0, 0, 1).family),
            (&district.officer, &ward.officer),
            (&world.officer, &district.officer),
            (&world.officer, &world.district(1).officer),
        ] {
            issue(&officer.client, whose).await.ok();
        }
    }

    async fn nobody_recovers_an_equal_a_better_or_an_outsider(kind) {
        let world = World::build(kind).await;
        let (branch, ward, district) = (world.branch(0, 0, 0), world.ward(0, 0), world.district(0));
        let equal = appoint(&world.app, district.tenant, &branch.unit, Role::BranchHead, "Đỗ Thị Ngang", None).await;
        for (officer, whose, expected) in [
            (&branch.head, &branch.head, "FORBIDDEN"),
            (&branch.head, &equal, "FORBIDDEN"),
            (&branch.head, &ward.officer, "NOT_FOUND"),
            (&branch.head, &world.branch(0, 0, 1).family, "NOT_FOUND"),
            (&branch.head, &world.branch(1, 0, 0).family, "NOT_FOUND"),
            (&ward.officer, &world.branch(0, 1, 0).head, "NOT_FOUND"),
            (&ward.officer, &district.officer, "NOT_FOUND"),
            (&district.officer, &world.district(1).wards[0].officer, "NOT_FOUND"),
            (&world.officer, &world.leader, "FORBIDDEN"),
            (&world.leader, &branch.family, "FORBIDDEN"),
            (&branch.family, &branch.family, "FORBIDDEN"),
        ] {
            assert_eq!(issue(&officer.client, whose).await.code(), Some(expected));
        }
        // a family here that leads another branch
        let family = forgetful(&world).await;
        let elsewhere = &world.branch(0, 1, 0).unit;
        let since = ("2026-01-01T00:00:00+07:00", None);
        appoint_account(&world.app, district.tenant, elsewhere, Role::BranchHead, family.account, since).await;
        assert_eq!(issue(&branch.head.client, &family).await.code(), Some("FORBIDDEN"));
        assert_eq!(issue(&ward.officer.client, &family).await.code(), Some("FORBIDDEN"));
        assert_eq!(number(&world.app, "SELECT COUNT(*) FROM one_time_code").await, 0);
    }

    async fn a_code_sent_for_twice_is_the_same_and_a_new_one_ends_the_old(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let input = json!({"idempotencyKey": Uuid::new_v4(), "accountId": account_id(family.account)});
        let first = mutate(head, "issueRecoveryCode", input.clone()).await.ok();
        let again = mutate(head, "issueRecoveryCode", input.clone()).await.ok();
        assert_eq!(again.text("issueRecoveryCode.outcome"), "REPLAYED");
        assert_eq!(again.text("issueRecoveryCode.code"), first.text("issueRecoveryCode.code"));
        assert_eq!(kinds(&family.client).await, ["RECOVERY_ISSUED"]);
        let other = json!({"idempotencyKey": input["idempotencyKey"], "accountId": account_id(world.branch(0, 0, 0).family.account)});
        let reused = mutate(head, "issueRecoveryCode", other).await.ok();
        assert_eq!(reused.text("issueRecoveryCode.outcome"), "KEY_REUSED");
        assert_eq!(*reused.data("issueRecoveryCode.code"), Value::Null);
        let new = code_for(head, &family).await;
        let old = mutate(head, "issueRecoveryCode", input).await.ok();
        assert_eq!(*old.data("issueRecoveryCode.code"), Value::Null);
        let first = first.text("issueRecoveryCode.code");
        assert_eq!(recover(&world.app, PHONE, &first, NEW).await.rule(), Some("WRONG_CODE"));
        recover(&world.app, PHONE, &new, NEW).await.ok();
    }

    async fn whatever_is_wrong_the_answer_is_the_same(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        let unknown = recover(&world.app, "0977999999", &code, NEW).await;
        assert_eq!((unknown.code(), unknown.rule()), (Some("UNAUTHENTICATED"), Some("WRONG_CODE")));
        for (login, code) in [(PHONE, "0000-0000-0000"), ("nobody", code.as_str()), ("không ai cả", code.as_str()), ("0912000000", code.as_str())] {
            assert_eq!(recover(&world.app, login, code, NEW).await.comparable(), unknown.comparable());
        }
        for (code, password) in [("0000-0000", NEW), (code.as_str(), "ngắn")] {
            assert_eq!(recover(&world.app, PHONE, code, password).await.code(), Some("INVALID"));
        }
        wait(&world.app, 24 * 60);
        assert_eq!(recover(&world.app, PHONE, &code, NEW).await.comparable(), unknown.comparable());
        sign_in(&world.app, OLD).await.ok();
    }

    async fn wrong_codes_are_counted_for_who_sends_them(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        let other = TestApp::open(world.app.database.clone(), &[], 2).await;
        other.clock.set(khuyenhoc::clock::Clock::now(world.app.clock.as_ref()));
        // many at once over two servers are as few as one by one, and a login that nobody has is counted alike
        for login in [PHONE, "0977999999"] {
            let mut guesses = JoinSet::new();
            for at in 0..30 {
                let app = if at % 2 == 0 { world.app.clone() } else { other.clone() };
                guesses.spawn(async move { recover_from(&app, "203.0.113.7", login, "0000-0000-0000").await.rule().map(str::to_owned) });
            }
            let wrong = guesses.join_all().await.into_iter().filter(|rule| rule.as_deref() == Some("WRONG_CODE")).count();
            assert_eq!(wrong, 10);
        }
        assert_eq!(number(&world.app, "SELECT MAX(tries) FROM one_time_code").await, 10);
        assert_eq!(journalled(&world.app, "SIGN_IN_FAILED").await, 10);
        let waiting = recover_from(&world.app, "203.0.113.7", PHONE, &code).await;
        assert_eq!((waiting.code(), waiting.rule()), (Some("RATE_LIMITED"), Some("TOO_MANY_ATTEMPTS")));
        // the owner is somewhere else, and does not notice
        recover_from(&world.app, "198.51.100.7", PHONE, &code).await.ok();
    }

    async fn ten_thousand_wrong_codes_end_one(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        world.app.database.sql("UPDATE one_time_code SET tries = 9999").await;
        assert_eq!(recover(&world.app, PHONE, "0000-0000-0000", NEW).await.rule(), Some("WRONG_CODE"));
        assert_eq!(recover(&world.app, PHONE, &code, NEW).await.rule(), Some("WRONG_CODE"));
        // the officer gives out another
        recover(&world.app, PHONE, &code_for(head, &family).await, NEW).await.ok();
    }

    async fn a_used_code_is_no_way_to_guess_the_password(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        recover(&world.app, PHONE, &code, NEW).await.ok();
        let mut rules = Vec::new();
        for at in 0..7 {
            let address = format!("203.0.113.{at}");
            let input = json!({"input": {"login": PHONE, "code": code, "newPassword": OTHER}});
            let answer = world.app.anonymous().at(&address).run(&operation::of("recover"), input).await;
            rules.push(answer.rule().map(str::to_owned).unwrap_or_default());
        }
        assert_eq!(rules, ["WRONG_CODE", "WRONG_CODE", "WRONG_CODE", "WRONG_CODE", "WRONG_CODE", "TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS"]);
        // they were guesses at the password, so signing in knows of them
        assert_eq!(sign_in(&world.app, NEW).await.rule(), Some("TOO_MANY_ATTEMPTS"));
    }

    async fn a_new_password_ends_the_codes_that_are_out(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        let session = sign_in(&world.app, OLD).await.ok();
        let client = world.app.anonymous().with_token(&session.text("signIn.accessToken"));
        let input = json!({"input": {"currentPassword": OLD, "newPassword": NEW}});
        client.run(&operation::of("changePassword"), input).await.ok();
        assert_eq!(recover(&world.app, PHONE, &code, OTHER).await.rule(), Some("WRONG_CODE"));
        sign_in(&world.app, NEW).await.ok();
    }

    async fn an_answer_that_was_lost_can_be_had_again_with_the_new_password_only(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        recover(&world.app, PHONE, &code, NEW).await.ok();
        recover(&world.app, PHONE, &code, NEW).await.ok();
        assert_eq!(recover(&world.app, PHONE, &code, OTHER).await.rule(), Some("WRONG_CODE"));
        assert_eq!(journalled(&world.app, "RECOVERED").await, 1);
    }

    async fn of_twenty_with_one_code_one_sets_the_password(kind) {
        let world = World::build(kind).await;
        let (family, head) = (forgetful(&world).await, &world.branch(0, 0, 0).head.client);
        let code = code_for(head, &family).await;
        let mut sendings = JoinSet::new();
        for at in 0..20 {
            let (app, code) = (world.app.clone(), code.clone());
            sendings.spawn(async move { recover(&app, PHONE, &code, &format!("mật khẩu của người thứ {at}")).await.code().is_none() });
        }
        let won = sendings.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!((won, journalled(&world.app, "RECOVERED").await), (1, 1));
    }

    async fn a_code_is_void_when_the_account_rises_or_the_officer_goes(kind) {
        let world = World::build(kind).await;
        let (branch, tenant) = (world.branch(0, 0, 0), world.district(0).tenant);
        let family = forgetful(&world).await;
        let code = code_for(&branch.head.client, &family).await;
        wait(&world.app, 1);
        let since = ("2026-01-01T00:00:00+07:00", None);
        appoint_account(&world.app, tenant, &world.ward(0, 0).unit, Role::WardOfficer, family.account, since).await;
        assert_eq!(recover(&world.app, PHONE, &code, NEW).await.rule(), Some("WRONG_CODE"));
        let code = code_for(&world.district(0).officer.client, &family).await;
        world.app.database.sql("UPDATE post SET valid_until = '2026-02-01 00:00:00+00' WHERE role = 'DISTRICT_OFFICER'").await;
        assert_eq!(recover(&world.app, PHONE, &code, NEW).await.rule(), Some("WRONG_CODE"));
        sign_in(&world.app, OLD).await.ok();
    }

    async fn the_owner_and_the_officer_hear_of_a_copied_token(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = forgetful(&world).await;
        let first = sign_in(&world.app, OLD).await.ok();
        wait(&world.app, 11);
        let refresh = |token: String| {
            let client = world.app.anonymous();
            async move { client.run(&operation::of("refresh"), json!({"input": {"refreshToken": token}})).await }
        };
        let second = refresh(first.text("signIn.refreshToken")).await.ok();
        let phone = world.app.anonymous().with_token(&second.text("refresh.accessToken"));
        ask(&phone, "viewer", json!({})).await.ok();
        assert_eq!(refresh(first.text("signIn.refreshToken")).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(kinds(&family.client).await, ["TOKEN_COPIED"]);
        let told = ask(&branch.head.client, "notices", json!({})).await.ok();
        assert_eq!(told.text("notices.edges.0.node.kind"), "TOKEN_COPIED");
        assert_eq!(told.text("notices.edges.0.node.aboutName"), "Lý Thị Quên");
        assert_eq!(told.text("notices.edges.0.node.aboutAccountId"), account_id(family.account));
        for other in [&world.branch(0, 0, 1).head, &world.ward(0, 0).officer, &branch.family] {
            assert!(kinds(&other.client).await.is_empty());
        }
    }

    async fn a_copied_token_ends_the_session_and_tells_all_or_does_neither(kind) {
        let world = World::build(kind).await;
        let (branch, database) = (world.branch(0, 0, 0), &world.app.database);
        let family = forgetful(&world).await;
        let first = sign_in(&world.app, OLD).await.ok();
        wait(&world.app, 11);
        let refresh = |token: String| {
            let client = world.app.anonymous();
            async move { client.run(&operation::of("refresh"), json!({"input": {"refreshToken": token}})).await }
        };
        let second = refresh(first.text("signIn.refreshToken")).await.ok();
        let phone = world.app.anonymous().with_token(&second.text("refresh.accessToken"));
        ask(&phone, "viewer", json!({})).await.ok();
        // as in a crash when the officers are told: their notice is about somebody
        let (shut, open) = match kind {
            Kind::Postgres => (
                "ALTER TABLE notice ADD CONSTRAINT shut CHECK (about_account_id IS NULL)",
                "ALTER TABLE notice DROP CONSTRAINT shut",
            ),
            Kind::Sqlite => (
                "CREATE TRIGGER shut BEFORE INSERT ON notice WHEN NEW.about_account_id IS NOT NULL \
                 BEGIN SELECT RAISE(ABORT, 'shut'); END",
                "DROP TRIGGER shut",
            ),
        };
        database.sql(shut).await;
        assert_eq!(refresh(first.text("signIn.refreshToken")).await.code(), Some("INTERNAL"));
        assert!(kinds(&family.client).await.is_empty());
        assert_eq!(journalled(&world.app, "TOKEN_REUSED").await, 0);
        ask(&phone, "viewer", json!({})).await.ok();
        database.sql(open).await;
        assert_eq!(refresh(first.text("signIn.refreshToken")).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(ask(&phone, "viewer", json!({})).await.rule(), Some("SESSION_ENDED"));
        assert_eq!(kinds(&family.client).await, ["TOKEN_COPIED"]);
        assert_eq!(kinds(&branch.head.client).await, ["TOKEN_COPIED"]);
        assert_eq!(journalled(&world.app, "TOKEN_REUSED").await, 1);
    }

    async fn officers_of_each_level_are_told_by_the_one_below(kind) {
        let world = World::build(kind).await;
        let now = khuyenhoc::clock::Clock::now(world.app.clock.as_ref());
        for (whose, officer) in [
            (&world.branch(0, 1, 0).head, Some(&world.ward(0, 1).officer)),
            (&world.ward(0, 0).officer, Some(&world.district(0).officer)),
            (&world.district(1).officer, Some(&world.officer)),
            (&world.officer, None),
        ] {
            let told = khuyenhoc::access::above::officers_above(&world.app.app, whose.account, now).await.expect("officers");
            assert_eq!(told, officer.map(|officer| officer.account).into_iter().collect::<Vec<_>>());
        }
    }

    async fn notices_are_read_by_their_owner_only(kind) {
        let world = World::build(kind).await;
        let (family, branch) = (forgetful(&world).await, world.branch(0, 0, 0));
        for _ in 0..3 {
            issue(&branch.head.client, &family).await.ok();
        }
        let page = ask(&family.client, "notices", json!({"first": 2})).await.ok();
        assert_eq!(page.list("notices.edges").len(), 2);
        let next = json!({"first": 2, "after": page.text("notices.pageInfo.endCursor")});
        assert_eq!(ask(&family.client, "notices", next.clone()).await.ok().list("notices.edges").len(), 1);
        assert_eq!(ask(&branch.head.client, "notices", next).await.code(), Some("INVALID"));
        let id = page.text("notices.edges.0.node.id");
        let mark = |client: &Client, input: Value| {
            let client = client.clone();
            async move { client.run(&operation::of("markNoticesRead"), json!({ "input": input })).await }
        };
        assert_eq!(mark(&branch.head.client, json!({"ids": [id]})).await.ok().number("markNoticesRead.marked"), 0);
        assert_eq!(mark(&family.client, json!({"ids": [id]})).await.ok().number("markNoticesRead.marked"), 1);
        assert_eq!(mark(&family.client, json!({})).await.ok().number("markNoticesRead.marked"), 2);
        assert_eq!(mark(&family.client, json!({})).await.ok().number("markNoticesRead.marked"), 0);
        // an officer who ends the sessions tells the owner
        wait(&world.app, 1);
        let input = json!({"input": {"accountId": account_id(family.account)}});
        branch.head.client.run(&operation::of("endSessionsOf"), input).await.ok();
        let back = sign_in(&world.app, OLD).await.ok();
        let phone = world.app.anonymous().with_token(&back.text("signIn.accessToken"));
        assert_eq!(kinds(&phone).await[0], "SESSIONS_ENDED_BY_OFFICER");
    }

    async fn officers_find_the_person_by_name(kind) {
        let world = World::build(kind).await;
        let (family, branch, ward) = (forgetful(&world).await, world.branch(0, 0, 0), world.ward(0, 0));
        let names = |answer: &Answer| -> Vec<Value> {
            answer.list("accountsBelow.edges").iter().map(|edge| edge["node"]["name"].clone()).collect()
        };
        let all = ask(&branch.head.client, "accountsBelow", json!({})).await.ok();
        // Vietnamese order: Nhà before Quên
        assert_eq!(names(&all), ["Nguyễn Văn Nhà", "Lý Thị Quên"]);
        let found = ask(&branch.head.client, "accountsBelow", json!({"search": "thi que"})).await.ok();
        assert_eq!(names(&found), ["Lý Thị Quên"]);
        assert_eq!(found.text("accountsBelow.edges.0.node.id"), account_id(family.account));
        assert_eq!(found.text("accountsBelow.edges.0.node.maskedPhone"), "***111");
        assert_eq!(found.text("accountsBelow.edges.0.node.posts.0.role"), "FAMILY");
        assert!(found.data("accountsBelow.edges.0.node.lastSeenAt").is_string());
        assert!(!format!("{}", found.json).contains("977000"));
        // the ward's officer sees the heads of its branches, and in a branch everybody below
        let heads = ask(&ward.officer.client, "accountsBelow", json!({})).await.ok();
        assert_eq!(names(&heads), ["Vũ Thị Chi", "Vũ Thị Chi"]);
        let unit = json!({"unitId": branch.unit});
        let everybody = ask(&ward.officer.client, "accountsBelow", unit.clone()).await.ok();
        assert_eq!(names(&everybody), ["Vũ Thị Chi", "Nguyễn Văn Nhà", "Lý Thị Quên"]);
        let district = ask(&world.district(0).officer.client, "accountsBelow", json!({})).await.ok();
        assert_eq!(names(&district), ["Đỗ Văn Phường", "Đỗ Văn Phường"]);
        let districts = ask(&world.officer.client, "accountsBelow", json!({})).await.ok();
        assert_eq!(names(&districts), ["Phạm Thị Quận", "Phạm Thị Quận"]);
        assert_ne!(
            districts.data("accountsBelow.edges.0.node.posts.0.unit"),
            districts.data("accountsBelow.edges.1.node.posts.0.unit")
        );
        let city = ask(&world.officer.client, "accountsBelow", json!({"unitId": world.district(1).unit})).await.ok();
        assert_eq!(names(&city), ["Đỗ Văn Phường", "Đỗ Văn Phường", "Phạm Thị Quận"]);
        for (client, unit) in [(&branch.head.client, &world.branch(0, 0, 1).unit), (&ward.officer.client, &world.district(0).unit)] {
            assert_eq!(ask(client, "accountsBelow", json!({ "unitId": unit })).await.code(), Some("NOT_FOUND"));
        }
        assert_eq!(ask(&branch.head.client, "accountsBelow", json!({"search": " "})).await.code(), Some("INVALID"));
    }

    async fn a_page_of_people_takes_as_many_statements_for_many_as_for_one(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        for at in 0..8 {
            let name = format!("Tạ Văn {}", ["An", "Bình", "Cường", "Dũng", "Giang", "Hải", "Khoa", "Lâm"][at]);
            appoint(&world.app, world.district(0).tenant, &branch.unit, Role::Family, &name, None).await;
        }
        let unit = json!({"unitId": branch.unit});
        let mut taken = Vec::new();
        for first in [1, 9] {
            let mut asked = unit.clone();
            asked["first"] = json!(first);
            let before = world.app.statements();
            let answer = ask(&ward.officer.client, "accountsBelow", asked).await.ok();
            assert_eq!(answer.list("accountsBelow.edges").len(), first);
            taken.push(world.app.statements() - before);
        }
        assert_eq!(taken[0], taken[1]);
        let whole = ask(&ward.officer.client, "accountsBelow", json!({"unitId": branch.unit, "first": 3})).await.ok();
        assert_eq!(whole.data("accountsBelow.totalCount"), &json!(10));
        // account, session, posts; the unit and its kind; posts, accounts, those not taken, names given, sessions, all posts of the
        // page with their units and kinds; units of the posts and their kinds
        assert!(taken[0] <= 15, "{taken:?}");
        // page by page each person once
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let mut asked = unit.clone();
            (asked["first"], asked["after"]) = (json!(3), after);
            let page = ask(&ward.officer.client, "accountsBelow", asked).await.ok();
            seen.extend(page.list("accountsBelow.edges").iter().map(|edge| edge["node"]["id"].to_string()));
            if page.data("accountsBelow.pageInfo.hasNextPage") == &json!(false) {
                break;
            }
            after = page.data("accountsBelow.pageInfo.endCursor").clone();
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((all, seen.len()), (10, 10));
    }
}
