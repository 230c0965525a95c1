//! Complaints about what a meeting has decided.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, ask, decide, mutate};
use tests::titles::{AUTUMN, assess, items, propose, self_score, words};
use uuid::Uuid;

use super::registration;

async fn complain(client: &Client, id: &str, name: Value) -> Answer {
    let input = json!({"registrationId": id, "words": "Chấm chưa đúng", "complainantName": name});
    mutate(client, "enterComplaint", input).await
}

fn answer(id: &str, upheld: bool) -> Value {
    json!({"complaintId": id, "upheld": upheld, "answer": "Họp lại", "expectedState": "OPEN"})
}

async fn seen(client: &Client, state: &str) -> Vec<Value> {
    let answer = ask(client, "complaints", json!({ "state": state })).await.ok();
    answer.list("complaints.nodes").to_vec()
}

/// A world in which the first branch's family has been assessed.
async fn assessed(kind: Kind) -> World {
    let world = World::build(kind).await;
    let branch = world.branch(0, 0, 0);
    decide(&branch.head.client, "approveRegistrations", &[&branch.registration])
        .await
        .ok();
    world.app.clock.set(moment(AUTUMN));
    let ids = vec![branch.registration.clone()];
    self_score(&world, &branch.head, &ids).await;
    assess(branch, &ids, Value::Null).await.ok();
    world
}

on_both! {
    async fn one_that_is_upheld_brings_the_registration_back(kind) {
        let world = assessed(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (family, officer, ids) = (&branch.family.client, &ward.officer.client, vec![branch.registration.clone()]);
        let entered = complain(family, &ids[0], json!("Người Khác")).await.ok();
        let id = entered.text("enterComplaint.complaint.id");
        assert_eq!(complain(family, &ids[0], Value::Null).await.rule(), Some("COMPLAINT_OPEN"));
        let blocked = propose(officer, &ward.unit, "1", &ids).await.ok();
        assert_eq!(words("submitProposal", &blocked), ["COMPLAINT_OPEN"]);
        // a family complains for itself
        assert!(seen(officer, "OPEN").await[0]["complainantName"].is_null());
        let upheld = mutate(officer, "answerComplaint", answer(&id, true)).await.ok();
        assert_eq!(upheld.text("answerComplaint.complaint.state"), "UPHELD");
        let now = registration(family, &ids[0]).await;
        assert_eq!((&now["state"], &now["reason"]), (&json!("SELF_SCORED"), &json!("Họp lại")));
        assert_eq!(seen(family, "UPHELD").await[0]["answer"], "Họp lại");
        assert!(seen(officer, "OPEN").await.is_empty());
        let stale = mutate(officer, "answerComplaint", answer(&id, false)).await.ok();
        assert_eq!(stale.text("answerComplaint.outcome"), "STALE");
        let mut again = answer(&id, false);
        again["expectedState"] = json!("UPHELD");
        assert_eq!(mutate(officer, "answerComplaint", again).await.rule(), Some("COMPLAINT_ANSWERED"));
        world.app.assert_counters().await;
    }

    async fn one_that_is_dismissed_lets_it_go_on(kind) {
        let world = assessed(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (officer, ids) = (&ward.officer.client, vec![branch.registration.clone()]);
        let mut first = answer("", false);
        let entered = complain(&branch.head.client, &ids[0], json!("Hàng Thị Xóm")).await.ok();
        first["complaintId"] = json!(entered.text("enterComplaint.complaint.id"));
        first["idempotencyKey"] = json!(Uuid::new_v4());
        for outcome in ["APPLIED", "REPLAYED"] {
            let answer = mutate(officer, "answerComplaint", first.clone()).await.ok();
            assert_eq!(answer.text("answerComplaint.outcome"), outcome);
            assert_eq!(answer.text("answerComplaint.complaint.registration.state"), "BRANCH_ASSESSED");
        }
        propose(officer, &ward.unit, "1", &ids).await.ok();
        // on the list it is too late to complain
        assert_eq!(complain(&branch.family.client, &ids[0], Value::Null).await.rule(), Some("NO_COMPLAINT_NOW"));
        world.app.assert_counters().await;
    }

    async fn who_complains_is_for_the_ward_officer_only(kind) {
        let world = assessed(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let entered = complain(&branch.head.client, &branch.registration, json!("Hàng Thị Xóm")).await.ok();
        // not even to who entered it
        assert!(entered.data("enterComplaint.complaint.complainantName").is_null());
        assert_eq!(seen(&ward.officer.client, "OPEN").await[0]["complainantName"], "Hàng Thị Xóm");
        for client in [&branch.head.client, &world.district(0).officer.client] {
            let found = seen(client, "OPEN").await;
            assert_eq!((&found[0]["words"], &found[0]["complainantName"]), (&json!("Chấm chưa đúng"), &Value::Null));
        }
        // a family knows that somebody complains, not what they say
        let found = seen(&branch.family.client, "OPEN").await;
        assert_eq!((&found[0]["words"], &found[0]["complainantName"]), (&Value::Null, &Value::Null));
        for client in [&world.branch(0, 0, 1).head.client, &world.ward(0, 1).officer.client, &world.ward(1, 0).officer.client] {
            assert!(seen(client, "OPEN").await.is_empty());
            assert_eq!(complain(client, &branch.registration, Value::Null).await.code(), Some("NOT_FOUND"));
        }
        let id = entered.text("enterComplaint.complaint.id");
        for officer in [&world.ward(0, 1).officer.client, &world.ward(1, 0).officer.client] {
            assert_eq!(mutate(officer, "answerComplaint", answer(&id, true)).await.code(), Some("NOT_FOUND"));
        }
        assert_eq!(mutate(&branch.head.client, "answerComplaint", answer(&id, true)).await.code(), Some("FORBIDDEN"));
    }

    async fn there_is_nothing_to_complain_of_before_the_meeting(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let refused = complain(&branch.family.client, &branch.registration, Value::Null).await;
        assert_eq!(refused.rule(), Some("NO_COMPLAINT_NOW"));
    }

    async fn one_that_was_declined_meanwhile_comes_back_to_the_desk(kind) {
        let world = assessed(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (officer, ids) = (&ward.officer.client, vec![branch.registration.clone()]);
        let entered = complain(&branch.family.client, &ids[0], Value::Null).await.ok();
        let decline = json!({"items": items(&ids), "reason": "Không đạt"});
        mutate(officer, "declineRegistrations", decline).await.ok();
        let id = entered.text("enterComplaint.complaint.id");
        let upheld = mutate(officer, "answerComplaint", answer(&id, true)).await.ok();
        assert_eq!(upheld.text("answerComplaint.complaint.registration.state"), "BRANCH_ASSESSED");
        world.app.assert_counters().await;
    }
}
