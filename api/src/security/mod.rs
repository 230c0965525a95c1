//! The security journal as people read it: the owner of an account, and the officers above them.
//!
//! It is written by whatever does something to an account (`crate::session::journal`) and never changed.

mod model;
mod query;
mod store;

pub use query::SecurityQuery;
