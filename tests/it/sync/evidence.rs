//! Photos and papers are told of offline, among the rest of an evening.

use khuyenhoc::global_id::NodeKind;
use serde_json::{Value, json};
use tests::app::moment;
use tests::database::Kind;
use tests::factory::{ask, family_marks};
use uuid::Uuid;

use super::{global, item, key, made, outcomes, send};
use crate::evidence::bytes::pdf;
use crate::evidence::{Ready, patch, told};

/// A file that the phone has given an id.
fn file(registration: &str, id: Uuid, bytes: &[u8]) -> Value {
    let mut input = told(registration, "a.pdf", "PDF", bytes);
    input["id"] = json!(id);
    item("beginUpload", input)
}

/// A draft, a file and the signature.
fn evening(registration: &str, id: Uuid, device_time: Option<&str>) -> [Value; 3] {
    let marks = family_marks(9.0);
    let mut items = [
        item(
            "saveScoreSheet",
            json!({"registrationId": registration, "marks": marks}),
        ),
        file(registration, id, &pdf()),
        item(
            "submitScoreSheet",
            json!({"registrationId": registration, "expectedVersion": 1}),
        ),
    ];
    for input in items
        .iter_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut())
    {
        input["deviceTime"] = json!(device_time);
    }
    items
}

on_both! {
    async fn a_file_is_told_of_before_the_sheet_is_signed_and_its_bytes_come_after(kind) {
        let ready = Ready::on(kind).await;
        let (world, family, registration) = (&ready.world, ready.family(), ready.registration());
        let id = made();
        let items = evening(registration, id, None);
        let first = send(world, family, &items).await.ok();
        assert_eq!(outcomes(&first), ["APPLIED", "CREATED", "APPLIED"], "{}", first.json);
        let reckoned = global(world, NodeKind::Evidence, id);
        let result = first.data("syncBatch.results.1");
        assert_eq!(result["payload"]["evidence"]["id"], json!(reckoned));
        assert_eq!((&result["receipt"]["outcome"], &result["receipt"]["recordId"]), (&json!("CREATED"), &json!(reckoned)));
        let url = first.text("syncBatch.results.1.payload.evidence.upload.url");
        assert_eq!(patch(family, &url, 0, &pdf()).await.status, 204);
        let seen = ask(family, "node", json!({ "id": reckoned })).await.ok();
        assert_eq!((seen.text("node.__typename"), seen.text("node.id")), ("Evidence".to_owned(), reckoned));
        // the answer was lost: all of it again
        let again = send(world, family, &items).await.ok();
        assert_eq!(outcomes(&again), ["REPLAYED"; 3]);
        for at in 0..3 {
            let path = format!("syncBatch.results.{at}.receipt");
            assert!(first.data(&path)["proof"]["signature"].is_string());
            assert_eq!(first.data(&path), again.data(&path));
        }
        // what was told of by itself leaves a receipt as well
        let settled = ask(family, "receipt", json!({"key": key(&items[1])})).await.ok();
        assert_eq!(settled.data("receipt"), &result["receipt"]);
    }

    async fn a_file_is_taken_away_by_the_id_that_the_phone_has_reckoned(kind) {
        let ready = Ready::on(kind).await;
        let (world, family, registration) = (&ready.world, ready.family(), ready.registration());
        let (id, wrong, other) = (made(), Uuid::new_v4(), made());
        let removing = |id: Uuid| item("removeEvidence", json!({"id": global(world, NodeKind::Evidence, id)}));
        let refused = file(registration, wrong, b"%PDF-2");
        let items = [
            file(registration, id, &pdf()),
            // the same file, told of by another phone
            file(registration, other, &pdf()),
            removing(id),
            removing(other),
            refused.clone(),
            removing(wrong),
        ];
        let answer = send(world, family, &items).await.ok();
        assert_eq!(outcomes(&answer), ["CREATED", "APPLIED", "APPLIED", "RETRY", "INVALID", "RETRY"], "{}", answer.json);
        let result = |at: usize| answer.data(&format!("syncBatch.results.{at}"));
        let there = &result(1)["receipt"];
        assert_eq!((&there["outcome"], &there["recordId"]), (&json!("APPLIED"), &result(0)["receipt"]["recordId"]));
        assert_eq!(result(2)["receipt"]["recordId"], json!(registration));
        assert_eq!(result(2)["payload"]["registration"]["evidence"], json!([]));
        // the file that was there has its own id: what names the other waits for the phone to put that in
        assert_eq!(result(3)["waitsFor"], json!(key(&items[1])));
        assert_eq!(result(4)["fields"][0]["rule"], "NOT_A_DEVICE_ID");
        assert_eq!(result(5)["waitsFor"], json!(key(&refused)));
    }

    async fn another_associations_registration_is_as_one_that_never_was(kind) {
        let ready = Ready::on(kind).await;
        let (world, family) = (&ready.world, ready.family());
        let elsewhere = world.branch(1, 0, 0);
        let id = made();
        let never = global(world, NodeKind::Registration, Uuid::new_v4());
        let mine = send(world, family, &[file(ready.registration(), id, &pdf())]).await.ok();
        assert_eq!(outcomes(&mine), ["CREATED"]);
        let theirs = mine.text("syncBatch.results.0.payload.evidence.id");
        let items = [
            file(ready.registration(), made(), b"%PDF-1"),
            file(&never, made(), b"%PDF-1"),
            item("removeEvidence", json!({ "id": theirs })),
            // there the same id is another file
            file(&elsewhere.registration, id, &pdf()),
        ];
        let answer = send(world, &elsewhere.family.client, &items).await.ok();
        assert_eq!(outcomes(&answer), ["SCOPE_LOST", "SCOPE_LOST", "SCOPE_LOST", "CREATED"], "{}", answer.json);
        let mut other = answer.data("syncBatch.results.0").clone();
        other["key"] = answer.data("syncBatch.results.1.key").clone();
        assert_eq!(&other, answer.data("syncBatch.results.1"));
        assert_eq!(ready.seen(family).await.len(), 1);
    }

    async fn what_was_told_before_the_window_closed_counts_as_the_signature_does(kind) {
        let ready = Ready::on(kind).await;
        let (world, family, registration) = (&ready.world, ready.family(), ready.registration());
        // it closes at midnight before the sixteenth of November
        world.app.clock.set(moment("2026-11-17T09:00:00+07:00"));
        let late = send(world, family, &evening(registration, made(), None)).await.ok();
        assert_eq!(outcomes(&late), ["REFUSED"; 3], "{}", late.json);
        assert_eq!(late.text("syncBatch.results.1.rule"), "WINDOW_CLOSED");
        let (kept, gone) = (made(), made());
        let before = "2026-11-15T21:00:00+07:00";
        let removing = json!({"id": global(world, NodeKind::Evidence, gone), "deviceTime": before});
        let [draft, told, signed] = evening(registration, kept, Some(before));
        let mut other = file(registration, gone, b"%PDF-2");
        other["beginUpload"]["deviceTime"] = json!(before);
        let items = [draft, told, other, item("removeEvidence", removing), signed];
        let answer = send(world, family, &items).await.ok();
        assert_eq!(outcomes(&answer), ["APPLIED", "CREATED", "CREATED", "APPLIED", "APPLIED"], "{}", answer.json);
        assert_eq!(ready.seen(family).await.len(), 1);
    }
}
