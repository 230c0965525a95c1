//! Working offline: what a phone has kept goes in one batch, each item with an end of its own; nothing is lost, nothing is
//! done twice.

mod batch;
mod deadline;
mod evidence;
mod made;
mod order;
mod receipt;
mod torn;

use chrono::TimeDelta;
use khuyenhoc::clock::Clock as _;
use khuyenhoc::global_id::{NodeKind, encode};
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::factory::{World, ask, parts};
use uuid::{Builder, Uuid};

/// An id as a phone makes it.
fn made() -> Uuid {
    let random = Uuid::new_v4().into_bytes();
    let random = random.first_chunk().expect("ten bytes");
    Builder::from_unix_timestamp_millis(1_773_108_000_000, random).into_uuid()
}

/// An item with a key of its own.
fn item(field: &str, mut input: Value) -> Value {
    if let Some(fields) = input.as_object_mut() {
        fields.entry("idempotencyKey").or_insert_with(|| json!(Uuid::new_v4()));
    }
    json!({ field: input })
}

/// A household that nobody else is like.
fn household(id: Uuid) -> Value {
    item(
        "createHousehold",
        json!({"id": id, "headName": "Đinh Thị Xa", "address": format!("Ngõ {id}")}),
    )
}

/// The global id of what a phone has made, reckoned as `api/docs/mobile.md` says.
fn global(world: &World, kind: NodeKind, id: Uuid) -> String {
    let (tenant, _) = parts(&world.branch(0, 0, 0).unit);
    encode(kind, tenant, id).to_string()
}

/// The key of an item.
fn key(item: &Value) -> Uuid {
    let input = item
        .as_object()
        .and_then(|item| item.values().next())
        .expect("an input");
    serde_json::from_value(input["idempotencyKey"].clone()).expect("a key")
}

/// Sends a batch from a phone whose clock is right.
async fn send(world: &World, client: &Client, items: &[Value]) -> Answer {
    send_off(world, client, items, TimeDelta::zero()).await
}

/// Sends a batch from a phone whose clock is behind by so much.
async fn send_off(world: &World, client: &Client, items: &[Value], behind: TimeDelta) -> Answer {
    let sent_at = (world.app.clock.now() - behind).to_rfc3339();
    let input = json!({"sentAt": sent_at, "items": items});
    ask(client, "syncBatch", json!({ "input": input })).await
}

/// The words of all items.
fn outcomes(answer: &Answer) -> Vec<String> {
    let results = answer.list("syncBatch.results").iter();
    results
        .map(|result| result["outcome"].as_str().expect("a word").to_owned())
        .collect()
}

/// The one number that a statement answers.
async fn number(world: &World, sql: &str) -> usize {
    let rows = world.app.database.sql(sql).await;
    rows[0][0].as_deref().expect("a number").parse().expect("a number")
}
