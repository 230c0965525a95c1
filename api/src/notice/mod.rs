//! Notices: what a person must hear of their account, or of an account they are responsible for.

mod model;
mod mutation;
mod query;
pub mod store;

pub use mutation::NoticeMutation;
pub use query::NoticeQuery;
