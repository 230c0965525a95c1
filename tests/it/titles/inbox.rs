//! The inbox: what waits for whom, since when and until when; households that have not registered; canned reasons.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::app::moment;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, decide, mutate, register};
use tests::titles::{AUTUMN, approved, assessed, propose, self_scored};
use uuid::Uuid;

/// The entries of somebody's inbox: state, for whom, how many.
async fn entries(client: &Client, unit: Option<&str>) -> Vec<(String, String, i64)> {
    let answer = ask(client, "inbox", json!({"unitId": unit, "year": YEAR})).await.ok();
    let text = |entry: &Value, name: &str| entry[name].as_str().expect("a text").to_owned();
    let list = answer.list("inbox.entries").iter();
    list.map(|entry| {
        assert_eq!(entry["model"], "LEARNING_FAMILY");
        assert_eq!(entry["items"]["totalCount"], entry["total"]);
        let total = entry["total"].as_i64().expect("a number");
        (text(entry, "state"), text(entry, "waitsFor"), total)
    })
    .collect()
}

fn of(state: &str, waits: &str, total: i64) -> (String, String, i64) {
    (state.to_owned(), waits.to_owned(), total)
}

async fn names_not_registered(client: &Client, variables: Value) -> (Vec<String>, i64, Value) {
    let answer = ask(client, "householdsNotRegistered", variables).await.ok();
    let name = |row: &Value| row["headName"].as_str().expect("a name").to_owned();
    let names = answer.list("householdsNotRegistered.nodes").iter().map(name).collect();
    let total = answer.data("householdsNotRegistered.totalCount").as_i64().unwrap_or(-1);
    (names, total, answer.data("householdsNotRegistered.pageInfo").clone())
}

on_both! {
    async fn a_branch_head_sees_what_to_decide_oldest_first_with_age_and_deadline(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        world.app.clock.advance(TimeDelta::days(3));
        for number in 0..3 {
            let input = json!({"headName": "Lâm Thị Đợi", "address": format!("Ngõ {number}")});
            let household = create_household(head, input).await;
            register(head, &household, Uuid::new_v4()).await.ok();
        }
        world.app.clock.advance(TimeDelta::days(2));
        let answer = ask(head, "inbox", json!({"year": YEAR, "first": 2})).await.ok();
        assert_eq!(answer.data("inbox.today"), "2026-03-15");
        assert_eq!(answer.list("inbox.entries").len(), 1);
        let entry = answer.data("inbox.entries.0");
        assert_eq!((&entry["state"], &entry["nextAction"], &entry["total"]), (&json!("SUBMITTED"), &json!("APPROVE"), &json!(4)));
        assert_eq!(entry["oldest"], json!({"since": "2026-03-10T09:00:00+07:00", "ageDays": 5}));
        // an approval is not refused when registering is over, but it is behind time
        assert_eq!(entry["deadline"], json!({"phase": "REGISTRATION", "closesAt": "2026-05-01T00:00:00+07:00",
            "daysLeft": 46, "past": false, "refusedAfterwards": false}));
        assert_eq!(entry["items"]["nodes"][0]["id"], json!(branch.registration));
        assert_eq!(entry["items"]["pageInfo"]["hasNextPage"], true);
        // the next page is that of the pending list
        let after = entry["items"]["pageInfo"]["endCursor"].clone();
        let query = "query ($unit: ID, $year: Int!, $after: String) {
            registrations(unitId: $unit, year: $year, after: $after) { nodes { id } } }";
        let variables = json!({"unit": branch.unit, "year": YEAR, "after": after});
        assert_eq!(head.run(query, variables).await.ok().list("registrations.nodes").len(), 2);
        assert!(answer.data("inbox.complaints").is_null());
        world.app.clock.set(moment("2026-05-01T00:00:00+07:00"));
        let late = ask(head, "inbox", json!({"year": YEAR})).await.ok();
        let deadline = late.data("inbox.entries.0.deadline");
        assert_eq!((&deadline["daysLeft"], &deadline["past"]), (&json!(-1), &json!(true)));
    }

    async fn each_desk_has_its_own_steps(kind) {
        let world = World::build(kind).await;
        let (branch, ward, district) = (world.branch(0, 0, 0), world.ward(0, 0), world.district(0));
        let (family, head, officer) = (&branch.family.client, &branch.head.client, &ward.officer.client);
        assert_eq!(entries(family, None).await, []);
        decide(head, "returnRegistrations", &[&branch.registration]).await.ok();
        assert_eq!(entries(family, None).await, [of("RETURNED", "YOU", 1)]);
        assert_eq!(entries(head, None).await, [of("RETURNED", "OTHERS", 1)]);
        let input = json!({"id": branch.registration, "expectedVersion": 2});
        mutate(family, "submitRegistration", input).await.ok();
        approved(branch, 2).await;
        decide(head, "approveRegistrations", &[&branch.registration]).await.ok();
        assert_eq!(entries(family, None).await, [of("APPROVED", "YOU", 1)]);
        assert_eq!(entries(head, None).await, [of("APPROVED", "OTHERS", 3)]);
        let marked = self_scored(&world, branch, 1).await;
        assert_eq!(entries(head, None).await, [of("APPROVED", "OTHERS", 3), of("SELF_SCORED", "YOU", 1)]);
        assert_eq!(entries(officer, None).await, []);
        let ready = assessed(&world, branch, 3).await;
        propose(officer, &ward.unit, "1", &ready[..1]).await.ok();
        assert_eq!(entries(officer, None).await, [of("BRANCH_ASSESSED", "YOU", 2), of("WARD_PROPOSED", "YOU", 1)]);
        // of one branch of the ward, and of one where nothing waits
        assert_eq!(entries(officer, Some(&branch.unit)).await.len(), 2);
        assert_eq!(entries(officer, Some(&world.branch(0, 0, 1).unit)).await, []);
        // a district decides nothing and sees what stands still: three families of its other branches too
        let below = entries(&district.officer.client, None).await;
        let states = [of("SUBMITTED", "OTHERS", 3), of("APPROVED", "OTHERS", 3), of("SELF_SCORED", "OTHERS", 1),
            of("BRANCH_ASSESSED", "OTHERS", 2), of("WARD_PROPOSED", "OTHERS", 1)];
        assert_eq!(below, states);
        let seen = ask(head, "inbox", json!({"year": YEAR})).await.ok();
        let deadline = seen.data("inbox.entries.1.deadline");
        assert_eq!((&deadline["phase"], &deadline["refusedAfterwards"]), (&json!("BRANCH_ASSESSMENT"), &json!(true)));
        assert_eq!(seen.list("inbox.entries.1.items.nodes")[0]["id"], json!(marked[0]));
    }

    async fn complaints_wait_for_the_ward(kind) {
        let world = World::build(kind).await;
        let (branch, ward) = (world.branch(0, 0, 0), world.ward(0, 0));
        let ids = assessed(&world, branch, 2).await;
        for id in &ids {
            let input = json!({"registrationId": id, "words": "Chấm chưa đúng"});
            mutate(&ward.officer.client, "enterComplaint", input).await.ok();
        }
        world.app.clock.advance(TimeDelta::days(4));
        for (client, waits) in [(&ward.officer.client, "YOU"), (&branch.head.client, "OTHERS")] {
            let answer = ask(client, "inbox", json!({"year": YEAR})).await.ok();
            let complaints = answer.data("inbox.complaints");
            assert_eq!((&complaints["waitsFor"], &complaints["total"], &complaints["more"]), (&json!(waits), &json!(2), &json!(false)));
            assert_eq!(complaints["oldest"]["ageDays"], 4);
            assert_eq!(complaints["items"]["nodes"].as_array().map(Vec::len), Some(2));
        }
        let other = ask(&world.ward(0, 1).officer.client, "inbox", json!({"year": YEAR})).await.ok();
        assert!(other.data("inbox.complaints").is_null());
    }

    async fn a_year_that_was_never_opened_is_an_empty_inbox(kind) {
        let world = World::build(kind).await;
        for client in [&world.branch(0, 0, 0).head.client, &world.branch(0, 0, 0).family.client, &world.officer.client] {
            let answer = ask(client, "inbox", json!({"year": 2031})).await.ok();
            assert_eq!(answer.data("inbox.entries"), &json!([]));
        }
        let wrong = ask(&world.officer.client, "inbox", json!({"year": 1999})).await;
        assert_eq!(wrong.problems()[0].0, "year");
    }

    async fn who_has_not_registered_is_listed_in_the_order_of_names(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let mut ids = Vec::new();
        for name in ["Trần Văn Ước", "Đỗ Thị Bưởi", "Lê Văn Đào", "Bùi Văn Dâu"] {
            ids.push(create_household(head, json!({"headName": name, "address": "Ngõ 1"})).await);
        }
        let all = json!({"year": YEAR, "first": 10});
        let (names, total, _) = names_not_registered(head, all.clone()).await;
        assert_eq!(names, ["Đỗ Thị Bưởi", "Bùi Văn Dâu", "Lê Văn Đào", "Trần Văn Ước"]);
        assert_eq!(total, 4);
        // a draft and what was taken back is not registered; what was returned or rejected is
        let draft = json!({"householdId": ids[0], "year": YEAR, "asDraft": true});
        mutate(head, "registerHousehold", draft).await.ok();
        let sent = register(head, &ids[1], Uuid::new_v4()).await.ok().text("registerHousehold.registration.id");
        let back = register(head, &ids[2], Uuid::new_v4()).await.ok().text("registerHousehold.registration.id");
        decide(head, "returnRegistrations", &[&sent]).await.ok();
        mutate(head, "withdrawRegistration", json!({"id": back, "expectedVersion": 1})).await.ok();
        let (names, total, _) = names_not_registered(head, all.clone()).await;
        assert_eq!((names, total), (vec!["Bùi Văn Dâu".to_owned(), "Lê Văn Đào".to_owned(), "Trần Văn Ước".to_owned()], 3));
        // page by page, and for the ward; the family of the other branch has registered
        let (first, _, info) = names_not_registered(head, json!({"year": YEAR, "first": 2})).await;
        assert_eq!((first.len(), &info["hasNextPage"]), (2, &json!(true)));
        let (rest, _, _) = names_not_registered(head, json!({"year": YEAR, "first": 2, "after": info["endCursor"]})).await;
        assert_eq!(rest, ["Trần Văn Ước"]);
        let officer = &world.ward(0, 0).officer.client;
        assert_eq!(names_not_registered(officer, json!({"unitId": branch.unit, "year": YEAR})).await.1, 3);
        assert_eq!(names_not_registered(officer, json!({"year": YEAR})).await.1, 3);
        // of another year nobody has, and a cursor of one year is none of another
        assert_eq!(names_not_registered(officer, json!({"year": YEAR + 1})).await.1, 6);
        let wrong = ask(head, "householdsNotRegistered", json!({"year": YEAR + 1, "after": info["endCursor"]})).await;
        assert_eq!(wrong.code(), Some("INVALID"));
        let other = ask(head, "householdsNotRegistered", json!({"year": YEAR, "unitId": world.branch(0, 0, 1).unit})).await;
        assert_eq!(other.code(), Some("NOT_FOUND"));
        // a family sees its own, without a total
        let (own, total, _) = names_not_registered(&branch.family.client, json!({"year": YEAR + 1})).await;
        assert_eq!((own.len(), total), (1, -1));
    }

    async fn reasons_come_in_the_language_asked_for_and_are_taken_as_they_are(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let asked = json!({"action": "RETURN", "state": "SUBMITTED"});
        let english = ask(head, "cannedReasons", asked.clone()).await.ok();
        let vietnamese = ask(&head.with_header("accept-language", "vi"), "cannedReasons", asked).await.ok();
        let first = |answer: &tests::client::Answer, name: &str| answer.text(&format!("cannedReasons.0.{name}"));
        assert_eq!(first(&english, "code"), "ADDRESS_INCOMPLETE");
        assert_eq!(first(&english, "code"), first(&vietnamese, "code"));
        assert_ne!(first(&english, "text"), first(&vietnamese, "text"));
        let reason = first(&vietnamese, "text");
        let input = json!({"items": [{"id": branch.registration}], "reason": reason});
        let returned = mutate(head, "returnRegistrations", input).await.ok();
        assert_eq!(returned.text("returnRegistrations.results.0.registration.reason"), reason);
        for (action, none) in [("REVOKE", false), ("DECLINE", false), ("REJECT", false), ("APPROVE", true)] {
            let answer = ask(head, "cannedReasons", json!({ "action": action })).await.ok();
            assert_eq!(answer.list("cannedReasons").is_empty(), none, "{action}");
        }
    }

    async fn an_inbox_takes_as_many_statements_for_many_as_for_few(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let mut taken = Vec::new();
        for more in [2, 40] {
            world.app.clock.set(moment(tests::app::START));
            approved(branch, more).await;
            let input = json!({"headName": "Lâm Thị Đợi", "address": format!("Ngách {more}")});
            let household = create_household(&branch.head.client, input).await;
            register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
            world.app.clock.set(moment(AUTUMN));
            let before = world.app.statements();
            let answer = ask(&branch.head.client, "inbox", json!({"year": YEAR, "first": 50})).await.ok();
            assert_eq!(answer.list("inbox.entries").len(), 2);
            taken.push(world.app.statements() - before);
        }
        // account, session, posts; the unit and its kind; counters; windows of city and ward; complaints; and of each
        // of the two entries the oldest and the page
        assert_eq!(taken, [13, 13]);
    }
}
