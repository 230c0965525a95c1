//! What phones have kept while they were offline, sent in one request.
//!
//! An item is the input of a mutation, and does what that mutation does by the same function, in a transaction of its own:
//! the same permission, the same scope, the same key. What is here is only what a batch adds: the order, what becomes of
//! each item as one word that a phone branches on, and what an item waits for.

mod input;
mod item;
mod model;
mod mutation;
mod outcome;
mod run;
mod stale;
mod store;

pub use mutation::SyncMutation;
