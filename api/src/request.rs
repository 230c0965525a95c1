//! What is the same for the whole of a request.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use entity::value::Language;
use uuid::Uuid;

/// A request's identity, its one time and its language.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo {
    /// Names the request in logs and in INTERNAL errors.
    pub id: Uuid,
    /// The time everything in this request happens at.
    pub now: DateTime<Utc>,
    /// The language of messages.
    pub language: Language,
    /// The network address it came from; of the client, where only trusted proxies stand between.
    pub address: Option<IpAddr>,
}

impl RequestInfo {
    /// Whether messages go out in Vietnamese.
    pub fn is_vi(&self) -> bool {
        self.language == Language::Vi
    }
}
