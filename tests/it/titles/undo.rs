//! Taking one's own last decision back.

use chrono::TimeDelta;
use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, appoint, decide, mutate};
use tests::titles::{AUTUMN, items, self_score, words};

use super::registration;

async fn undo(client: &Client, id: &str) -> String {
    let answer = mutate(client, "undoDecision", json!({"items": items(&[id.to_owned()])}))
        .await
        .ok();
    words("undoDecision", &answer).remove(0)
}

on_both! {
    async fn a_decision_is_taken_back_as_if_it_had_not_been_made(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (head, id) = (&branch.head.client, branch.registration.as_str());
        for field in ["approveRegistrations", "rejectRegistrations", "returnRegistrations"] {
            decide(head, field, &[id]).await.ok();
            assert_eq!(undo(head, id).await, "APPLIED", "{field}");
            let seen = registration(&branch.family.client, id).await;
            assert_eq!((&seen["state"], &seen["reason"]), (&json!("SUBMITTED"), &Value::Null));
            let line = seen["journal"].as_array().and_then(|lines| lines.last()).expect("a line").clone();
            assert_eq!((&line["action"], &line["toState"]), (&json!("UNDO"), &json!("SUBMITTED")));
            // there is nothing left to take back
            assert_eq!(undo(head, id).await, "SOMETHING_BUILT_ON_IT");
            world.app.clock.advance(TimeDelta::minutes(1));
        }
        world.app.assert_counters().await;
    }

    async fn within_ten_minutes(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (head, id) = (&branch.head.client, branch.registration.as_str());
        decide(head, "approveRegistrations", &[id]).await.ok();
        world.app.clock.advance(TimeDelta::minutes(10) - TimeDelta::microseconds(1));
        assert_eq!(undo(head, id).await, "APPLIED");
        decide(head, "approveRegistrations", &[id]).await.ok();
        world.app.clock.advance(TimeDelta::minutes(10));
        assert_eq!(undo(head, id).await, "TOO_LATE_TO_UNDO");
        world.app.assert_counters().await;
    }

    async fn only_ones_own_and_only_while_nothing_is_built_on_it(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (head, id) = (&branch.head.client, branch.registration.as_str());
        let second = appoint(&world.app, world.district(0).tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        world.app.clock.set(moment(AUTUMN));
        assert_eq!(undo(head, id).await, "NOT_IN_THIS_STATE");
        decide(head, "returnRegistrations", &[id]).await.ok();
        assert_eq!(undo(&second.client, id).await, "NOT_YOURS");
        let input = json!({"id": id, "expectedVersion": 2});
        mutate(&branch.family.client, "submitRegistration", input).await.ok();
        assert_eq!(undo(head, id).await, "SOMETHING_BUILT_ON_IT");
        decide(head, "approveRegistrations", &[id]).await.ok();
        self_score(&world, &branch.head, &[id.to_owned()]).await;
        assert_eq!(undo(head, id).await, "SOMETHING_BUILT_ON_IT");
        // returned to APPROVED its sheet is still there
        decide(head, "returnRegistrations", &[id]).await.ok();
        assert_eq!(undo(head, id).await, "SOMETHING_BUILT_ON_IT");
        let other = &world.branch(0, 0, 1).registration;
        assert_eq!(undo(head, other).await, "NOT_FOUND");
        world.app.assert_counters().await;
    }
}
