//! What was pressed in an order is done in that order, and a step of many that was done in part says so.

use chrono::TimeDelta;
use khuyenhoc::global_id::NodeKind;
use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, mutate};

use super::receipt::assert_holds;
use super::{global, household, item, key, made, outcomes, send};

on_both! {
    async fn a_step_of_many_that_was_done_in_part_says_for_which_it_was_not(kind) {
        let world = World::build(kind).await;
        let (branch, elsewhere) = (world.branch(0, 0, 0), world.branch(1, 0, 0));
        let head = &branch.head.client;
        let never = global(&world, NodeKind::Registration, made());
        let list = json!({"items": [{"id": elsewhere.registration}, {"id": branch.registration}, {"id": never}]});
        let items = [item("approveRegistrations", list)];
        let answer = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&answer), ["APPLIED_IN_PART"]);
        let receipt = answer.data("syncBatch.results.0.receipt");
        assert_eq!((&receipt["outcome"], &receipt["notDone"]), (&json!("APPLIED_IN_PART"), &json!([0, 2])));
        assert_holds(&world, receipt, &items[0]["approveRegistrations"]).await;
        // also when only the key is left
        let again = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&again), ["REPLAYED"]);
        assert_eq!(again.data("syncBatch.results.0.receipt"), receipt);
        let asked = ask(head, "receipt", json!({"key": key(&items[0])})).await.ok();
        assert_eq!(asked.data("receipt"), receipt);
    }

    async fn what_is_to_be_sent_again_holds_back_what_came_after_it_on_the_same_record(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let never = |_| json!({"id": global(&world, NodeKind::Registration, made())});
        let mut list: Vec<_> = (0..50).map(never).collect();
        list.push(json!({"id": branch.registration}));
        let items = [
            item("approveRegistrations", json!({ "items": list })),
            item("undoDecision", json!({"items": [{"id": branch.registration}]})),
            household(made()),
        ];
        world.app.clock.advance(TimeDelta::hours(1));
        world.app.database.sql("UPDATE session SET authenticated_at = created_at").await;
        let answer = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&answer), ["RETRY", "RETRY", "CREATED"], "{}", answer.json);
        assert_eq!(answer.text("syncBatch.results.0.rule"), "STEP_UP_NEEDED");
        assert_eq!(answer.text("syncBatch.results.1.waitsFor"), key(&items[0]).to_string());

        world.app.database.sql("UPDATE session SET authenticated_at = expires_at").await;
        let answer = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&answer), ["APPLIED_IN_PART", "APPLIED", "REPLAYED"], "{}", answer.json);
        let seen = ask(head, "registration", json!({"id": branch.registration})).await.ok();
        assert_eq!(seen.text("registration.state"), "SUBMITTED");
    }

    async fn a_registration_that_was_there_keeps_its_id_and_what_names_the_other_waits(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let withdraw = json!({"id": branch.registration, "expectedVersion": 1, "reason": "Xin rút"});
        mutate(&branch.family.client, "withdrawRegistration", withdraw).await.ok();
        let id = made();
        let named = global(&world, NodeKind::Registration, id);
        let items = [
            item("registerHousehold", json!({"id": id, "householdId": branch.household, "year": YEAR})),
            item("approveRegistrations", json!({"items": [{"id": named}]})),
        ];
        let answer = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&answer), ["CREATED", "RETRY"], "{}", answer.json);
        assert_eq!(answer.text("syncBatch.results.0.payload.registration.id"), branch.registration);
        assert_eq!(answer.text("syncBatch.results.1.waitsFor"), key(&items[0]).to_string());
        // its key is free: with the id that is there it is done
        let mut mended = items[1]["approveRegistrations"].clone();
        mended["items"] = json!([{"id": branch.registration}]);
        let answer = send(&world, head, &[json!({"approveRegistrations": mended})]).await.ok();
        assert_eq!(outcomes(&answer), ["APPLIED"], "{}", answer.json);
    }
}
