//! A family's titles over the years.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{
    World, YEAR, create_household, decide, family_marks, mutate, open_year, publish_shipped, register, score,
};
use uuid::Uuid;

const HISTORY: &str = "query ($id: ID!) { household(id: $id) { history {
    year model state branchName decisionNumber certificateNumber revokedByDecision yearsRunning milestone } } }";
const RUNNING: &str = "query ($id: ID!) { registration(id: $id) { yearsRunning milestone } }";
const MANY: &str = "query ($year: Int!, $first: Int!) { registrations(year: $year, first: $first) { nodes {
    yearsRunning milestone household { id history { year branchName } } } } }";

/// Brings the first family's title of a year to the end; its registration.
async fn year_of_title(world: &World, year: i32) -> String {
    let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
    let (head, officer) = (&branch.head.client, &ward.officer.client);
    let at = |day: &str| world.app.clock.set(moment(&format!("{year}-{day}T09:00:00+07:00")));
    let id = if year == YEAR {
        branch.registration.clone()
    } else {
        at("03-01");
        open_year(&world.officer.client, year).await.ok();
        let again = json!({"items": [{"id": branch.household}], "year": year});
        let answer = mutate(&branch.family.client, "registerAgain", again).await.ok();
        answer.text("registerAgain.results.0.registration.id")
    };
    decide(head, "approveRegistrations", &[&id]).await.ok();
    at("11-15");
    score(head, &id, &family_marks(10.0)).await.ok();
    let minutes = json!({"branchId": branch.unit, "year": year, "heldOn": format!("{year}-11-14"), "place": "Nhà văn hoá",
        "chairName": "Vũ Thị Chi", "secretaryName": "Lê Văn Ghi", "present": 40,
        "items": [{"registrationId": id, "votesFor": 40, "votesAgainst": 0}]});
    mutate(head, "enterAssessment", minutes).await.ok();
    let list = json!({"wardId": ward.unit, "year": year, "number": "1/TTr", "submittedOn": format!("{year}-11-15"),
        "signerName": "Đỗ Văn Phường", "signerTitle": "Chủ tịch Hội", "items": [{"id": id}]});
    mutate(officer, "submitProposal", list).await.ok();
    let recognised = mutate(
        officer,
        "enterRecognition",
        decision(world, year, &format!("{year}/QĐ"), &id),
    )
    .await
    .ok();
    assert_eq!(recognised.data("enterRecognition.results.0.outcome"), "APPLIED");
    id
}

fn decision(world: &World, year: i32, number: &str, id: &str) -> Value {
    json!({"wardId": world.ward(0, 0).unit, "year": year, "number": number, "decidedOn": format!("{year}-11-15"),
        "authority": "UBND phường", "signerName": "Trịnh Văn Ký", "signerTitle": "Chủ tịch", "items": [{"id": id}]})
}

/// Year, state, years running and milestone of each line.
async fn history(client: &Client, household: &str) -> Vec<Value> {
    let answer = client.run(HISTORY, json!({ "id": household })).await.ok();
    let line = |row: &Value| json!([row["year"], row["state"], row["yearsRunning"], row["milestone"]]);
    answer.list("household.history").iter().map(line).collect()
}

on_both! {
    async fn years_running_are_counted_and_a_revoked_one_breaks_them(kind) {
        let world = World::build(kind).await;
        publish_shipped(&world.officer.client, "family-448-2015").await;
        let (branch, officer) = (world.branch(0, 0, 0), &world.ward(0, 0).officer.client);
        let mut ids = Vec::new();
        for year in YEAR..YEAR + 3 {
            ids.push(year_of_title(&world, year).await);
        }
        let full = [json!([2028, "RECOGNISED", 3, "THREE_YEARS"]), json!([2027, "RECOGNISED", 2, null]), json!([2026, "RECOGNISED", 1, null])];
        for client in [&branch.family.client, &branch.head.client, officer, &world.district(0).officer.client, &world.officer.client] {
            assert_eq!(history(client, &branch.household).await, full);
        }
        let answer = branch.family.client.run(HISTORY, json!({"id": branch.household})).await.ok();
        let line = answer.data("household.history.1");
        assert_eq!(line, &json!({"year": 2027, "model": "LEARNING_FAMILY", "state": "RECOGNISED", "branchName": "Chi hội 1",
            "decisionNumber": "2027/QĐ", "certificateNumber": "0001/2027", "revokedByDecision": null, "yearsRunning": 2, "milestone": null}));
        let running = branch.head.client.run(RUNNING, json!({"id": ids[2]})).await.ok();
        assert_eq!(running.data("registration"), &json!({"yearsRunning": 3, "milestone": "THREE_YEARS"}));
        // the second year is revoked: what comes after begins anew, what was before stays
        let mut revoke = decision(&world, 2027, "9/QĐ", &ids[1]);
        revoke["reason"] = json!("Kê khai không đúng");
        revoke["decidedOn"] = json!("2028-11-15");
        mutate(officer, "revokeTitles", revoke).await.ok();
        let broken = [json!([2028, "RECOGNISED", 1, null]), json!([2027, "REVOKED", 0, null]), json!([2026, "RECOGNISED", 1, null])];
        assert_eq!(history(&branch.family.client, &branch.household).await, broken);
        let answer = branch.family.client.run(HISTORY, json!({"id": branch.household})).await.ok();
        assert_eq!(answer.data("household.history.1.revokedByDecision"), "9/QĐ");
        // nobody else reads it
        for client in [&world.branch(0, 0, 1).head.client, &world.branch(0, 0, 1).family.client, &world.branch(1, 0, 0).head.client] {
            assert_eq!(client.run(HISTORY, json!({"id": branch.household})).await.code(), Some("NOT_FOUND"));
        }
    }

    async fn what_was_not_sent_in_is_no_history(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let family = &branch.family.client;
        assert_eq!(history(family, &branch.household).await, [json!([2026, "SUBMITTED", 0, null])]);
        mutate(family, "withdrawRegistration", json!({"id": branch.registration, "expectedVersion": 1})).await.ok();
        assert_eq!(history(family, &branch.household).await, Vec::<Value>::new());
    }

    async fn histories_of_fifty_take_as_many_statements_as_of_five(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for number in 0..49 {
            let input = json!({"headName": "Tạ Văn Dài", "address": format!("Số {number}")});
            let household = create_household(head, input).await;
            register(head, &household, Uuid::new_v4()).await.ok();
        }
        let mut taken = Vec::new();
        for first in [5, 50] {
            let before = world.app.statements();
            let answer = head.run(MANY, json!({"year": YEAR, "first": first})).await.ok();
            assert_eq!(answer.list("registrations.nodes").len(), first);
            assert_eq!(answer.data("registrations.nodes.4.household.history.0.branchName"), "Chi hội 1");
            taken.push(world.app.statements() - before);
        }
        assert_eq!(taken[0], taken[1]);
    }
}
