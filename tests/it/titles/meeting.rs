//! What a branch meeting may not do.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, mutate};
use tests::titles::{AUTUMN, approved, assess, items, minutes, self_score, self_scored, words};

use super::registration;

async fn problem(client: &Client, input: Value) -> (String, String) {
    let answer = mutate(client, "enterAssessment", input).await;
    assert_eq!(answer.code(), Some("INVALID"), "{}", answer.json);
    answer.problems().remove(0)
}

on_both! {
    async fn minutes_that_cannot_be_are_told_where(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        world.app.clock.set(moment(AUTUMN));
        let ids = vec![branch.registration.clone()];
        let with = |at: &str, value: Value| {
            let mut input = minutes(&branch.unit, &ids);
            *input.pointer_mut(at).expect("a place") = value;
            input
        };
        for (at, value, path, rule) in [
            ("/heldOn", json!("2026-11-16"), "heldOn", "DATE_IN_FUTURE"),
            ("/present", json!(0), "present", "OUT_OF_RANGE"),
            ("/items/0/votesFor", json!(41), "items.0.votesFor", "OUT_OF_RANGE"),
            ("/items/0/votesAgainst", json!(-1), "items.0.votesAgainst", "OUT_OF_RANGE"),
            // forty for, one against, forty present
            ("/items/0/votesAgainst", json!(1), "items.0.votesAgainst", "OUT_OF_RANGE"),
            ("/chairName", json!("7"), "chairName", "NOT_A_NAME"),
            ("/place", json!(" "), "place", "REQUIRED"),
            ("/items", json!([]), "items", "REQUIRED"),
        ] {
            let told = problem(head, with(at, value)).await;
            assert_eq!(told, (path.to_owned(), rule.to_owned()));
        }
        let mut posted = minutes(&branch.unit, &ids);
        posted["postedUntil"] = json!("2026-11-13");
        assert_eq!(problem(head, posted).await.1, "ENDS_BEFORE_IT_BEGINS");
        assert_eq!(problem(head, minutes(&branch.unit, &vec![ids[0].clone(); 201])).await.1, "TOO_MANY");
    }

    async fn a_meeting_has_its_time(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let ids = self_scored(&world, branch, 1).await;
        let held = async |now: &str, day: &str| {
            world.app.clock.set(moment(now));
            let mut input = minutes(&branch.unit, &ids);
            input["heldOn"] = json!(day);
            mutate(head, "enterAssessment", input).await
        };
        assert_eq!(held("2026-10-31T23:59:59+07:00", "2026-10-31").await.rule(), Some("WINDOW_NOT_OPEN"));
        // held before the window, entered in it
        assert_eq!(held(AUTUMN, "2026-10-31").await.rule(), Some("WINDOW_NOT_OPEN"));
        assert_eq!(held("2026-12-01T00:00:00+07:00", "2026-11-30").await.rule(), Some("WINDOW_CLOSED"));
        let window = json!({"phase": "BRANCH_ASSESSMENT", "opensAt": "2026-11-01T00:00:00+07:00",
            "closesAt": "2026-12-01T00:00:00+07:00", "lateAllowed": true});
        let change = json!({"year": YEAR, "windows": [window], "reason": "Bão"});
        mutate(&world.officer.client, "changeProgrammeYear", change).await.ok();
        let late = held("2026-12-01T00:00:00+07:00", "2026-11-30").await.ok();
        assert_eq!(words("enterAssessment", &late), ["APPLIED"]);
        let seen = registration(head, &ids[0]).await;
        assert_eq!(seen["journal"][3]["late"], json!(true));
        // the registration itself came in time
        assert_eq!(seen["late"], json!(false));
    }

    async fn each_registration_of_the_minutes_has_its_own_result(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        world.app.clock.set(moment(tests::app::START));
        let only_approved = approved(branch, 1).await;
        let mut ids = self_scored(&world, branch, 2).await;
        ids.push(only_approved[0].clone());
        ids.push(ids[0].clone());
        ids.push(world.branch(0, 0, 1).registration.clone());
        ids.push(world.branch(1, 0, 0).registration.clone());
        let mut input = minutes(&branch.unit, &ids);
        input["items"][1]["expectedVersion"] = json!(99);
        input["items"][0]["remark"] = json!("Cả nhà đều học");
        let answer = mutate(head, "enterAssessment", input).await.ok();
        let expected = ["APPLIED", "STALE", "NOT_IN_THIS_STATE", "REPEATED", "NOT_FOUND", "NOT_FOUND"];
        assert_eq!(words("enterAssessment", &answer), expected);
        // a second time nothing goes on, and no minutes are kept
        let again = mutate(head, "enterAssessment", minutes(&branch.unit, &ids[..1])).await.ok();
        assert_eq!(words("enterAssessment", &again), ["NOT_IN_THIS_STATE"]);
        assert!(again.data("enterAssessment.assessment").is_null());
        let kept = ask(head, "assessments", json!({"unitId": branch.unit, "year": YEAR})).await.ok();
        let kept = kept.list("assessments.nodes");
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0]["items"], json!([{"registrationId": ids[0], "votesFor": 40, "votesAgainst": 0, "remark": "Cả nhà đều học"}]));
        assert_eq!((&kept[0]["present"], &kept[0]["chairName"]), (&json!(40), &json!("Vũ Thị Chi")));
        let family = ask(&branch.family.client, "assessments", json!({"unitId": branch.unit, "year": YEAR})).await;
        assert_eq!(family.code(), Some("NOT_FOUND"));
        world.app.assert_counters().await;
    }

    async fn the_meeting_signs_a_sheet_of_its_own(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let ids = self_scored(&world, branch, 2).await;
        world.app.clock.advance(chrono::TimeDelta::hours(1));
        let mut input = minutes(&branch.unit, &ids);
        input["items"][1]["marks"] = json!([{"indicator": "1.1", "points": 99}, {"indicator": "9.9", "points": 1}]);
        let told = mutate(head, "enterAssessment", input.clone()).await;
        assert_eq!(told.problems(), [("items.1.marks.0".to_owned(), "ABOVE_MAXIMUM".to_owned()),
            ("items.1.marks.1".to_owned(), "NOT_AN_INDICATOR".to_owned())]);
        assert_eq!(registration(head, &ids[0]).await["state"], "SELF_SCORED");
        input["items"][1]["marks"] = json!([{"indicator": "1.1", "points": 6, "note": "Một cháu nghỉ học"}]);
        mutate(head, "enterAssessment", input).await.ok();
        for (id, total) in [(&ids[0], 100.0), (&ids[1], 96.0)] {
            let seen = registration(head, id).await;
            let sheet = |at: usize| ["kind", "total", "round"].map(|name| seen["scoreSheets"][at][name].clone());
            assert_eq!(sheet(0), [json!("SUBJECT"), json!(100.0), json!(1)]);
            assert_eq!(sheet(1), [json!("BRANCH"), json!(total), json!(1)]);
            assert!(!seen["scoreSheets"][1]["signedAt"].is_null());
        }
    }

    async fn a_registration_of_another_branch_or_year_is_not_of_these_minutes(kind) {
        use entity::vocabulary::Role;
        let world = World::build(kind).await;
        let (branch, sibling) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let ids = self_scored(&world, sibling, 1).await;
        // somebody who heads both branches acts under one post at a time: the other's is not found
        let dates = ("2026-01-01T00:00:00+07:00", None);
        let tenant = world.district(0).tenant;
        let both = tests::factory::appoint_account(&world.app, tenant, &branch.unit, Role::BranchHead, sibling.head.account, dates).await;
        let answer = mutate(&both.client, "enterAssessment", minutes(&branch.unit, &ids)).await.ok();
        assert_eq!(words("enterAssessment", &answer), ["NOT_FOUND"]);
        let elsewhere = mutate(&branch.head.client, "enterAssessment", minutes(&sibling.unit, &ids)).await;
        assert_eq!(elsewhere.code(), Some("NOT_FOUND"));
        let mut another = minutes(&sibling.unit, &ids);
        another["model"] = json!("LEARNING_CLAN");
        let answer = mutate(&sibling.head.client, "enterAssessment", another).await.ok();
        assert_eq!(words("enterAssessment", &answer), ["NOT_OF_THIS_LIST"]);
    }

    async fn the_head_returns_what_is_marked_and_the_next_meeting_holds(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let (head, officer) = (&branch.head.client, &ward.officer.client);
        let ids = self_scored(&world, branch, 1).await;
        let back = json!({"items": items(&ids), "reason": "Chấm lại"});
        // not the ward's to return, not before the meeting
        let refused = mutate(officer, "sendBackRegistrations", back.clone()).await.ok();
        assert_eq!(words("sendBackRegistrations", &refused), ["NOT_IN_THIS_STATE"]);
        let returned = mutate(head, "returnRegistrations", back.clone()).await.ok();
        assert_eq!(returned.text("returnRegistrations.results.0.registration.state"), "APPROVED");
        self_score(&world, &branch.head, &ids).await;
        assess(branch, &ids, json!("2026-11-14")).await.ok();
        // and after the meeting not the head's
        let refused = mutate(head, "returnRegistrations", back.clone()).await.ok();
        assert_eq!(words("returnRegistrations", &refused), ["NOT_IN_THIS_STATE"]);
        let returned = mutate(officer, "sendBackRegistrations", back).await.ok();
        assert_eq!(returned.text("sendBackRegistrations.results.0.registration.state"), "SELF_SCORED");
        world.app.clock.advance(chrono::TimeDelta::hours(1));
        let mut second = minutes(&branch.unit, &ids);
        second["heldOn"] = json!("2026-11-15");
        second["items"][0]["votesFor"] = json!(30);
        mutate(head, "enterAssessment", second).await.ok();
        let seen = registration(head, &ids[0]).await;
        assert_eq!((&seen["assessment"]["votesFor"], &seen["assessment"]["postedUntil"]), (&json!(30), &Value::Null));
        world.app.assert_counters().await;
    }
}
