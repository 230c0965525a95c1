//! A file of evidence is a part of its registration.

use std::time::Duration;

use khuyenhoc::global_id::decode;
use sea_orm::sqlx::Executor as _;
use serde_json::json;
use tests::database::Kind;
use tests::factory::{mutate, parts};

use super::phone::Phone;
use crate::evidence::bytes::pdf;
use crate::evidence::{Ready, patch};

on_both! {
    async fn what_becomes_of_a_file_sends_its_registration_again_and_a_piece_of_it_does_not(kind) {
        let ready = Ready::on(kind).await;
        let (family, registration) = (ready.family(), ready.registration().to_owned());
        let mut phones = Vec::new();
        for client in [family, &ready.world.branch(0, 0, 0).head.client] {
            phones.push((client, Phone::new(client).await));
        }
        let bytes = pdf();
        let begun = ready.begin("a.pdf", "PDF", &bytes).await.ok();
        let (id, url) = (begun.text("beginUpload.evidence.id"), begun.text("beginUpload.evidence.upload.url"));
        for (client, phone) in &mut phones {
            assert_eq!(phone.pull(client, 200).await.came, [registration.as_str()]);
            assert_eq!(phone.store.records[&registration]["evidence"][0]["state"], "WAITING_FOR_BYTES");
        }
        assert_eq!(patch(family, &url, 0, &bytes[..50]).await.status, 204);
        for (client, phone) in &mut phones {
            assert!(phone.pull(client, 200).await.came.is_empty());
        }
        assert_eq!(patch(family, &url, 50, &bytes[50..]).await.status, 204);
        for (client, phone) in &mut phones {
            assert_eq!(phone.pull(client, 200).await.came, [registration.as_str()]);
            assert_eq!(phone.store.records[&registration]["evidence"][0]["state"], "CHECKED");
        }
        mutate(family, "removeEvidence", json!({ "id": id })).await.ok();
        for (client, phone) in &mut phones {
            assert_eq!(phone.pull(client, 200).await.came, [registration.as_str()]);
            assert_eq!(phone.store.records[&registration]["evidence"], json!([]));
            assert_eq!(phone.store, Phone::new(client).await.store);
        }
    }
}

/// The registration moves to another branch while the last byte comes: it is noted where it is then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_noted_in_the_branch_that_its_registration_moves_to() {
    let ready = Ready::on(Kind::Postgres).await;
    let family = ready.family().clone();
    let registration = decode(&ready.registration().into(), "id").expect("an id").id;
    let bytes = pdf();
    let begun = ready.begin("a.pdf", "PDF", &bytes).await.ok();
    let url = begun.text("beginUpload.evidence.upload.url");
    let (_, there) = parts(&ready.world.branch(0, 0, 1).unit);
    let moving = format!("UPDATE registration SET branch_id = '{there}' WHERE id = '{registration}'");
    let mut open = ready.world.app.database.hold(&moving).await;
    let sent = tokio::spawn(async move { patch(&family, &url, 0, &bytes).await.status });
    tokio::time::sleep(Duration::from_millis(500)).await;
    open.execute("COMMIT").await.expect("a commit");
    assert_eq!(sent.await.expect("an answer"), 204);
    let here = format!("SELECT branch_id::text FROM record_change WHERE record_id = '{registration}' AND standing = 0");
    assert_eq!(ready.world.app.database.sql(&here).await, [[Some(there.to_string())]]);
}
