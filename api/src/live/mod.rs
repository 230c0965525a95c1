//! Live updates: what is told to phones that keep a stream open.
//!
//! A stream follows the outbox (`crate::relay`), whose rows have one order in each association, and keeps its own place in
//! it. It reads from there whenever it is told that something may concern it, so whatever is said twice, late or not at all
//! changes nothing but the moment. One task of each server ([`keep`]) finds out what is new, once for all streams, and says
//! whom it concerns ([`news`]); the transports (`crate::http::stream`) drive the streams.
//!
//! A subscription's field has two turns ([`turn`]): the first checks what is asked and says what is to be followed, the
//! others show one happening each. Every turn is a request of its own, with the viewer, their posts and the time read anew,
//! so a right that has ended shows nothing from then on.

mod cursor;
pub mod hub;
pub mod lobby;
pub mod look;
mod model;
pub mod news;
pub mod plan;
mod start;
mod store;
mod subscription;
pub mod turn;
mod watch;

pub use cursor::{NoticePlace, StepPlace};
pub use hub::Hub;
pub use store::{PAGE, head, notices, steps, unread};
pub use subscription::Subscription;
pub use watch::{GOODBYE, LOOK, keep};
