//! Ids that are made on the device.

use std::time::Duration;

use khuyenhoc::global_id::NodeKind;
use sea_orm::sqlx::Executor as _;
use serde_json::json;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, mutate};
use uuid::Uuid;

use super::{global, made};
use crate::evidence::{Ready, told};

on_both! {
    async fn an_id_of_the_device_is_the_records_own(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (home, person, clan, registration) = (made(), made(), made(), made());
        let id = |kind, id| global(&world, kind, id);
        let input = json!({"id": home, "headName": "Đinh Thị Máy", "address": "Số 1"});
        let answer = mutate(head, "createHousehold", input).await.ok();
        assert_eq!(answer.text("createHousehold.household.id"), id(NodeKind::Household, home));
        let input = json!({"id": person, "householdId": id(NodeKind::Household, home), "name": "Đinh Văn Máy", "birth": "1980", "variant": "FARMER"});
        let answer = mutate(head, "createCitizen", input).await.ok();
        assert_eq!(answer.text("createCitizen.citizen.id"), id(NodeKind::Citizen, person));
        let input = json!({"id": clan, "kind": "CLAN", "name": "Họ Đinh", "headName": "Đinh Văn Tộc", "address": "Số 2"});
        let answer = mutate(head, "createCollective", input).await.ok();
        assert_eq!(answer.text("createCollective.collective.id"), id(NodeKind::Collective, clan));
        let input = json!({"id": registration, "subjectId": id(NodeKind::Collective, clan), "year": YEAR});
        let answer = mutate(head, "registerSubject", input).await.ok();
        assert_eq!(answer.text("registerSubject.registration.id"), id(NodeKind::Registration, registration));
        world.app.assert_counters().await;
    }

    async fn an_id_that_is_taken_or_no_devices_is_refused_and_another_associations_tells_nothing(kind) {
        let world = World::build(kind).await;
        let heads = [&world.branch(0, 0, 0).head.client, &world.branch(0, 1, 0).head.client];
        let elsewhere = &world.branch(1, 0, 0).head.client;
        let id = made();
        let input = |id: Uuid, address: &str| json!({"id": id, "headName": "Đinh Thị Trùng", "address": address});
        mutate(heads[0], "createHousehold", input(id, "Số 1")).await.ok();
        // in the same branch, in another, as another kind of subject
        for head in heads {
            let answer = mutate(head, "createHousehold", input(id, "Số 2")).await;
            assert_eq!(answer.problems(), [("id".to_owned(), "ID_TAKEN".to_owned())]);
        }
        let clan = json!({"id": id, "kind": "CLAN", "name": "Họ Đinh", "headName": "Đinh Văn Tộc", "address": "Số 2"});
        let answer = mutate(heads[0], "createCollective", clan).await;
        assert_eq!(answer.problems(), [("id".to_owned(), "ID_TAKEN".to_owned())]);
        // another association has its own
        let answer = mutate(elsewhere, "createHousehold", input(id, "Số 1")).await.ok();
        assert_eq!(answer.text("createHousehold.outcome"), "APPLIED");
        for wrong in [Uuid::nil(), Uuid::new_v4(), Uuid::max()] {
            let answer = mutate(heads[0], "createHousehold", input(wrong, "Số 3")).await;
            assert_eq!(answer.problems(), [("id".to_owned(), "NOT_A_DEVICE_ID".to_owned())]);
        }
        // the registration of another household
        let registration = made();
        let branch = world.branch(0, 0, 0);
        let home = global(&world, NodeKind::Household, id);
        let register = json!({"id": registration, "householdId": home, "year": YEAR});
        mutate(heads[0], "registerHousehold", register).await.ok();
        let other = mutate(heads[0], "createHousehold", input(made(), "Số 4")).await.ok();
        let other = other.text("createHousehold.household.id");
        let taken = mutate(heads[0], "registerHousehold", json!({"id": registration, "householdId": other, "year": YEAR})).await;
        assert_eq!(taken.problems(), [("id".to_owned(), "ID_TAKEN".to_owned())]);
        // nothing of what was refused is there
        let seen = ask(&branch.head.client, "household", json!({ "id": other })).await.ok();
        assert_eq!(seen.text("household.headName"), "Đinh Thị Trùng");
        world.app.assert_counters().await;
    }

    async fn a_key_is_for_one_id(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mut input = json!({"idempotencyKey": Uuid::new_v4(), "id": made(), "headName": "Đinh Thị Khoá", "address": "Số 1"});
        mutate(head, "createHousehold", input.clone()).await.ok();
        let again = mutate(head, "createHousehold", input.clone()).await.ok();
        assert_eq!(again.text("createHousehold.outcome"), "REPLAYED");
        input["id"] = json!(made());
        let other = mutate(head, "createHousehold", input).await.ok();
        assert_eq!(other.text("createHousehold.outcome"), "KEY_REUSED");
    }

    async fn of_two_at_once_under_one_id_one_is_told_that_it_is_taken(kind) {
        let world = World::build(kind).await;
        let heads = [&world.branch(0, 0, 0).head.client, &world.branch(0, 0, 1).head.client];
        let id = made();
        let mut inputs = Vec::new();
        for head in heads {
            let household = create_household(head, json!({"headName": "Đinh Thị Cùng", "address": "Số 5"})).await;
            inputs.push(json!({"id": id, "householdId": household, "year": YEAR}));
        }
        // counters are written last: whoever comes first waits there with its registration made
        let hold = "SELECT 1 FROM registration_count FOR UPDATE";
        let answers = both(&world, (kind, hold), |at| mutate(heads[at], "registerHousehold", inputs[at].clone())).await;
        assert_one_is_taken(answers);
        world.app.assert_counters().await;
    }

    async fn of_two_files_at_once_under_one_id_one_is_told_that_it_is_taken(kind) {
        let ready = Ready::on(kind).await;
        let branches = [ready.world.branch(0, 0, 0), ready.world.branch(0, 0, 1)];
        let id = made();
        // notes of change are made after the file
        let hold = "SELECT 1 FROM record_change FOR UPDATE";
        let answers = both(&ready.world, (kind, hold), |at| {
            let mut input = told(&branches[at].registration, "a.pdf", "PDF", b"%PDF-");
            input["id"] = json!(id);
            mutate(&branches[at].family.client, "beginUpload", input)
        });
        assert_one_is_taken(answers.await);
    }
}

/// Asks for two things while what both of them need at their end is held.
async fn both<'a, F: Future<Output = Answer> + 'a>(
    world: &World,
    (kind, hold): (Kind, &str),
    ask: impl Fn(usize) -> F,
) -> [Answer; 2] {
    let held = match kind {
        Kind::Postgres => Some(world.app.database.hold(hold).await),
        Kind::Sqlite => None,
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        if let Some(mut held) = held {
            held.execute("COMMIT").await.expect("a commit");
        }
    };
    let (one, two, ()) = tokio::join!(ask(0), ask(1), release);
    [one, two]
}

fn assert_one_is_taken(answers: [Answer; 2]) {
    let told = answers.map(|answer| match answer.code() {
        None => "done".to_owned(),
        Some(code) => format!("{code} {:?}", answer.problems()),
    });
    let mut told = told.to_vec();
    told.sort();
    assert_eq!(told, [r#"INVALID [("id", "ID_TAKEN")]"#, "done"]);
}
