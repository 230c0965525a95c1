//! Next year in one tap.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, create_household, decide, mutate, open_year, register};
use tests::titles::words;
use tokio::task::JoinSet;
use uuid::Uuid;

const NEXT: i32 = YEAR + 1;
const SPRING: &str = "2027-02-01T09:00:00+07:00";

/// A world in which the next year is open, and it is spring.
async fn next_year(kind: Kind) -> World {
    let world = World::build(kind).await;
    open_year(&world.officer.client, NEXT).await.ok();
    world.app.clock.set(moment(SPRING));
    world
}

async fn again(client: &Client, ids: &[&str]) -> Answer {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    mutate(client, "registerAgain", json!({"items": items, "year": NEXT})).await
}

async fn word(client: &Client, id: &str) -> String {
    words("registerAgain", &again(client, &[id]).await.ok()).remove(0)
}

on_both! {
    async fn a_family_registers_again_with_one_tap(kind) {
        let world = next_year(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        let input = json!({"items": [{"id": branch.household, "expectedVersion": 1}], "year": NEXT,
            "idempotencyKey": Uuid::new_v4()});
        let first = mutate(family, "registerAgain", input.clone()).await.ok();
        assert_eq!(first.data("registerAgain.outcome"), "APPLIED");
        assert!(first.text("registerAgain.carriedOver").contains("note"));
        let made = first.data("registerAgain.results.0.registration").clone();
        assert_eq!((&made["year"], &made["state"], &made["channel"], &made["note"], &made["late"]),
            (&json!(NEXT), &json!("SUBMITTED"), &json!("PHONE"), &Value::Null, &json!(false)));
        // the answer was lost: the same again
        let second = mutate(family, "registerAgain", input.clone()).await.ok();
        assert_eq!(second.data("registerAgain.outcome"), "REPLAYED");
        assert_eq!(second.data("registerAgain.results"), first.data("registerAgain.results"));
        let mut other = input;
        other["year"] = json!(YEAR);
        let reused = mutate(family, "registerAgain", other).await.ok();
        assert_eq!(reused.data("registerAgain.outcome"), "KEY_REUSED");
        // a new key finds what is there, by the household and by last year's registration
        for id in [&branch.household, &branch.registration] {
            let answer = again(family, &[id.as_str()]).await.ok();
            assert_eq!(words("registerAgain", &answer), ["ALREADY_REGISTERED"]);
            assert_eq!(answer.data("registerAgain.results.0.registration.id"), &made["id"]);
        }
        // taken back, it is sent in again
        mutate(family, "withdrawRegistration", json!({"id": made["id"], "expectedVersion": 1})).await.ok();
        let back = again(family, &[branch.registration.as_str()]).await.ok();
        assert_eq!(words("registerAgain", &back), ["APPLIED"]);
        assert_eq!(back.data("registerAgain.results.0.registration.id"), &made["id"]);
        assert_eq!(back.data("registerAgain.results.0.registration.version"), 3);
        world.app.assert_counters().await;
    }

    async fn a_branch_head_registers_the_branch_again_on_paper(kind) {
        let world = World::build(kind).await;
        let (branch, head) = (world.branch(0, 0, 0), &world.branch(0, 0, 0).head.client);
        let mut households = vec![branch.household.clone()];
        for number in 0..50 {
            let input = json!({"headName": "Hồ Thị Nữa", "address": format!("Số {number}")});
            let household = create_household(head, input).await;
            register(head, &household, Uuid::new_v4()).await.ok();
            households.push(household);
        }
        let new = create_household(head, json!({"headName": "Hồ Thị Mới", "address": "Số 99"})).await;
        open_year(&world.officer.client, NEXT).await.ok();
        world.app.clock.set(moment(SPRING));
        let all: Vec<&str> = households.iter().map(String::as_str).collect();
        world.app.database.sql("UPDATE session SET authenticated_at = created_at").await;
        assert_eq!(again(head, &all).await.rule(), Some("STEP_UP_NEEDED"));
        let mut some = all[..47].to_vec();
        some.extend([all[0], &new, &world.branch(0, 0, 1).household]);
        let answer = again(head, &some).await.ok();
        let mut expected = vec!["APPLIED"; 47];
        expected.extend(["REPEATED", "NOTHING_LAST_YEAR", "NOT_FOUND"]);
        assert_eq!(words("registerAgain", &answer), expected);
        assert_eq!(answer.data("registerAgain.results.1.registration.channel"), "PAPER");
        assert!(answer.data("registerAgain.results.49.registration").is_null());
        world.app.assert_counters().await;
        // what was registered again is decided on like any other
        let id = answer.text("registerAgain.results.0.registration.id");
        let decided = decide(head, "approveRegistrations", &[&id]).await.ok();
        assert_eq!(words("approveRegistrations", &decided), ["APPLIED"]);
        let none = mutate(head, "registerAgain", json!({"items": [], "year": NEXT})).await;
        assert_eq!(none.problems(), [("items".to_owned(), "REQUIRED".to_owned())]);
    }

    async fn the_same_rules_hold_as_for_registering(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head) = (&branch.family.client, &branch.head.client);
        world.app.clock.set(moment(SPRING));
        assert_eq!(word(family, &branch.household).await, "YEAR_NOT_OPENED");
        open_year(&world.officer.client, NEXT).await.ok();
        let stale = json!({"items": [{"id": branch.household, "expectedVersion": 9}], "year": NEXT});
        let stale = mutate(family, "registerAgain", stale).await.ok();
        assert_eq!(words("registerAgain", &stale), ["STALE"]);
        for foreign in [world.branch(0, 0, 1), world.branch(0, 1, 0), world.branch(1, 0, 0)] {
            for client in [family, head] {
                assert_eq!(word(client, &foreign.household).await, "NOT_FOUND");
                assert_eq!(word(client, &foreign.registration).await, "NOT_FOUND");
            }
        }
        // only what was sent in counts as last year's
        let drafted = create_household(head, json!({"headName": "Hồ Thị Nháp", "address": "Số 7"})).await;
        world.app.clock.set(moment(tests::app::START));
        let draft = json!({"householdId": drafted, "year": YEAR, "asDraft": true});
        mutate(head, "registerHousehold", draft).await.ok();
        world.app.clock.set(moment(SPRING));
        assert_eq!(word(head, &drafted).await, "NOTHING_LAST_YEAR");
        world.app.clock.set(moment("2027-01-04T23:59:59+07:00"));
        assert_eq!(word(family, &branch.household).await, "WINDOW_NOT_OPEN");
        world.app.clock.set(moment("2027-05-01T00:00:00+07:00"));
        assert_eq!(word(family, &branch.household).await, "WINDOW_CLOSED");
        // late where the city allows it
        let over = json!({"phase": "REGISTRATION", "opensAt": "2027-01-05T00:00:00+07:00",
            "closesAt": "2027-05-01T00:00:00+07:00", "lateAllowed": true});
        let change = json!({"year": NEXT, "windows": [over], "reason": "Cho muộn"});
        mutate(&world.officer.client, "changeProgrammeYear", change).await.ok();
        let late = again(head, &[&branch.household]).await.ok();
        assert_eq!(late.data("registerAgain.results.0.registration.late"), true);
        mutate(&world.officer.client, "closeProgrammeYear", json!({"year": NEXT, "reason": "Xong"})).await.ok();
        let other = world.branch(0, 0, 1);
        assert_eq!(word(&other.family.client, &other.household).await, "YEAR_CLOSED");
        world.app.assert_counters().await;
    }

    async fn of_two_phones_at_once_one_registers(kind) {
        let world = next_year(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut tries = JoinSet::new();
        for client in [branch.family.client.clone(), branch.head.client.clone()] {
            let household = branch.household.clone();
            tries.spawn(async move { word(&client, &household).await });
        }
        let mut words = tries.join_all().await;
        words.sort();
        assert_eq!(words, ["ALREADY_REGISTERED", "APPLIED"]);
        world.app.assert_counters().await;
    }
}
