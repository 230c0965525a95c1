//! The test harness: databases, the server in this process or in its own, clients, and a small world to ask about.
//!
//! Everything here may panic: a test that cannot be set up has failed, and says so where it happened.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a harness fails loudly at the place where something is missing"
)]

pub mod app;
pub mod authority;
pub mod bucket;
pub mod client;
pub mod cluster;
pub mod database;
mod digest;
pub mod factory;
pub mod file;
pub mod folder;
pub mod gateway;
pub mod live;
pub mod lock;
pub mod operation;
pub mod process;
pub mod titles;
