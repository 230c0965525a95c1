//! How something to be done has reached the server: as the field of a request of its own, or as an item of a batch that
//! a phone has kept while it was offline. A mutation that can be done offline is one function of the context, of this, and of
//! its input; its field and `syncBatch` both call it.

mod canonical;

use async_graphql::{Context, Value};
use chrono::{DateTime, TimeDelta, Utc};

pub use canonical::canonical;

use crate::programme::Pressed;

/// How something to be done has reached the server.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    hash: Option<Vec<u8>>,
    skew: Option<TimeDelta>,
    grace: TimeDelta,
}

impl Sent {
    /// As the argument `input` of the field that is being resolved. The phone's clock is not known then, so the server's
    /// alone counts.
    pub fn by_field(ctx: &Context<'_>) -> Self {
        let arguments = ctx.field().arguments().unwrap_or_default();
        let input = arguments.into_iter().find(|(name, _)| name == "input");
        Self {
            hash: input.and_then(|(_, input)| canonical::hash(&input)),
            ..Self::default()
        }
    }

    /// As an item of a batch: its input as the phone sent it, how far the phone's clock is off, and how long after a
    /// deadline something recorded before it may come in.
    pub fn in_batch(input: &Value, skew: TimeDelta, grace: TimeDelta) -> Self {
        Self {
            hash: canonical::hash(input),
            skew: Some(skew),
            grace,
        }
    }

    /// SHA-256 of the input as it was sent, in its canonical form.
    pub fn hash(&self) -> Option<&[u8]> {
        self.hash.as_deref()
    }

    /// When its button was pressed.
    pub fn pressed(&self, device_time: Option<DateTime<Utc>>) -> Pressed {
        Pressed {
            device_time,
            skew: self.skew,
            grace: self.grace,
        }
    }
}
