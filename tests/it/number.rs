//! Whose a phone number is: what is only typed in, or only an officer's word, brings nobody another person's post or place.

use entity::id::AccountId;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::global_id::{NodeKind, decode_as};
use serde_json::{Value, json};
use tests::app::{START, TestApp};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, account_id, ask, create_household, mutate};
use tests::gateway::Gateway;
use tests::operation;
use uuid::Uuid;

const PHONE: &str = "0977000111";
const E164: &str = "+84977000111";
const THEIRS: &str = "một hai ba bốn năm sáu";
const OWNERS: &str = "bảy tám chín mười mười một";

async fn with_gateway(kind: Kind) -> (World, Gateway) {
    let gateway = Gateway::start().await;
    let settings = gateway.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (World::on(TestApp::start_with(kind, &settings).await).await, gateway)
}

/// Joins by a paper of a household of its own, typing in the number.
async fn join_by_paper(world: &World, password: &str) -> Answer {
    let head = &world.branch(0, 0, 0).head.client;
    let household = create_household(head, json!({"headName": "Đinh Thị Giấy", "address": Uuid::new_v4()})).await;
    let made = mutate(head, "createInvitations", json!({"householdIds": [household]}))
        .await
        .ok();
    let input = json!({"code": made.text("createInvitations.results.0.code"), "name": "Đinh Văn Cháu", "phone": PHONE,
        "password": password});
    let document = operation::of("acceptInvitation");
    world.app.anonymous().run(&document, json!({ "input": input })).await
}

/// Joins by a code sent to the number's own telephone.
async fn join_by_phone(world: &World, gateway: &Gateway, password: &str) -> Answer {
    let branch = &world.branch(0, 1, 0).unit;
    let now = world.app.clock.now();
    world.app.clock.set(now + chrono::TimeDelta::minutes(1));
    let wish = json!({"input": {"phone": PHONE, "branchId": branch}});
    world
        .app
        .anonymous()
        .run(&operation::of("requestPhoneCode"), wish)
        .await
        .ok();
    let input = json!({"phone": PHONE, "code": gateway.code(E164), "branchId": branch, "name": "Lý Thị Chủ",
        "password": password});
    let document = operation::of("joinByPhone");
    world.app.anonymous().run(&document, json!({ "input": input })).await
}

fn appointment(world: &World, person: &Value) -> Value {
    let mut input = json!({"role": "BRANCH_HEAD", "unitId": world.branch(0, 0, 0).unit, "validFrom": START,
        "decisionNumber": "7/QĐ-HKH"});
    input[if person.is_string() { "accountId" } else { "newAccount" }] = person.clone();
    input
}

fn by_number() -> Value {
    json!({"name": "Lý Thị Chủ", "phone": PHONE})
}

async fn appoint_number(world: &World, officer: &Client) -> Answer {
    mutate(officer, "appointPost", appointment(world, &by_number())).await
}

async fn sign_in(world: &World, password: &str) -> Answer {
    let input = json!({"input": {"login": PHONE, "password": password}});
    world.app.anonymous().run(&operation::of("signIn"), input).await
}

async fn counted(app: &TestApp, what: &str) -> String {
    let rows = app.database.sql(&format!("SELECT COUNT(*) FROM {what}")).await;
    rows[0][0].clone().expect("a count")
}

async fn first_notice(client: &Client) -> Value {
    let answer = ask(client, "notices", json!({})).await.ok();
    answer.data("notices.edges.0.node.kind").clone()
}

/// Sets the first password of an account with an officer's code.
async fn first_code(world: &World, officer: &Client, account: &str, password: &str) -> Answer {
    let issued = mutate(officer, "issueRecoveryCode", json!({ "accountId": account }))
        .await
        .ok();
    let input = json!({"login": PHONE, "code": issued.text("issueRecoveryCode.code"), "newPassword": password});
    world
        .app
        .anonymous()
        .run(&operation::of("recover"), json!({ "input": input }))
        .await
}

on_both! {
    async fn a_number_typed_in_beside_an_invitation_brings_no_post(kind) {
        let (world, gateway) = with_gateway(kind).await;
        let ward = &world.ward(0, 0).officer.client;
        let thief = join_by_paper(&world, THEIRS).await.ok();
        let phone = world.app.anonymous().with_token(&thief.text("acceptInvitation.tokens.accessToken"));
        assert_eq!(appoint_number(&world, ward).await.rule(), Some("PHONE_NOT_PROVEN"));
        let hand_over = json!({"postId": world.branch(0, 0, 0).head.post_id, "from": "2026-03-10T10:00:00+07:00",
            "decisionNumber": "8", "successor": {"newAccount": by_number()}});
        assert_eq!(mutate(ward, "handOverPost", hand_over).await.rule(), Some("PHONE_NOT_PROVEN"));
        // whoever has the telephone is not kept out, and what they get is theirs alone
        let owner = join_by_phone(&world, &gateway, OWNERS).await.ok();
        assert_ne!(owner.text("joinByPhone.viewer.id"), thief.text("acceptInvitation.viewer.id"));
        assert_eq!(owner.list("joinByPhone.viewer.posts").len(), 1);
        assert_eq!(first_notice(&phone).await, "NUMBER_TAKEN");
        assert_eq!(counted(&world.app, "security_event WHERE kind = 'NUMBER_TAKEN'").await, "1");
        assert_eq!(sign_in(&world, THEIRS).await.rule(), Some("WRONG_CREDENTIALS"));
        sign_in(&world, OWNERS).await.ok();
        let given = appoint_number(&world, ward).await.ok();
        assert_eq!(given.text("appointPost.post.accountId"), owner.text("joinByPhone.viewer.id"));
    }

    async fn whoever_knows_the_password_too_proves_the_number(kind) {
        let (world, gateway) = with_gateway(kind).await;
        let ward = &world.ward(0, 0).officer.client;
        let own = join_by_paper(&world, OWNERS).await.ok().text("acceptInvitation.viewer.id");
        // an officer who means this account can say so
        let named = mutate(ward, "appointPost", appointment(&world, &json!(own))).await.ok();
        mutate(ward, "endPost", json!({"postId": named.text("appointPost.post.id")})).await.ok();
        assert_eq!(appoint_number(&world, ward).await.rule(), Some("PHONE_NOT_PROVEN"));
        let proven = join_by_phone(&world, &gateway, OWNERS).await.ok();
        assert_eq!(proven.text("joinByPhone.viewer.id"), own);
        assert_eq!(counted(&world.app, "security_event WHERE kind = 'NUMBER_TAKEN'").await, "0");
        let given = appoint_number(&world, ward).await.ok();
        assert_eq!(given.text("appointPost.post.accountId"), own);
        // a number that was proven is taken off nobody
        assert_eq!(join_by_phone(&world, &gateway, THEIRS).await.rule(), Some("ACCOUNT_EXISTS"));
    }

    async fn an_officer_who_takes_the_first_code_holds_no_number(kind) {
        let (world, gateway) = with_gateway(kind).await;
        let ward = &world.ward(0, 0).officer.client;
        let account = appoint_number(&world, ward).await.ok().text("appointPost.post.accountId");
        // it waits for whoever was appointed
        assert_eq!(join_by_phone(&world, &gateway, OWNERS).await.rule(), Some("ACCOUNT_EXISTS"));
        first_code(&world, ward, &account, THEIRS).await.ok();
        // nor does another officer's post go to whoever took it
        let elsewhere = &world.ward(0, 1).officer.client;
        let mut there = appointment(&world, &by_number());
        there["unitId"] = json!(world.branch(0, 1, 0).unit);
        assert_eq!(mutate(elsewhere, "appointPost", there.clone()).await.rule(), Some("PHONE_NOT_PROVEN"));
        let owner = join_by_phone(&world, &gateway, OWNERS).await.ok().text("joinByPhone.viewer.id");
        assert_ne!(owner, account);
        assert_eq!(sign_in(&world, THEIRS).await.rule(), Some("WRONG_CREDENTIALS"));
        let given = mutate(elsewhere, "appointPost", there).await.ok();
        assert_eq!(given.text("appointPost.post.accountId"), owner);
    }

    async fn an_account_left_empty_keeps_no_number(kind) {
        let (world, gateway) = with_gateway(kind).await;
        let ward = &world.ward(0, 0).officer.client;
        let given = appoint_number(&world, ward).await.ok();
        mutate(ward, "endPost", json!({"postId": given.text("appointPost.post.id")})).await.ok();
        let owner = join_by_phone(&world, &gateway, OWNERS).await.ok();
        assert_ne!(owner.text("joinByPhone.viewer.id"), given.text("appointPost.post.accountId"));
    }

    async fn a_key_that_was_used_makes_no_account(kind) {
        let world = World::build(kind).await;
        let ward = &world.ward(0, 0).officer;
        let mut input = appointment(&world, &by_number());
        input["idempotencyKey"] = json!(Uuid::new_v4());
        let first = mutate(&ward.client, "appointPost", input.clone()).await.ok();
        let before = counted(&world.app, "account").await;
        input["newAccount"]["phone"] = json!("0977000222");
        let reused = mutate(&ward.client, "appointPost", input.clone()).await.ok();
        assert_eq!(reused.text("appointPost.outcome"), "KEY_REUSED");
        let hand_over = json!({"idempotencyKey": input["idempotencyKey"], "postId": world.branch(0, 0, 0).head.post_id,
            "from": "2026-03-10T10:00:00+07:00", "decisionNumber": "8", "successor": {"newAccount": input["newAccount"]}});
        let reused = mutate(&ward.client, "handOverPost", hand_over).await.ok();
        assert_eq!(reused.text("handOverPost.outcome"), "KEY_REUSED");
        assert_eq!(counted(&world.app, "account").await, before);
        // and who makes one is known
        let account = first.text("appointPost.post.accountId");
        let (_, id): (_, AccountId) = decode_as(NodeKind::Account, &account.as_str().into(), "id").expect("an account");
        let events = ask(&ward.client, "securityEvents", json!({"accountId": account_id(id)})).await.ok();
        let made: Vec<&Value> = events.list("securityEvents.edges").iter().map(|edge| &edge["node"]["kind"]).collect();
        assert!(made.contains(&&json!("ACCOUNT_CREATED")), "{made:?}");
        let by = "security_event WHERE kind = 'ACCOUNT_CREATED' AND by_account_id IS NOT NULL AND by_post_id IS NOT NULL";
        assert_eq!(counted(&world.app, by).await, "1");
    }
}
