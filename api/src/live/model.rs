//! What streams tell, as GraphQL shows it.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, FixedOffset};

use super::turn::Occasion;
use crate::inbox::Inbox;
use crate::notice::Notice;
use crate::progress::UnitProgress;
use crate::registration::{Registration, RegistrationAction};

/// Why a stream tells something.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveEvent {
    /// The stream is open, from here on. Read what you show after this and you miss nothing. With `after`, `inboxChanged` and
    /// `unitProgressChanged` leave it out: where nothing has happened since, nothing comes until something does, and else
    /// CHANGED comes first.
    Opened,
    /// Something has happened.
    Changed,
    /// The registration is not where you look any more, or out of your reach: take it out of what you show.
    Left,
    /// The stream is open, but cannot go on from the cursor: it is older than what is kept (29 days), or none of this stream. Read
    /// everything anew, then follow from here.
    Resync,
}

impl From<Occasion> for LiveEvent {
    fn from(occasion: Occasion) -> Self {
        match occasion {
            Occasion::Opened => Self::Opened,
            Occasion::Changed => Self::Changed,
            Occasion::Resync => Self::Resync,
        }
    }
}

/// A step of a registration, or the beginning of the stream.
#[derive(SimpleObject)]
pub struct RegistrationChange {
    /// Why this is told.
    pub event: LiveEvent,
    /// Give it as `after`, and all that came after this is told.
    pub cursor: String,
    /// Global id of the registration; null at the stream's beginning.
    pub registration_id: Option<ID>,
    /// The registration as it is now, which may be later than the step; null when it has left.
    pub registration: Option<Registration>,
    /// The step; null for a complaint or the answer to one, and when it has left.
    pub action: Option<RegistrationAction>,
    /// The registration's version after the step; null when it has left.
    pub version: Option<i32>,
    /// When the step was taken; null when it has left.
    pub at: Option<DateTime<FixedOffset>>,
}

/// What waits has changed, or the stream begins.
#[derive(SimpleObject)]
pub struct InboxChange {
    /// Why this is told; never LEFT.
    pub event: LiveEvent,
    /// Give it as `after`, and the beginning is left out where nothing has changed since.
    pub cursor: String,
    /// What waits now.
    pub inbox: Inbox,
}

/// A unit's figures have changed, or the stream begins.
#[derive(SimpleObject)]
pub struct UnitProgressChange {
    /// Why this is told; never LEFT.
    pub event: LiveEvent,
    /// Give it as `after`, and the beginning is left out where nothing has changed since.
    pub cursor: String,
    /// The figures now.
    pub progress: UnitProgress,
}

/// A new notice, or the beginning of the stream.
#[derive(SimpleObject)]
pub struct NotificationAddition {
    /// Why this is told; never LEFT.
    pub event: LiveEvent,
    /// Give it as `after`, and all that came after this is told.
    pub cursor: String,
    /// The notice; null at the stream's beginning.
    pub notice: Option<Notice>,
    /// How many notices the viewer has not read now.
    pub unread: i64,
}
