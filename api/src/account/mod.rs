//! Accounts: signing in, and who one is.
//!
//! Sessions, refresh tokens and recovery come with another change; the session id in the token and [`token`]'s ring of
//! keys are where they will hang.

mod input;
mod model;
mod mutation;
pub mod password;
mod query;
pub mod token;

pub use model::{Role, ViewerObject};
pub use mutation::AccountMutation;
pub use query::AccountQuery;
