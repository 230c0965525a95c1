//! A household that moves to another branch.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, decide, mutate, open_year, register};
use tests::titles::{AUTUMN, assess, propose, recognise, self_score, words};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::registration;

async fn relocate(client: &Client, household: &str, branch: &str, version: i32) -> Answer {
    let input = json!({"id": household, "branchId": branch, "expectedVersion": version});
    mutate(client, "moveHousehold", input).await
}

/// Whether somebody reads a household.
async fn reads(client: &Client, household: &str) -> bool {
    ask(client, "household", json!({ "id": household }))
        .await
        .code()
        .is_none()
}

/// How many households and registrations the counters of a unit show.
async fn counted(client: &Client, unit: &str) -> (i64, i64) {
    let answer = ask(client, "progress", json!({"unitId": unit, "year": YEAR}))
        .await
        .ok();
    (
        answer.number("progress.subjects"),
        answer.number("progress.counts.registered"),
    )
}

on_both! {
    async fn what_is_under_way_goes_along_and_is_finished_there(kind) {
        let world = World::build(kind).await;
        let (from, to, officer) = (world.branch(0, 0, 0), world.branch(0, 0, 1), &world.ward(0, 0).officer.client);
        let input = json!({"id": from.household, "branchId": to.unit, "expectedVersion": 1, "idempotencyKey": Uuid::new_v4()});
        let moved = mutate(officer, "moveHousehold", input.clone()).await.ok();
        assert_eq!(moved.data("moveHousehold.outcome"), "APPLIED");
        assert_eq!(moved.data("moveHousehold.household.branch.id"), &json!(to.unit));
        let again = mutate(officer, "moveHousehold", input).await.ok();
        assert_eq!((again.data("moveHousehold.outcome"), again.number("moveHousehold.household.version")), (&json!("REPLAYED"), 2));
        world.app.assert_counters().await;
        assert_eq!((counted(officer, &from.unit).await, counted(officer, &to.unit).await), ((0, 0), (2, 2)));
        // the family's post has come along: under the old one nothing is seen any more
        let family = &Client::of(&world.app, from.family.account, None);
        for (client, expected) in [(&from.head.client, false), (&to.head.client, true), (family, true), (&from.family.client, false)] {
            assert_eq!(reads(client, &from.household).await, expected);
            let seen = ask(client, "registration", json!({"id": from.registration})).await;
            assert_eq!(seen.code().is_none(), expected);
        }
        // it is found by name where it is now, and nowhere else
        for (client, found) in [(&from.head.client, 0), (&to.head.client, 2)] {
            let answer = ask(client, "households", json!({"search": "nguyen"})).await.ok();
            assert_eq!(answer.list("households.edges").len(), found);
        }
        let seen = registration(&to.head.client, &from.registration).await;
        let line = seen["journal"].as_array().and_then(|lines| lines.last()).expect("a line").clone();
        assert_eq!((&line["action"], &line["fromState"], &line["toState"]), (&json!("MOVE"), &json!("SUBMITTED"), &json!("SUBMITTED")));
        assert_eq!(seen["state"], "SUBMITTED");
        let old = decide(&from.head.client, "approveRegistrations", &[&from.registration]).await.ok();
        assert_eq!(words("approveRegistrations", &old), ["NOT_FOUND"]);
        let new = decide(&to.head.client, "approveRegistrations", &[&from.registration]).await.ok();
        assert_eq!(words("approveRegistrations", &new), ["APPLIED"]);
        // a sheet that is being marked goes along too; then it is finished there
        world.app.clock.set(moment(AUTUMN));
        tests::factory::publish_shipped(&world.officer.client, "family-448-2015").await;
        let draft = json!({"registrationId": from.registration, "marks": []});
        mutate(family, "saveScoreSheet", draft).await.ok();
        relocate(officer, &from.household, &from.unit, 2).await.ok();
        relocate(officer, &from.household, &to.unit, 3).await.ok();
        let id = json!({"registrationId": from.registration, "expectedVersion": 1, "marks": tests::factory::family_marks(10.0)});
        mutate(family, "saveScoreSheet", id).await.ok();
        let sign = json!({"registrationId": from.registration, "expectedVersion": 2});
        let signed = mutate(family, "submitScoreSheet", sign).await.ok();
        assert_eq!(signed.text("submitScoreSheet.registration.state"), "SELF_SCORED");
        let ids = vec![from.registration.clone()];
        assess(to, &ids, Value::Null).await.ok();
        propose(officer, &world.ward(0, 0).unit, "1", &ids).await.ok();
        let done = recognise(officer, &world.ward(0, 0).unit, "2", &ids).await.ok();
        assert_eq!(words("enterRecognition", &done), ["APPLIED"]);
        world.app.assert_counters().await;
    }

    async fn what_was_decided_stays_where_it_was_and_in_the_history(kind) {
        let world = World::build(kind).await;
        let (from, to) = (world.branch(0, 0, 0), world.branch(0, 1, 0));
        let (ward, district) = (world.ward(0, 0), &world.district(0).officer.client);
        let ids = vec![from.registration.clone()];
        decide(&from.head.client, "approveRegistrations", &[&from.registration]).await.ok();
        world.app.clock.set(moment(AUTUMN));
        self_score(&world, &from.head, &ids).await;
        // from here to the decision it stays
        for step in 0..3 {
            let held = relocate(district, &from.household, &to.unit, 1).await;
            assert_eq!(held.rule(), Some("MOVE_AFTER_DECISION"), "{step}");
            match step {
                0 => drop(assess(from, &ids, Value::Null).await.ok()),
                1 => drop(propose(&ward.officer.client, &ward.unit, "1", &ids).await.ok()),
                _ => drop(recognise(&ward.officer.client, &ward.unit, "2", &ids).await.ok()),
            }
        }
        relocate(district, &from.household, &to.unit, 1).await.ok();
        world.app.assert_counters().await;
        assert_eq!((counted(district, &from.unit).await, counted(district, &to.unit).await), ((0, 1), (2, 1)));
        // the old branch keeps its paper and sees the family no more
        let query = "query ($id: ID!) { registration(id: $id) { state yearsRunning household { id } certificate { holderName } } }";
        let old = from.head.client.run(query, json!({"id": from.registration})).await.ok();
        assert_eq!(old.data("registration"), &json!({"state": "RECOGNISED", "yearsRunning": null, "household": null,
            "certificate": {"holderName": "Nguyễn Văn Nhà"}}));
        // the new one sees the years of the family, not the registration
        let history = "query ($id: ID!) { household(id: $id) { registrations { id }
            history { year state branchName decisionNumber certificateNumber yearsRunning } } }";
        let line = json!([{"year": YEAR, "state": "RECOGNISED", "branchName": "Chi hội 1", "decisionNumber": "2",
            "certificateNumber": "0001/2026", "yearsRunning": 1}]);
        let new = to.head.client.run(history, json!({"id": from.household})).await.ok();
        assert_eq!((new.data("household.history"), new.data("household.registrations")), (&line, &json!([])));
        assert_eq!(ask(&to.head.client, "registration", json!({"id": from.registration})).await.code(), Some("NOT_FOUND"));
        let family = Client::of(&world.app, from.family.account, None);
        let own = family.run(history, json!({"id": from.household})).await.ok();
        assert_eq!(own.data("household.history"), &line);
        // nor is it registered a second time for that year; the next year is one tap away
        world.app.clock.set(moment(tests::app::START));
        assert_eq!(register(&to.head.client, &from.household, Uuid::new_v4()).await.rule(), Some("ALREADY_REGISTERED"));
        open_year(&world.officer.client, YEAR + 1).await.ok();
        world.app.clock.set(moment("2027-02-01T09:00:00+07:00"));
        let next = json!({"items": [{"id": from.household}], "year": YEAR + 1});
        let next = mutate(&to.head.client, "registerAgain", next).await.ok();
        assert_eq!(words("registerAgain", &next), ["APPLIED"]);
        world.app.assert_counters().await;
    }

    async fn who_manages_it_is_answered_for_where_it_is(kind) {
        let world = World::build(kind).await;
        let (from, to, officer) = (world.branch(0, 0, 0), world.branch(0, 0, 1), &world.ward(0, 0).officer.client);
        let account = tests::factory::account_id(from.family.account);
        relocate(officer, &from.household, &to.unit, 1).await.ok();
        // the old head answers for the account of a family that has gone no more; the new one does
        for (head, answers) in [(&from.head.client, false), (&to.head.client, true)] {
            let below = ask(head, "accountsBelow", json!({})).await.ok();
            let known = below.list("accountsBelow.edges").iter().any(|edge| edge["node"]["id"] == json!(account));
            assert_eq!(known, answers);
        }
        // who manages something else in the old branch keeps the post there
        let other = json!({"kind": "CLAN", "name": "Dòng họ Nguyễn", "headName": "Nguyễn Văn Nhà", "address": "Số 1"});
        let stays = world.branch(0, 1, 0);
        mutate(&stays.family.client, "createCollective", other).await.ok();
        relocate(&world.ward(0, 1).officer.client, &stays.household, &world.branch(0, 1, 1).unit, 1).await.ok();
        assert_eq!(ask(&stays.family.client, "collectives", json!({"kind": "CLAN"})).await.ok().list("collectives.edges").len(), 1);
        world.app.assert_counters().await;
    }

    async fn it_is_moved_by_who_reaches_both_places(kind) {
        let world = World::build(kind).await;
        let (from, to, district) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.district(0));
        let officer = &world.ward(0, 0).officer.client;
        for client in [&from.head.client, &from.family.client, &world.officer.client, &world.leader.client] {
            assert_eq!(relocate(client, &from.household, &to.unit, 1).await.code(), Some("FORBIDDEN"));
        }
        for branch in [&world.branch(0, 1, 0).unit, &world.branch(1, 0, 0).unit, &world.ward(0, 0).unit, &district.unit] {
            assert_eq!(relocate(officer, &from.household, branch, 1).await.code(), Some("NOT_FOUND"), "{branch}");
        }
        for household in [&world.branch(0, 1, 0).household, &world.branch(1, 0, 0).household] {
            assert_eq!(relocate(officer, household, &to.unit, 1).await.code(), Some("NOT_FOUND"));
        }
        assert_eq!(relocate(&district.officer.client, &from.household, &world.branch(1, 0, 0).unit, 1).await.code(), Some("NOT_FOUND"));
        assert_eq!(relocate(officer, &from.household, &from.unit, 1).await.rule(), Some("ALREADY_THERE"));
        let stale = relocate(officer, &from.household, &to.unit, 7).await.ok();
        assert_eq!(stale.data("moveHousehold.outcome"), "STALE");
        world.app.assert_counters().await;
    }

    async fn a_closed_year_moves_nothing(kind) {
        let world = World::build(kind).await;
        let (from, to, officer) = (world.branch(0, 0, 0), world.branch(0, 0, 1), &world.ward(0, 0).officer.client);
        mutate(&world.officer.client, "closeProgrammeYear", json!({"year": YEAR, "reason": "Xong"})).await.ok();
        relocate(officer, &from.household, &to.unit, 1).await.ok();
        assert!(ask(&from.head.client, "registration", json!({"id": from.registration})).await.code().is_none());
        assert_eq!((counted(officer, &from.unit).await, counted(officer, &to.unit).await), ((0, 1), (2, 1)));
        world.app.assert_counters().await;
    }

    async fn of_two_moves_at_once_one_comes_first_and_the_other_is_stale(kind) {
        let world = World::build(kind).await;
        let (from, officer) = (world.branch(0, 0, 0), &world.ward(0, 0).officer.client);
        let mut tries = JoinSet::new();
        for (client, to) in [(officer, world.branch(0, 0, 1)), (&world.district(0).officer.client, world.branch(0, 0, 1))] {
            let (client, household, branch) = (client.clone(), from.household.clone(), to.unit.clone());
            tries.spawn(async move { relocate(&client, &household, &branch, 1).await.ok().text("moveHousehold.outcome") });
        }
        // and its head decides at the same moment: before the move, or not at all
        let (head, id) = (from.head.client.clone(), from.registration.clone());
        tries.spawn(async move { words("approveRegistrations", &decide(&head, "approveRegistrations", &[&id]).await.ok()).remove(0) });
        let mut outcomes = tries.join_all().await;
        outcomes.sort();
        assert!(outcomes == ["APPLIED", "APPLIED", "STALE"] || outcomes == ["APPLIED", "NOT_FOUND", "STALE"], "{outcomes:?}");
        world.app.assert_counters().await;
    }
}
