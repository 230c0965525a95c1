//! Accounts: signing in, and who one is.
//!
//! What comes of signing in is a session; those have a room of their own (`crate::session`).

mod input;
mod model;
mod mutation;
pub mod password;
mod query;
pub mod token;

pub use model::{Role, ViewerObject};
pub use mutation::AccountMutation;
pub use query::AccountQuery;
