//! What a stream tells: everything, in order, once; from a cursor too.

use chrono::TimeDelta;
use entity::id::AccountId;
use entity::table::outbox;
use sea_orm::{DbBackend, EntityTrait as _, QueryFilter as _, QueryTrait as _};
use serde_json::{Value, json};
use tests::database::Kind;
use tests::factory::{World, YEAR, ask};
use tests::live::Socket;
use uuid::Uuid;

use super::{city, follow_steps, step, versions};

on_both! {
    async fn steps_come_in_order_and_a_cursor_brings_what_was_missed(kind) {
        let (world, server) = city(kind, &[]).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mut socket = Socket::of(&server.address, head).await;
        let opened = follow_steps(&mut socket, "s", None).await;
        step(&world, 2).await;
        let (seen, cursor) = versions(&mut socket, "s", 1).await;
        assert_eq!(seen, [2]);
        drop(socket);
        for version in 3..8 {
            step(&world, version).await;
        }
        // what was missed, and then what comes
        let mut socket = Socket::of(&server.address, head).await;
        follow_steps(&mut socket, "s", Some(&cursor)).await;
        assert_eq!(versions(&mut socket, "s", 5).await.0, [3, 4, 5, 6, 7]);
        follow_steps(&mut socket, "t", Some(&opened)).await;
        assert_eq!(versions(&mut socket, "t", 6).await.0, [2, 3, 4, 5, 6, 7]);
        drop(socket);
        let mut socket = Socket::of(&server.address, head).await;
        follow_steps(&mut socket, "s", Some(&cursor)).await;
        assert_eq!(versions(&mut socket, "s", 5).await.0, [3, 4, 5, 6, 7]);
        step(&world, 8).await;
        let event = socket.event("s", "registrationChanged").await;
        let branch = world.branch(0, 0, 0);
        assert_eq!((&event["registrationId"], &event["action"]), (&json!(branch.registration), &json!("RETURN")));
        assert_eq!(event["registration"], json!({"id": branch.registration, "state": "RETURNED", "version": 8}));
    }

    async fn a_cursor_that_is_too_old_says_so(kind) {
        let (world, server) = city(kind, &[]).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mut socket = Socket::of(&server.address, head).await;
        let cursor = follow_steps(&mut socket, "s", None).await;
        drop(socket);
        step(&world, 2).await;
        world.app.clock.advance(TimeDelta::days(30));
        let mut socket = Socket::of(&server.address, head).await;
        socket.follow("s", "registrationChanged", json!({"after": cursor})).await;
        assert_eq!(socket.event("s", "registrationChanged").await["event"], "RESYNC");
        step(&world, 3).await;
        let (seen, _) = versions(&mut socket, "s", 1).await;
        // the step before the stream was told before it, or just after
        assert!(seen == [2] || seen == [3], "{seen:?}");
    }

    async fn a_cursor_that_cannot_be_opened_says_so(kind) {
        let (world, server) = city(kind, &[]).await;
        let mut socket = Socket::of(&server.address, &world.branch(0, 0, 0).head.client).await;
        let steps = follow_steps(&mut socket, "s", None).await;
        for (id, field, after) in [
            ("a", "registrationChanged", &json!("made up")),
            ("b", "inboxChanged", &steps),
            ("c", "notificationAdded", &steps),
        ] {
            let variables = match field {
                "inboxChanged" => json!({"year": YEAR, "after": after}),
                _ => json!({"after": after}),
            };
            socket.follow(id, field, variables).await;
            assert_eq!(socket.event(id, field).await["event"], "RESYNC", "{field}");
        }
    }

    async fn figures_come_whole_and_folded(kind) {
        let (world, server) = city(kind, &[]).await;
        let (head, leader) = (&world.branch(0, 0, 0).head.client, &world.leader.client);
        let mut socket = Socket::of(&server.address, head).await;
        socket.follow("i", "inboxChanged", json!({"year": YEAR})).await;
        let opened = socket.event("i", "inboxChanged").await;
        let submitted = |inbox: &Value| inbox["inbox"]["entries"][0]["total"].as_i64();
        assert_eq!((&opened["event"], submitted(&opened)), (&json!("OPENED"), Some(1)));
        let mut city = Socket::of(&server.address, leader).await;
        city.follow("p", "unitProgressChanged", json!({"unitId": world.district(0).unit, "year": YEAR})).await;
        let opened = city.event("p", "unitProgressChanged").await;
        let before = opened["progress"]["counts"]["submitted"].as_i64().expect("a number");
        for version in 2..7 {
            step(&world, version).await;
        }
        // several steps are one event or a few, and the last has the figures that are true
        let mut events = 0;
        loop {
            let event = city.event("p", "unitProgressChanged").await;
            events += 1;
            assert_eq!(event["event"], "CHANGED");
            if event["progress"]["counts"]["submitted"].as_i64() == Some(before - 1) {
                break;
            }
            assert!(events < 6);
        }
        let cursor = loop {
            let event = socket.event("i", "inboxChanged").await;
            // nothing waits for the head any more
            let answer = ask(head, "inbox", json!({"year": YEAR})).await.ok();
            if event["inbox"]["entries"].as_array().map(Vec::len) == Some(answer.list("inbox.entries").len()) {
                break event["cursor"].clone();
            }
        };
        // nothing has happened since: nothing is told until something does
        socket.follow("j", "inboxChanged", json!({"year": YEAR, "after": cursor})).await;
        step(&world, 7).await;
        let mut heard = Vec::new();
        while !heard.iter().any(|(id, event): &(String, Value)| id == "j" && submitted(event) == Some(1)) {
            let message = socket.message().await;
            let id = message["id"].as_str().expect("an id").to_owned();
            heard.push((id, message["payload"]["data"]["inboxChanged"].clone()));
        }
        assert!(heard.iter().all(|(_, event)| event["event"] == "CHANGED"), "{heard:?}");
    }

    async fn notices_come_as_they_are_given_and_after_a_cursor(kind) {
        let (world, server) = city(kind, &[]).await;
        let family = &world.branch(0, 0, 0).family.client;
        let mut socket = Socket::of(&server.address, family).await;
        socket.follow("n", "notificationAdded", json!({})).await;
        let opened = socket.event("n", "notificationAdded").await;
        assert_eq!((&opened["event"], &opened["notice"]), (&json!("OPENED"), &Value::Null));
        step(&world, 2).await;
        let event = socket.event("n", "notificationAdded").await;
        assert_eq!(event["notice"]["kind"], "REGISTRATION_RETURNED");
        assert_eq!(event["unread"], opened["unread"].as_i64().map_or(json!(null), |before| json!(before + 1)));
        drop(socket);
        step(&world, 3).await;
        step(&world, 4).await;
        let mut socket = Socket::of(&server.address, family).await;
        for (id, after, expected) in [("a", &opened["cursor"], 2), ("b", &event["cursor"], 1)] {
            socket.follow(id, "notificationAdded", json!({"after": after})).await;
            assert_eq!(socket.event(id, "notificationAdded").await["event"], "OPENED");
            for _ in 0..expected {
                let event = socket.event(id, "notificationAdded").await;
                assert_eq!(event["notice"]["kind"], "REGISTRATION_RETURNED");
            }
            socket.say(&json!({"type": "complete", "id": id})).await;
        }
    }

    async fn many_notices_come_page_by_page_each_once_and_from_the_middle_of_a_batch(kind) {
        let (world, server) = city(kind, &[]).await;
        let branch = world.branch(0, 0, 0);
        let (family, account) = (&branch.family.client, branch.family.account);
        let mut socket = Socket::of(&server.address, family).await;
        socket.follow("n", "notificationAdded", json!({})).await;
        let opened = socket.event("n", "notificationAdded").await;
        drop(socket);
        // one, and then 240 copies of it: 170 of one batch, and the rest of another
        step(&world, 2).await;
        while world.app.relay().await.events > 0 {}
        copies(&world, kind, account, (170, 1_000)).await;
        copies(&world, kind, account, (70, 1_001)).await;
        let mut socket = Socket::of(&server.address, family).await;
        let before = world.app.statements();
        let (mut seen, last) = told(&mut socket, &opened["cursor"], 130).await;
        drop(socket);
        assert!(last["cursor"].as_str().is_some_and(|cursor| cursor.len() < 500), "{last}");
        let mut socket = Socket::of(&server.address, family).await;
        seen.extend(told(&mut socket, &last["cursor"], 241 - 130).await.0);
        let each = (world.app.statements() - before) / 241;
        println!("statements of a notice, {kind:?}: {each}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 241);
        assert!(each <= 3, "{each}");
    }

    async fn a_slow_reader_holds_nobody_up_and_misses_nothing(kind) {
        let (world, server) = city(kind, &[]).await;
        let head = &world.branch(0, 0, 0).head.client;
        let (mut slow, mut quick) = (Socket::of(&server.address, head).await, Socket::of(&server.address, head).await);
        follow_steps(&mut slow, "s", None).await;
        follow_steps(&mut quick, "s", None).await;
        for version in 2..42 {
            step(&world, version).await;
        }
        let expected: Vec<i64> = (2..42).collect();
        assert_eq!(versions(&mut quick, "s", 40).await.0, expected);
        assert_eq!(versions(&mut slow, "s", 40).await.0, expected);
    }
}

/// An `OR` of the three would be read from the index's beginning.
#[test]
fn a_place_in_the_outbox_is_one_comparison() {
    let place = (7, 2, Uuid::from_u128(9).into());
    for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
        let find = outbox::Entity::find().filter(outbox::beyond(place));
        let sql = find.build(backend).sql;
        assert!(
            sql.contains(r#"("batch", "version", "id") > ("#) && !sql.contains(" OR "),
            "{sql}"
        );
    }
}

/// Follows notices from a cursor until so many have come: their ids, and the last event.
async fn told(socket: &mut Socket, after: &Value, many: usize) -> (Vec<String>, Value) {
    socket.follow("n", "notificationAdded", json!({ "after": after })).await;
    let (mut seen, mut last) = (Vec::new(), socket.event("n", "notificationAdded").await);
    for _ in 0..many {
        last = socket.event("n", "notificationAdded").await;
        assert_eq!(last["event"], "CHANGED");
        seen.push(last["notice"]["id"].as_str().expect("an id").to_owned());
    }
    (seen, last)
}

/// Copies of an account's one notice in a batch of their own.
async fn copies(world: &World, kind: Kind, account: AccountId, (many, batch): (u32, i64)) {
    let columns = "account_id, kind, registration_id, event_id, unit_id, model, year, count, at";
    let (id, account, rows) = match kind {
        Kind::Postgres => (
            "gen_random_uuid()",
            format!("'{account}'"),
            format!("generate_series(1, {many})"),
        ),
        Kind::Sqlite => (
            "randomblob(16)",
            format!("x'{}'", account.0.simple()),
            format!(
                "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {many}) SELECT n FROM c)"
            ),
        ),
    };
    let of =
        format!("(SELECT * FROM registration_notice WHERE account_id = {account} AND batch < 1000 LIMIT 1) AS one");
    let sql = format!(
        "INSERT INTO registration_notice (tenant_id, id, {columns}, batch) SELECT tenant_id, {id}, {columns}, {batch} FROM {of}, {rows} AS n"
    );
    world.app.database.sql(&sql).await;
}
