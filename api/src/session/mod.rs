//! Sessions: where an account is signed in, and how it stays so.
//!
//! A session is a row; an access token says which one it was given out for, and each request reads the row, so a session
//! that ends is over at once, on every instance. Refresh tokens are one-time values in a chain ([`rotation`]). What
//! happens to an account is kept in the security journal ([`journal`]).

pub mod journal;
mod model;
mod mutation;
mod query;
pub mod rotation;
mod store;

pub use model::{AuthenticationLevel, Platform, SessionObject};
pub use mutation::{SessionMutation, Tokens};
pub use query::SessionQuery;
pub use store::{Device, Granted, end_where, is_known_device, note_use, open};
