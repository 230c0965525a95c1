//! The server's word, signed, and asked for weeks later.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use khuyenhoc::account::token::ring::LEAD;
use khuyenhoc::clock::SystemEntropy;
use khuyenhoc::database::rotate::{Old, rotate_receipts};
use khuyenhoc::sent::canonical;
use serde_json::{Value, json};
use tests::database::Kind;
use tests::factory::{World, ask, mutate};
use uuid::Uuid;

use super::{household, key, made, send};

/// Fails unless a receipt is signed by a published key, for this input.
pub(super) async fn assert_holds(world: &World, receipt: &Value, input: &Value) {
    let proof = &receipt["proof"];
    let keys = world.app.anonymous().get("/.well-known/receipt-keys.json").await;
    let key = keys.json["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["kid"] == proof["keyId"]);
    let decode = |value: &Value| {
        URL_SAFE_NO_PAD
            .decode(value.as_str().expect("text"))
            .expect("base64url")
    };
    let public = UnparsedPublicKey::new(&ED25519, decode(&key.expect("the key that signed")["x"]));
    let signed = proof["signed"].as_str().expect("the words");
    public
        .verify(signed.as_bytes(), &decode(&proof["signature"]))
        .expect("a signature that holds");
    assert!(
        public
            .verify(signed.to_uppercase().as_bytes(), &decode(&proof["signature"]))
            .is_err()
    );
    let hash = digest::digest(&digest::SHA256, canonical(input).as_bytes());
    let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
    let hash = digits.collect::<Vec<_>>().concat();
    let lines: Vec<&str> = signed.lines().collect();
    assert_eq!(lines[0], "khuyenhoc-receipt-1");
    assert_eq!(
        (lines[1], lines[2]),
        (
            receipt["key"].as_str().expect("a key"),
            receipt["operation"].as_str().expect("a name")
        )
    );
    assert_eq!(
        (lines[3], proof["payloadHash"].as_str().expect("a hash")),
        (hash.as_str(), hash.as_str())
    );
    assert_eq!(lines[6], receipt["outcome"].as_str().expect("a word"));
    let not_done: Vec<String> = receipt["notDone"]
        .as_array()
        .expect("places")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(lines[8..], [not_done.join(",")]);
}

on_both! {
    async fn a_receipt_can_be_checked_without_the_server_and_asked_for_a_year_later(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let head = &branch.head.client;
        let item = household(made());
        let answer = send(&world, head, std::slice::from_ref(&item)).await.ok();
        let receipt = answer.data("syncBatch.results.0.receipt").clone();
        assert_holds(&world, &receipt, &item["createHousehold"]).await;
        assert_eq!(receipt["recordId"], *answer.data("syncBatch.results.0.payload.household.id"));

        // one that is sent as a request of its own leaves the same
        let mut plain = json!({"headName": "Đinh Thị Riêng", "address": "Số 7"});
        plain["idempotencyKey"] = json!(Uuid::new_v4());
        mutate(head, "createHousehold", plain.clone()).await.ok();
        world.app.clock.advance(TimeDelta::days(395));
        for (key, input) in [(key(&item), &item["createHousehold"]), (key(&json!({"x": plain})), &plain)] {
            let settled = ask(head, "receipt", json!({ "key": key })).await.ok();
            assert_holds(&world, settled.data("receipt"), input).await;
        }
        let settled = ask(head, "receipt", json!({"key": key(&item)})).await.ok();
        assert_eq!(settled.data("receipt"), &receipt);
    }

    async fn nobody_elses_key_and_none_that_never_arrived_has_one(kind) {
        let world = World::build(kind).await;
        let branch = world.branch(0, 0, 0);
        let item = household(made());
        send(&world, &branch.head.client, std::slice::from_ref(&item)).await.ok();
        let others = [&branch.family, &world.branch(0, 0, 1).head, &world.ward(0, 0).officer, &world.branch(1, 0, 0).head];
        for other in others {
            let answer = ask(&other.client, "receipt", json!({"key": key(&item)})).await.ok();
            assert_eq!(answer.data("receipt"), &json!(null));
        }
        let never = ask(&branch.head.client, "receipt", json!({"key": Uuid::new_v4()})).await.ok();
        assert_eq!(never.data("receipt"), &json!(null));
        // refused is as never done
        let refused = crate::sync::item("createHousehold", json!({"headName": "", "address": "Số 1"}));
        send(&world, &branch.head.client, std::slice::from_ref(&refused)).await.ok();
        let answer = ask(&branch.head.client, "receipt", json!({"key": key(&refused)})).await.ok();
        assert_eq!(answer.data("receipt"), &json!(null));
    }

    async fn keys_of_receipts_rotate_and_what_they_have_signed_still_holds(kind) {
        let world = World::build(kind).await;
        let head = &world.branch(0, 0, 0).head.client;
        let item = household(made());
        let answer = send(&world, head, std::slice::from_ref(&item)).await.ok();
        let first = answer.data("syncBatch.results.0.receipt").clone();
        let (app, clock) = (&world.app.app, world.app.clock.as_ref());
        let new = rotate_receipts(&app.config, clock, &SystemEntropy, Old::Stays).await.expect("a new key");
        app.receipts.reload(&app.db).await.expect("the keys");
        let ask_again = async || ask(head, "receipt", json!({"key": key(&item)})).await.ok().data("receipt").clone();
        // published, and not used before its time
        assert_eq!(ask_again().await, first);
        world.app.clock.advance(LEAD);
        let second = ask_again().await;
        assert_eq!(second["proof"]["keyId"], json!(new.kid));
        for receipt in [&first, &second] {
            assert_holds(&world, receipt, &item["createHousehold"]).await;
        }
        let waits = rotate_receipts(&app.config, clock, &SystemEntropy, Old::Leaves).await.expect("a new key");
        app.receipts.reload(&app.db).await.expect("the keys");
        let keys = world.app.anonymous().get("/.well-known/receipt-keys.json").await;
        assert_eq!(keys.json["keys"].as_array().expect("keys").len(), 1);
        assert_eq!(ask_again().await["proof"]["keyId"], json!(waits.kid));
    }
}
