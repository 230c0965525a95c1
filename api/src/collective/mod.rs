//! Clans, institutions and communities: what is registered for the three collective titles beside the family's.
//!
//! One table and one type for the three, because a form asks nearly the same of them. An institution says besides under
//! whose management it is, because its criteria depend on that, and how many people it has, of whom its citizens are a share.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use input::{CreateCollectiveInput, UpdateCollectiveInput};
pub use model::{Collective, CollectiveKind};
pub use mutation::{
    CollectiveMutation, CreateCollectivePayload, UpdateCollectivePayload, create_collective, update_collective,
};
pub use query::CollectiveQuery;
pub use store::{collective_by_id, collectives_by_id};
