//! Sessions as GraphQL shows them.

use async_graphql::{Enum, ID, Object};
use chrono::{DateTime, FixedOffset};
use entity::id::{SessionId, TenantId};
use entity::table::session;
use uuid::Uuid;

use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};

/// What a device runs.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::Platform")]
pub enum Platform {
    /// Android.
    Android,
    /// iOS.
    Ios,
    /// A browser.
    Web,
    /// Anything else, or not said.
    Other,
}

/// How sure the server is who is signed in.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::AuthenticationLevel")]
pub enum AuthenticationLevel {
    /// By password.
    Password,
    /// By password and a second factor.
    SecondFactor,
}

/// A device on which an account is signed in.
pub struct SessionObject {
    row: session::Model,
    current: SessionId,
}

impl SessionObject {
    /// A session, seen from the session `current`.
    pub fn new(row: session::Model, current: SessionId) -> Self {
        Self { row, current }
    }
}

/// A device on which an account is signed in.
#[Object(name = "Session")]
impl SessionObject {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Session, TenantId(Uuid::nil()), self.row.id.0)
    }

    /// Whether it is the one that asks.
    async fn is_current(&self) -> bool {
        self.row.id == self.current
    }

    /// What the device is called, as the app said.
    async fn device_name(&self) -> Option<&str> {
        self.row.device_name.as_deref()
    }

    /// What the device runs.
    async fn platform(&self) -> Platform {
        self.row.platform.into()
    }

    /// The app's version, as it said.
    async fn app_version(&self) -> Option<&str> {
        self.row.app_version.as_deref()
    }

    /// The network address it was last refreshed from.
    async fn address(&self) -> Option<&str> {
        self.row.address.as_deref()
    }

    /// How sure the server is who is signed in.
    async fn level(&self) -> AuthenticationLevel {
        self.row.level.into()
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<FixedOffset> {
        self.row.created_at.with_timezone(&HANOI)
    }

    /// When it was last refreshed.
    async fn last_seen_at(&self) -> DateTime<FixedOffset> {
        self.row.last_seen_at.with_timezone(&HANOI)
    }

    /// It ends at this moment unless it is refreshed before.
    async fn idle_expires_at(&self) -> DateTime<FixedOffset> {
        self.row.idle_expires_at.with_timezone(&HANOI)
    }

    /// It ends at this moment whatever happens.
    async fn expires_at(&self) -> DateTime<FixedOffset> {
        self.row.expires_at.with_timezone(&HANOI)
    }
}
