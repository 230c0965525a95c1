//! The sessions of `PostgreSQL` that associations take turns on: never more than allowed, never another's rows.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Client;
use tests::database::{Database, Kind};
use tests::factory::{World, YEAR, ask, create_household, register};
use uuid::Uuid;

/// Two districts and the city on the fewest connections that can be configured: two of them for the districts.
async fn crowded() -> World {
    let settings = [
        ("KHUYENHOC_DATABASE_CONNECTIONS", "4"),
        ("KHUYENHOC_DATABASE_CONNECTIONS_PER_TENANT", "2"),
    ];
    World::on(TestApp::start_with(Kind::Postgres, &settings).await).await
}

/// How many sessions the server has open.
async fn open_sessions(database: &Database) -> i64 {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'khuyenhoc'";
    let rows = database.sql(sql).await;
    rows[0][0].as_ref().expect("a count").parse().expect("a number")
}

/// Names of the branches of the households a district's officer sees.
async fn branches_seen(officer: &Client) -> Vec<Value> {
    let query = "{ households(first: 100) { edges { node { branch { name } } } } }";
    let answer = officer.run(query, json!({})).await.ok();
    let edges = answer.list("households.edges").iter();
    edges
        .map(|edge| edge.pointer("/node/branch/name").expect("a name").clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn districts_that_share_sessions_never_see_each_other() {
    let world = crowded().await;
    let districts = [0, 1].map(|at| &world.district(at).officer.client);
    let expected = [branches_seen(districts[0]).await, branches_seen(districts[1]).await];
    assert_eq!((expected[0].len(), expected[1].len()), (4, 4));
    assert!(expected[0].iter().all(|name| !expected[1].contains(name)));
    for _ in 0..12 {
        let asked = (0..16).map(|at| async move { (at % 2, branches_seen(districts[at % 2]).await) });
        for (district, seen) in join_all(asked).await {
            assert_eq!(seen, expected[district]);
        }
        assert!(open_sessions(&world.app.database).await <= 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_died_is_opened_again_for_its_tenant() {
    let world = crowded().await;
    let officer = &world.district(0).officer.client;
    let expected = branches_seen(officer).await;
    for _ in 0..5 {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND application_name = 'khuyenhoc'";
        world.app.database.sql(sql).await;
        // the dead connections are noticed one by one; an answer is an error or the truth, never an empty list
        let mut told = false;
        for _ in 0..10 {
            let answer = ask(officer, "households", json!({"first": 100})).await;
            if answer.code().is_none() {
                assert_eq!(answer.list("households.edges").len(), expected.len());
                told = true;
            } else {
                assert_eq!(answer.code(), Some("UNAVAILABLE"));
            }
        }
        assert!(told, "the server never came back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_wait_for_each_other_leave_room_for_readers() {
    let world = crowded().await;
    let branch = world.branch(0, 0, 0);
    let mut households = Vec::new();
    for number in 0..6 {
        let input = json!({"headName": "Phùng Văn Đợi", "address": format!("Số {number}")});
        households.push(create_household(&branch.head.client, input).await);
    }
    // somebody holds the row that every writer of the district changes last
    let tenant = world.district(0).tenant;
    let lock = format!("SELECT 1 FROM registration_count WHERE tenant_id = '{tenant}' FOR UPDATE");
    let held = world.app.database.hold(&lock).await;
    let writes = households
        .iter()
        .map(|household| register(&branch.head.client, household, Uuid::new_v4()));
    let reads = async {
        for _ in 0..5 {
            ask(&world.district(0).officer.client, "households", json!({}))
                .await
                .ok();
        }
        drop(held);
    };
    let ((), written) = tokio::join!(reads, join_all(writes));
    let done = written.iter().filter(|answer| answer.code().is_none()).count();
    assert_eq!(done, households.len());
    let list = ask(
        &branch.head.client,
        "registrations",
        json!({"year": YEAR, "first": 100}),
    )
    .await
    .ok();
    assert_eq!(list.number("registrations.totalCount"), 7);
    world.app.assert_counters().await;
}
