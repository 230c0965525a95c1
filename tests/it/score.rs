//! Score sheets: a subject marks itself, signs, and marks anew what came back.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{
    World, YEAR, ask, create_household, decide, family_marks, mutate, publish_shipped, register, score,
};
use tests::lock::{Bound, sql_as_tenant};
use uuid::Uuid;

const TENANT: &str = "khuyenhoc_tenant";

/// A city whose first family and its neighbour's branch are approved, at a day on which they mark themselves.
async fn ready(kind: Kind) -> World {
    let world = World::build(kind).await;
    publish_shipped(&world.officer.client, "family-448-2015").await;
    for branch in [world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0)] {
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration])
            .await
            .ok();
    }
    world.app.clock.set(moment("2026-10-10T09:00:00+07:00"));
    world
}

async fn save(client: &Client, registration: &str, version: Option<i32>, marks: &[Value]) -> Answer {
    let input = json!({"registrationId": registration, "expectedVersion": version, "marks": marks});
    mutate(client, "saveScoreSheet", input).await
}

async fn sign(client: &Client, registration: &str, version: i32) -> Answer {
    let input = json!({"registrationId": registration, "expectedVersion": version});
    mutate(client, "submitScoreSheet", input).await
}

async fn shown(client: &Client, registration: &str) -> Answer {
    ask(client, "registration", json!({"id": registration})).await.ok()
}

/// Brings so many registrations of the first branch to SELF_SCORED, the first family's among them.
async fn many_scored(world: &World, number: usize) {
    let branch = world.branch(0, 0, 0);
    let head = &branch.head.client;
    world.app.clock.set(moment("2026-03-10T09:00:00+07:00"));
    let mut ids = vec![branch.registration.clone()];
    for at in 1..number {
        let input = json!({"headName": "Tạ Văn Dài", "address": format!("Số {at}")});
        let household = create_household(head, input).await;
        let answer = register(head, &household, Uuid::new_v4()).await.ok();
        ids.push(answer.text("registerHousehold.registration.id"));
    }
    let others: Vec<&str> = ids.iter().skip(1).map(String::as_str).collect();
    decide(head, "approveRegistrations", &others).await.ok();
    world.app.clock.set(moment("2026-10-10T09:00:00+07:00"));
    for id in &ids {
        score(head, id, &family_marks(9.0)).await.ok();
    }
}

async fn send_back(world: &World) {
    let branch = world.branch(0, 0, 0);
    let returned = decide(&branch.head.client, "returnRegistrations", &[&branch.registration])
        .await
        .ok();
    assert_eq!(
        returned.data("returnRegistrations.results.0.outcome"),
        "APPLIED",
        "{}",
        returned.json
    );
}

on_both! {
    async fn a_family_marks_itself_and_signs(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, id) = (&branch.family.client, &branch.registration);
        let draft = save(family, id, None, &family_marks(9.0)[..4]).await.ok();
        assert_eq!(draft.data("saveScoreSheet.scoreSheet.version"), 1);
        for open in ["total", "passes", "signedAt"] {
            assert!(draft.data(&format!("saveScoreSheet.scoreSheet.{open}")).is_null(), "{open}");
        }
        assert_eq!(draft.list("saveScoreSheet.scoreSheet.lines").len(), 10);
        assert!(draft.data("saveScoreSheet.scoreSheet.lines.4.points").is_null());
        assert_eq!(draft.data("saveScoreSheet.registration.state"), "APPROVED");
        let mut marks = family_marks(9.0);
        marks[0]["note"] = json!("Cả hai con đi học");
        let full = save(family, id, Some(1), &marks).await.ok();
        assert_eq!(full.data("saveScoreSheet.scoreSheet.total"), 90.0);
        let signed = sign(family, id, 2).await.ok();
        let sheet = |field: &str| signed.data(&format!("submitScoreSheet.scoreSheet.{field}")).clone();
        assert_eq!(signed.data("submitScoreSheet.registration.state"), "SELF_SCORED");
        assert_eq!((sheet("version"), sheet("round"), sheet("kind")), (json!(3), json!(1), json!("SUBJECT")));
        assert_eq!((sheet("passes"), sheet("total"), sheet("maximum")), (json!(true), json!(90.0), json!(100.0)));
        assert_eq!((sheet("sample"), sheet("channel"), sheet("actorRole")), (json!(true), json!("PHONE"), json!("FAMILY")));
        assert_eq!((sheet("lines.0.note"), sheet("lines.0.counted")), (json!("Cả hai con đi học"), json!(9.0)));
        assert!(sheet("shortfalls").as_array().is_some_and(Vec::is_empty));
        assert_eq!(sheet("signedAt"), "2026-10-10T09:00:00+07:00");
        let seen = shown(&branch.head.client, id).await;
        assert_eq!(seen.data("registration.scoreSheets.0.total"), 90.0);
        let last = seen.list("registration.journal").last().expect("a line").clone();
        assert_eq!((&last["action"], &last["late"], &last["toState"]), (&json!("SELF_SCORE"), &json!(false), &json!("SELF_SCORED")));
        world.app.assert_counters().await;
    }

    async fn it_says_why_not_in_both_languages(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let signed = score(&branch.family.client, &branch.registration, &family_marks(7.0)).await.ok();
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.passes"), false);
        let short = signed.data("submitScoreSheet.scoreSheet.shortfalls.0").clone();
        assert_eq!(short, json!({"kind": "TOTAL", "indicator": null, "reached": 70.0, "needed": 80.0,
            "message": "The total is 70; at least 80 points are needed."}));
        let vietnamese = branch.family.client.with_header("accept-language", "vi");
        let seen = shown(&vietnamese, &branch.registration).await;
        let message = seen.text("registration.scoreSheets.0.shortfalls.0.message");
        assert_eq!(message, "Tổng điểm 70, cần ít nhất 80 điểm.");
    }

    async fn a_family_without_children_is_counted_on_what_applies(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut marks = family_marks(8.0);
        for mark in &mut marks[..4] {
            *mark = json!({"indicator": mark["indicator"], "notApplicable": true});
        }
        let signed = score(&branch.family.client, &branch.registration, &marks).await.ok();
        // 48 of the 60 that are left
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.total"), 80.0);
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.passes"), true);
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.lines.0.notApplicable"), true);
        assert!(signed.data("submitScoreSheet.scoreSheet.lines.0.counted").is_null());
    }

    async fn marks_that_cannot_stand_are_told_one_by_one(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, id) = (&branch.family.client, &branch.registration);
        let marks = [
            json!({"indicator": "1.1", "points": 11}),
            json!({"indicator": "1.2", "points": 0.5}),
            json!({"indicator": "2.2", "notApplicable": true}),
            json!({"indicator": "9.9", "points": 1}),
            json!({"indicator": "1.1", "points": 1}),
            json!({"indicator": "4.1", "points": 1}),
        ];
        let told = |rules: &[(&str, &str)]| -> Vec<(String, String)> {
            rules.iter().map(|(path, rule)| ((*path).to_owned(), (*rule).to_owned())).collect()
        };
        assert_eq!(save(family, id, None, &marks).await.problems(), told(&[
            ("marks.0", "ABOVE_MAXIMUM"), ("marks.1", "NOT_A_STEP"), ("marks.2", "ALWAYS_APPLIES"),
            ("marks.3", "NOT_AN_INDICATOR"), ("marks.4", "REPEATED"),
        ]));
        let marks = [
            json!({"indicator": "1.1", "points": 1.234}),
            json!({"indicator": "1.2", "points": -1}),
            json!({"indicator": "1.3", "points": 1, "notApplicable": true}),
            json!({"indicator": "2.1", "points": 1, "note": "x".repeat(2001)}),
        ];
        assert_eq!(save(family, id, None, &marks).await.problems(), told(&[
            ("marks.0.points", "NOT_POINTS"), ("marks.1.points", "OUT_OF_RANGE"),
            ("marks.2", "POINTS_AND_NOT_APPLICABLE"), ("marks.3.note", "TOO_LONG"),
        ]));
        assert_eq!(sign(family, id, 1).await.problems(), told(&[("marks", "REQUIRED")]));
        save(family, id, None, &family_marks(9.0)[..8]).await.ok();
        assert_eq!(sign(family, id, 1).await.problems(), told(&[("marks.8", "REQUIRED"), ("marks.9", "REQUIRED")]));
        assert_eq!(shown(family, id).await.data("registration.state"), "APPROVED");
    }

    async fn sent_twice_it_is_done_once_and_an_old_version_is_stale(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, id) = (&branch.family.client, &branch.registration);
        save(family, id, None, &family_marks(9.0)).await.ok();
        let stale = save(family, id, None, &family_marks(8.0)).await.ok();
        assert_eq!(stale.data("saveScoreSheet.outcome"), "STALE");
        assert_eq!(stale.data("saveScoreSheet.scoreSheet.total"), 90.0);
        assert_eq!(sign(family, id, 7).await.ok().data("submitScoreSheet.outcome"), "STALE");
        let input = json!({"idempotencyKey": Uuid::new_v4(), "registrationId": id, "expectedVersion": 1});
        let both = tokio::join!(
            mutate(family, "submitScoreSheet", input.clone()),
            mutate(family, "submitScoreSheet", input.clone()),
        );
        let mut outcomes = [both.0.ok().text("submitScoreSheet.outcome"), both.1.ok().text("submitScoreSheet.outcome")];
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "REPLAYED"]);
        let mut other = input;
        other["expectedVersion"] = json!(2);
        assert_eq!(mutate(family, "submitScoreSheet", other).await.ok().data("submitScoreSheet.outcome"), "KEY_REUSED");
        let seen = shown(family, id).await;
        assert_eq!((seen.list("registration.scoreSheets").len(), seen.list("registration.journal").len()), (1, 3));
    }

    async fn of_two_at_once_one_begins_and_one_signs(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head, id) = (&branch.family.client, &branch.head.client, &branch.registration);
        let (full, fewer) = (family_marks(9.0), family_marks(8.0));
        let both = tokio::join!(save(family, id, None, &full), save(head, id, None, &fewer));
        let mut outcomes = [both.0.ok().text("saveScoreSheet.outcome"), both.1.ok().text("saveScoreSheet.outcome")];
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "STALE"]);
        save(family, id, Some(1), &full).await.ok();
        let both = tokio::join!(sign(family, id, 2), sign(family, id, 2));
        let done = [&both.0, &both.1].into_iter().filter(|answer| answer.errors().is_empty()).count();
        assert_eq!(done, 1, "{} {}", both.0.json, both.1.json);
        let refused = if both.0.errors().is_empty() { &both.1 } else { &both.0 };
        assert_eq!(refused.rule(), Some("NOT_IN_THIS_STATE"));
    }

    async fn what_comes_back_is_marked_on_the_next_sheet(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, id) = (&branch.family.client, &branch.registration);
        score(family, id, &family_marks(10.0)).await.ok();
        assert_eq!(save(family, id, Some(2), &family_marks(9.0)).await.rule(), Some("NOT_IN_THIS_STATE"));
        send_back(&world).await;
        assert_eq!(sign(family, id, 2).await.problems().len(), 1, "there is no draft of the second round");
        // a version published since is what the second round is marked by; the first keeps its own
        let first = shown(family, id).await;
        let (_, text) = khuyenhoc::criteria::shipped::SHIPPED.iter().find(|(name, _)| *name == "family-448-2015").expect("a set");
        let document = text.replace("version: 1", "version: 2").replace("total: 80", "total: 70");
        mutate(&world.officer.client, "publishCriteriaSet", json!({"document": document})).await.ok();
        let signed = score(family, id, &family_marks(7.0)).await.ok();
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.round"), 2);
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.criteriaSet.version"), 2);
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.passes"), true);
        let seen = shown(family, id).await;
        assert_eq!(seen.list("registration.scoreSheets").len(), 2);
        assert_eq!(seen.data("registration.scoreSheets.0"), first.data("registration.scoreSheets.0"));
        world.app.assert_counters().await;
    }

    async fn a_branch_head_enters_paper_and_leaves_a_phone_alone(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head, id) = (&branch.family.client, &branch.head.client, &branch.registration);
        save(family, id, None, &family_marks(9.0)).await.ok();
        assert_eq!(sign(head, id, 1).await.rule(), Some("SHEET_ON_PHONE"));
        // the family brings it on paper after all
        save(head, id, Some(1), &family_marks(8.0)).await.ok();
        let signed = sign(head, id, 2).await.ok();
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.channel"), "PAPER");
        assert_eq!(signed.data("submitScoreSheet.scoreSheet.actorRole"), "BRANCH_HEAD");
        let seen = shown(family, id).await;
        assert_eq!(seen.data("registration.scoreSheets.0.total"), 80.0);
        assert_eq!(seen.list("registration.journal").last().expect("a line")["channel"], "PAPER");
    }

    async fn nobody_marks_for_others(kind) {
        let world = ready(kind).await;
        let (mine, sibling, foreign) = (world.branch(0, 0, 0), world.branch(0, 0, 1), world.branch(1, 0, 0));
        score(&sibling.family.client, &sibling.registration, &family_marks(9.0)).await.ok();
        score(&foreign.family.client, &foreign.registration, &family_marks(9.0)).await.ok();
        for client in [&mine.family.client, &mine.head.client] {
            for other in [sibling, foreign] {
                for answer in [
                    save(client, &other.registration, None, &family_marks(1.0)).await,
                    sign(client, &other.registration, 1).await,
                    ask(client, "registration", json!({"id": other.registration})).await,
                ] {
                    assert_eq!(answer.code(), Some("NOT_FOUND"), "{}", answer.json);
                }
                let sheet = shown(&other.family.client, &other.registration).await.text("registration.scoreSheets.0.id");
                let node = "query($id: ID!) { node(id: $id) { id } }";
                assert_eq!(client.run(node, json!({"id": sheet})).await.code(), Some("NOT_FOUND"));
                let seen = other.family.client.run(node, json!({"id": sheet})).await.ok();
                assert_eq!(seen.data("node.id"), &json!(sheet));
            }
        }
        let ward = &world.ward(0, 0).officer.client;
        assert_eq!(save(ward, &mine.registration, None, &[]).await.code(), Some("FORBIDDEN"));
        assert_eq!(shown(ward, &sibling.registration).await.list("registration.scoreSheets").len(), 1);
    }

    async fn time_and_state_are_kept_to(kind) {
        let world = ready(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, id) = (&branch.family.client, &branch.registration);
        world.app.clock.set(moment("2026-09-30T09:00:00+07:00"));
        assert_eq!(save(family, id, None, &[]).await.rule(), Some("WINDOW_NOT_OPEN"));
        world.app.clock.set(moment("2026-11-20T09:00:00+07:00"));
        assert_eq!(save(family, id, None, &[]).await.rule(), Some("WINDOW_CLOSED"));
        let late = json!([{"phase": "SELF_SCORING", "opensAt": "2026-10-01T00:00:00+07:00",
            "closesAt": "2026-11-16T00:00:00+07:00", "lateAllowed": true}]);
        let change = json!({"year": YEAR, "windows": late, "reason": "Bão lụt"});
        mutate(&world.officer.client, "changeProgrammeYear", change).await.ok();
        score(family, id, &family_marks(9.0)).await.ok();
        assert_eq!(shown(family, id).await.list("registration.journal").last().expect("a line")["late"], true);
        // waiting, not approved
        let waiting = world.branch(0, 1, 0);
        let refused = save(&waiting.family.client, &waiting.registration, None, &[]).await;
        assert_eq!((refused.rule(), refused.extension("state")), (Some("NOT_IN_THIS_STATE"), Some(&json!("SUBMITTED"))));
        let close = json!({"year": YEAR, "reason": "Tổng kết xong"});
        mutate(&world.officer.client, "closeProgrammeYear", close).await.ok();
        let sibling = world.branch(0, 0, 1);
        assert_eq!(save(&sibling.family.client, &sibling.registration, None, &[]).await.rule(), Some("YEAR_CLOSED"));
    }

    async fn without_criteria_there_is_nothing_to_mark(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        decide(&branch.head.client, "approveRegistrations", &[&branch.registration]).await.ok();
        world.app.clock.set(moment("2026-10-10T09:00:00+07:00"));
        let refused = save(&branch.family.client, &branch.registration, None, &[]).await;
        assert_eq!(refused.rule(), Some("NO_CRITERIA_SET"));
        let seen = shown(&branch.family.client, &branch.registration).await;
        assert!(seen.list("registration.scoreSheets").is_empty());
    }

    async fn a_list_with_sheets_takes_as_many_statements_for_fifty_as_for_five(kind) {
        let world = ready(kind).await;
        many_scored(&world, 50).await;
        let head = &world.branch(0, 0, 0).head.client;
        let list = "query ($year: Int!, $first: Int!) { registrations(year: $year, state: SELF_SCORED, first: $first) {
            edges { node { id criteriaSet { code } scoreSheets { total lines { points } shortfalls { message } } } } } }";
        let mut taken = Vec::new();
        for first in [5, 50] {
            let before = world.app.statements();
            let answer = head.run(list, json!({"year": YEAR, "first": first})).await.ok();
            assert_eq!(answer.list("registrations.edges").len(), first);
            assert_eq!(answer.data("registrations.edges.4.node.scoreSheets.0.total"), 90.0);
            taken.push(world.app.statements() - before);
        }
        // account, session, posts; list, total; sheets (their set is known); the set that applies
        assert_eq!(taken[0], taken[1]);
        assert!(taken[0] <= 8, "{taken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_alone_keeps_a_signed_sheet_as_it_is() {
    let world = ready(Kind::Postgres).await;
    let (mine, sibling) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
    score(&mine.family.client, &mine.registration, &family_marks(9.0))
        .await
        .ok();
    save(&sibling.family.client, &sibling.registration, None, &family_marks(9.0))
        .await
        .ok();
    let (database, tenant) = (&world.app.database, world.district(0).tenant);
    for bound in Bound::ALL {
        // one is signed, one a draft: only the draft is touched
        for change in ["total = 1", "signed_at = NULL", "marks = '[]'"] {
            let sql = format!("WITH c AS (UPDATE score_sheet SET {change} RETURNING 1) SELECT COUNT(*) FROM c");
            let touched = sql_as_tenant(database, tenant, bound, &sql).await.expect("a count");
            assert_eq!(touched[0][0].as_deref(), Some("1"), "{bound:?} {change}");
        }
        let removed = sql_as_tenant(database, tenant, bound, "DELETE FROM score_sheet").await;
        assert!(
            removed.expect_err("no grant").contains("permission denied"),
            "{TENANT} removes sheets"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_refuses_to_change_a_signed_sheet() {
    let world = ready(Kind::Sqlite).await;
    let branch = world.branch(0, 0, 0);
    score(&branch.family.client, &branch.registration, &family_marks(9.0))
        .await
        .ok();
    let change = world
        .app
        .database
        .sql_as(TENANT, "UPDATE score_sheet SET total = 1")
        .await;
    assert!(
        change
            .expect_err("a refusal")
            .to_string()
            .contains("a signed sheet takes no update")
    );
}
