//! Messages to devices: signed, tried again with growing pauses, sent once however many servers there are, and over with the
//! session.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use khuyenhoc::push::Pushed;
use serde_json::json;
use tests::app::TestApp;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::{World, ask, decide, mutate};
use tests::gateway::Gateway;
use uuid::Uuid;

use super::{everybody_reads, register, rows};

/// A city whose notices go to a gateway; the first family has a device.
async fn world(kind: Kind, gateway: &Gateway) -> World {
    let world = World::on(server(kind, gateway).await).await;
    everybody_reads(&world).await;
    register(&world.branch(0, 0, 0).family.client, ("device-one", "vi")).await;
    world
}

async fn server(kind: Kind, gateway: &Gateway) -> TestApp {
    let settings = gateway.push_settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    TestApp::start_with(kind, &settings).await
}

/// Returns the first family's registration, and tells of it.
async fn returned(world: &World) -> usize {
    let branch = world.branch(0, 0, 0);
    decide(&branch.head.client, "returnRegistrations", &[&branch.registration])
        .await
        .ok();
    world.app.relay().await.deliveries
}

fn came(sent: usize, refused: usize, given_up: usize, unregistered: usize) -> Pushed {
    Pushed {
        sent,
        refused,
        given_up,
        unregistered,
    }
}

on_both! {
    async fn what_is_refused_is_tried_again_after_growing_pauses(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        assert_eq!(returned(&world).await, 1);
        gateway.answer(&[503, 401]);
        assert_eq!(world.app.push().await, came(0, 1, 0, 0));
        // half a minute to forty seconds, then two minutes to two and a half
        for (pause, longest) in [(30, 38), (120, 151)] {
            assert_eq!(world.app.push().await, Pushed::default());
            world.app.clock.advance(TimeDelta::seconds(pause - 1));
            assert_eq!(world.app.push().await, Pushed::default());
            world.app.clock.advance(TimeDelta::seconds(longest - pause + 1));
            let expected = if pause == 30 { came(0, 1, 0, 0) } else { came(1, 0, 0, 0) };
            assert_eq!(world.app.push().await, expected);
        }
        world.app.clock.advance(TimeDelta::days(2));
        assert_eq!(world.app.push().await, Pushed::default());
        let seen = gateway.seen();
        assert_eq!(seen.len(), 3);
        for message in &seen {
            assert!(message.is_signed());
            assert_eq!(message.header("webhook-id"), seen[0].header("webhook-id"));
            assert_eq!(message.body, json!({"type": "push", "id": message.header("webhook-id"), "token": "device-one",
                "platform": "ANDROID", "kind": "REGISTRATION_RETURNED", "title": "Bản đăng ký cần bổ sung", "language": "vi"}));
        }
        assert_eq!(rows(&world.app, "push_delivery", "state = 'SENT' AND attempts = 3").await, 1);
    }

    async fn after_a_day_of_refusals_it_is_given_up_and_counted(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        returned(&world).await;
        gateway.answer(&[500; 20]);
        for _ in 1..8 {
            assert_eq!(world.app.push().await, came(0, 1, 0, 0));
            world.app.clock.advance(TimeDelta::hours(10));
        }
        assert_eq!(world.app.push().await, came(0, 0, 1, 0));
        world.app.clock.advance(TimeDelta::days(1));
        assert_eq!(world.app.push().await, Pushed::default());
        assert_eq!(gateway.seen().len(), 8);
        assert_eq!(rows(&world.app, "push_delivery", "state = 'GIVEN_UP'").await, 1);
        // the device is there all the same
        let branch = world.branch(0, 0, 0);
        mutate(&branch.family.client, "submitRegistration", json!({"id": branch.registration, "expectedVersion": 2})).await.ok();
        assert_eq!(returned(&world).await, 1);
    }

    async fn a_device_that_is_gone_is_forgotten(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        let branch = world.branch(0, 0, 0);
        returned(&world).await;
        gateway.answer(&[410]);
        assert_eq!(world.app.push().await, came(0, 0, 0, 1));
        assert_eq!(rows(&world.app, "push_token", "1 = 1").await, 0);
        mutate(&branch.family.client, "submitRegistration", json!({"id": branch.registration, "expectedVersion": 2})).await.ok();
        assert_eq!(returned(&world).await, 0);
    }

    async fn messages_end_with_the_session_and_with_the_device(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        let family = &world.branch(0, 0, 0).family.client;
        let remove = async |client: &Client| {
            let answer = ask(client, "removePushToken", json!({"input": {"token": "device-one"}})).await.ok();
            answer.data("removePushToken.removed") == &json!(true)
        };
        assert_eq!(returned(&world).await, 1);
        // nobody removes another's device
        assert!(!remove(&world.branch(0, 0, 1).family.client).await);
        ask(family, "endSessions", json!({"input": {"which": "CURRENT"}})).await.ok();
        assert_eq!(world.app.push().await, came(0, 0, 0, 1));
        assert!(gateway.seen().is_empty());
        let other = &world.branch(0, 0, 1).family.client;
        register(other, ("device-one", "vi")).await;
        assert!(remove(other).await);
        assert!(!remove(other).await);
        assert_eq!(rows(&world.app, "push_token", "1 = 1").await, 0);
    }

    async fn a_device_has_one_owner_and_a_session_one_device(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        let (one, two) = (&world.branch(0, 0, 0).family.client, &world.branch(0, 0, 1).family.client);
        let key = Uuid::new_v4();
        let device = |token: &str| json!({"idempotencyKey": key, "token": token, "platform": "IOS"});
        for (token, outcome) in [("device-two", "APPLIED"), ("device-two", "REPLAYED"), ("device-three", "KEY_REUSED")] {
            let answer = mutate(one, "registerPushToken", device(token)).await.ok();
            assert_eq!(answer.text("registerPushToken.outcome"), outcome);
            assert_eq!(answer.data("registerPushToken.sends"), &json!(true));
        }
        assert_eq!(rows(&world.app, "push_token", "1 = 1").await, 1);
        // the phone changes hands: its new owner's notices go there, and no other's
        assert_eq!(register(two, ("device-two", "vi")).await, "APPLIED");
        assert_eq!(rows(&world.app, "push_token", "1 = 1").await, 1);
        assert_eq!(returned(&world).await, 0);
        for token in ["", "mã có dấu", &"a".repeat(1_001)] {
            let refused = mutate(one, "registerPushToken", json!({"token": token, "platform": "IOS"})).await;
            assert_eq!(refused.code(), Some("INVALID"), "{token}");
        }
        let longest = "a".repeat(1_000);
        assert_eq!(register(one, (&longest, "en")).await, "APPLIED");
        assert_eq!(rows(&world.app, "push_token", "language = 'en'").await, 1);
    }

    async fn what_joins_an_unread_notice_rings_no_telephone_again(kind) {
        let gateway = Gateway::start().await;
        let world = World::on(server(kind, &gateway).await).await;
        everybody_reads(&world).await;
        let branch = world.branch(0, 0, 0);
        register(&branch.head.client, ("device-of-the-head", "vi")).await;
        let family = &branch.family.client;
        decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        world.app.relay().await;
        for rings in [1, 0] {
            let seen = ask(family, "registration", json!({"id": branch.registration})).await.ok();
            let again = json!({"id": branch.registration, "expectedVersion": seen.number("registration.version")});
            mutate(family, "submitRegistration", again).await.ok();
            assert_eq!(world.app.relay().await.deliveries, rings);
            decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
            world.app.relay().await;
        }
    }

    async fn many_servers_send_a_message_once(kind) {
        let gateway = Gateway::start().await;
        let world = world(kind, &gateway).await;
        let settings = gateway.push_settings();
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let other = TestApp::open(Arc::clone(&world.app.database), &settings, 2).await;
        returned(&world).await;
        let pushes = (0..6).map(|at| {
            // of a file there is one server
            let app = if at % 2 == 0 || kind == Kind::Sqlite { world.app.clone() } else { other.clone() };
            async move { app.push().await.sent }
        });
        assert_eq!(join_all(pushes).await.into_iter().sum::<usize>(), 1);
        assert_eq!(gateway.seen().len(), 1);
    }

    async fn without_a_way_to_devices_nothing_is_put_up(kind) {
        let world = World::build(kind).await;
        let family = &world.branch(0, 0, 0).family.client;
        let answer = mutate(family, "registerPushToken", json!({"token": "device", "platform": "ANDROID"})).await.ok();
        assert_eq!(answer.data("registerPushToken.sends"), &json!(false));
        assert_eq!(returned(&world).await, 0);
        assert_eq!(world.app.push().await, Pushed::default());
    }
}
