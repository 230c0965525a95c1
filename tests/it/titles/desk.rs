//! The ward's desk: lists, decisions, and what goes wrong with them.

use entity::vocabulary::Role;
use serde_json::{Value, json};
use tests::app::moment;
use tests::database::Kind;
use tests::factory::{World, appoint, mutate};
use tests::titles::{assess, assessed, decision, items, list, propose, recognise, self_scored, words};
use tokio::task::JoinSet;

use super::registration;

on_both! {
    async fn a_list_is_begun_and_continued_until_something_of_it_is_decided(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 4).await;
        let begun = propose(officer, &ward.unit, "05/TTr", &ids[..1]).await.ok();
        let submission = begun.text("submitProposal.submission.id");
        let taken = propose(officer, &ward.unit, "05/TTr", &ids[1..]).await;
        assert_eq!((taken.code(), taken.rule()), (Some("CONFLICT"), Some("NUMBER_TAKEN")));
        let add = |some: &[String]| json!({"submissionId": submission, "items": items(some)});
        let more = mutate(officer, "addToProposal", add(&ids[..3])).await.ok();
        assert_eq!(words("addToProposal", &more), ["NOT_IN_THIS_STATE", "APPLIED", "APPLIED"]);
        assert_eq!(more.text("addToProposal.submission.id"), submission);
        // the other ward has numbers of its own
        let other = world.ward(0, 1);
        let theirs = assessed(&world, world.branch(0, 1, 0), 1).await;
        propose(&other.officer.client, &other.unit, "05/TTr", &theirs).await.ok();
        let foreign = mutate(&other.officer.client, "addToProposal", add(&theirs)).await;
        assert_eq!(foreign.code(), Some("NOT_FOUND"));
        recognise(officer, &ward.unit, "1/QĐ", &ids[..1]).await.ok();
        let closed = mutate(officer, "addToProposal", add(&ids[3..])).await;
        assert_eq!(closed.rule(), Some("LIST_DECIDED"));
        world.app.assert_counters().await;
    }

    async fn a_decision_is_continued_too(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 3).await;
        propose(officer, &ward.unit, "1", &ids[..2]).await.ok();
        let first = recognise(officer, &ward.unit, "9/QĐ", &ids[..1]).await.ok();
        let id = first.text("enterRecognition.decision.id");
        let taken = recognise(officer, &ward.unit, "9/QĐ", &ids[1..]).await;
        assert_eq!(taken.rule(), Some("NUMBER_TAKEN"));
        let more = mutate(officer, "addToRecognition", json!({"decisionId": id, "items": items(&ids)})).await.ok();
        assert_eq!(words("addToRecognition", &more), ["NOT_IN_THIS_STATE", "APPLIED", "NOT_IN_THIS_STATE"]);
        let mut revoke = decision(&ward.unit, "10/QĐ", &ids[..1]);
        revoke["reason"] = json!("Nhầm");
        let revoked = mutate(officer, "revokeTitles", revoke).await.ok();
        let id = revoked.text("revokeTitles.decision.id");
        let wrong = mutate(officer, "addToRecognition", json!({"decisionId": id, "items": items(&ids)})).await;
        assert_eq!(wrong.code(), Some("NOT_FOUND"));
        world.app.assert_counters().await;
    }

    async fn nothing_goes_on_a_list_while_its_result_hangs_out(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = self_scored(&world, branch, 1).await;
        assess(branch, &ids, json!("2026-11-20")).await.ok();
        for (now, word) in [("2026-11-15T09:00:00+07:00", "POSTING_RUNS"), ("2026-11-20T23:59:59+07:00", "POSTING_RUNS"),
            ("2026-11-21T00:00:00+07:00", "APPLIED")] {
            world.app.clock.set(moment(now));
            let answer = propose(officer, &ward.unit, "1", &ids).await.ok();
            assert_eq!(words("submitProposal", &answer), [word], "{now}");
            assert_eq!(answer.data("submitProposal.submission").is_null(), word != "APPLIED");
        }
    }

    async fn lists_and_decisions_have_their_time(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 1).await;
        let at = |text: &str| world.app.clock.set(moment(text));
        at("2026-12-10T00:00:00+07:00");
        assert_eq!(propose(officer, &ward.unit, "1", &ids).await.rule(), Some("WINDOW_CLOSED"));
        at("2026-12-09T23:59:59+07:00");
        propose(officer, &ward.unit, "1", &ids).await.ok();
        let decline = json!({"items": items(&ids), "reason": "Không đạt"});
        at("2026-12-31T00:00:00+07:00");
        assert_eq!(recognise(officer, &ward.unit, "2", &ids).await.rule(), Some("WINDOW_CLOSED"));
        let declined = mutate(officer, "declineRegistrations", decline.clone()).await.ok();
        assert_eq!(words("declineRegistrations", &declined), ["WINDOW_CLOSED"]);
        at("2026-12-30T23:59:59+07:00");
        let mut tomorrow = decision(&ward.unit, "2", &ids);
        tomorrow["decidedOn"] = json!("2026-12-31");
        let wrong = mutate(officer, "enterRecognition", tomorrow).await;
        assert_eq!(wrong.problems(), [("decidedOn".to_owned(), "DATE_IN_FUTURE".to_owned())]);
        let declined = mutate(officer, "declineRegistrations", decline).await.ok();
        assert_eq!(words("declineRegistrations", &declined), ["APPLIED"]);
        // a return has no window, as long as the year is open
        at("2027-01-05T00:00:00+07:00");
        let back = json!({"items": items(&ids), "reason": "Xem lại"});
        let returned = mutate(officer, "sendBackRegistrations", back).await.ok();
        assert_eq!(words("sendBackRegistrations", &returned), ["APPLIED"]);
        world.app.assert_counters().await;
    }

    async fn what_is_returned_stands_on_no_list(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 2).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        let back = json!({"items": items(&ids[..1]), "reason": "Nhầm danh sách"});
        let returned = mutate(officer, "sendBackRegistrations", back).await.ok();
        assert_eq!(returned.text("sendBackRegistrations.results.0.registration.state"), "BRANCH_ASSESSED");
        let seen = registration(officer, &ids[0]).await;
        assert_eq!((&seen["submission"], &seen["reason"]), (&Value::Null, &json!("Nhầm danh sách")));
        assert_eq!(registration(officer, &ids[1]).await["submission"]["number"], "1");
        // an unassessed one next to one on a list: each goes to its own step before
        let mixed = json!({"items": items(&ids), "reason": "Họp lại"});
        let returned = mutate(officer, "sendBackRegistrations", mixed).await.ok();
        assert_eq!(words("sendBackRegistrations", &returned), ["APPLIED", "APPLIED"]);
        let states = ["0", "1"].map(|at| returned.text(&format!("sendBackRegistrations.results.{at}.registration.state")));
        assert_eq!(states, ["SELF_SCORED", "BRANCH_ASSESSED"]);
        world.app.assert_counters().await;
    }

    async fn no_title_without_a_list_and_nothing_foreign_on_a_paper(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let mut ids = assessed(&world, branch, 1).await;
        let other_ward = assessed(&world, world.branch(0, 1, 0), 1).await;
        let other_tenant = assessed(&world, world.branch(1, 0, 0), 1).await;
        ids.extend([other_ward[0].clone(), other_tenant[0].clone()]);
        let recognised = recognise(officer, &ward.unit, "1", &ids).await.ok();
        assert_eq!(words("enterRecognition", &recognised), ["NOT_IN_THIS_STATE", "NOT_FOUND", "NOT_FOUND"]);
        let mut clan = list(&ward.unit, "1", &ids);
        clan["model"] = json!("LEARNING_CLAN");
        let listed = mutate(officer, "submitProposal", clan).await.ok();
        assert_eq!(words("submitProposal", &listed), ["NOT_OF_THIS_LIST", "NOT_FOUND", "NOT_FOUND"]);
        let listed = propose(officer, &ward.unit, "1", &ids).await.ok();
        assert_eq!(words("submitProposal", &listed), ["APPLIED", "NOT_FOUND", "NOT_FOUND"]);
        for unit in [&branch.unit, &world.ward(0, 1).unit, &world.ward(1, 0).unit] {
            assert_eq!(propose(officer, unit, "2", &ids).await.code(), Some("NOT_FOUND"));
            assert_eq!(recognise(officer, unit, "2", &ids).await.code(), Some("NOT_FOUND"));
        }
        let mut revoke = decision(&ward.unit, "3", &ids[..1]);
        revoke["reason"] = json!("Thử");
        let revoked = mutate(officer, "revokeTitles", revoke).await.ok();
        assert_eq!(words("revokeTitles", &revoked), ["NOT_IN_THIS_STATE"]);
    }

    async fn of_two_officers_proposing_the_same_one_does(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let second = appoint(&world.app, world.district(0).tenant, &ward.unit, Role::WardOfficer, "Bùi Thị Hai", None).await;
        let ids = assessed(&world, branch, 20).await;
        let mut tries = JoinSet::new();
        for (number, client) in [("1", ward.officer.client.clone()), ("2", second.client.clone())] {
            let (unit, mut ids) = (ward.unit.clone(), ids.clone());
            if number == "2" {
                ids.reverse();
            }
            tries.spawn(async move { words("submitProposal", &propose(&client, &unit, number, &ids).await.ok()) });
        }
        let mut outcomes = tries.join_all().await;
        outcomes.sort();
        assert_eq!(outcomes, [vec!["APPLIED"; 20], vec!["NOT_IN_THIS_STATE"; 20]]);
        // the same number at the same moment
        let more = assessed(&world, branch, 2).await;
        let mut tries = JoinSet::new();
        for (client, id) in [(ward.officer.client.clone(), more[0].clone()), (second.client.clone(), more[1].clone())] {
            let unit = ward.unit.clone();
            tries.spawn(async move { propose(&client, &unit, "3", &[id]).await.rule().map(ToOwned::to_owned) });
        }
        let mut rules = tries.join_all().await;
        rules.sort();
        assert_eq!(rules, [None, Some("NUMBER_TAKEN".to_owned())]);
        world.app.assert_counters().await;
    }

    async fn taking_titles_away_always_asks_for_a_fresh_proof(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = assessed(&world, branch, 51).await;
        propose(officer, &ward.unit, "1", &ids).await.ok();
        recognise(officer, &ward.unit, "2", &ids[..1]).await.ok();
        world.app.database.sql("UPDATE session SET authenticated_at = created_at").await;
        let mut revoke = decision(&ward.unit, "3", &ids[..1]);
        revoke["reason"] = json!("Thử");
        assert_eq!(mutate(officer, "revokeTitles", revoke).await.rule(), Some("STEP_UP_NEEDED"));
        // fifty do not ask, fifty-one do
        assert_eq!(recognise(officer, &ward.unit, "4", &ids).await.rule(), Some("STEP_UP_NEEDED"));
        let fifty = recognise(officer, &ward.unit, "4", &ids[1..]).await.ok();
        assert_eq!(words("enterRecognition", &fifty), vec!["APPLIED"; 50]);
    }
}
