//! Accounts: signing in, and who one is.
//!
//! What comes of signing in is a session; those have a room of their own (`crate::session`).

mod change;
mod input;
mod model;
mod mutation;
pub mod password;
pub mod proof;
mod query;
pub mod throttle;
pub mod token;

pub use change::PasswordMutation;
pub use input::{DeviceInput, Login};
pub use model::{Role, ViewerObject};
pub use mutation::AccountMutation;
pub use query::AccountQuery;
