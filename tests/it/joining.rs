//! How families come in: by a code on paper, and by one that is sent to their telephone.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_graphql::Variables;
use std::collections::BTreeSet;

use entity::value::Language;
use khuyenhoc::access::Viewer;
use khuyenhoc::loader::with_loaders;
use khuyenhoc::request::RequestInfo;
use khuyenhoc::schema;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, ask, create_account, create_household, mutate};
use tests::gateway::Gateway;
use tests::operation;
use tests::process::Server;
use tokio::task::JoinSet;
use uuid::Uuid;

const PASSWORD: &str = "chín mười mười một mười hai";
const OTHER_PASSWORD: &str = "mười ba mười bốn mười lăm";
const PHONE: &str = "0977000222";
const E164: &str = "+84977000222";

/// Invites the families of households; the codes in their order.
async fn invite(client: &Client, households: &[&str]) -> Vec<String> {
    let answer = mutate(client, "createInvitations", json!({ "householdIds": households }))
        .await
        .ok();
    let results = answer.list("createInvitations.results").iter();
    results
        .map(|result| result["code"].as_str().expect("a code").to_owned())
        .collect()
}

/// A paper for a new household of the first branch, and the household.
async fn paper(world: &World) -> (String, String) {
    // the newest is first in lists
    wait(&world.app, 1);
    let head = &world.branch(0, 0, 0).head.client;
    let household = create_household(head, json!({"headName": "Đinh Thị Giấy", "address": Uuid::new_v4()})).await;
    (invite(head, &[&household]).await.remove(0), household)
}

fn acceptance(code: &str, phone: &str, password: &str) -> Value {
    json!({"code": code, "name": "Đinh Văn Cháu", "phone": phone, "password": password, "device": {"name": "Máy mới"}})
}

async fn accept(client: &Client, input: Value) -> Answer {
    client
        .run(&operation::of("acceptInvitation"), json!({ "input": input }))
        .await
}

async fn number(app: &TestApp, sql: &str) -> usize {
    let rows = app.database.sql(sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}

fn wait(app: &TestApp, minutes: i64) {
    let now = khuyenhoc::clock::Clock::now(app.clock.as_ref());
    app.clock.set(now + chrono::TimeDelta::minutes(minutes));
}

/// The states of the invitations of the first branch, newest first.
async fn states(world: &World) -> Vec<String> {
    let answer = ask(&world.branch(0, 0, 0).head.client, "invitations", json!({}))
        .await
        .ok();
    let edges = answer.list("invitations.edges").iter();
    edges
        .map(|edge| edge["node"]["state"].as_str().expect("a state").to_owned())
        .collect()
}

/// A world whose messages go to a gateway.
async fn with_gateway(kind: Kind, more: &[(&str, &str)]) -> (World, Gateway) {
    let gateway = Gateway::start().await;
    let settings = gateway.settings();
    let mut settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.extend_from_slice(more);
    (World::on(TestApp::start_with(kind, &settings).await).await, gateway)
}

async fn request_code(app: &TestApp, phone: &str, branch: &str) -> Answer {
    let input = json!({"phone": phone, "branchId": branch});
    app.anonymous()
        .run(&operation::of("requestPhoneCode"), json!({ "input": input }))
        .await
}

async fn join(app: &TestApp, (phone, code): (&str, &str), branch: &str, password: &str) -> Answer {
    let input = json!({"phone": phone, "code": code, "branchId": branch, "name": "Cao Văn Máy", "password": password});
    app.anonymous()
        .run(&operation::of("joinByPhone"), json!({ "input": input }))
        .await
}

/// Six digits that are not these.
fn wrong(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

on_both! {
    async fn a_family_joins_by_the_paper_it_was_given(kind) {
        let world = World::build(kind).await;
        let (code, household) = paper(&world).await;
        assert_eq!(states(&world).await, ["OPEN"]);
        let sloppy = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "i");
        let answer = accept(&world.app.anonymous(), acceptance(&sloppy, PHONE, PASSWORD)).await.ok();
        assert_eq!(answer.text("acceptInvitation.viewer.households.0.id"), household);
        assert_eq!(answer.text("acceptInvitation.viewer.actingPost.role"), "FAMILY");
        assert_eq!(answer.text("acceptInvitation.viewer.actingPost.unit.id"), world.branch(0, 0, 0).unit);
        assert_eq!(states(&world).await, ["USED"]);
        // what was given out works, and so does signing in
        let phone = world.app.anonymous().with_token(&answer.text("acceptInvitation.tokens.accessToken"));
        let seen = ask(&phone, "household", json!({"id": household})).await.ok();
        assert_eq!(seen.text("household.headName"), "Đinh Thị Giấy");
        let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
        world.app.anonymous().run(&operation::of("signIn"), input).await.ok();
        let sessions = ask(&phone, "mySessions", json!({})).await.ok();
        assert_eq!(sessions.list("mySessions").len(), 2);
        assert_eq!(number(&world.app, "SELECT COUNT(*) FROM security_event WHERE kind = 'JOINED'").await, 1);
    }

    async fn a_list_sent_again_shows_the_same_codes_for_as_long_as_they_open(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mine = world.branch(0, 0, 0).household.clone();
        let theirs = [world.branch(0, 0, 1).household.as_str(), world.branch(1, 0, 0).household.as_str()];
        let input = json!({"idempotencyKey": Uuid::new_v4(), "householdIds": [mine, theirs[0], theirs[1], mine]});
        let first = mutate(head, "createInvitations", input.clone()).await.ok();
        let outcomes = |answer: &Answer| -> Vec<Value> {
            answer.list("createInvitations.results").iter().map(|result| result["outcome"].clone()).collect()
        };
        assert_eq!(outcomes(&first), ["APPLIED", "NOT_FOUND", "NOT_FOUND", "REFUSED"]);
        assert_eq!(first.text("createInvitations.results.3.rule"), "REPEATED");
        let code = first.text("createInvitations.results.0.code");
        let qr = first.text("createInvitations.results.0.qrText");
        assert_eq!(qr, format!("KHUYENHOC:JOIN:{}", code.replace('-', "")));
        let again = mutate(head, "createInvitations", input.clone()).await.ok();
        assert_eq!(again.text("createInvitations.outcome"), "REPLAYED");
        assert_eq!(again.data("createInvitations.results"), first.data("createInvitations.results"));
        // used: the paper is of no use, and the code is not shown
        accept(&world.app.anonymous(), acceptance(&qr, PHONE, PASSWORD)).await.ok();
        let again = mutate(head, "createInvitations", input.clone()).await.ok();
        assert_eq!(*again.data("createInvitations.results.0.code"), Value::Null);
        let other = json!({"idempotencyKey": input["idempotencyKey"], "householdIds": [mine]});
        let reused = mutate(head, "createInvitations", other).await.ok();
        assert_eq!(reused.text("createInvitations.outcome"), "KEY_REUSED");
        let many: Vec<&str> = std::iter::repeat_n(mine.as_str(), 201).collect();
        for wrong in [json!([]), json!(many), json!(["x"])] {
            assert_eq!(mutate(head, "createInvitations", json!({ "householdIds": wrong })).await.code(), Some("INVALID"));
        }
    }

    async fn what_is_revoked_replaced_or_too_old_opens_nothing(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let household = world.branch(0, 0, 0).household.clone();
        let first = invite(head, &[&household]).await;
        wait(&world.app, 1);
        let second = invite(head, &[&household]).await;
        assert_eq!(states(&world).await, ["OPEN", "REVOKED"]);
        assert_eq!(accept_with(&world.app, &first[0]).await.rule(), Some("WRONG_CODE"));
        let listed = ask(head, "invitations", json!({"first": 1})).await.ok();
        let id = listed.text("invitations.edges.0.node.id");
        let revoked = mutate(head, "revokeInvitations", json!({"ids": [id]})).await.ok();
        assert_eq!(revoked.text("revokeInvitations.results.0.outcome"), "APPLIED");
        let again = mutate(head, "revokeInvitations", json!({"ids": [id]})).await.ok();
        assert_eq!(again.text("revokeInvitations.results.0.rule"), "INVITATION_NOT_OPEN");
        assert_eq!(accept_with(&world.app, &second[0]).await.rule(), Some("WRONG_CODE"));
        wait(&world.app, 1);
        let third = invite(head, &[&household]).await;
        wait(&world.app, 60 * 24 * 60);
        assert_eq!(states(&world).await, ["EXPIRED", "REVOKED", "REVOKED"]);
        assert_eq!(accept_with(&world.app, &third[0]).await.rule(), Some("WRONG_CODE"));
        // nobody was let in, and no account was left behind
        assert_eq!(number(&world.app, &format!("SELECT COUNT(*) FROM account WHERE phone = '{E164}'")).await, 0);
        // mistyped is told before anything is looked up
        let answer = accept_with(&world.app, &third[0].replace(char::is_alphanumeric, "7")).await;
        assert_eq!(answer.extension("fields").expect("fields")[0]["rule"], "NOT_A_CODE");
    }

    async fn an_acceptance_lost_on_the_way_ends_the_same_when_sent_again(kind) {
        let world = World::build(kind).await;
        let (code, _) = paper(&world).await;
        let input = acceptance(&code, PHONE, PASSWORD);
        let first = accept(&world.app.anonymous(), input.clone()).await.ok();
        let again = accept(&world.app.anonymous(), input.clone()).await.ok();
        assert_eq!(first.text("acceptInvitation.viewer.id"), again.text("acceptInvitation.viewer.id"));
        assert_eq!(again.list("acceptInvitation.viewer.posts").len(), 1);
        // somebody else with the same paper, and the same after a while
        let other = accept(&world.app.anonymous(), acceptance(&code, "0977000333", OTHER_PASSWORD)).await;
        assert_eq!((other.code(), other.rule()), (Some("REFUSED"), Some("INVITATION_USED")));
        wait(&world.app, 11);
        assert_eq!(accept(&world.app.anonymous(), input).await.rule(), Some("INVITATION_USED"));
    }

    async fn of_twenty_at_once_exactly_one_account_joins(kind) {
        let world = World::build(kind).await;
        let (code, household) = paper(&world).await;
        let mut sendings = JoinSet::new();
        for at in 0..20 {
            let (client, code) = (world.app.anonymous(), code.clone());
            sendings.spawn(async move {
                let phone = format!("09770004{at:02}");
                accept(&client, acceptance(&code, &phone, &format!("mật khẩu của người thứ {at}"))).await
            });
        }
        let answers = sendings.join_all().await;
        let joined: Vec<&Answer> = answers.iter().filter(|answer| answer.code().is_none()).collect();
        assert_eq!(joined.len(), 1, "{:?}", answers.iter().map(Answer::rule).collect::<Vec<_>>());
        let refused = answers.iter().filter_map(Answer::rule);
        // the others' passwords are guesses at that of the one who was first, and from the sixth on they wait
        let told = refused.clone().all(|rule| matches!(rule, "INVITATION_USED" | "TOO_MANY_ATTEMPTS"));
        assert!(told, "{:?}", refused.collect::<Vec<_>>());
        let accounts = "SELECT COUNT(*) FROM account WHERE phone LIKE '+8497700%'";
        assert_eq!(number(&world.app, accounts).await, 1);
        let (_, id) = parts_of(&household);
        let links = format!("SELECT COUNT(*) FROM household_account WHERE household_id = {}", literal(kind, id));
        assert_eq!(number(&world.app, &links).await, 1);
    }

    async fn an_acceptance_dropped_at_any_point_is_finished_by_the_next(kind) {
        let world = World::build(kind).await;
        let (mut polls, mut calm, mut half, mut tries) = (0, 0, 0, 0);
        // how much a request does at each poll differs from run to run: from the beginning again until one stopped between
        while calm < 4 || half < 2 {
            if calm == 4 {
                (polls, calm) = (0, 0);
            }
            let (code, household) = paper(&world).await;
            let phone = format!("0977{:06}", 100_000 + tries);
            let input = acceptance(&code, &phone, PASSWORD);
            let ended = dropped_after(polls, &world.app, input.clone()).await;
            calm = if ended { calm + 1 } else { 0 };
            let made = format!("SELECT COUNT(*) FROM account WHERE phone = '+84{}'", &phone[1..]);
            let begun = number(&world.app, &made).await == 1;
            let mut input = input;
            if begun && states(&world).await[0] == "OPEN" {
                // the account is there and can do nothing; who has forgotten what they typed begins anew, after a while
                half += 1;
                let early = accept(&world.app.anonymous(), acceptance(&code, &phone, OTHER_PASSWORD)).await;
                assert_eq!(early.rule(), Some("INVITATION_USED"));
                if half % 2 == 0 {
                    wait(&world.app, 1);
                    input = acceptance(&code, &phone, OTHER_PASSWORD);
                }
            }
            let answer = accept(&world.app.anonymous(), input).await.ok();
            assert_eq!(answer.text("acceptInvitation.viewer.households.0.id"), household, "after {polls} polls");
            assert_eq!(answer.list("acceptInvitation.viewer.posts").len(), 1, "after {polls} polls");
            assert_eq!(number(&world.app, &made).await, 1);
            (polls, tries) = (polls + 1, tries + 1);
            assert!(polls < 400, "it never ends");
            assert!(tries < 1000, "no account was ever left without its household");
        }
    }

    async fn whoever_is_signed_in_adds_the_household(kind) {
        let world = World::build(kind).await;
        let family = &world.branch(0, 0, 1).family.client;
        let (code, household) = paper(&world).await;
        for _ in 0..2 {
            let answer = accept(family, json!({ "code": code })).await.ok();
            assert_eq!(*answer.data("acceptInvitation.tokens"), Value::Null);
            assert_eq!(answer.list("acceptInvitation.viewer.posts").len(), 2);
            let households = answer.list("acceptInvitation.viewer.households");
            assert!(households.iter().any(|row| row["id"] == household.as_str()), "{households:?}");
        }
        // nobody else adds it after that
        let other = &world.branch(0, 1, 0).family.client;
        assert_eq!(accept(other, json!({ "code": code })).await.rule(), Some("INVITATION_USED"));
        assert_eq!(accept(&world.app.anonymous(), json!({ "code": code })).await.code(), Some("INVALID"));
        for _ in 0..3 {
            let (code, _) = paper(&world).await;
            accept(family, json!({ "code": code })).await.ok();
        }
        let (code, _) = paper(&world).await;
        assert_eq!(accept(family, json!({ "code": code })).await.rule(), Some("TOO_MANY_HOUSEHOLDS"));
        assert_eq!(states(&world).await[0], "OPEN");
    }

    async fn an_account_that_is_there_already_joins_with_its_password_only(kind) {
        let world = World::build(kind).await;
        let known = create_account(&world.app, "Bùi Thị Cũ", Some(PHONE), Some(PASSWORD)).await;
        let (code, _) = paper(&world).await;
        let refused = accept(&world.app.anonymous(), acceptance(&code, PHONE, OTHER_PASSWORD)).await;
        assert_eq!((refused.code(), refused.rule()), (Some("REFUSED"), Some("ACCOUNT_EXISTS")));
        let answer = accept(&world.app.anonymous(), acceptance(&code, PHONE, PASSWORD)).await.ok();
        assert_eq!(answer.text("acceptInvitation.viewer.id"), tests::factory::account_id(known));
        assert_eq!(answer.text("acceptInvitation.viewer.name"), "Bùi Thị Cũ");
    }

    async fn a_paper_cannot_be_used_to_try_out_numbers_and_passwords(kind) {
        let world = World::build(kind).await;
        create_account(&world.app, "Bùi Thị Cũ", Some(PHONE), Some(PASSWORD)).await;
        let (code, _) = paper(&world).await;
        for at in 0..20 {
            let refused = accept(&world.app.anonymous(), acceptance(&code, PHONE, OTHER_PASSWORD)).await;
            // the password is guessed at as it is at sign-in, and counted there
            let expected = if at < 5 { "ACCOUNT_EXISTS" } else { "TOO_MANY_ATTEMPTS" };
            assert_eq!(refused.rule(), Some(expected), "{at}");
        }
        let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
        let sign_in = world.app.anonymous().run(&operation::of("signIn"), input).await;
        assert_eq!(sign_in.rule(), Some("TOO_MANY_ATTEMPTS"));
        assert_eq!(number(&world.app, "SELECT COUNT(*) FROM security_event WHERE kind = 'SIGN_IN_FAILED' AND detail = 'JOIN'").await, 5);
        wait(&world.app, 24 * 60);
        let answer = accept(&world.app.anonymous(), acceptance(&code, PHONE, PASSWORD)).await;
        assert_eq!(answer.rule(), Some("WRONG_CODE"));
    }

    async fn whoever_holds_the_telephone_guesses_no_password_with_it(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let branch = &world.branch(0, 0, 0).unit;
        create_account(&world.app, "Bùi Thị Cũ", Some(PHONE), Some(PASSWORD)).await;
        request_code(&world.app, PHONE, branch).await.ok();
        let code = gateway.code(E164);
        for at in 0..8 {
            let refused = join(&world.app, (PHONE, &code), branch, OTHER_PASSWORD).await;
            let expected = if at < 5 { "ACCOUNT_EXISTS" } else { "TOO_MANY_ATTEMPTS" };
            assert_eq!(refused.rule(), Some(expected), "{at}");
        }
        wait(&world.app, 1);
        join(&world.app, (PHONE, &code), branch, PASSWORD).await.ok();
        // what was right is forgiven
        assert_eq!(join(&world.app, (PHONE, &code), branch, OTHER_PASSWORD).await.rule(), Some("ACCOUNT_EXISTS"));
    }

    async fn codes_cannot_be_guessed_from_one_network(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let (code, _) = paper(&world).await;
        let branch = &world.branch(0, 0, 0).unit;
        request_code(&world.app, PHONE, branch).await.ok();
        let guess = "0000-0000-0000";
        let away = world.app.anonymous().at("2001:db8:7::1");
        let phone_code = json!({"phone": PHONE, "code": gateway.code(E164), "branchId": branch, "name": "Cao Văn Máy", "password": PASSWORD});
        let recovery = json!({"login": PHONE, "code": guess, "newPassword": PASSWORD});
        // the three doors have one counter of an address, and it holds on the next server too
        let other = TestApp::open(world.app.database.clone(), &[], 2).await;
        other.clock.set(khuyenhoc::clock::Clock::now(world.app.clock.as_ref()));
        for at in 0..50 {
            let rule = match at % 10 {
                0..8 => accept(&away, acceptance(guess, PHONE, PASSWORD)).await.rule().map(str::to_owned),
                8 => accept(&other.anonymous().at("2001:db8:7::9"), acceptance(guess, PHONE, PASSWORD)).await.rule().map(str::to_owned),
                _ => away.run(&operation::of("recover"), json!({"input": recovery})).await.rule().map(str::to_owned),
            };
            assert_eq!(rule.as_deref(), Some("WRONG_CODE"), "{at}");
        }
        for app in [&world.app, &other] {
            let neighbour = app.anonymous().at("2001:db8:7:0:ffff::2");
            for answer in [
                accept(&neighbour, acceptance(&code, PHONE, PASSWORD)).await,
                neighbour.run(&operation::of("joinByPhone"), json!({"input": phone_code})).await,
                neighbour.run(&operation::of("recover"), json!({"input": recovery})).await,
            ] {
                assert_eq!((answer.code(), answer.rule()), (Some("RATE_LIMITED"), Some("TOO_MANY_ATTEMPTS")));
            }
        }
        // the family next door is not kept out, and this one for a second
        accept(&world.app.anonymous().at("2001:db8:8::1"), acceptance(&code, PHONE, PASSWORD)).await.ok();
        world.app.clock.advance(chrono::TimeDelta::seconds(1));
        let joined = away.run(&operation::of("joinByPhone"), json!({"input": phone_code})).await.ok();
        assert!(!joined.text("joinByPhone.viewer.id").is_empty());
    }

    async fn the_list_of_invitations_takes_as_many_statements_for_many_as_for_one(kind) {
        let world = World::build(kind).await;
        for _ in 0..8 {
            paper(&world).await;
        }
        let officer = &world.ward(0, 0).officer.client;
        let mut taken = Vec::new();
        for first in [1, 8] {
            let before = world.app.statements();
            let answer = ask(officer, "invitations", json!({ "first": first })).await.ok();
            assert_eq!(answer.list("invitations.edges").len(), first);
            taken.push(world.app.statements() - before);
        }
        // account, session, posts; invitations, households
        assert_eq!(taken, [5, 5]);
        let page = ask(officer, "invitations", json!({"first": 5})).await.ok();
        let next = json!({"first": 5, "after": page.text("invitations.pageInfo.endCursor")});
        assert_eq!(ask(officer, "invitations", next.clone()).await.ok().list("invitations.edges").len(), 3);
        // a cursor opens in its own list only
        let elsewhere = &world.branch(0, 0, 0).head.client;
        assert_eq!(ask(elsewhere, "invitations", next).await.code(), Some("INVALID"));
    }

    async fn a_family_joins_by_its_telephone(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let branch = &world.branch(0, 0, 0).unit;
        request_code(&world.app, PHONE, branch).await.ok();
        let seen = gateway.seen();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].is_signed(), "{seen:?}");
        let mut changed = seen[0].clone();
        changed.bytes.push(b' ');
        assert!(!changed.is_signed());
        assert_eq!(seen[0].header("content-type"), "application/json");
        let now = khuyenhoc::clock::Clock::now(world.app.clock.as_ref()).timestamp();
        assert_eq!(seen[0].header("webhook-timestamp"), now.to_string());
        assert_eq!(seen[0].body["id"], seen[0].header("webhook-id"));
        assert_eq!(seen[0].body["expiresInSeconds"], 600);
        let code = gateway.code(E164);
        assert!(seen[0].body["text"].as_str().expect("a text").contains(&code));
        let first = join(&world.app, (PHONE, &code), branch, PASSWORD).await.ok();
        assert_eq!(first.text("joinByPhone.viewer.actingPost.role"), "FAMILY");
        assert_eq!(first.text("joinByPhone.viewer.phone"), E164);
        // the family enters its household itself
        let phone = world.app.anonymous().with_token(&first.text("joinByPhone.accessToken"));
        create_household(&phone, json!({"headName": "Cao Văn Máy", "address": "Số 9"})).await;
        // the answer was lost: the same again
        let again = join(&world.app, (PHONE, &code), branch, PASSWORD).await.ok();
        assert_eq!(again.text("joinByPhone.viewer.id"), first.text("joinByPhone.viewer.id"));
        assert_eq!(again.list("joinByPhone.viewer.posts").len(), 1);
        let thief = join(&world.app, (PHONE, &code), branch, OTHER_PASSWORD).await;
        assert_eq!(thief.rule(), Some("ACCOUNT_EXISTS"));
        wait(&world.app, 10);
        assert_eq!(join(&world.app, (PHONE, &code), branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
    }

    async fn a_code_is_for_its_number_its_association_and_five_tries(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let (branch, foreign) = (&world.branch(0, 0, 0).unit, &world.branch(1, 0, 0).unit);
        request_code(&world.app, PHONE, branch).await.ok();
        request_code(&world.app, "0977000333", branch).await.ok();
        let (code, other) = (gateway.code(E164), gateway.code("+84977000333"));
        assert_ne!(code, other);
        assert_eq!(join(&world.app, (PHONE, &code), foreign, PASSWORD).await.rule(), Some("WRONG_CODE"));
        assert_eq!(join(&world.app, (PHONE, &other), branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
        for _ in 0..4 {
            assert_eq!(join(&world.app, (PHONE, &wrong(&code)), branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
        }
        assert_eq!(join(&world.app, (PHONE, &code), branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
        // a new one has tries of its own; the old one's are over all the same
        wait(&world.app, 1);
        request_code(&world.app, PHONE, branch).await.ok();
        let new = gateway.code(E164);
        assert_eq!(join(&world.app, (PHONE, &code), branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
        join(&world.app, (PHONE, &new), branch, PASSWORD).await.ok();
        for wrong in ["12345", "1234567", "12345a", ""] {
            assert_eq!(join(&world.app, (PHONE, wrong), branch, PASSWORD).await.code(), Some("INVALID"));
        }
        let ward = &world.ward(0, 0).unit;
        assert_eq!(join(&world.app, (PHONE, &new), ward, PASSWORD).await.code(), Some("NOT_FOUND"));
    }

    async fn nobody_ends_a_code_by_asking_for_another(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let (branch, foreign) = (&world.branch(0, 0, 0).unit, &world.branch(1, 0, 0).unit);
        request_code(&world.app, PHONE, branch).await.ok();
        let first = gateway.code(E164);
        for place in [foreign, branch] {
            wait(&world.app, 1);
            request_code(&world.app, PHONE, place).await.ok();
        }
        assert_ne!(gateway.code(E164), first);
        join(&world.app, (PHONE, &first), branch, PASSWORD).await.ok();
    }

    async fn guesses_at_once_are_counted_one_by_one(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let branch = world.branch(0, 0, 0).unit.clone();
        request_code(&world.app, PHONE, &branch).await.ok();
        let code = gateway.code(E164);
        let mut guesses = JoinSet::new();
        for _ in 0..20 {
            let (app, branch, wrong) = (world.app.clone(), branch.clone(), wrong(&code));
            guesses.spawn(async move { join(&app, (PHONE, &wrong), &branch, PASSWORD).await.rule().map(str::to_owned) });
        }
        assert!(guesses.join_all().await.iter().all(|rule| rule.as_deref() == Some("WRONG_CODE")));
        assert_eq!(number(&world.app, "SELECT MAX(tries) FROM one_time_code").await, 20);
        assert_eq!(join(&world.app, (PHONE, &code), &branch, PASSWORD).await.rule(), Some("WRONG_CODE"));
    }

    async fn twenty_with_one_right_code_become_one_account(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let branch = world.branch(0, 0, 0).unit.clone();
        request_code(&world.app, PHONE, &branch).await.ok();
        let code = gateway.code(E164);
        let mut sendings = JoinSet::new();
        for _ in 0..20 {
            let (app, branch, code) = (world.app.clone(), branch.clone(), code.clone());
            sendings.spawn(async move { join(&app, (PHONE, &code), &branch, PASSWORD).await });
        }
        // where passwords are compared slowly, more than five are under way: those are told to wait, as at signing in
        let (joined, waiting): (Vec<_>, Vec<_>) = sendings.join_all().await.into_iter().partition(|answer| answer.code().is_none());
        assert!(waiting.iter().all(|answer| answer.rule() == Some("TOO_MANY_ATTEMPTS")));
        let ids: BTreeSet<String> = joined.iter().map(|answer| answer.text("joinByPhone.viewer.id")).collect();
        assert_eq!(ids.len(), 1);
        let posts = format!("SELECT COUNT(*) FROM post p JOIN account a ON a.id = p.account_id WHERE a.phone = '{E164}'");
        assert_eq!(number(&world.app, &posts).await, 1);
    }

    async fn what_codes_cost_is_bounded(kind) {
        let limits = [("KHUYENHOC_PHONE_CODES_PER_DAY", "9"), ("KHUYENHOC_PHONE_CODES_PER_ASSOCIATION_PER_DAY", "7")];
        let (world, gateway) = with_gateway(kind, &limits).await;
        let branch = &world.branch(0, 0, 0).unit;
        let first = request_code(&world.app, PHONE, branch).await.ok();
        // within a minute, the sixth of the day, an unknown branch: nothing is sent and the answer is the same
        let again = request_code(&world.app, PHONE, branch).await;
        assert_eq!(again.comparable(), first.comparable());
        assert_eq!(gateway.seen().len(), 1);
        for _ in 0..8 {
            wait(&world.app, 1);
            assert_eq!(request_code(&world.app, PHONE, branch).await.comparable(), first.comparable());
        }
        assert_eq!(gateway.seen().len(), 5);
        let nowhere = request_code(&world.app, "0977000333", &world.ward(0, 0).unit).await;
        assert_eq!(nowhere.comparable(), first.comparable());
        // five of one number and two more are what the association may, two more the installation
        for (district, phones) in [(0, 0..5), (1, 5..9)] {
            for at in phones {
                request_code(&world.app, &format!("09770005{at:02}"), &world.branch(district, 0, 0).unit).await.ok();
            }
            assert_eq!(gateway.seen().len(), if district == 0 { 7 } else { 9 });
        }
        wait(&world.app, 24 * 60);
        request_code(&world.app, PHONE, branch).await.ok();
        assert_eq!(gateway.seen().len(), 10);
    }

    async fn many_requests_at_once_send_one_message(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let mut sendings = JoinSet::new();
        for _ in 0..20 {
            let (app, branch) = (world.app.clone(), world.branch(0, 0, 0).unit.clone());
            sendings.spawn(async move { request_code(&app, PHONE, &branch).await.ok() });
        }
        sendings.join_all().await;
        assert_eq!(gateway.seen().len(), 1);
    }

    async fn a_message_that_fails_is_tried_again_and_frees_its_turn(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let branch = &world.branch(0, 0, 0).unit;
        gateway.answer(&[500, 429, 200]);
        request_code(&world.app, PHONE, branch).await.ok();
        let seen = gateway.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|one| one.is_signed() && one.bytes == seen[0].bytes));
        // refused, and sent elsewhere: neither is tried again nor followed
        for status in [400, 302] {
            let before = gateway.seen().len();
            gateway.answer(&[status]);
            let phone = format!("0977000{status}");
            assert_eq!(request_code(&world.app, &phone, branch).await.code(), Some("UNAVAILABLE"));
            assert_eq!(gateway.seen().len(), before + 1);
            // at once: the turn was given back
            request_code(&world.app, &phone, branch).await.ok();
            assert_eq!(gateway.seen().len(), before + 2);
        }
    }

    async fn without_a_sender_no_code_is_promised(kind) {
        let world = World::build(kind).await;
        let answer = request_code(&world.app, PHONE, &world.branch(0, 0, 0).unit).await;
        assert_eq!((answer.code(), answer.rule()), (Some("REFUSED"), Some("NO_SENDER")));
    }

    async fn no_code_number_name_or_password_is_in_log_or_database(kind) {
        let (world, gateway) = with_gateway(kind, &[]).await;
        let settings = gateway.settings();
        let mut environment = vec![("KHUYENHOC_DATABASE_URL", world.app.database.url()), ("KHUYENHOC_LOG", "debug")];
        environment.extend(settings.iter().map(|(name, value)| (*name, value.as_str())));
        // the machine's time: what is made must be in force there too
        world.app.clock.set(khuyenhoc::clock::Clock::now(&khuyenhoc::clock::SystemClock));
        let server = Server::start(&["serve"], &environment).await;
        let head = world.branch(0, 0, 0).head.client.over(&server);
        let stranger = world.app.anonymous().over(&server);
        let household = create_household(&head, json!({"headName": "Đinh Thị Giấy", "address": "Số 77"})).await;
        let code = invite(&head, &[&household]).await.remove(0);
        let joined = accept(&stranger, acceptance(&code, PHONE, PASSWORD)).await.ok();
        let input = json!({"input": {"phone": "0977000333", "branchId": world.branch(0, 0, 0).unit}});
        stranger.run(&operation::of("requestPhoneCode"), input).await.ok();
        let digits = gateway.code("+84977000333");
        let input = json!({"phone": "0977000333", "code": digits, "branchId": world.branch(0, 0, 0).unit, "name": "Cao Văn Máy", "password": PASSWORD});
        stranger.run(&operation::of("joinByPhone"), json!({ "input": input })).await.ok();
        let account = joined.text("acceptInvitation.viewer.id");
        let issued = mutate(&head, "issueRecoveryCode", json!({ "accountId": account })).await.ok();
        let recovery = issued.text("issueRecoveryCode.code");
        let input = json!({"login": PHONE, "code": recovery, "newPassword": OTHER_PASSWORD});
        stranger.run(&operation::of("recover"), json!({ "input": input })).await.ok();
        let log = server.terminate().await.stderr;
        let mut stored = String::new();
        for table in ["invitation", "one_time_code", "quota", "notice", "security_event", "idempotency", "session", "refresh_token"] {
            stored.push_str(&format!("{:?}", world.app.database.sql(&format!("SELECT * FROM {table}")).await));
        }
        let bare = |code: &str| code.replace('-', "");
        for secret in [code.clone(), bare(&code), recovery.clone(), bare(&recovery), PASSWORD.to_owned(), OTHER_PASSWORD.to_owned(),
            "977000222".to_owned(), "977000333".to_owned(), "Cao Văn Máy".to_owned(), "Đinh".to_owned()] {
            assert!(!log.contains(&secret), "{secret} in the log");
            assert!(!stored.contains(&secret), "{secret} in the database");
        }
        let quoted = |text: &str| format!("\"{text}\"");
        assert!(!log.contains(&quoted(&digits)) && !stored.contains(&quoted(&digits)));
    }
}

async fn accept_with(app: &TestApp, code: &str) -> Answer {
    accept(&app.anonymous(), acceptance(code, PHONE, PASSWORD)).await
}

/// Tenant and id in a household's global id.
fn parts_of(household: &str) -> (entity::id::TenantId, Uuid) {
    khuyenhoc::global_id::decode_as(khuyenhoc::global_id::NodeKind::Household, &household.into(), "id").expect("an id")
}

/// An id as SQL writes it.
fn literal(kind: Kind, id: Uuid) -> String {
    match kind {
        Kind::Postgres => format!("'{id}'"),
        Kind::Sqlite => format!("x'{}'", id.simple()),
    }
}

/// Begins an acceptance by nobody signed in and drops it after so many polls; whether it had ended by then.
async fn dropped_after(polls: usize, app: &TestApp, input: Value) -> bool {
    let request = async_graphql::Request::new(operation::of("acceptInvitation"))
        .variables(Variables::from_json(json!({ "input": input })))
        .data(Viewer::Anonymous)
        .data(RequestInfo {
            id: Uuid::nil(),
            now: khuyenhoc::clock::Clock::now(app.clock.as_ref()),
            language: Language::En,
            address: None,
        });
    let schema = schema::build(Arc::clone(&app.app));
    let operation = with_loaders(|loaders| async move { schema.execute(request.data(loaders)).await });
    let mut operation = pin!(operation);
    let mut left = polls;
    std::future::poll_fn(|context| match operation.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
