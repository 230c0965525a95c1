//! A file of evidence is a part of its registration.

use serde_json::json;
use tests::database::Kind;
use tests::factory::mutate;

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
