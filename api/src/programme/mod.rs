//! Programme years and targets: what the city sets for everybody.
//!
//! A year has a window for registering, in Hanoi's time; outside it nothing new is sent in. A target is the share of its
//! households that a unit is to bring to a title.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use model::{LearningModel, ProgrammeYear, Target};
pub use mutation::ProgrammeMutation;
pub use query::ProgrammeQuery;
pub use store::{check_window, targets_of};
