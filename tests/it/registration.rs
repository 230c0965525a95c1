//! The journey of a registration, every refusal on the way, and what holds when many come at once.

use serde_json::{Value, json};
use tests::app::moment;
use tests::client::{Answer, Client};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, decide, mutate, register};
use tokio::task::JoinSet;
use uuid::Uuid;

async fn registration(client: &Client, id: &str) -> Value {
    let answer = ask(client, "registration", json!({ "id": id })).await.ok();
    answer.data("registration").clone()
}

async fn submit(client: &Client, id: &str, version: i64) -> Answer {
    let input = json!({"id": id, "expectedVersion": version, "note": "Đã sửa"});
    mutate(client, "submitRegistration", input).await
}

async fn withdraw(client: &Client, id: &str, version: i64) -> Answer {
    mutate(
        client,
        "withdrawRegistration",
        json!({"id": id, "expectedVersion": version}),
    )
    .await
}

/// A household of the branch that its head has entered.
async fn on_paper(world: &World, number: usize) -> String {
    let input = json!({"headName": "Lý Thị Giấy", "address": format!("Ngõ {number}")});
    create_household(&world.branch(0, 0, 0).head.client, input).await
}

on_both! {
    async fn a_family_registers_corrects_and_is_approved(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head, id) = (&branch.family.client, &branch.head.client, branch.registration.as_str());

        let pending = ask(head, "registrations", json!({"year": YEAR})).await.ok();
        assert_eq!(pending.number("registrations.totalCount"), 1);
        assert_eq!(pending.text("registrations.edges.0.node.id"), id);

        let returned = decide(head, "returnRegistrations", &[id]).await.ok();
        assert_eq!(returned.text("returnRegistrations.outcome"), "APPLIED");
        assert_eq!(returned.text("returnRegistrations.results.0.outcome"), "APPLIED");
        let seen = registration(family, id).await;
        assert_eq!((&seen["state"], &seen["reason"]), (&json!("RETURNED"), &json!("Xin bổ sung địa chỉ")));

        assert_eq!(submit(family, id, 2).await.ok().text("submitRegistration.registration.state"), "SUBMITTED");
        let approved = decide(head, "approveRegistrations", &[id]).await.ok();
        assert_eq!(approved.text("approveRegistrations.results.0.registration.state"), "APPROVED");

        let seen = registration(family, id).await;
        let journal: Vec<_> = seen["journal"]
            .as_array()
            .expect("a journal")
            .iter()
            .map(|line| format!("{} {} {} {}", line["version"], line["action"], line["actorRole"], line["channel"]).replace('"', ""))
            .collect();
        assert_eq!(journal, ["1 SUBMIT FAMILY PHONE", "2 RETURN BRANCH_HEAD PAPER", "3 SUBMIT FAMILY PHONE", "4 APPROVE BRANCH_HEAD PAPER"]);

        let city = ask(&world.leader.client, "cityOverview", json!({"year": YEAR})).await.ok();
        assert_eq!(city.number("cityOverview.counts.approved"), 1);
        assert_eq!(city.number("cityOverview.counts.registered"), 8);
        assert_eq!(city.number("cityOverview.subjects"), 8);
        world.app.assert_counters().await;
    }

    async fn a_family_without_a_phone_is_entered_on_paper(kind) {
        let world = World::build(kind).await;
        let household = on_paper(&world, 1).await;
        let head = &world.branch(0, 0, 0).head.client;
        let answer = register(head, &household, Uuid::new_v4()).await.ok();
        assert_eq!(answer.text("registerHousehold.registration.channel"), "PAPER");
        world.app.assert_counters().await;
    }

    async fn a_draft_is_sent_in_and_what_is_withdrawn_may_come_again(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let household = on_paper(&world, 1).await;
        let input = json!({"householdId": household, "year": YEAR, "asDraft": true});
        let draft = mutate(head, "registerHousehold", input).await.ok();
        assert_eq!(draft.text("registerHousehold.registration.state"), "DRAFT");
        let id = draft.text("registerHousehold.registration.id");
        assert_eq!(submit(head, &id, 1).await.ok().text("submitRegistration.outcome"), "APPLIED");
        assert_eq!(withdraw(head, &id, 2).await.ok().text("withdrawRegistration.registration.state"), "WITHDRAWN");
        let again = register(head, &household, Uuid::new_v4()).await.ok();
        assert_eq!(again.text("registerHousehold.registration.id"), id);
        assert_eq!(again.number("registerHousehold.registration.version"), 4);
        world.app.assert_counters().await;
    }

    async fn steps_the_workflow_does_not_know_are_refused_and_change_nothing(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (family, head, id) = (&branch.family.client, &branch.head.client, branch.registration.as_str());
        decide(head, "rejectRegistrations", &[id]).await.ok();
        for refused in [submit(family, id, 2).await, withdraw(family, id, 2).await] {
            assert_eq!((refused.code(), refused.rule()), (Some("REFUSED"), Some("NOT_IN_THIS_STATE")));
            assert_eq!(refused.extension("state"), Some(&json!("REJECTED")));
        }
        for field in ["approveRegistrations", "returnRegistrations", "rejectRegistrations"] {
            let answer = decide(head, field, &[id]).await.ok();
            assert_eq!(answer.text(&format!("{field}.results.0.rule")), "NOT_IN_THIS_STATE");
        }
        let seen = registration(family, id).await;
        assert_eq!((&seen["state"], &seen["version"]), (&json!("REJECTED"), &json!(2)));
        let once_more = register(family, &branch.household, Uuid::new_v4()).await.ok();
        assert_eq!(once_more.text("registerHousehold.outcome"), "ALREADY_REGISTERED");
        world.app.assert_counters().await;
    }

    async fn a_reason_is_needed_to_return_or_reject(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        for field in ["returnRegistrations", "rejectRegistrations"] {
            let input = json!({"items": [{"id": branch.registration}], "reason": "  "});
            let refused = mutate(&branch.head.client, field, input).await;
            assert_eq!(refused.code(), Some("INVALID"));
            assert_eq!(refused.extension("fields").expect("fields")[0]["path"], "reason");
        }
    }

    async fn the_same_key_does_the_same_thing_once(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (household, key) = (on_paper(&world, 1).await, Uuid::new_v4());
        let first = register(head, &household, key).await.ok();
        let second = register(head, &household, key).await.ok();
        assert_eq!(first.text("registerHousehold.outcome"), "APPLIED");
        assert_eq!(second.text("registerHousehold.outcome"), "REPLAYED");
        assert_eq!(second.data("registerHousehold.registration"), first.data("registerHousehold.registration"));
        let other = on_paper(&world, 2).await;
        let reused = register(head, &other, key).await.ok();
        assert_eq!(reused.text("registerHousehold.outcome"), "KEY_REUSED");
        assert!(reused.data("registerHousehold.registration").is_null());
        world.app.assert_counters().await;
    }

    async fn a_key_belongs_to_its_account(kind) {
        let world = World::build(kind).await;
        let key = Uuid::new_v4();
        let (one, other) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        for branch in [one, other] {
            let input = json!({"idempotencyKey": key, "items": [{"id": branch.registration}]});
            let answer = mutate(&branch.head.client, "approveRegistrations", input).await.ok();
            assert_eq!(answer.text("approveRegistrations.results.0.outcome"), "APPLIED");
        }
    }

    async fn a_stale_version_changes_nothing_and_shows_what_is_there(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let id = branch.registration.as_str();
        decide(&branch.head.client, "returnRegistrations", &[id]).await.ok();
        let stale = withdraw(&branch.family.client, id, 1).await.ok();
        assert_eq!(stale.text("withdrawRegistration.outcome"), "STALE");
        assert_eq!(stale.number("withdrawRegistration.registration.version"), 2);
        let input = json!({"items": [{"id": id, "expectedVersion": 1}]});
        let stale = mutate(&branch.head.client, "approveRegistrations", input).await.ok();
        assert_eq!(stale.text("approveRegistrations.results.0.outcome"), "STALE");
    }

    async fn nobody_decides_on_their_own_household(kind) {
        use entity::vocabulary::Role;
        use tests::factory::appoint;
        let world = World::build(kind).await;
        let (district, branch) = (world.district(0), world.branch(0, 0, 0));
        // the branch's second head has the phone number that the household gave
        let phone = "0987654321";
        let second = appoint(&world.app, district.tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", Some(phone)).await;
        let input = json!({"headName": "Bùi Thị Hai", "address": "Số 9", "phone": "+84 987 654 321"});
        let household = create_household(&branch.head.client, input).await;
        let answer = register(&branch.head.client, &household, Uuid::new_v4()).await.ok();
        let id = answer.text("registerHousehold.registration.id");
        for field in ["approveRegistrations", "returnRegistrations", "rejectRegistrations"] {
            let answer = decide(&second.client, field, &[&id]).await.ok();
            assert_eq!(answer.text(&format!("{field}.results.0.rule")), "OWN_HOUSEHOLD");
        }
        let answer = decide(&branch.head.client, "approveRegistrations", &[&id]).await.ok();
        assert_eq!(answer.text("approveRegistrations.results.0.outcome"), "APPLIED");
    }

    async fn two_hundred_are_decided_on_at_once_each_with_its_own_result(kind) {
        let world = World::build(kind).await;
        let (branch, sibling) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let head = &branch.head.client;
        let mut ids = Vec::new();
        for number in 0..8 {
            let household = on_paper(&world, number).await;
            let answer = register(head, &household, Uuid::new_v4()).await.ok();
            ids.push(answer.text("registerHousehold.registration.id"));
        }
        decide(head, "rejectRegistrations", &[&ids[7]]).await.ok();
        ids.push(branch.registration.clone());
        ids.push(ids[0].clone());
        ids.push(sibling.registration.clone());
        ids.resize(200, world.branch(1, 0, 0).registration.clone());
        let answer = decide(head, "approveRegistrations", &ids.iter().map(String::as_str).collect::<Vec<_>>()).await.ok();
        let results = answer.list("approveRegistrations.results");
        assert_eq!(results.len(), 200);
        for (at, result) in results.iter().enumerate() {
            let expected = match at {
                0..7 | 8 => ("APPLIED", Value::Null),
                7 => ("REFUSED", json!("NOT_IN_THIS_STATE")),
                9 => ("REFUSED", json!("REPEATED")),
                _ => ("NOT_FOUND", Value::Null),
            };
            assert_eq!((result["outcome"].as_str().expect("an outcome"), result["rule"].clone()), expected, "{at}");
            assert_eq!(result["id"], json!(ids[at]));
        }
        ids.push(ids[0].clone());
        let refused = decide(head, "approveRegistrations", &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!(refused.code(), Some("INVALID"));
        assert_eq!(refused.extension("fields").expect("fields")[0]["rule"], "TOO_MANY");
        world.app.assert_counters().await;
    }

    async fn registering_has_a_first_and_a_last_moment(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let household = on_paper(&world, 1).await;
        let at = |text: &str| world.app.clock.set(moment(text));
        let rule = async |year: i32| {
            let answer = mutate(head, "registerHousehold", json!({"householdId": household, "year": year})).await;
            answer.rule().map(ToOwned::to_owned)
        };
        assert_eq!(rule(2030).await.as_deref(), Some("YEAR_NOT_OPENED"));
        at("2026-01-04T23:59:59.999999+07:00");
        assert_eq!(rule(YEAR).await.as_deref(), Some("WINDOW_NOT_OPEN"));
        at("2026-05-01T00:00:00+07:00");
        assert_eq!(rule(YEAR).await.as_deref(), Some("WINDOW_CLOSED"));
        at("2026-04-30T23:59:59.999999+07:00");
        assert_eq!(rule(YEAR).await, None);
    }

    async fn what_was_returned_may_be_corrected_after_the_window(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        world.app.clock.set(moment("2026-06-01T00:00:00+07:00"));
        let answer = submit(&branch.family.client, &branch.registration, 2).await.ok();
        assert_eq!(answer.text("submitRegistration.outcome"), "APPLIED");
    }

    async fn an_ended_post_gives_nothing_from_that_moment_with_a_live_token(kind) {
        use entity::vocabulary::Role;
        use tests::factory::{appoint_account, create_account};
        let world = World::build(kind).await;
        let (district, branch) = (world.district(0), world.branch(0, 0, 0));
        let account = create_account(&world.app, "Cao Thị Hết", None, None).await;
        let dates = ("2026-01-01T00:00:00+07:00", Some("2026-03-10T09:05:00+07:00"));
        let person = appoint_account(&world.app, district.tenant, &branch.unit, Role::BranchHead, account, dates).await;
        let token = person.client.token().expect("a token");
        let client = person.client.with_token(&token);
        ask(&client, "registrations", json!({"year": YEAR})).await.ok();
        world.app.clock.set(moment("2026-03-10T09:05:00+07:00"));
        let refused = ask(&client, "registrations", json!({"year": YEAR})).await;
        assert_eq!(refused.code(), Some("FORBIDDEN"));
        let refused = decide(&client, "approveRegistrations", &[&branch.registration]).await;
        assert_eq!(refused.code(), Some("FORBIDDEN"));
        let viewer = ask(&client, "viewer", json!({})).await.ok();
        assert!(viewer.list("viewer.posts").is_empty());
    }

    async fn of_two_heads_approving_at_once_one_does(kind) {
        use entity::vocabulary::Role;
        use tests::factory::appoint;
        let world = World::build(kind).await;
        let (district, branch) = (world.district(0), world.branch(0, 0, 0));
        let second = appoint(&world.app, district.tenant, &branch.unit, Role::BranchHead, "Bùi Thị Hai", None).await;
        let mut tries = JoinSet::new();
        for client in [branch.head.client.clone(), second.client.clone()] {
            let id = branch.registration.clone();
            tries.spawn(async move {
                let answer = decide(&client, "approveRegistrations", &[&id]).await.ok();
                answer.text("approveRegistrations.results.0.outcome")
            });
        }
        let mut outcomes = tries.join_all().await;
        outcomes.sort();
        assert_eq!(outcomes, ["APPLIED", "REFUSED"]);
        assert_eq!(registration(&branch.family.client, &branch.registration).await["version"], 2);
        world.app.assert_counters().await;
    }

    async fn twenty_parallel_registrations_of_one_household_make_one(kind) {
        let world = World::build(kind).await;
        let head = world.branch(0, 0, 0).head.client.clone();
        let household = on_paper(&world, 1).await;
        let mut tries = JoinSet::new();
        for _ in 0..20 {
            let (head, household) = (head.clone(), household.clone());
            tries.spawn(async move {
                let answer = register(&head, &household, Uuid::new_v4()).await.ok();
                (answer.text("registerHousehold.outcome"), answer.text("registerHousehold.registration.id"))
            });
        }
        let outcomes = tries.join_all().await;
        assert_eq!(outcomes.iter().filter(|(outcome, _)| outcome == "APPLIED").count(), 1);
        assert!(outcomes.iter().all(|(_, id)| *id == outcomes[0].1));
        world.app.assert_counters().await;
    }

    async fn the_same_key_sent_ten_times_at_once_is_done_once(kind) {
        let world = World::build(kind).await;
        let head = world.branch(0, 0, 0).head.client.clone();
        let (household, key) = (on_paper(&world, 1).await, Uuid::new_v4());
        let mut tries = JoinSet::new();
        for _ in 0..10 {
            let (head, household) = (head.clone(), household.clone());
            tries.spawn(async move { register(&head, &household, key).await.ok().text("registerHousehold.outcome") });
        }
        let mut outcomes = tries.join_all().await;
        outcomes.sort();
        assert_eq!(outcomes[0], "APPLIED");
        assert!(outcomes[1..].iter().all(|outcome| outcome == "REPLAYED"), "{outcomes:?}");
        world.app.assert_counters().await;
    }
}
