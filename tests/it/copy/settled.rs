//! Transactions that overlap: what was begun earlier and is committed later is not missed.

use sea_orm::sqlx::{Connection as _, Executor as _};
use serde_json::json;
use tests::database::{Kind, OWNER};
use tests::factory::{World, create_household, mutate};
use tests::process::run;

use super::phone::Phone;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_earlier_and_committed_later_is_not_missed() {
    let world = World::build(Kind::Postgres).await;
    let branch = world.branch(0, 0, 0);
    let head = &branch.head.client;
    let late = create_household(head, json!({"headName": "Lý Thị Muộn", "address": "Số 9"})).await;
    let mut phone = Phone::new(head).await;
    // an older transaction that stays open while a younger one is begun and committed
    let rename = "UPDATE household SET address = 'Số 10', version = version + 1 WHERE head_key = 'ly thi muon'";
    let mut open = world.app.database.hold(rename).await;
    let early = create_household(head, json!({"headName": "Lý Thị Sớm", "address": "Số 11"})).await;
    let pulled = phone.pull_now(head, 200).await;
    assert!(
        pulled.came.is_empty(),
        "nothing is told that another change may come before: {:?}",
        pulled.came
    );
    open.execute("COMMIT").await.expect("a commit");
    let pulled = phone.pull(head, 200).await;
    assert_eq!(pulled.came, [late.clone(), early]);
    assert_eq!(phone.store.records[&late]["address"], "Số 10");

    // one that is given up holds nothing back afterwards
    let mut open = world.app.database.hold(&rename.replace("10", "12")).await;
    let input = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 13"});
    mutate(head, "updateHousehold", input).await.ok();
    assert!(phone.pull_now(head, 200).await.came.is_empty());
    open.execute("ROLLBACK").await.expect("a rollback");
    assert_eq!(
        phone.pull(head, 200).await.came,
        std::slice::from_ref(&branch.household)
    );
    assert_eq!(phone.store, Phone::new(head).await.store);
    open.close().await.expect("closed");
}

/// A family's copy too: what waits to be settled is not taken for something that was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_does_not_begin_anew_while_a_transaction_is_open() {
    let world = World::build(Kind::Postgres).await;
    let branch = world.branch(0, 0, 0);
    let family = &branch.family.client;
    let mut phone = Phone::new(family).await;
    let other =
        "UPDATE household SET version = version WHERE branch_id <> (SELECT MIN(branch_id::text)::uuid FROM household)";
    let mut open = world
        .app
        .database
        .hold(&format!("SELECT pg_current_xact_id(); {other} AND false"))
        .await;
    let input = json!({"id": branch.household, "expectedVersion": 1, "address": "Số 13"});
    mutate(&branch.head.client, "updateHousehold", input).await.ok();
    let pulled = phone.pull_now(family, 200).await;
    assert_eq!((pulled.resets.len(), pulled.came.len(), pulled.gone.len()), (0, 0, 0));
    open.execute("COMMIT").await.expect("a commit");
    assert_eq!(
        phone.pull(family, 200).await.came,
        std::slice::from_ref(&branch.household)
    );
}

/// A dump restored on another server, whose transactions have lower numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_another_server_are_given_anew() {
    restored("'7'").await;
}

/// As `pg_dump --no-comments` writes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_ahead_are_given_anew_though_the_dump_does_not_say_whose_they_are() {
    restored("NULL").await;
}

async fn restored(mark: &str) {
    let world = World::build(Kind::Postgres).await;
    let (branch, database) = (world.branch(0, 0, 0), &world.app.database);
    let head = &branch.head.client;
    let mut phone = Phone::new(head).await;
    let sql = "UPDATE record_change SET xid = xid + 1000000000";
    database
        .sql(&format!("COMMENT ON TABLE record_change IS {mark}; {sql}"))
        .await;
    let household = create_household(head, json!({"headName": "Lý Thị Mới", "address": "Số 9"})).await;
    for _ in 0..2 {
        let done = run(&["migrate"], &[("KHUYENHOC_DATABASE_URL", database.url())], "").await;
        assert!(done.status.success(), "{}", done.stderr);
    }
    phone.pull(head, 200).await;
    assert!(phone.store.records.contains_key(&household));
    assert_eq!(phone.store, Phone::new(head).await.store);
    let ahead = "SELECT COUNT(*) FROM record_change WHERE xid > pg_current_xact_id()::text::bigint";
    assert_eq!(database.sql(ahead).await, [[Some("0".to_owned())]]);
    // the second time there was nothing to do, and the owner sees no row
    assert!(phone.pull_now(head, 200).await.came.is_empty());
    let seen = database
        .sql_as(OWNER, "SELECT COUNT(*) FROM record_change")
        .await
        .expect("an answer");
    assert_eq!(seen, [[Some("0".to_owned())]]);
}
