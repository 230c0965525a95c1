//! How far an officer answers for somebody: what a code is still good for, what a post elsewhere changes, what is shown, and what
//! ends with a post.

use entity::id::AccountId;
use entity::vocabulary::Role;
use khuyenhoc::clock::Clock as _;
use serde_json::{Value, json};
use tests::app::{START, TestApp};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint_account, ask, create_account, create_household, mutate};
use tests::operation;
use uuid::Uuid;

const PHONE: &str = "0977000111";
const OLD: &str = "một hai ba bốn năm sáu";
const NEW: &str = "bảy tám chín mười mười một";
const ALWAYS: (&str, Option<&str>) = ("2026-01-01T00:00:00+07:00", None);
const TOMORROW: (&str, Option<&str>) = ("2026-03-11T00:00:00+07:00", None);

/// A family of the first branch with a password.
async fn family(world: &World) -> Person {
    let account = create_account(&world.app, "Lý Thị Quên", Some(PHONE), Some(OLD)).await;
    post(world, (0, &world.branch(0, 0, 0).unit), Role::Family, account, ALWAYS).await
}

async fn post(
    world: &World,
    (district, unit): (usize, &str),
    role: Role,
    account: AccountId,
    span: (&str, Option<&str>),
) -> Person {
    appoint_account(&world.app, world.district(district).tenant, unit, role, account, span).await
}

async fn issue(officer: &Client, whose: AccountId) -> Answer {
    mutate(officer, "issueRecoveryCode", json!({"accountId": account_id(whose)})).await
}

async fn end_sessions(officer: &Client, whose: AccountId) -> Answer {
    ask(
        officer,
        "endSessionsOf",
        json!({"input": {"accountId": account_id(whose)}}),
    )
    .await
}

async fn recover(app: &TestApp, code: &str) -> Answer {
    let input = json!({"login": PHONE, "code": code, "newPassword": NEW});
    app.anonymous()
        .run(&operation::of("recover"), json!({ "input": input }))
        .await
}

async fn code_of(officer: &Client, whose: AccountId) -> String {
    issue(officer, whose).await.ok().text("issueRecoveryCode.code")
}

fn wait(app: &TestApp, minutes: i64) {
    let now = app.clock.now();
    app.clock.set(now + chrono::TimeDelta::minutes(minutes));
}

/// A client of the session that a password opens, whose proof grows old.
async fn signed_in(app: &TestApp, phone: &str, password: &str, post: Option<&str>) -> Client {
    let input = json!({"input": {"login": phone, "password": password, "actingPostId": post}});
    let answer = app.anonymous().run(&operation::of("signIn"), input).await.ok();
    app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

async fn paper(head: &Client, name: &str) -> (String, String) {
    let household = create_household(head, json!({"headName": name, "address": Uuid::new_v4()})).await;
    let made = mutate(head, "createInvitations", json!({"householdIds": [household]}))
        .await
        .ok();
    (made.text("createInvitations.results.0.code"), household)
}

async fn accept(client: &Client, input: Value) -> Answer {
    client
        .run(&operation::of("acceptInvitation"), json!({ "input": input }))
        .await
}

async fn households(client: &Client) -> Value {
    let answer = client.run("{ viewer { households { id } } }", json!({})).await.ok();
    answer.data("viewer.households").clone()
}

async fn kinds(client: &Client) -> Vec<Value> {
    let answer = ask(client, "notices", json!({})).await.ok();
    let edges = answer.list("notices.edges").iter();
    edges.map(|edge| edge["node"]["kind"].clone()).collect()
}

on_both! {
    async fn a_code_is_void_once_its_owner_is_to_rise(kind) {
        let world = World::build(kind).await;
        let (head, family) = (&world.branch(0, 0, 0).head.client, family(&world).await);
        let code = code_of(head, family.account).await;
        post(&world, (0, &world.ward(0, 0).unit), Role::WardOfficer, family.account, TOMORROW).await;
        assert_eq!(recover(&world.app, &code).await.rule(), Some("WRONG_CODE"));
        // what is given below the same officer changes nothing for the code of somebody higher
        let other = create_account(&world.app, "Tạ Thị Hai", Some("0977000222"), Some(OLD)).await;
        post(&world, (0, &world.branch(0, 0, 0).unit), Role::Family, other, ALWAYS).await;
        let code = code_of(&world.ward(0, 0).officer.client, other).await;
        post(&world, (0, &world.branch(0, 0, 1).unit), Role::BranchHead, other, TOMORROW).await;
        let input = json!({"login": "0977000222", "code": code, "newPassword": NEW});
        world.app.anonymous().run(&operation::of("recover"), json!({ "input": input })).await.ok();
    }

    async fn a_code_is_void_once_its_officer_is_shut_out(kind) {
        let world = World::build(kind).await;
        let (head, family) = (&world.branch(0, 0, 0).head, family(&world).await);
        let code = code_of(&head.client, family.account).await;
        let id = match kind {
            Kind::Postgres => format!("'{}'", head.account),
            Kind::Sqlite => format!("x'{}'", head.account.0.simple()),
        };
        let shut = format!("UPDATE account SET disabled_at = created_at WHERE id = {id}");
        world.app.database.sql(&shut).await;
        assert_eq!(recover(&world.app, &code).await.rule(), Some("WRONG_CODE"));
        let open = format!("UPDATE account SET disabled_at = NULL WHERE id = {id}");
        world.app.database.sql(&open).await;
        recover(&world.app, &code).await.ok();
    }

    async fn a_post_elsewhere_disarms_no_officer_for_long(kind) {
        let world = World::build(kind).await;
        let (head, family) = (&world.branch(0, 0, 0).head.client, family(&world).await);
        let stranger = &world.ward(1, 0).officer.client;
        let elsewhere = |from: &str| {
            json!({"newAccount": {"name": "Tên Bịa Đặt", "phone": PHONE}, "role": "BRANCH_HEAD", "validFrom": from,
                "unitId": world.branch(1, 0, 0).unit, "decisionNumber": "7"})
        };
        let never = mutate(stranger, "appointPost", elsewhere("9000-01-01T00:00:00Z")).await;
        assert_eq!(never.rule(), Some("DATE_TOO_FAR"));
        let given = mutate(stranger, "appointPost", elsewhere("2026-12-01T00:00:00Z")).await.ok();
        // a code would let into what is elsewhere; ending sessions lets into nothing
        assert_eq!(issue(head, family.account).await.code(), Some("FORBIDDEN"));
        assert_eq!(end_sessions(head, family.account).await.ok().number("endSessionsOf.ended"), 1);
        mutate(stranger, "endPost", json!({"postId": given.text("appointPost.post.id")})).await.ok();
        issue(head, family.account).await.ok();
        // as high as the officer, in the same association
        post(&world, (0, &world.branch(0, 0, 1).unit), Role::BranchHead, family.account, TOMORROW).await;
        assert_eq!(end_sessions(head, family.account).await.code(), Some("FORBIDDEN"));
    }

    async fn a_long_history_hides_no_post(kind) {
        let world = World::build(kind).await;
        let (head, family) = (&world.branch(0, 0, 0).head.client, family(&world).await);
        let once = ("2025-01-01T00:00:00+07:00", Some("2025-02-01T00:00:00+07:00"));
        for _ in 0..500 {
            post(&world, (0, &world.branch(0, 0, 0).unit), Role::Family, family.account, once).await;
        }
        issue(head, family.account).await.ok();
        post(&world, (0, &world.district(0).unit), Role::DistrictOfficer, family.account, TOMORROW).await;
        assert_eq!(issue(head, family.account).await.code(), Some("FORBIDDEN"));
    }

    async fn a_family_that_was_put_out_comes_back_to_what_it_is_invited_to(kind) {
        let world = World::build(kind).await;
        let (head, ward) = (&world.branch(0, 0, 0).head.client, &world.ward(0, 0).officer.client);
        let ((first, left), (second, new)) = (paper(head, "Đinh Thị Cũ").await, paper(head, "Đinh Thị Mới").await);
        let input = json!({"code": first, "name": "Đinh Văn Cháu", "userName": "dinhchau", "password": OLD});
        let joined = accept(&world.app.anonymous(), input).await.ok();
        let phone = world.app.anonymous().with_token(&joined.text("acceptInvitation.tokens.accessToken"));
        let family_post = joined.text("acceptInvitation.viewer.actingPost.id");
        let later = json!({"postId": family_post, "validUntil": "2026-03-20T00:00:00+07:00"});
        assert_eq!(mutate(ward, "endPost", later).await.rule(), Some("FAMILY_ENDS_NOW"));
        mutate(ward, "endPost", json!({"postId": family_post})).await.ok();
        let again = accept(&phone, json!({"code": second})).await.ok();
        assert_eq!(again.data("acceptInvitation.viewer.households"), &json!([{"id": new}]));
        assert_eq!(households(&phone).await, json!([{"id": new}]));
        assert_eq!(ask(&phone, "household", json!({"id": left})).await.code(), Some("NOT_FOUND"));
        // the household itself stays, and its branch sees it
        ask(head, "household", json!({"id": left})).await.ok();
    }

    async fn what_lets_people_in_asks_for_a_fresh_proof(kind) {
        let world = World::build(kind).await;
        let (tenant, branch) = (world.district(0).tenant, world.branch(0, 0, 0));
        let leads = create_account(&world.app, "Hồ Thị Trưởng", Some("0966000111"), Some(OLD)).await;
        appoint_account(&world.app, tenant, &branch.unit, Role::BranchHead, leads, ALWAYS).await;
        let (head, family) = (signed_in(&world.app, "0966000111", OLD, None).await, family(&world).await);
        let (code, _) = paper(&head, "Đinh Thị Giấy").await;
        wait(&world.app, 5);
        assert_eq!(issue(&head, family.account).await.rule(), Some("STEP_UP_NEEDED"));
        assert_eq!(accept(&head, json!({"code": code})).await.rule(), Some("STEP_UP_NEEDED"));
        let many = |count: usize| json!({"householdIds": vec![branch.household.clone(); count]});
        assert_eq!(mutate(&head, "createInvitations", many(21)).await.rule(), Some("STEP_UP_NEEDED"));
        mutate(&head, "createInvitations", many(20)).await.ok();
        ask(&head, "stepUp", json!({"input": {"password": OLD}})).await.ok();
        mutate(&head, "createInvitations", many(21)).await.ok();
        issue(&head, family.account).await.ok();
        accept(&head, json!({"code": code})).await.ok();
    }

    async fn an_officer_gives_out_so_many_codes_a_day(kind) {
        let world = World::build(kind).await;
        let (head, family) = (&world.branch(0, 0, 0).head.client, family(&world).await);
        let input = json!({"idempotencyKey": Uuid::new_v4(), "accountId": account_id(family.account)});
        for _ in 0..3 {
            // sent again it is not counted again
            mutate(head, "issueRecoveryCode", input.clone()).await.ok();
        }
        for _ in 0..29 {
            issue(head, family.account).await.ok();
        }
        let last = issue(head, family.account).await;
        assert_eq!(last.code(), Some("RATE_LIMITED"));
        mutate(head, "issueRecoveryCode", input).await.ok();
        // another's count is another
        issue(&world.ward(0, 0).officer.client, family.account).await.ok();
        wait(&world.app, 24 * 60);
        issue(head, family.account).await.ok();
    }

    async fn a_list_shows_what_was_given_and_no_more(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (&world.ward(0, 0).officer.client, world.branch(0, 0, 0));
        let owner = create_account(&world.app, "Lý Thị Chủ", Some(PHONE), Some(OLD)).await;
        let there = ("2026-01-01T00:00:00+07:00", Some("2026-03-11T00:00:00+07:00"));
        post(&world, (1, &world.branch(1, 0, 0).unit), Role::Family, owner, there).await;
        let input = json!({"newAccount": {"name": "Tên Bịa Đặt", "phone": PHONE}, "role": "BRANCH_HEAD",
            "unitId": branch.unit, "validFrom": START, "decisionNumber": "7"});
        let given = mutate(ward, "appointPost", input).await.ok();
        let shown = async |what: &str| {
            let list = ask(ward, "accountsBelow", json!({"unitId": branch.unit, "search": "bịa"})).await.ok();
            list.data(&format!("accountsBelow.edges.0.node.{what}")).clone()
        };
        assert_eq!(shown("maskedPhone").await, Value::Null);
        let own = world.app.client(owner, None);
        mutate(&own, "acceptPost", json!({"postId": given.text("appointPost.post.id")})).await.ok();
        // the name is what was given; number and last use are not this officer's while there is a post elsewhere
        assert_eq!(shown("name").await, "Tên Bịa Đặt");
        assert_eq!((shown("maskedPhone").await, shown("lastSeenAt").await), (Value::Null, Value::Null));
        let by_name = ask(ward, "accountsBelow", json!({"unitId": branch.unit, "search": "chủ"})).await.ok();
        assert!(by_name.list("accountsBelow.edges").is_empty());
        let second = json!({"accountId": account_id(owner), "role": "BRANCH_HEAD", "validFrom": START,
            "unitId": world.branch(0, 0, 1).unit, "decisionNumber": "8"});
        let second = mutate(ward, "appointPost", second).await.ok();
        assert_eq!(second.text("appointPost.post.holderName"), "Tên Bịa Đặt");
        wait(&world.app, 24 * 60);
        assert_eq!(shown("maskedPhone").await, "***111");
        assert!(shown("lastSeenAt").await.is_string());
    }

    async fn an_explanation_calls_roles_by_their_names(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head;
        let asked = json!({"accountId": account_id(head.account), "permission": "HOUSEHOLD_READ",
            "nodeId": world.branch(0, 0, 0).household});
        let vi = ask(&head.client.with_header("accept-language", "vi"), "explainAccess", asked.clone()).await.ok();
        assert!(vi.text("explainAccess.message").contains("(chi hội trưởng, từ "), "{}", vi.json);
        let en = ask(&head.client.with_header("accept-language", "en"), "explainAccess", asked).await.ok();
        assert!(en.text("explainAccess.message").contains("(branch head, from "), "{}", en.json);
    }

    async fn a_household_hears_of_one_more(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (first, household) = paper(head, "Đinh Thị Giấy").await;
        let input = json!({"code": first, "name": "Đinh Thị Mẹ", "userName": "dinhme", "password": OLD});
        let mother = accept(&world.app.anonymous(), input).await.ok();
        let mother = world.app.anonymous().with_token(&mother.text("acceptInvitation.tokens.accessToken"));
        assert!(kinds(head).await.is_empty(), "nobody hears of the first");
        let made = mutate(head, "createInvitations", json!({"householdIds": [household]})).await.ok();
        let second = made.text("createInvitations.results.0.code");
        let input = json!({"code": second, "name": "Đinh Văn Con", "userName": "dinhcon", "password": OLD});
        let son = accept(&world.app.anonymous(), input.clone()).await.ok();
        accept(&world.app.anonymous(), input).await.ok();
        let son = world.app.anonymous().with_token(&son.text("acceptInvitation.tokens.accessToken"));
        for client in [&mother, head] {
            let told = ask(client, "notices", json!({})).await.ok();
            assert_eq!(told.list("notices.edges").len(), 1);
            assert_eq!(told.text("notices.edges.0.node.kind"), "HOUSEHOLD_JOINED");
            assert_eq!(told.text("notices.edges.0.node.aboutName"), "Đinh Văn Con");
        }
        assert!(kinds(&son).await.is_empty());
    }

    async fn an_owner_hears_of_a_new_password(kind) {
        let world = World::build(kind).await;
        family(&world).await;
        let phone = signed_in(&world.app, PHONE, OLD, None).await;
        let input = json!({"input": {"currentPassword": OLD, "newPassword": NEW}});
        phone.run(&operation::of("changePassword"), input).await.ok();
        assert_eq!(kinds(&phone).await, ["PASSWORD_CHANGED"]);
    }
}
