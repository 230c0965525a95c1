//! Copies on phones: what a post sees, kept on the device and brought up to date by what has changed.
//!
//! The database notes by itself what has changed where, once for each record and branch. A pull reads these notes in their
//! order, loads the records through the ordinary scope, and tells as gone what is not seen there any more. Nothing is lost
//! however transactions overlap; what is sent twice does no harm. [ADR 0021](../../docs/adr/0021-copies-on-phones.md).

mod cursor;
mod frame;
mod model;
mod own;
mod query;
mod size;
mod store;

pub use query::CopyQuery;

#[cfg(test)]
mod tests;
