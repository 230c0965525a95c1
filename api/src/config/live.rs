//! How many streams a server carries.

use std::time::Duration;

use super::source::Values;

/// Bounds of live updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Connections with streams at once.
    pub connections: u32,
    /// Of them those of one session.
    pub per_session: u32,
    /// Of them those of one account.
    pub per_account: u32,
    /// Operations at once on one connection.
    pub operations: u32,
    /// Streams of one association.
    pub per_association: u32,
    /// How long a WebSocket may stay without `connection_init` (`live_init_ms`).
    pub init: Duration,
    /// How often the server asks whether the other end is there (`live_ping_seconds`).
    pub ping: Duration,
}

impl Live {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            connections: values.number("live_connections", 0..=1_000_000),
            per_session: values.number("live_connections_per_session", 1..=1_000),
            per_account: values.number("live_connections_per_account", 1..=10_000),
            operations: values.number("live_operations_per_connection", 1..=1_000),
            per_association: values.number("live_streams_per_association", 1..=1_000_000),
            init: values.millis("live_init_ms", 100..=60_000),
            ping: Duration::from_secs(values.number("live_ping_seconds", 1..=600).into()),
        }
    }
}
