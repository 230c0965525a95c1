//! What was done, counted: a run proves something only if enough went wrong in it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Counts one, and says how many there were before.
    pub(super) fn one_more(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: Count,
    pub(super) requests_lost: Count,
    pub(super) answers_lost: Count,
    pub(super) doubled: Count,
    pub(super) delayed: Count,
    pub(super) unauthenticated: Count,
    pub(super) sessions_ended: Count,
}

impl Counts {
    pub(super) fn as_json(&self) -> Value {
        json!({
            "requests": self.requests.so_far(),
            "requestsLost": self.requests_lost.so_far(),
            "answersLost": self.answers_lost.so_far(),
            "doubled": self.doubled.so_far(),
            "delayed": self.delayed.so_far(),
            "unauthenticated": self.unauthenticated.so_far(),
            "sessionsEnded": self.sessions_ended.so_far(),
        })
    }
}
