//! The later steps of a registration: from marked to recognised, as branch heads and ward officers take them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::moment;
use crate::client::{Answer, Client};
use crate::factory::{
    Branch, Person, World, YEAR, create_household, decide, family_marks, mutate, publish_shipped, register, score,
};

/// A morning on which every later step of [`YEAR`] may be taken.
pub const AUTUMN: &str = "2026-11-15T09:00:00+07:00";

/// Registers so many households of a branch on paper and approves them; their registrations.
pub async fn approved(branch: &Branch, many: usize) -> Vec<String> {
    let head = &branch.head.client;
    let mut ids = Vec::with_capacity(many);
    for number in 0..many {
        let input = json!({"headName": "Lý Thị Danh", "address": format!("Ngõ {number}")});
        let household = create_household(head, input).await;
        let answer = register(head, &household, Uuid::new_v4()).await.ok();
        ids.push(answer.text("registerHousehold.registration.id"));
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    for some in all.chunks(200) {
        decide(head, "approveRegistrations", some).await.ok();
    }
    ids
}

/// As [`approved`], then lets autumn come and each mark itself.
pub async fn self_scored(world: &World, branch: &Branch, many: usize) -> Vec<String> {
    world.app.clock.set(moment(crate::app::START));
    let ids = approved(branch, many).await;
    world.app.clock.set(moment(AUTUMN));
    self_score(world, &branch.head, &ids).await;
    ids
}

/// As [`self_scored`], then assessed by a meeting whose result does not hang out.
pub async fn assessed(world: &World, branch: &Branch, many: usize) -> Vec<String> {
    let ids = self_scored(world, branch, many).await;
    assess(branch, &ids, Value::Null).await.ok();
    ids
}

/// Marks each registration fully by the city's criteria for families, on paper through its branch head, and signs.
pub async fn self_score(world: &World, head: &Person, registrations: &[String]) {
    publish_shipped(&world.officer.client, "family-448-2015").await;
    for registration in registrations {
        let signed = score(&head.client, registration, &family_marks(10.0)).await.ok();
        assert_eq!(signed.text("submitScoreSheet.registration.state"), "SELF_SCORED");
    }
}

/// Minutes of a meeting on [`AUTUMN`]'s eve with forty present, all for each registration.
pub fn minutes(branch: &str, registrations: &[String]) -> Value {
    let items: Vec<Value> = registrations
        .iter()
        .map(|id| json!({"registrationId": id, "votesFor": 40, "votesAgainst": 0}))
        .collect();
    json!({"branchId": branch, "year": YEAR, "heldOn": "2026-11-14", "place": "Nhà văn hoá tổ 5",
        "chairName": "Vũ Thị Chi", "secretaryName": "Lê Văn Ghi", "present": 40, "items": items})
}

/// Enters those minutes; the result hangs out until a day, or not.
pub async fn assess(branch: &Branch, registrations: &[String], posted_until: Value) -> Answer {
    let mut input = minutes(&branch.unit, registrations);
    if let Some(fields) = input.as_object_mut() {
        fields.insert("postedUntil".to_owned(), posted_until);
    }
    mutate(&branch.head.client, "enterAssessment", input).await
}

/// Registrations as items of a request.
pub fn items(registrations: &[String]) -> Vec<Value> {
    registrations.iter().map(|id| json!({ "id": id })).collect()
}

/// A ward's list.
pub fn list(ward: &str, number: &str, registrations: &[String]) -> Value {
    json!({"wardId": ward, "year": YEAR, "number": number, "submittedOn": "2026-11-15",
        "signerName": "Đỗ Văn Phường", "signerTitle": "Chủ tịch Hội", "items": items(registrations)})
}

/// A decision of a ward's People's Committee.
pub fn decision(ward: &str, number: &str, registrations: &[String]) -> Value {
    json!({"wardId": ward, "year": YEAR, "number": number, "decidedOn": "2026-11-15", "authority": "UBND phường",
        "signerName": "Trịnh Văn Ký", "signerTitle": "Chủ tịch", "items": items(registrations)})
}

/// Submits a list.
pub async fn propose(officer: &Client, ward: &str, number: &str, registrations: &[String]) -> Answer {
    mutate(officer, "submitProposal", list(ward, number, registrations)).await
}

/// Enters a decision of recognition.
pub async fn recognise(officer: &Client, ward: &str, number: &str, registrations: &[String]) -> Answer {
    mutate(officer, "enterRecognition", decision(ward, number, registrations)).await
}

/// What became of each item: its rule, or else its outcome.
pub fn words(field: &str, answer: &Answer) -> Vec<String> {
    let word = |item: &Value| {
        let word = item["rule"].as_str().or(item["outcome"].as_str());
        word.expect("an outcome").to_owned()
    };
    answer.list(&format!("{field}.results")).iter().map(word).collect()
}
