//! Live updates as phones see them: the protocols' rules, what is told to whom, and that nothing is lost.

mod follow;
mod protocol;
mod servers;
mod sight;

use serde_json::{Value, json};
use tests::app::TestApp;
use tests::database::Kind;
use tests::factory::{World, YEAR, decide, mutate};
use tests::live::{LiveServer, Socket};

/// A city all of whose steps have been told, and a server of it.
async fn city(kind: Kind, settings: &[(&str, &str)]) -> (World, LiveServer) {
    let world = World::on(TestApp::start_with(kind, settings).await).await;
    while world.app.relay().await.events > 0 {}
    let server = LiveServer::start(&world.app).await;
    (world, server)
}

/// The first branch's head returns the first family's registration, or the family sends it in again: as version says.
async fn step(world: &World, version: i32) {
    let branch = world.branch(0, 0, 0);
    if version % 2 == 0 {
        let done = decide(&branch.head.client, "returnRegistrations", &[&branch.registration]).await;
        done.ok();
    } else {
        let input = json!({"id": branch.registration, "expectedVersion": version - 1});
        mutate(&branch.family.client, "submitRegistration", input).await.ok();
    }
}

/// Follows steps from now, or after a cursor, until the stream is open.
async fn follow_steps(socket: &mut Socket, id: &str, after: Option<&Value>) -> Value {
    let variables = json!({"year": YEAR, "after": after});
    socket.follow(id, "registrationChanged", variables).await;
    let opened = socket.event(id, "registrationChanged").await;
    assert_eq!(opened["event"], "OPENED");
    opened["cursor"].clone()
}

/// The next steps' versions and their last cursor.
async fn versions(socket: &mut Socket, id: &str, many: usize) -> (Vec<i64>, Value) {
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..many {
        let event = socket.event(id, "registrationChanged").await;
        assert_eq!(event["event"], "CHANGED", "{event}");
        seen.push(event["version"].as_i64().expect("a version"));
        cursor = event["cursor"].clone();
    }
    (seen, cursor)
}
