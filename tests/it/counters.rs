//! Counters against a full count, after histories nobody has thought of.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::json;
use tests::database::Kind;
use tests::factory::{World, YEAR, ask, create_household, decide, mutate, register};
use uuid::Uuid;

/// Steps of one history.
const STEPS: usize = 120;

on_both! {
    async fn after_any_history_the_counters_say_what_a_full_count_says(kind) {
        let world = World::build(kind).await;
        let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let branches: Vec<_> = (0..8).map(|at| world.branch(at / 4, at / 2 % 2, at % 2)).collect();
        let mut households: Vec<(usize, String)> = Vec::new();
        let mut registrations: Vec<(usize, String)> =
            branches.iter().enumerate().map(|(at, branch)| (at, branch.registration.clone())).collect();
        for step in 0..STEPS {
            let draw = usize::try_from(rng.next_u32()).expect("a number");
            let (branch, registration) = registrations[draw % registrations.len()].clone();
            let head = &branches[branch].head.client;
            match rng.next_u32() % 8 {
                0 => {
                    let branch = draw % branches.len();
                    let input = json!({"headName": "Phùng Văn Đếm", "address": format!("Số {step}")});
                    households.push((branch, create_household(&branches[branch].head.client, input).await));
                }
                1 | 2 if !households.is_empty() => {
                    let (branch, household) = households[draw % households.len()].clone();
                    let draft = json!({"householdId": household, "year": YEAR, "asDraft": draw % 3 == 0});
                    let answer = mutate(&branches[branch].head.client, "registerHousehold", draft).await.ok();
                    registrations.push((branch, answer.text("registerHousehold.registration.id")));
                }
                3 => drop(decide(head, "approveRegistrations", &[&registration]).await.ok()),
                4 => drop(decide(head, "returnRegistrations", &[&registration]).await.ok()),
                5 => drop(decide(head, "rejectRegistrations", &[&registration]).await.ok()),
                // right or wrong version, right or wrong state: whatever is refused must count nothing
                step => {
                    let field = if step == 6 { "submitRegistration" } else { "withdrawRegistration" };
                    let input = json!({"id": registration, "expectedVersion": 1 + rng.next_u32() % 3});
                    mutate(head, field, input).await;
                }
            }
        }
        world.app.assert_counters().await;
        let city = ask(&world.leader.client, "cityOverview", json!({"year": YEAR})).await.ok();
        let sum = |path: &str| city.list("cityOverview.districts").iter().filter_map(|row| row.pointer(path)?.as_i64()).sum::<i64>();
        assert_eq!(sum("/counts/registered"), city.number("cityOverview.counts.registered"));
        assert_eq!(sum("/subjects"), i64::try_from(8 + households.len()).expect("a number"));
        for district in &world.districts {
            let below = ask(&district.officer.client, "progress", json!({"year": YEAR})).await.ok();
            let wards: i64 = below
                .list("progress.children.edges")
                .iter()
                .filter_map(|edge| edge.pointer("/node/counts/registered")?.as_i64())
                .sum();
            assert_eq!(wards, below.number("progress.counts.registered"));
        }
    }

    async fn a_recount_finds_a_counter_that_is_off_by_one(kind) {
        let world = World::build(kind).await;
        let sql = "UPDATE registration_count SET count = count + 1 WHERE state = 'SUBMITTED'";
        world.app.database.sql(sql).await;
        let drift = world.app.app.db.recount(world.district(0).tenant).await.expect("a recount");
        // four branches, two wards, the association
        assert_eq!(drift.len(), 7);
        assert!(drift.iter().all(|drift| drift.counter == drift.counted + 1));
    }

    async fn the_pending_total_is_the_number_of_rows(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        for number in 0..5 {
            let input = json!({"headName": "Phùng Văn Đếm", "address": format!("Số {number}")});
            let household = create_household(head, input).await;
            register(head, &household, Uuid::new_v4()).await.ok();
        }
        let list = ask(head, "registrations", json!({"year": YEAR, "first": 100})).await.ok();
        assert_eq!(list.number("registrations.totalCount"), 6);
        assert_eq!(list.list("registrations.edges").len(), 6);
    }
}
