//! The real program: several servers, their deaths, and what they do not hear of each other.

use serde_json::{Value, json};
use tests::database::Kind;
use tests::factory::{World, YEAR};
use tests::live::Socket;
use tests::operation;
use tests::process::Server;

use super::{follow_steps, versions};

async fn serve(world: &World) -> Server {
    Server::start(&["serve"], &[("KHUYENHOC_DATABASE_URL", world.app.database.url())]).await
}

/// The world of these servers is the machine's time: steps are taken over one of them.
async fn step(world: &World, server: &Server, version: i32) {
    let branch = world.branch(0, 0, 0);
    let (client, field, input) = if version % 2 == 0 {
        let input = json!({"items": [{"id": branch.registration}], "reason": "Xin bổ sung"});
        (&branch.head.client, "returnRegistrations", input)
    } else {
        let input = json!({"id": branch.registration, "expectedVersion": version - 1});
        (&branch.family.client, "submitRegistration", input)
    };
    tests::factory::mutate(&client.over(server), field, input).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_on_one_server_is_heard_on_the_other_whatever_breaks() {
    let world = World::build(Kind::Postgres).await;
    while world.app.relay().await.events > 0 {}
    let (one, two) = (serve(&world).await, serve(&world).await);
    let head = world.branch(0, 0, 0).head.client.over(&two);
    let mut socket = Socket::of(two.address(), &head).await;
    follow_steps(&mut socket, "s", None).await;
    for version in 2..6 {
        step(&world, &one, version).await;
        assert_eq!(versions(&mut socket, "s", 1).await.0, [i64::from(version)]);
    }
    // those who listen are cut off again and again, and what is said meanwhile is lost
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let mut cursor = Value::Null;
    for version in 6..10 {
        world.app.database.sql(cut).await;
        step(&world, &one, version).await;
        let (seen, last) = versions(&mut socket, "s", 1).await;
        assert_eq!(seen, [i64::from(version)]);
        cursor = last;
    }
    // a server that dies takes its sockets with it; the phone goes on at the other
    two.kill().await;
    assert_eq!(socket.closed().await, 1006);
    step(&world, &one, 10).await;
    let head = world.branch(0, 0, 0).head.client.over(&one);
    let mut socket = Socket::of(one.address(), &head).await;
    follow_steps(&mut socket, "s", Some(&cursor)).await;
    assert_eq!(versions(&mut socket, "s", 1).await.0, [10]);
}

/// A pooler hands its sessions to many: nobody listens on one of them, and what happens is found all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_listens_through_a_pooler() {
    let world = World::build(Kind::Postgres).await;
    while world.app.relay().await.events > 0 {}
    let settings = [
        ("KHUYENHOC_DATABASE_URL", world.app.database.url()),
        ("KHUYENHOC_TENANT_BINDING", "transaction"),
    ];
    let server = Server::start(&["serve"], &settings).await;
    let head = world.branch(0, 0, 0).head.client.over(&server);
    let mut socket = Socket::of(server.address(), &head).await;
    follow_steps(&mut socket, "s", None).await;
    step(&world, &server, 2).await;
    assert_eq!(versions(&mut socket, "s", 1).await.0, [2]);
    let listens = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    for _ in 0..10 {
        assert_eq!(world.app.database.sql(listens).await, [[Some("0".to_owned())]]);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

on_both! {
    async fn a_server_that_stops_says_goodbye(kind) {
        let world = World::build(kind).await;
        while world.app.relay().await.events > 0 {}
        let server = serve(&world).await;
        let head = world.branch(0, 0, 0).head.client.over(&server);
        let mut socket = Socket::of(server.address(), &head).await;
        let cursor = follow_steps(&mut socket, "s", None).await;
        let body = json!({"query": operation::of("registrationChanged"), "variables": {"year": YEAR}});
        let headers = [("accept", "text/event-stream")];
        let mut events = server.post_graphql(&body, head.token().as_deref(), &headers).await.expect("an answer");
        assert_eq!(events.headers()["content-type"], "text/event-stream; charset=utf-8");
        step(&world, &server, 2).await;
        assert_eq!(versions(&mut socket, "s", 1).await.0, [2]);
        let mut told = String::new();
        while told.matches("event: next\ndata: {").count() < 2 {
            let piece = events.chunk().await.expect("a piece").expect("an open stream");
            told.push_str(&String::from_utf8_lossy(&piece));
        }
        let stopped = tokio::spawn(server.terminate());
        assert_eq!(socket.closed().await, 1001);
        while let Some(piece) = events.chunk().await.expect("a piece") {
            told.push_str(&String::from_utf8_lossy(&piece));
        }
        assert!(stopped.await.expect("an end").status.success());
        assert_eq!(told.matches("event: next\ndata: {").count(), 2, "{told}");
        assert!(told.starts_with(":\n\n") && told.contains(r#""event":"OPENED""#), "{told}");
        assert!(told.ends_with("event: complete\ndata: \n\n"), "{told}");
        // the next server goes on where the phone was
        let again = serve(&world).await;
        let head = world.branch(0, 0, 0).head.client.over(&again);
        step(&world, &again, 3).await;
        let mut socket = Socket::of(again.address(), &head).await;
        follow_steps(&mut socket, "s", Some(&cursor)).await;
        assert_eq!(versions(&mut socket, "s", 2).await.0, [2, 3]);
    }
}
