//! The later steps of a registration: meetings, lists, decisions, complaints, and taking a decision back.

mod again;
mod certificate;
mod chain;
mod complaint;
mod desk;
mod history;
mod inbox;
mod meeting;
mod moving;
mod otherwise;
mod paper;
mod undo;

use serde_json::{Value, json};
use tests::client::Client;
use tests::factory::ask;

/// A registration as somebody sees it.
async fn registration(client: &Client, id: &str) -> Value {
    let answer = ask(client, "registration", json!({ "id": id })).await.ok();
    answer.data("registration").clone()
}
