//! Progress: what leadership reads.
//!
//! All figures come from counters that are changed together with the registrations, so they are exact and live, and
//! reading them costs the number of units shown, however many families there are. A share always comes with its
//! numerator, its denominator and what they mean: published percentages of past years contradict each other for lack of
//! that.

mod model;
mod query;
mod share;
mod store;

pub use model::UnitProgress;
pub use query::{ProgressQuery, progress};
pub use store::{not_registered_total, registered_total, registration_total, state_totals, subject_total};
