//! Subjects of the titles beside the family's: how they are entered, whose they are, and how one title counts in another.

mod citizen;
mod clan;
mod collective;
mod flow;

use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::factory::{YEAR, mutate};

/// Enters a collective, whatever the candidates, and returns its global id.
pub(crate) async fn create(client: &Client, kind: &str, name: &str, more: Value) -> String {
    let answer = mutate(client, "createCollective", collective(kind, name, more))
        .await
        .ok();
    assert_eq!(answer.text("createCollective.outcome"), "APPLIED");
    answer.text("createCollective.collective.id")
}

/// What a collective is entered from; institutions are under the ward's management unless said.
fn collective(kind: &str, name: &str, more: Value) -> Value {
    let variant = (kind == "INSTITUTION").then_some("WARD_MANAGED");
    let mut input = json!({"kind": kind, "name": name, "headName": "Hồ Văn Trưởng", "address": "Số 1 phố Huế",
        "variant": variant, "confirmDistinct": true});
    if let (Some(fields), Value::Object(more)) = (input.as_object_mut(), more) {
        fields.extend(more);
    }
    input
}

/// Enters an adult of a household and returns their global id.
pub(crate) async fn create_citizen(client: &Client, name: &str, more: Value) -> String {
    let answer = mutate(client, "createCitizen", citizen(name, more)).await.ok();
    assert_eq!(answer.text("createCitizen.outcome"), "APPLIED");
    answer.text("createCitizen.citizen.id")
}

/// What a citizen is entered from.
fn citizen(name: &str, more: Value) -> Value {
    let mut input = json!({"name": name, "birth": "1980", "variant": "WORKER"});
    if let (Some(fields), Value::Object(more)) = (input.as_object_mut(), more) {
        fields.extend(more);
    }
    input
}

/// Registers a subject for the year.
async fn register_subject(client: &Client, subject: &str) -> Answer {
    mutate(client, "registerSubject", json!({"subjectId": subject, "year": YEAR})).await
}

/// Registers a subject for the year and returns the registration's global id.
pub(crate) async fn registered(client: &Client, subject: &str) -> String {
    register_subject(client, subject)
        .await
        .ok()
        .text("registerSubject.registration.id")
}
