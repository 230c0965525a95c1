//! The loop that accepts connections.
//!
//! `axum::serve` waits for ever for a request's headers and keeps every idle connection, so a few thousand silent
//! sockets stop it. This loop, on hyper's HTTP/1 connection, has a time for headers, a bound on their size, a bound on
//! the number of connections, and an end: what has begun is finished at shutdown, but not for ever. HTTP/2 and TLS
//! belong to the proxy in front.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// Bounds of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// Longest time from the first moment of a connection, or the end of the answer before, to the end of a request's
    /// headers. Covers silent, dripping and idle connections alike. Phones open a new one in a third of a second.
    pub header_timeout: Duration,
    /// Connections at once; the next wait in the system's queue. Each may hold up to two buffers of
    /// `max_header_bytes`, so 4096 of them are half a gigabyte at the very worst.
    pub max_connections: usize,
    /// Bytes of request line and headers together; more is answered 431. A GET with the longest query allowed fits.
    /// hyper needs at least 8 KiB, and less is taken as that.
    pub max_header_bytes: usize,
    /// How long a peer may take nothing of what it is sent: what it was sent stands in memory meanwhile.
    pub write_timeout: Duration,
    /// How long requests may go on after the signal to stop.
    pub drain: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            max_connections: 4096,
            max_header_bytes: 64 * 1024,
            write_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(30),
        }
    }
}

/// Marks an answer that is not to be sent: the connection is closed without a word, as if the line had broken. Only
/// [`super::chaos`] makes such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lost on purpose")]
pub struct Lost;

/// The least buffer hyper works with (`http1::Builder::max_buf_size`).
const LEAST_BUFFER: usize = 8 * 1024;

/// Pause after the system could not give a socket: file descriptors come back only when connections end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `shutdown` is ready, then finishes what runs, at most [`ServerOptions::drain`].
///
/// Handlers find the peer's address as `ConnectInfo<SocketAddr>`. Behind a proxy that is the proxy's address;
/// `address.rs` looks behind it.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>, options: ServerOptions) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_header_size(options.max_header_bytes.max(LEAST_BUFFER))
        .max_buf_size(options.max_header_bytes.max(LEAST_BUFFER));
    let places = Arc::new(Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let draining = watch::Sender::new(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);

    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answered = router.clone().oneshot(request.map(Body::new));
            async move {
                let Ok(answer) = answered.await;
                match answer.extensions().get::<Lost>() {
                    Some(lost) => Err(*lost),
                    None => Ok(answer),
                }
            }
        });
        // a WebSocket leaves this loop with its stream, and is ended by whoever holds it
        let mut stream = Box::pin(TimeoutStream::new(stream));
        stream.as_mut().set_write_timeout_pinned(Some(options.write_timeout));
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut stop = draining.subscribe();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopped(&mut stop) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // Time-outs, resets and malformed requests end here; they are the client's affair.
            if let Err(error) = ended {
                tracing::debug!(%error, "connection ended early");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }

    drop(listener);
    draining.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(options.drain, drained).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests cut off at shutdown");
    }
    connections.shutdown().await;
}

/// The next connection, when there is a place for it. Safe to drop half way: a connection not yet returned stays with
/// the system.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            // Only a closed semaphore fails, and this one is never closed.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers go out in one write; waiting for more would only add a round trip's time.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY refused");
                }
                return (stream, peer, place);
            }
            Err(error) if belongs_to_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Errors of a connection that died before it was taken; the next may be fine at once.
fn belongs_to_the_peer(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
