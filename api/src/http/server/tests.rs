use std::time::Instant;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

fn quick() -> ServerOptions {
    ServerOptions {
        header_timeout: Duration::from_millis(300),
        max_connections: 10,
        max_header_bytes: 8 * 1024,
        write_timeout: Duration::from_millis(300),
        drain: Duration::from_secs(2),
    }
}

async fn start(options: ServerOptions) -> Running {
    let router = Router::new()
        .route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(400)).await;
                "slow"
            }),
        )
        .route("/never", get(|| async { std::future::pending::<&str>().await }))
        .route("/long", get(|| async { vec![b'x'; 64 * 1024 * 1024] }))
        .route("/echo", post(|body: String| async move { body }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(serve(
        listener,
        router,
        async { stopped.await.unwrap_or_default() },
        options,
    ));
    Running { address, stop, done }
}

async fn connect(server: &Running) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

async fn ask(stream: &mut TcpStream, path: &str) {
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
        .await
        .unwrap();
}

/// Everything until the server closes; an error of the socket is an end too.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await;
    assert!(end.is_ok(), "still open after five seconds");
    String::from_utf8(bytes).unwrap()
}

/// What is there within a moment.
async fn some(stream: &mut TcpStream, wait: Duration) -> Option<String> {
    let mut bytes = [0; 4096];
    let count = tokio::time::timeout(wait, stream.read(&mut bytes)).await.ok()?.unwrap();
    Some(String::from_utf8_lossy(&bytes[..count]).into_owned())
}

#[tokio::test]
async fn the_peer_is_known_and_the_connection_kept() {
    let server = start(quick()).await;
    let mut stream = connect(&server).await;
    for _ in 0..2 {
        ask(&mut stream, "/").await;
        assert!(
            some(&mut stream, Duration::from_secs(1))
                .await
                .unwrap()
                .ends_with("127.0.0.1")
        );
    }
}

#[tokio::test]
async fn silent_dripping_and_idle_connections_are_closed() {
    let server = start(quick()).await;
    let begin = Instant::now();
    let mut silent = connect(&server).await;
    let mut idle = connect(&server).await;
    ask(&mut idle, "/").await;
    let mut dripping = connect(&server).await;
    dripping.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let drips = tokio::spawn(async move {
        for at in 0..40 {
            if dripping.write_all(format!("x-{at}: y\r\n").as_bytes()).await.is_err() {
                return at;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        40
    });
    assert!(!rest(&mut silent).await.contains("200 OK"));
    assert!(rest(&mut idle).await.ends_with("127.0.0.1"));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(drips.await.unwrap() < 20);
}

#[tokio::test]
async fn long_headers_are_refused() {
    let server = start(quick()).await;
    for (length, status) in [(7000, "200"), (9000, "431")] {
        let mut stream = connect(&server).await;
        let request = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: {}\r\n\r\n",
            "y".repeat(length)
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = some(&mut stream, Duration::from_secs(1)).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{length}: {answer}");
    }
    // The longest headers of a GET that the default lets through.
    let server = start(ServerOptions::default()).await;
    let mut stream = connect(&server).await;
    let request = format!("GET /?{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(48 * 1024));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert!(
        some(&mut stream, Duration::from_secs(1))
            .await
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn a_body_larger_than_the_buffer_passes() {
    let server = start(quick()).await;
    let mut stream = connect(&server).await;
    let body = "z".repeat(60_000);
    let head = format!(
        "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.ends_with(&body));
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let server = start(ServerOptions {
        max_connections: 2,
        header_timeout: Duration::from_secs(5),
        ..quick()
    })
    .await;
    let mut first = connect(&server).await;
    let mut second = connect(&server).await;
    for stream in [&mut first, &mut second] {
        ask(stream, "/").await;
        assert!(some(stream, Duration::from_secs(1)).await.is_some());
    }
    let mut third = connect(&server).await;
    ask(&mut third, "/").await;
    assert_eq!(some(&mut third, Duration::from_millis(300)).await, None, "waits");
    drop(first);
    assert!(
        some(&mut third, Duration::from_secs(1))
            .await
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );
    drop(second);
}

#[tokio::test]
async fn shutdown_finishes_what_runs_and_closes_what_waits() {
    let server = start(ServerOptions {
        header_timeout: Duration::from_secs(20),
        ..quick()
    })
    .await;
    let mut running = connect(&server).await;
    ask(&mut running, "/slow").await;
    let mut idle = connect(&server).await;
    ask(&mut idle, "/").await;
    assert!(some(&mut idle, Duration::from_secs(1)).await.is_some());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!(rest(&mut idle).await, "");
    assert!(begin.elapsed() < Duration::from_millis(300), "idle ones go at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody new");
    assert!(rest(&mut running).await.ends_with("slow"));
    server.done.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1), "and then it is over");
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let server = start(ServerOptions {
        drain: Duration::from_millis(200),
        ..quick()
    })
    .await;
    let mut stuck = connect(&server).await;
    ask(&mut stuck, "/never").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    server.stop.send(()).unwrap();
    server.done.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(rest(&mut stuck).await, "");
}

#[tokio::test]
async fn shutdown_comes_through_when_all_places_are_taken() {
    let server = start(ServerOptions {
        max_connections: 1,
        drain: Duration::from_millis(200),
        ..quick()
    })
    .await;
    let mut only = connect(&server).await;
    ask(&mut only, "/never").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.send(()).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(1), server.done).await.is_ok());
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_gives_the_place_back() {
    let options = ServerOptions {
        max_connections: 1,
        ..quick()
    };
    let server = start(options).await;
    let mut deaf = connect(&server).await;
    ask(&mut deaf, "/long").await;
    let mut next = connect(&server).await;
    ask(&mut next, "/").await;
    let answer = tokio::time::timeout(Duration::from_secs(5), rest(&mut next)).await;
    assert!(answer.is_ok_and(|answer| answer.contains("127.0.0.1")));
}
