//! Getting people back in: an officer gives somebody below them a one-time code, by word of mouth or on paper, and with it
//! they set a new password.
//!
//! Whoever holds the code holds the account for a moment, so the whole account must be below the officer: every post of
//! it, when the code is given out and still when it is used.

mod below;
mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use mutation::RecoveryMutation;
pub use query::RecoveryQuery;
pub use store::end_codes;
