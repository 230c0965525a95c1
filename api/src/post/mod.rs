//! Posts: who is appointed to what, by whom, and what that lets them do.
//!
//! Rights are delegated downwards only. An officer gives posts below their own, inside their own unit, to others; a post
//! of the city takes two officers (`proposal`). What is done with a post is written beside it, in the same
//! transaction, and told to the security journal afterwards (`journal`). `explain` answers why somebody may do
//! something, from the tables and by the code that decide it. `acceptance` is the holder's own word.

mod acceptance;
mod explain;
mod family;
mod holders;
mod input;
mod journal;
mod model;
mod mutation;
mod pair;
mod people;
mod proposal;
mod query;
mod rules;
mod store;
mod verdict;

pub use explain::ExplainQuery;
pub use family::{bring_family, give_family};
pub use holders::holders_of;
pub use journal::{Doer, tell};
pub use model::HeldPost;
pub use mutation::{PostMutation, doer};
pub use proposal::{ProposalMutation, ProposalQuery};
pub use query::PostQuery;
pub use store::{HeldRow, names_of, post_by_id, posts_of_units};
