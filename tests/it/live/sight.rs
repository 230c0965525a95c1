//! Who is told: what they may see at that moment, and nothing else.

use serde_json::{Value, json};
use tests::database::Kind;
use tests::factory::{YEAR, ask, decide, mutate};
use tests::live::Socket;
use tests::operation;

use super::{city, follow_steps, step, versions};

on_both! {
    async fn everybody_hears_of_their_own_and_of_no_others(kind) {
        let (world, server) = city(kind, &[]).await;
        let branch = world.branch(0, 0, 0);
        let mut near = Vec::new();
        for client in [&branch.family.client, &world.ward(0, 0).officer.client, &world.district(0).officer.client] {
            let mut socket = Socket::of(&server.address, client).await;
            follow_steps(&mut socket, "s", None).await;
            near.push(socket);
        }
        let (far, other) = (world.branch(0, 0, 1), world.branch(1, 0, 0));
        let mut others = Vec::new();
        for client in [&far.family.client, &far.head.client, &other.head.client] {
            let mut socket = Socket::of(&server.address, client).await;
            follow_steps(&mut socket, "s", None).await;
            others.push(socket);
        }
        step(&world, 2).await;
        for socket in &mut near {
            assert_eq!(versions(socket, "s", 1).await.0, [2]);
        }
        // the first they hear of is their own
        for branch in [far, other] {
            decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await.ok();
        }
        for (socket, own) in others.iter_mut().zip([far, far, other]) {
            let event = socket.event("s", "registrationChanged").await;
            assert_eq!(event["registrationId"], own.registration);
        }
        // one registration, another's, one of another association, another's unit
        let mut socket = Socket::of(&server.address, &branch.head.client).await;
        for (at, (unit, registration)) in [
            (None, Some(&far.registration)),
            (None, Some(&other.registration)),
            (Some(&far.unit), None),
            (Some(&other.unit), None),
            (Some(&other.unit), Some(&branch.registration)),
        ].into_iter().enumerate() {
            let variables = json!({"unitId": unit, "registrationId": registration});
            socket.follow(&at.to_string(), "registrationChanged", variables).await;
            assert_eq!(socket.failed(&at.to_string()).await, "NOT_FOUND");
        }
    }

    async fn what_moves_away_has_left(kind) {
        let (world, server) = city(kind, &[]).await;
        let (here, there) = (world.branch(0, 0, 0), world.branch(0, 0, 1));
        let mut sockets = Vec::new();
        for client in [&here.head.client, &there.head.client, &world.ward(0, 0).officer.client] {
            let mut socket = Socket::of(&server.address, client).await;
            follow_steps(&mut socket, "s", None).await;
            sockets.push(socket);
        }
        let input = json!({"id": here.household, "branchId": there.unit, "expectedVersion": 1});
        mutate(&world.ward(0, 0).officer.client, "moveHousehold", input).await.ok();
        let mut seen = Vec::new();
        for socket in &mut sockets {
            let event = socket.event("s", "registrationChanged").await;
            assert_eq!(event["registrationId"], here.registration);
            seen.push(event);
        }
        assert_eq!((&seen[0]["event"], &seen[0]["registration"], &seen[0]["action"]), (&json!("LEFT"), &Value::Null, &Value::Null));
        for event in &seen[1..] {
            assert_eq!((&event["event"], &event["action"]), (&json!("CHANGED"), &json!("MOVE")));
        }
    }

    async fn streams_end_with_the_session(kind) {
        let (world, server) = city(kind, &[]).await;
        let head = &world.branch(0, 0, 0).head.client;
        let mut socket = Socket::of(&server.address, head).await;
        follow_steps(&mut socket, "s", None).await;
        let asked = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let asked = asked.post(format!("{}/graphql", server.address)).header("accept", "text/event-stream");
        let asked = asked.bearer_auth(head.token().expect("a token"));
        let body = json!({"query": operation::of("registrationChanged"), "variables": {}});
        let mut events = asked.json(&body).send().await.expect("events");
        let mut told = String::new();
        while !told.contains("OPENED") {
            let piece = events.chunk().await.expect("a piece").expect("an open stream");
            told.push_str(&String::from_utf8_lossy(&piece));
        }
        ask(head, "endSessions", json!({"input": {"which": "CURRENT"}})).await.ok();
        assert_eq!(socket.closed().await, 4401);
        while let Some(piece) = events.chunk().await.expect("a piece") {
            told.push_str(&String::from_utf8_lossy(&piece));
        }
        assert!(told.contains(r#""rule":"SESSION_ENDED""#), "{told}");
        assert!(told.ends_with("event: complete\ndata: \n\n"), "{told}");
    }

    async fn streams_of_a_post_end_with_it_and_those_of_the_account_go_on(kind) {
        let (world, server) = city(kind, &[]).await;
        let head = &world.branch(0, 0, 0).head;
        let mut socket = Socket::of(&server.address, &head.client).await;
        socket.follow("n", "notificationAdded", json!({})).await;
        socket.event("n", "notificationAdded").await;
        follow_steps(&mut socket, "s", None).await;
        let id = match kind {
            Kind::Postgres => format!("'{}'", head.post.0),
            Kind::Sqlite => format!("x'{}'", head.post.0.simple()),
        };
        let sql = format!("UPDATE post SET valid_until = '2026-03-01 00:00:00+00:00' WHERE id = {id}");
        world.app.database.sql(&sql).await;
        assert_eq!(socket.failed("s").await, "FORBIDDEN");
        socket.follow("s", "registrationChanged", json!({"year": YEAR})).await;
        assert_eq!(socket.failed("s").await, "FORBIDDEN");
        socket.say(&json!({"type": "ping"})).await;
        assert_eq!(socket.message().await, json!({"type": "pong"}));
    }
}
