//! Criteria sets: how a title is earned, as versioned data.
//!
//! Several regimes stand beside each other and follow one another (Decision 448 of 2015, Circular 22 of 2020, the pilot of
//! the learning citizen), and even the shape of the pass rule differs between them. So none of it is code: a set is a
//! document that the city publishes, `check.rs` refuses what does not add up, and a set that has been published never
//! changes; a new version does.

pub mod check;
mod file;
mod input;
mod model;
mod mutation;
pub mod problem;
mod query;
mod render;
pub mod score;
pub mod set;
pub mod shipped;
mod store;

pub use model::{BilingualText, CriteriaRank, CriteriaSet, CriteriaVariant};
pub use mutation::CriteriaMutation;
pub use query::{CriteriaQuery, set_in_city};
pub use render::page;
pub use store::{KnownSets, Published, Publishing, Want, publish, row_of, sets_applying, sets_by_id, sets_of_city};

#[cfg(test)]
mod tests;
