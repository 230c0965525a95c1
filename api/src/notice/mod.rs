//! Notices: what a person must hear of their account, of an account they are responsible for, and of the year's steps.
//!
//! Those of accounts belong to no association and are written with what they tell of. Those of the year's steps belong to the
//! association of the registration and are the relay's (`crate::relay`). The reader sees one list.

mod model;
mod mutation;
mod query;
mod store;
mod words;

pub use model::Notice;
pub use mutation::NoticeMutation;
pub use query::{NoticeQuery, shown};
pub use store::{Row as NoticeRow, given_since, tell, tell_about_once, tell_officers, tell_once, unread};
pub use words::title;
