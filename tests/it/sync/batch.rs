//! What becomes of each item.

use entity::query::ColumnTrait as _;
use entity::scope::Writer;
use entity::table::unit_version;
use khuyenhoc::clock::{Clock as _, hanoi_date};
use khuyenhoc::global_id::NodeKind;
use serde_json::json;
use tests::app::{TestApp, moment};
use tests::database::Kind;
use tests::factory::{World, YEAR, appoint_account, ask, create_account, decide, mutate, operator, parts};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{global, household, item, key, made, number, outcomes, send};

/// A branch head's evening: a family, somebody in it, both registered, and what waited is approved.
fn evening(world: &World) -> Vec<serde_json::Value> {
    let (family, person, registration) = (made(), made(), made());
    let home = global(world, NodeKind::Household, family);
    let citizen = global(world, NodeKind::Citizen, person);
    let waits = &world.branch(0, 0, 0).registration;
    vec![
        household(family),
        item(
            "createCitizen",
            json!({"id": person, "householdId": home, "name": "Đinh Văn Gần", "birth": "1980", "variant": "FARMER"}),
        ),
        item(
            "registerHousehold",
            json!({"id": registration, "householdId": home, "year": YEAR}),
        ),
        item("registerSubject", json!({"subjectId": citizen, "year": YEAR})),
        item(
            "approveRegistrations",
            json!({"items": [{"id": global(world, NodeKind::Registration, registration)}, {"id": waits}]}),
        ),
    ]
}

on_both! {
    async fn an_evening_goes_in_one_batch_and_is_done_once_however_often_it_is_sent(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let items = evening(&world);
        let first = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&first), ["CREATED", "CREATED", "CREATED", "CREATED", "APPLIED"], "{}", first.json);
        // the ids are those the phone has reckoned
        let home = items[2]["registerHousehold"]["householdId"].as_str().expect("an id");
        assert_eq!(first.text("syncBatch.results.0.payload.household.id"), home);
        assert_eq!(first.text("syncBatch.results.4.payload.results.0.registration.state"), "APPROVED");

        let again = send(&world, head, &items).await.ok();
        assert_eq!(outcomes(&again), ["REPLAYED"; 5]);
        for (at, sent) in items.iter().enumerate() {
            let path = format!("syncBatch.results.{at}.receipt");
            assert_eq!(first.data(&path), again.data(&path));
            assert_eq!(first.text(&format!("{path}.key")), key(sent).to_string());
        }
        let seen = ask(head, "household", json!({ "id": home })).await.ok();
        assert_eq!(seen.text("household.headName"), "Đinh Thị Xa");
        world.app.assert_counters().await;
    }

    async fn two_phones_at_once_do_it_once(kind) {
        let world = World::build(kind).await;
        let head = world.branch(0, 0, 0).head.client.clone();
        let before = number(&world, "SELECT COUNT(*) FROM household").await;
        let world = std::sync::Arc::new(world);
        let items = evening(&world);
        let mut phones = JoinSet::new();
        for _ in 0..4 {
            let (world, head, items) = (world.clone(), head.clone(), items.clone());
            phones.spawn(async move { outcomes(&send(&world, &head, &items).await.ok()) });
        }
        let all: Vec<Vec<String>> = phones.join_all().await;
        for at in 0..5 {
            let first = all.iter().filter(|one| ["CREATED", "APPLIED"].contains(&one[at].as_str())).count();
            let rest = all.iter().filter(|one| one[at] == "REPLAYED").count();
            assert_eq!((first, rest), (1, 3), "{all:?}");
        }
        assert_eq!(number(&world, "SELECT COUNT(*) FROM household").await, before + 1);
        world.app.assert_counters().await;
    }

    async fn each_item_has_an_end_of_its_own(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (head, elsewhere) = (&branch.head.client, world.branch(1, 0, 0));
        let (like, waits, bad, good) = (made(), made(), made(), made());
        let first = json!({"id": like, "headName": "Đinh Thị Đôi", "address": "Số 9"});
        let used = item("createHousehold", first.clone());
        send(&world, head, std::slice::from_ref(&used)).await.ok();
        let mut reused = json!({"id": made(), "headName": "Người Khác", "address": "Số 10"});
        reused["idempotencyKey"] = json!(key(&used));
        let mut double = first.clone();
        double["id"] = json!(waits);
        let double = item("createHousehold", double);
        let items = [
            item("createHousehold", reused),
            double.clone(),
            item("registerHousehold", json!({"householdId": global(&world, NodeKind::Household, waits), "year": YEAR})),
            item("registerHousehold", json!({"householdId": branch.household, "year": YEAR})),
            item("updateHousehold", json!({"id": branch.household, "expectedVersion": 9, "address": "Nơi khác"})),
            item("updateHousehold", json!({"id": global(&world, NodeKind::Household, Uuid::new_v4()), "expectedVersion": 1})),
            item("updateHousehold", json!({"id": elsewhere.household, "expectedVersion": 1, "address": "Nơi khác"})),
            item("createHousehold", json!({"id": bad, "headName": "", "address": "Số 1", "members": [{"name": "A B", "birth": "x", "relation": "HEAD"}]})),
            item("registerHousehold", json!({"householdId": branch.household, "year": 2050})),
            item("setNothing", json!({})),
        ];
        let answer = send(&world, head, &items[..9]).await.ok();
        assert_eq!(
            outcomes(&answer),
            ["KEY_REUSED", "DUPLICATE_CANDIDATES", "RETRY", "ALREADY_REGISTERED", "STALE", "SCOPE_LOST", "SCOPE_LOST", "INVALID", "REFUSED"],
            "{}", answer.json
        );
        let result = |at: usize| answer.data(&format!("syncBatch.results.{at}"));
        assert_eq!(result(1)["payload"]["duplicates"][0]["reason"], "NAME_AND_ADDRESS");
        assert_eq!(result(2)["waitsFor"], json!(key(&double)));
        assert_eq!(result(3)["payload"]["registration"]["id"], json!(branch.registration));
        // another association's is as one that never was
        let mut other = result(6).clone();
        other["key"] = result(5)["key"].clone();
        assert_eq!(&other, result(5));
        let paths: Vec<_> = result(7)["fields"].as_array().expect("fields").iter().map(|one| one["path"].clone()).collect();
        assert_eq!(paths, ["headName", "members.0.birth"]);
        assert_eq!(result(8)["rule"], "YEAR_NOT_OPENED");
        for at in 0..9 {
            assert_eq!(result(at)["receipt"], json!(null));
        }
        // the rest of a batch goes on, and what had to be mended is mended under its key
        let mut mended = items[7]["createHousehold"].clone();
        mended["headName"] = json!("Đinh Thị Sửa");
        mended["members"] = json!([]);
        let mut insisted = double["createHousehold"].clone();
        insisted["confirmDistinct"] = json!(true);
        let rest = [
            items[5].clone(),
            json!({"createHousehold": mended}),
            json!({"createHousehold": insisted}),
            items[2].clone(),
            household(good),
        ];
        let answer = send(&world, head, &rest).await.ok();
        assert_eq!(outcomes(&answer), ["SCOPE_LOST", "CREATED", "CREATED", "CREATED", "CREATED"], "{}", answer.json);
        // a name that is no mutation is a fault of the document, as anywhere
        assert!(!send(&world, head, &items).await.errors().is_empty());
        world.app.assert_counters().await;
    }

    async fn what_is_stale_is_compared_field_by_field(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (head, family) = (&branch.head, &branch.family.client);
        let changed = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 2", "phone": "0912345678"});
        mutate(&head.client, "updateHousehold", changed).await.ok();
        decide(&head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        let items = [
            item("updateHousehold", json!({"id": branch.household, "expectedVersion": 1, "address": "Số 3", "phone": "0912 345 678"})),
            item("withdrawRegistration", json!({"id": branch.registration, "expectedVersion": 1, "reason": "Nhầm"})),
        ];
        let answer = send(&world, family, &items).await.ok();
        assert_eq!(outcomes(&answer), ["STALE", "STALE"]);
        let household = answer.data("syncBatch.results.0.stale");
        assert_eq!(household["version"], 2);
        // the number is the same, however it is written
        assert_eq!(household["fields"], json!([{"path": "address", "sent": "Số 3", "now": "Số 2"}]));
        let registration = answer.data("syncBatch.results.1.stale");
        assert_eq!(registration["version"], 2);
        let by = ask(family, "registration", json!({"id": branch.registration})).await.ok();
        assert_eq!(registration["changedBy"], *by.data("registration.journal.1.actorName"));
        let fields = registration["fields"].as_array().expect("fields");
        assert!(fields.contains(&json!({"path": "state", "sent": null, "now": "RETURNED"})), "{fields:?}");
    }

    async fn a_post_that_is_over_loses_its_scope_and_what_was_done_stays_done(kind) {
        let world = World::build(kind).await;
        let (branch, other) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let tenant = world.district(0).tenant;
        let account = create_account(&world.app, "Đỗ Thị Thôi", Some("0977000222"), None).await;
        let span = ("2026-01-01T00:00:00+07:00", Some("2026-03-20T00:00:00+07:00"));
        let person = appoint_account(&world.app, tenant, &branch.unit, entity::vocabulary::Role::BranchHead, account, span).await;
        let (done, open) = (household(made()), household(made()));
        let first = send(&world, &person.client, std::slice::from_ref(&done)).await.ok();
        assert_eq!(outcomes(&first), ["CREATED"]);
        world.app.clock.set(moment("2026-03-21T00:00:00+07:00"));
        let items = [done, open, item("approveRegistrations", json!({"items": [{"id": branch.registration}]}))];
        // no post is left
        let bare = send(&world, &person.client, &items).await.ok();
        assert_eq!(outcomes(&bare), ["SCOPE_LOST"; 3]);
        assert_eq!(bare.text("syncBatch.results.1.code"), "FORBIDDEN");
        // a family's post in another branch of the association: what was done is known, the rest is not theirs any more
        let span = ("2026-01-01T00:00:00+07:00", None);
        let family = appoint_account(&world.app, tenant, &other.unit, entity::vocabulary::Role::Family, account, span).await;
        let answer = send(&world, &family.client, &items).await.ok();
        assert_eq!(outcomes(&answer)[0], "REPLAYED", "{}", answer.json);
        assert_eq!(outcomes(&answer)[2], "SCOPE_LOST");
        assert_eq!(answer.data("syncBatch.results.0.receipt"), first.data("syncBatch.results.0.receipt"));
    }

    async fn a_unit_that_was_merged_is_told_from_one_that_is_out_of_reach(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let (tenant, unit) = parts(&branch.unit);
        let today = hanoi_date(world.app.clock.now());
        let scope = operator(&world.app, tenant);
        let merged = scope.write(async |tx: &Writer<'_>| {
            let change = tx.update::<unit_version::Entity>().set(unit_version::Column::ValidUntil, today);
            change.filter(unit_version::Column::UnitId.eq(unit)).run().await
        });
        assert_eq!(merged.await.expect("a change"), 1);
        let items = [
            item("createHousehold", json!({"headName": "Đinh Thị Gộp", "address": "Số 1", "branchId": branch.unit})),
            item("createHousehold", json!({"headName": "Đinh Thị Gộp", "address": "Số 1"})),
        ];
        let answer = send(&world, &branch.head.client, &items).await.ok();
        assert_eq!(outcomes(&answer), ["UNIT_CHANGED"; 2], "{}", answer.json);
        // the head of another branch names a branch that is not theirs: no word of what it has become
        let other = world.branch(0, 0, 1);
        let items = [item("createHousehold", json!({"headName": "Đinh Thị Gộp", "address": "Số 1", "branchId": world.branch(1, 0, 0).unit}))];
        let answer = send(&world, &other.head.client, &items).await.ok();
        assert_eq!(outcomes(&answer), ["SCOPE_LOST"]);
    }

    async fn a_batch_costs_so_many_statements_an_item_and_no_more(kind) {
        // a machine that has much to do beside is no fault of the batch
        let patient = [("KHUYENHOC_REQUEST_TIMEOUT_MS", "300000")];
        let world = World::on(TestApp::start_with(kind, &patient).await).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mut taken = Vec::new();
        for items in [1, 10, 100] {
            let items: Vec<_> = (0..items).map(|_| household(made())).collect();
            let before = world.app.statements();
            let answer = send(&world, head, &items).await.ok();
            assert!(outcomes(&answer).iter().all(|one| one == "CREATED"), "{:?}", outcomes(&answer));
            taken.push(world.app.statements() - before);
        }
        let each = (taken[1] - taken[0]) / 9;
        assert_eq!(taken[2] - taken[1], each * 90, "{taken:?}");
        assert!(each <= 20, "{taken:?}");
    }

    async fn how_many_items_there_may_be_is_said(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for (items, rule) in [(0, "REQUIRED"), (101, "TOO_MANY")] {
            let items: Vec<_> = (0..items).map(|_| household(made())).collect();
            let answer = send(&world, head, &items).await;
            assert_eq!(answer.problems(), [("items".to_owned(), rule.to_owned())]);
        }
        assert_eq!(number(&world, "SELECT COUNT(*) FROM household").await, 8);
    }
}
