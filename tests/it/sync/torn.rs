//! Batches that break half-way: time is up, the server is killed, the answer is lost.

use std::time::Duration;

use khuyenhoc::global_id::NodeKind;
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Answer;
use tests::database::Kind;
use tests::factory::{World, mutate};
use tests::operation;
use tests::process::Server;

use super::{global, household, item, made, number, outcomes, send};

/// A year whose window is open at the test's time and at the machine's.
const YEAR: i32 = 2030;
const KILLS: usize = 3;
const FAMILIES: usize = 15;

async fn world_on(app: TestApp) -> World {
    let world = World::on(app).await;
    let window = json!({"phase": "REGISTRATION", "opensAt": "2020-01-01T00:00:00+07:00", "closesAt": "2100-01-01T00:00:00+07:00"});
    let always = json!({"year": YEAR, "windows": [window]});
    mutate(&world.officer.client, "openProgrammeYear", always).await.ok();
    world
}

/// Families, each entered and registered.
fn families(world: &World) -> Vec<Value> {
    let family = |_| {
        let id = made();
        let home = global(world, NodeKind::Household, id);
        [
            household(id),
            item(
                "registerHousehold",
                json!({"id": made(), "householdId": home, "year": YEAR}),
            ),
        ]
    };
    (0..FAMILIES).flat_map(family).collect()
}

/// Fails unless each family is there once and has one registration with one line in its journal.
async fn assert_done_once(world: &World, families: usize) {
    assert_eq!(number(world, "SELECT COUNT(*) FROM household").await, 8 + families);
    let registered = format!("SELECT COUNT(*) FROM registration WHERE year = {YEAR}");
    assert_eq!(number(world, &registered).await, families);
    let torn = "SELECT COUNT(*) FROM registration r
                WHERE version <> (SELECT COUNT(*) FROM registration_event e WHERE e.registration_id = r.id)";
    assert_eq!(number(world, torn).await, 0);
    world.app.assert_counters().await;
}

on_both! {
    async fn what_time_was_too_short_for_is_done_when_it_is_sent_again(kind) {
        let patient = [("KHUYENHOC_REQUEST_TIMEOUT_MS", "300000")];
        let world = world_on(TestApp::start_with(kind, &patient).await).await;
        // another server on the same database, which has no time
        let hasty = [("KHUYENHOC_REQUEST_TIMEOUT_MS", "20"), ("KHUYENHOC_STATEMENT_TIMEOUT_MS", "20")];
        let hasty = TestApp::open(world.app.database.clone(), &hasty, 77).await;
        let head = &world.branch(0, 0, 0).head;
        let items = families(&world);
        let mut unfinished = 0;
        for _ in 0..5 {
            let answer = send(&world, &hasty.client(head.account, Some(head.post)), &items).await;
            if answer.code() == Some("UNAVAILABLE") {
                unfinished += 1;
                continue;
            }
            let words = outcomes(&answer.ok());
            assert!(words.iter().all(|one| ["CREATED", "REPLAYED", "RETRY"].contains(&one.as_str())), "{words:?}");
            unfinished += usize::from(words.iter().any(|one| one == "RETRY"));
        }
        assert!(unfinished > 0, "there was time for all, so nothing is proven");
        for _ in 0..2 {
            let words = outcomes(&send(&world, &head.client, &items).await.ok());
            assert!(words.iter().all(|one| ["CREATED", "REPLAYED"].contains(&one.as_str())), "{words:?}");
        }
        assert_done_once(&world, FAMILIES).await;
    }

    async fn a_batch_whose_server_was_killed_is_done_once_when_sent_again(kind) {
        let world = world_on(TestApp::start(kind).await).await;
        let environment = [("KHUYENHOC_DATABASE_URL", world.app.database.url())];
        let head = &world.branch(0, 0, 0).head.client;
        let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut torn = 0;
        for kill in 1..=KILLS {
            let items = families(&world);
            let input = json!({"input": {"sentAt": "2026-11-20T08:00:00Z", "items": items}});
            let server = Server::start(&["serve"], &environment).await;
            let (client, variables) = (head.over(&server), input.clone());
            let before = number(&world, "SELECT COUNT(*) FROM household").await;
            let sent = tokio::spawn(async move { client.try_run(&operation::of("syncBatch"), variables).await.map(Answer::ok) });
            // something of it is done
            while !sent.is_finished() && number(&world, "SELECT COUNT(*) FROM household").await == before {}
            tokio::time::sleep(Duration::from_micros(u64::from(rng.next_u32() % 5_000))).await;
            server.kill().await;
            torn += usize::from(sent.await.expect("a sending").is_err());

            let again = Server::start(&["serve"], &environment).await;
            for round in 0..2 {
                let answer = head.over(&again).run(&operation::of("syncBatch"), input.clone()).await.ok();
                let words = outcomes(&answer);
                assert!(words.iter().all(|one| one == "REPLAYED" || (round == 0 && one == "CREATED")), "{words:?}");
            }
            let stopped = again.terminate().await;
            assert!(stopped.status.success(), "{}", stopped.stderr);
            assert_done_once(&world, kill * FAMILIES).await;
        }
        assert!(torn > 0, "every answer came before the server was killed, so nothing is proven");
    }
}
