//! What people are told of the year's steps: who hears what, that nothing is lost or told twice, and how it reaches devices.

mod device;
mod list;
mod people;
mod relay;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::client::Client;
use tests::factory::{World, ask, mutate};

/// What somebody has not read, newest first.
async fn unread(client: &Client) -> Vec<Value> {
    unread_in(client, "vi").await
}

/// The same in a language.
async fn unread_in(client: &Client, language: &str) -> Vec<Value> {
    let variables = json!({"unread": true, "first": 100});
    let reader = client.with_header("accept-language", language);
    let answer = ask(&reader, "notices", variables).await.ok();
    let edges = answer.list("notices.edges").iter();
    edges.map(|edge| edge["node"].clone()).collect()
}

/// The kinds of what somebody has not read, in their own order, with the number of each that stands for several.
pub(crate) async fn kinds(client: &Client) -> Vec<String> {
    let word = |notice: &Value| match (notice["kind"].as_str().expect("a kind"), notice["count"].as_i64()) {
        (kind, Some(1)) => kind.to_owned(),
        (kind, count) => format!("{kind} {}", count.expect("a number")),
    };
    let mut kinds: Vec<String> = unread(client).await.iter().map(word).collect();
    kinds.sort_unstable();
    kinds
}

/// Notes that somebody has read all.
pub(crate) async fn read(client: &Client) -> i64 {
    let answer = ask(client, "markNoticesRead", json!({"input": {}})).await.ok();
    answer.number("markNoticesRead.marked")
}

/// Tells what there is; then everybody of a world has read it.
async fn everybody_reads(world: &World) {
    world.app.relay().await;
    for district in &world.districts {
        for ward in &district.wards {
            read(&ward.officer.client).await;
            for branch in &ward.branches {
                read(&branch.head.client).await;
                read(&branch.family.client).await;
            }
        }
    }
}

/// Registers a device that shows a language; what became of it.
async fn register(client: &Client, (token, language): (&str, &str)) -> String {
    let device = json!({"token": token, "platform": "ANDROID"});
    let answer = mutate(
        &client.with_header("accept-language", language),
        "registerPushToken",
        device,
    )
    .await
    .ok();
    answer.text("registerPushToken.outcome")
}

/// Rows of a table that meet a condition.
async fn rows(app: &TestApp, table: &str, condition: &str) -> usize {
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE {condition}");
    let rows = app.database.sql(&sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}
