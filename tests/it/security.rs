//! The security journal as it is read: by the owner, and by the officers above.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{Person, World, account_id, appoint, ask, create_account};
use tests::operation;

const PASSWORD: &str = "một hai ba bốn năm sáu";
const PHONE: &str = "0977000111";

/// Signs in some time after the last; a client with that session.
async fn sign_in(world: &World) -> Client {
    world.app.clock.advance(chrono::TimeDelta::minutes(1));
    let input = json!({"input": {"login": PHONE, "password": PASSWORD}});
    let answer = world.app.anonymous().run(&operation::of("signIn"), input).await.ok();
    world.app.anonymous().with_token(&answer.text("signIn.accessToken"))
}

async fn events_of(client: &Client, whose: &Person) -> Answer {
    ask(
        client,
        "securityEvents",
        json!({"accountId": account_id(whose.account)}),
    )
    .await
}

/// The kinds on a page, in its order.
fn kinds(answer: &Answer) -> Vec<&str> {
    let edges = answer.list("securityEvents.edges").iter();
    edges
        .map(|edge| edge["node"]["kind"].as_str().expect("a kind"))
        .collect()
}

on_both! {
    async fn the_owner_reads_what_happened_newest_first_page_by_page(kind) {
        let world = World::build(kind).await;
        let account = create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        // several at one moment too: their order is that of their ids
        let mut client = sign_in(&world).await;
        for _ in 0..4 {
            client = sign_in(&world).await;
        }
        world.app.clock.advance(chrono::TimeDelta::minutes(1));
        let others = json!({"input": {"which": "OTHERS"}});
        client.run(&operation::of("endSessions"), others).await.ok();
        let all = ask(&client, "securityEvents", json!({"first": 100})).await.ok();
        assert_eq!(kinds(&all), [["SESSION_ENDED"; 5], ["SIGNED_IN"; 5]].concat());
        let at = |edge: &Value| edge["node"]["at"].as_str().expect("a moment").to_owned();
        assert!(all.list("securityEvents.edges").is_sorted_by_key(|edge| std::cmp::Reverse(at(edge))));
        let ended = all.data("securityEvents.edges.0.node");
        assert_eq!((&ended["detail"], &ended["byOther"], &ended["byRole"]), (&json!("SIGNED_OUT"), &json!(false), &Value::Null));
        let mut paged = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = ask(&client, "securityEvents", json!({"first": 3, "after": after})).await.ok();
            paged.extend(page.list("securityEvents.edges").to_vec());
            after = page.data("securityEvents.pageInfo.endCursor").clone();
            if page.data("securityEvents.pageInfo.hasNextPage") == &json!(false) {
                break;
            }
        }
        assert_eq!(paged.as_slice(), all.list("securityEvents.edges"));
        // by one's own id it is the same list
        let own = ask(&client, "securityEvents", json!({"accountId": account_id(account), "first": 100})).await.ok();
        assert_eq!(own.json, all.json);
    }

    async fn an_officer_reads_of_those_below_and_of_nobody_else(kind) {
        let world = World::build(kind).await;
        let (ward, branch) = (world.ward(0, 0), world.branch(0, 0, 0));
        let end = json!({"input": {"accountId": account_id(branch.head.account)}});
        ward.officer.client.run(&operation::of("endSessionsOf"), end).await.ok();
        for above in [&ward.officer, &world.district(0).officer, &world.officer] {
            let read = events_of(&above.client, &branch.head).await.ok();
            let event = read.data("securityEvents.edges.0.node");
            assert_eq!((&event["kind"], &event["detail"]), (&json!("SESSION_ENDED"), &json!("ENDED_BY_OFFICER")));
            assert_eq!((&event["byOther"], &event["byRole"]), (&json!(true), &json!("WARD_OFFICER")));
            assert!(event["sessionId"].is_string());
        }
        let equal = appoint(&world.app, world.district(0).tenant, &ward.unit, Role::WardOfficer, "Đỗ Thị Ngang", None).await;
        for (who, whose, code) in [
            (&ward.officer, &equal, "FORBIDDEN"),
            (&ward.officer, &world.district(0).officer, "NOT_FOUND"),
            (&ward.officer, &world.branch(0, 1, 0).head, "NOT_FOUND"),
            (&ward.officer, &world.branch(1, 0, 0).head, "NOT_FOUND"),
            (&branch.family, &branch.head, "FORBIDDEN"),
            (&world.leader, &branch.head, "FORBIDDEN"),
        ] {
            let answer = events_of(&who.client, whose).await;
            assert_eq!(answer.code(), Some(code), "{}", answer.json);
        }
    }

    async fn a_cursor_opens_no_other_accounts_journal(kind) {
        let world = World::build(kind).await;
        create_account(&world.app, "Cao Thị Vào", Some(PHONE), Some(PASSWORD)).await;
        sign_in(&world).await;
        let client = sign_in(&world).await;
        let page = ask(&client, "securityEvents", json!({"first": 1})).await.ok();
        let cursor = page.text("securityEvents.pageInfo.endCursor");
        let theirs = json!({"accountId": account_id(world.branch(0, 0, 0).head.account), "after": cursor});
        let answer = ask(&world.officer.client, "securityEvents", theirs).await;
        assert_eq!(answer.code(), Some("INVALID"));
        let nonsense = json!({"accountId": world.branch(0, 0, 0).unit});
        assert_eq!(ask(&client, "securityEvents", nonsense).await.code(), Some("INVALID"));
    }
}
