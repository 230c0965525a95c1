//! The inbox: what waits for a decision, for each officer, and short reasons to decide with.
//!
//! Totals come from counters and lists from the index by which registrations wait, so an inbox costs the same however many
//! families there are. What waits is one pure table (`step`), the reasons are another (`canned`).

mod canned;
mod model;
mod query;
mod step;

pub use model::Inbox;
pub use query::{InboxQuery, inbox};
