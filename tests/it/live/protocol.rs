//! The rules of graphql-transport-ws, one by one.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::{YEAR, ask};
use tests::live::{Heard, LiveServer, Socket, refused, request};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{city, follow_steps, step, versions};

fn subscribe(id: &str, query: &str) -> Value {
    json!({"type": "subscribe", "id": id, "payload": {"query": query}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_let_in_is_told_why() {
    let impatient = TestApp::start_with(Kind::Sqlite, &[("KHUYENHOC_LIVE_INIT_MS", "300")]).await;
    let server = LiveServer::start(&impatient).await;
    assert_eq!(Socket::open(&server.address).await.closed().await, 4408);
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let (address, client) = (&server.address, &world.branch(0, 0, 0).head.client);
    // says something else first, or is nobody known
    let mut socket = Socket::open(address).await;
    socket.say(&subscribe("1", "{ viewer { name } }")).await;
    assert_eq!(socket.closed().await, 4401);
    for payload in [
        json!({}),
        json!({"accessToken": "no token"}),
        json!({"authorization": "Basic abc"}),
        json!({"accessToken": client.token(), "actingPost": "no post"}),
    ] {
        let mut socket = Socket::open(address).await;
        socket.init(payload.clone()).await;
        assert_eq!(socket.closed().await, 4403, "{payload}");
    }
    for header in ["authorization", "Authorization"] {
        let mut socket = Socket::open(address).await;
        socket
            .init(json!({header: format!("Bearer {}", client.token().expect("a token"))}))
            .await;
        assert_eq!(socket.message().await["type"], "connection_ack");
    }
    let mut socket = Socket::of(address, client).await;
    socket.init(json!({"accessToken": client.token()})).await;
    assert_eq!(socket.closed().await, 4429);
    // the legacy protocol, none of ours, and a page of another origin
    assert_eq!(refused(request(address, "graphql-ws")).await, 400);
    let mut foreign = request(address, "graphql-transport-ws");
    foreign
        .headers_mut()
        .insert("origin", "https://evil.example".parse().expect("a value"));
    assert_eq!(refused(foreign).await, 403);
    // a session that is over
    ask(client, "endSessions", json!({"input": {"which": "CURRENT"}}))
        .await
        .ok();
    let mut socket = Socket::open(address).await;
    socket.init(json!({"accessToken": client.token()})).await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_message_ends_the_socket() {
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let client = &world.branch(0, 0, 0).head.client;
    for message in [
        Message::text("no json"),
        Message::text(r#"{"type":"start","id":"1"}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{}}"#),
        Message::binary(b"{}".to_vec()),
    ] {
        let mut socket = Socket::of(&server.address, client).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    let mut socket = Socket::of(&server.address, client).await;
    follow_steps(&mut socket, "one", None).await;
    socket.say(&subscribe("one", "{ viewer { name } }")).await;
    assert_eq!(socket.closed().await, 4409);
    let mut socket = Socket::of(&server.address, client).await;
    socket
        .say(&json!({"type": "pong", "payload": {"long": "a".repeat(70_000)}}))
        .await;
    let code = socket.closed().await;
    assert!([1009, 1006].contains(&code), "{code}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_says_little_before_saying_who_it_is() {
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let mut socket = Socket::open(&server.address).await;
    for _ in 0..9 {
        socket.say(&json!({"type": "ping"})).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({"type": "pong"})));
    }
    let token = world.branch(0, 0, 0).head.client.token();
    socket.init(json!({ "accessToken": token })).await;
    assert_eq!(socket.message().await, json!({"type": "connection_ack"}));
    let mut talkative = Socket::open(&server.address).await;
    for _ in 0..11 {
        talkative.say(&json!({"type": "pong"})).await;
    }
    assert_eq!(talkative.closed().await, 4400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_paid_and_wait_where_nothing_is_left() {
    let (world, server) = city(Kind::Sqlite, &[("KHUYENHOC_BUDGET_SESSION", "1")]).await;
    let officer = &world.ward(0, 0).officer.client;
    let mut socket = Socket::of(&server.address, officer).await;
    follow_steps(&mut socket, "s", None).await;
    while officer.run("{ viewer { name } }", json!({})).await.code() != Some("RATE_LIMITED") {}
    step(&world, 2).await;
    let early = timeout(Duration::from_millis(1_500), socket.hear()).await;
    assert!(early.is_err(), "{early:?}");
    world.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(versions(&mut socket, "s", 1).await.0, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_answered_and_refusals_are_errors() {
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let mut socket = Socket::of(&server.address, &world.branch(0, 0, 0).family.client).await;
    socket.say(&json!({"type": "ping"})).await;
    assert_eq!(socket.message().await, json!({"type": "pong"}));
    // an id may be used again when its operation is over
    for _ in 0..2 {
        socket.say(&subscribe("q", "{ viewer { name } }")).await;
        let next = socket.message().await;
        assert_eq!(next["payload"]["data"]["viewer"]["name"], "Nguyễn Văn Nhà");
        assert_eq!(socket.message().await, json!({"type": "complete", "id": "q"}));
    }
    for (query, code) in [
        ("{ nothing }", "INVALID"),
        ("{ viewer { nothing } }", "INVALID"),
        ("{ viewer {", "INVALID"),
        ("subscription { __typename }", "INVALID"),
        (
            "subscription { notificationAdded @skip(if: true) { cursor } }",
            "INVALID",
        ),
        ("subscription { nothing }", "INVALID"),
        ("subscription { registrationChanged { nothing } }", "INVALID"),
        (
            "subscription { a: notificationAdded { cursor } b: notificationAdded { cursor } }",
            "INVALID",
        ),
        ("subscription { registrationChanged(year: 1) { cursor } }", "INVALID"),
        (
            "subscription { unitProgressChanged(year: 2026) { cursor } }",
            "FORBIDDEN",
        ),
    ] {
        socket.say(&subscribe("e", query)).await;
        assert_eq!(socket.failed("e").await, code, "{query}");
    }
    // what was completed says nothing any more
    follow_steps(&mut socket, "s", None).await;
    socket.say(&json!({"type": "complete", "id": "s"})).await;
    step(&world, 2).await;
    follow_steps(&mut socket, "s", None).await;
    step(&world, 3).await;
    let (seen, _) = versions(&mut socket, "s", 1).await;
    assert!(seen == [2] || seen == [3], "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transport_refuses_alike() {
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let family = &world.branch(0, 0, 0).family.client;
    let events = family.with_header("accept", "text/event-stream");
    let plain = family.with_header("accept", "application/graphql-response+json");
    let mut socket = Socket::of(&server.address, family).await;
    for (query, status, code) in [
        ("{ nothing }", 400, "INVALID"),
        ("mutation { nothing }", 400, "INVALID"),
        ("subscription { nothing }", 400, "INVALID"),
        ("subscription { __typename }", 400, "INVALID"),
        ("{ viewer {", 400, "INVALID"),
        ("mutation { createUnit(input: {}) { outcome } }", 403, "FORBIDDEN"),
        (
            "subscription { unitProgressChanged(year: 2026) { cursor } }",
            403,
            "FORBIDDEN",
        ),
    ] {
        for client in [&plain, &events] {
            let answer = client.run(query, json!({})).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (status, Some(code)), "{query}");
        }
        socket.say(&subscribe("e", query)).await;
        assert_eq!(socket.failed("e").await, code, "{query}");
    }
    let by_get = |query: &str| format!("/graphql?query={}", query.replace(' ', "%20"));
    let change = by_get("mutation { nothing }");
    for client in [&plain, &events] {
        let answer = client.get(&change).await;
        assert_eq!((answer.status.as_u16(), answer.rule()), (405, Some("METHOD")));
        assert_eq!(answer.headers["allow"], "POST");
    }
    // a stream comes by GET as well, because that is all that a browser's own reader of events sends
    let follow = by_get("subscription { notificationAdded { cursor } }");
    assert_eq!(plain.get(&follow).await.status.as_u16(), 405);
    let reader = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let reader = reader.get(format!("{}{follow}", server.address));
    let reader = reader
        .header("accept", "text/event-stream")
        .bearer_auth(family.token().expect("a token"));
    assert_eq!(reader.send().await.expect("events").status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_renewed_on_the_socket_and_without_that_it_ends() {
    let (world, server) = city(Kind::Sqlite, &[]).await;
    let head = &world.branch(0, 0, 0).head.client;
    let (mut kept, mut left) = (
        Socket::of(&server.address, head).await,
        Socket::of(&server.address, head).await,
    );
    follow_steps(&mut kept, "s", None).await;
    let renew = |token: Option<String>| json!({"type": "ping", "payload": {"accessToken": token}});
    let pong = |renewed: bool| Heard::Message(json!({"type": "pong", "payload": {"renewed": renewed}}));
    world.app.clock.advance(TimeDelta::minutes(9));
    // another's token is no renewal
    kept.say(&renew(world.branch(0, 0, 1).head.client.token())).await;
    assert_eq!(kept.hear().await, pong(false));
    kept.say(&renew(head.token())).await;
    assert_eq!(kept.hear().await, pong(true));
    world.app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(left.closed().await, 4403);
    step(&world, 2).await;
    assert_eq!(versions(&mut kept, "s", 1).await.0, [2]);
    world.app.clock.advance(TimeDelta::minutes(11));
    assert_eq!(kept.closed().await, 4403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_a_bound_to_everything() {
    let settings = [
        ("KHUYENHOC_LIVE_CONNECTIONS_PER_SESSION", "2"),
        ("KHUYENHOC_LIVE_OPERATIONS_PER_CONNECTION", "2"),
        ("KHUYENHOC_LIVE_STREAMS_PER_ASSOCIATION", "3"),
        ("KHUYENHOC_LIVE_CONNECTIONS", "3"),
    ];
    let (world, server) = city(Kind::Sqlite, &settings).await;
    let head = &world.branch(0, 0, 0).head.client;
    let mut oldest = Socket::of(&server.address, head).await;
    let mut one = Socket::of(&server.address, head).await;
    let mut two = Socket::of(&server.address, head).await;
    assert_eq!(oldest.closed().await, 4499);
    for id in ["a", "b"] {
        follow_steps(&mut one, id, None).await;
    }
    one.follow("c", "registrationChanged", json!({"year": YEAR})).await;
    assert_eq!(one.failed("c").await, "RATE_LIMITED");
    follow_steps(&mut two, "a", None).await;
    two.follow("b", "registrationChanged", json!({"year": YEAR})).await;
    assert_eq!(two.failed("b").await, "RATE_LIMITED");
    // another association has its own share
    let mut other = Socket::of(&server.address, &world.branch(1, 0, 0).head.client).await;
    follow_steps(&mut other, "a", None).await;
    assert_eq!(refused(request(&server.address, "graphql-transport-ws")).await, 503);
}
