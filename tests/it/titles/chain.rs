//! The whole way of a title, and a branch of 157 at once.

use serde_json::{Value, json};
use tests::app::moment;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, mutate};
use tests::titles::{
    AUTUMN, approved, assess, decision, items, minutes, propose, recognise, self_score, self_scored, words,
};

use super::registration;

on_both! {
    async fn a_family_goes_the_whole_way_to_its_title_and_loses_it(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (officer, family) = (&ward.officer.client, &branch.family.client);
        let ids = vec![branch.registration.clone()];
        let approve = json!({"items": items(&ids)});
        mutate(&branch.head.client, "approveRegistrations", approve).await.ok();
        world.app.clock.set(moment(AUTUMN));
        self_score(&world, &branch.head, &ids).await;

        let met = assess(branch, &ids, json!("2026-11-14")).await.ok();
        assert_eq!(met.text("enterAssessment.results.0.registration.state"), "BRANCH_ASSESSED");
        let seen = registration(family, &ids[0]).await;
        let expected = json!({"heldOn": "2026-11-14", "present": 40, "votesFor": 40, "votesAgainst": 0, "postedUntil": "2026-11-14"});
        assert_eq!(seen["assessment"], expected);
        assert_eq!((&seen["submission"], &seen["decision"]), (&Value::Null, &Value::Null));

        let listed = propose(officer, &ward.unit, "05/TTr-HKH", &ids).await.ok();
        assert_eq!(listed.text("submitProposal.submission.number"), "05/TTr-HKH");
        let recognised = recognise(officer, &ward.unit, "123/QĐ-UBND", &ids).await.ok();
        assert_eq!(recognised.text("enterRecognition.results.0.registration.state"), "RECOGNISED");
        for client in [family, &branch.head.client, officer, &world.officer.client] {
            let seen = registration(client, &ids[0]).await;
            assert_eq!(seen["submission"]["number"], "05/TTr-HKH");
            assert_eq!(seen["decision"], json!({"kind": "RECOGNITION", "number": "123/QĐ-UBND", "decidedOn": "2026-11-15",
                "authority": "UBND phường", "signerName": "Trịnh Văn Ký", "signerTitle": "Chủ tịch"}));
        }

        let mut revoke = decision(&ward.unit, "200/QĐ-UBND", &ids);
        revoke["reason"] = json!("Vi phạm pháp luật");
        let revoked = mutate(officer, "revokeTitles", revoke).await.ok();
        assert_eq!(words("revokeTitles", &revoked), ["APPLIED"]);
        let seen = registration(family, &ids[0]).await;
        assert_eq!((&seen["state"], &seen["reason"]), (&json!("REVOKED"), &json!("Vi phạm pháp luật")));
        assert_eq!(seen["decision"]["number"], "200/QĐ-UBND");
        let journal: Vec<_> = seen["journal"].as_array().expect("a journal").iter()
            .map(|line| format!("{} {}", line["action"], line["actorRole"]).replace('"', "")).collect();
        assert_eq!(journal, ["SUBMIT FAMILY", "APPROVE BRANCH_HEAD", "SELF_SCORE BRANCH_HEAD", "ASSESS BRANCH_HEAD",
            "PROPOSE WARD_OFFICER", "RECOGNISE WARD_OFFICER", "REVOKE WARD_OFFICER"]);
        world.app.assert_counters().await;
    }

    async fn a_branch_of_157_goes_through_every_step_in_one_request_each(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        // the first meeting of all reads the criteria, which the server remembers
        let first = self_scored(&world, branch, 1).await;
        assess(branch, &first, Value::Null).await.ok();
        let ids = self_scored(&world, branch, 157).await;
        let before = world.app.statements();
        let met = assess(branch, &ids, Value::Null).await.ok();
        let many = world.app.statements() - before;
        assert_eq!(words("enterAssessment", &met), vec!["APPLIED"; 157]);
        let listed = propose(officer, &ward.unit, "1", &ids).await.ok();
        assert_eq!(words("submitProposal", &listed), vec!["APPLIED"; 157]);
        let recognised = recognise(officer, &ward.unit, "2", &ids).await.ok();
        assert_eq!(words("enterRecognition", &recognised), vec!["APPLIED"; 157]);
        world.app.assert_counters().await;
        let sheets = world.app.database.sql("SELECT COUNT(*) FROM score_sheet WHERE kind = 'BRANCH' AND signed_at IS NOT NULL").await;
        assert_eq!(sheets[0][0].as_deref(), Some("158"));
        // one registration takes as many statements as 157 of them
        let one = self_scored(&world, branch, 1).await;
        let before = world.app.statements();
        assess(branch, &one, Value::Null).await.ok();
        assert_eq!(world.app.statements() - before, many);
    }

    async fn what_is_sent_twice_is_done_once(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let officer = &ward.officer.client;
        let ids = self_scored(&world, branch, 2).await;
        let mut revoke = decision(&ward.unit, "3", &ids);
        revoke["reason"] = json!("Nhầm");
        for (client, field, mut input) in [
            (&branch.head.client, "enterAssessment", minutes(&branch.unit, &ids)),
            (officer, "submitProposal", tests::titles::list(&ward.unit, "1", &ids)),
            (officer, "enterRecognition", decision(&ward.unit, "2", &ids)),
            (officer, "revokeTitles", revoke),
        ] {
            input["idempotencyKey"] = json!(uuid::Uuid::new_v4());
            let first = mutate(client, field, input.clone()).await.ok();
            let second = mutate(client, field, input.clone()).await.ok();
            assert_eq!(first.text(&format!("{field}.outcome")), "APPLIED");
            assert_eq!(second.text(&format!("{field}.outcome")), "REPLAYED");
            for paper in ["assessment", "submission", "decision"] {
                let at = format!("{field}.{paper}.id");
                assert_eq!(first.data(&at), second.data(&at));
            }
            assert_eq!(words(field, &second), ["APPLIED", "APPLIED"]);
            input["items"] = json!([input["items"][0]]);
            let reused = mutate(client, field, input).await.ok();
            assert_eq!(reused.text(&format!("{field}.outcome")), "KEY_REUSED");
            assert!(reused.list(&format!("{field}.results")).is_empty());
        }
        world.app.assert_counters().await;
    }

    async fn nobody_takes_a_step_for_their_own_household(kind) {
        use entity::vocabulary::Role;
        use tests::factory::{appoint, create_household, register};
        let world = World::build(kind).await;
        let (tenant, branch, ward) = (world.district(0).tenant, world.branch(0, 0, 0), world.ward(0, 0));
        let phone = Some("0987654321");
        let input = json!({"headName": "Bùi Thị Hai", "address": "Số 9", "phone": "0987654321"});
        let household = create_household(&branch.head.client, input).await;
        let answer = register(&branch.head.client, &household, uuid::Uuid::new_v4()).await.ok();
        let ids = vec![answer.text("registerHousehold.registration.id")];
        mutate(&branch.head.client, "approveRegistrations", json!({"items": items(&ids)})).await.ok();
        // one person with that phone number is head of the branch and officer of the ward
        let head = appoint(&world.app, tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", phone).await;
        let dates = ("2026-01-01T00:00:00+07:00", None);
        let officer = tests::factory::appoint_account(&world.app, tenant, &ward.unit, Role::WardOfficer, head.account, dates).await;
        world.app.clock.set(moment(AUTUMN));
        self_score(&world, &branch.head, &ids).await;
        let own = async |client, field: &'static str, input| {
            let answer = mutate(client, field, input).await.ok();
            assert_eq!(words(field, &answer), ["OWN_HOUSEHOLD"], "{field}");
        };
        let reason = json!({"items": items(&ids), "reason": "Thử"});
        own(&head.client, "enterAssessment", minutes(&branch.unit, &ids)).await;
        own(&head.client, "returnRegistrations", reason.clone()).await;
        assess(branch, &ids, Value::Null).await.ok();
        own(&officer.client, "submitProposal", tests::titles::list(&ward.unit, "1", &ids)).await;
        own(&officer.client, "sendBackRegistrations", reason.clone()).await;
        own(&officer.client, "declineRegistrations", reason).await;
        let complaint = json!({"registrationId": ids[0], "words": "Chưa đúng"});
        let entered = mutate(&ward.officer.client, "enterComplaint", complaint).await.ok();
        let answer = json!({"complaintId": entered.text("enterComplaint.complaint.id"), "upheld": false, "answer": "Đúng",
            "expectedState": "OPEN"});
        let refused = mutate(&officer.client, "answerComplaint", answer.clone()).await;
        assert_eq!(refused.rule(), Some("OWN_HOUSEHOLD"));
        mutate(&ward.officer.client, "answerComplaint", answer).await.ok();
        propose(&ward.officer.client, &ward.unit, "1", &ids).await.ok();
        own(&officer.client, "enterRecognition", decision(&ward.unit, "2", &ids)).await;
        recognise(&ward.officer.client, &ward.unit, "2", &ids).await.ok();
        let mut revoke = decision(&ward.unit, "3", &ids);
        revoke["reason"] = json!("Thử");
        own(&officer.client, "revokeTitles", revoke).await;
        world.app.assert_counters().await;
    }

    async fn a_closed_year_takes_no_step(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, officer) = (&branch.head.client, &ward.officer.client);
        let ids = approved(branch, 1).await;
        world.app.clock.set(moment(AUTUMN));
        mutate(&world.officer.client, "closeProgrammeYear", json!({"year": YEAR, "reason": "Xong"})).await.ok();
        let mut revoke = decision(&ward.unit, "3", &ids);
        revoke["reason"] = json!("Thử");
        for (client, field, input) in [
            (head, "enterAssessment", minutes(&branch.unit, &ids)),
            (officer, "submitProposal", tests::titles::list(&ward.unit, "1", &ids)),
            (officer, "enterRecognition", decision(&ward.unit, "2", &ids)),
            (officer, "revokeTitles", revoke),
            (head, "enterComplaint", json!({"registrationId": ids[0], "words": "Chưa đúng"})),
        ] {
            assert_eq!(mutate(client, field, input).await.rule(), Some("YEAR_CLOSED"), "{field}");
        }
        let reason = json!({"items": items(&ids), "reason": "Thử"});
        for (client, field, input) in [
            (officer, "declineRegistrations", reason.clone()),
            (officer, "sendBackRegistrations", reason),
            (head, "undoDecision", json!({"items": items(&ids)})),
        ] {
            let answer = mutate(client, field, input).await.ok();
            assert_eq!(words(field, &answer), ["YEAR_CLOSED"], "{field}");
        }
        ask(head, "registration", json!({"id": ids[0]})).await.ok();
    }
}
