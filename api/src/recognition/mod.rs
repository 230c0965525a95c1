//! From the ward's desk to the title: the lists that a ward association submits to its People's Committee (tờ trình), and
//! the decisions by which that committee gives titles and takes them away.
//!
//! Both are papers of the ward, entered once and never changed. A list or a decision that is longer than one request is
//! begun with its first registrations and continued with more.

mod decision;
mod input;
mod model;
mod proposal;
mod query;
mod store;

pub use decision::RecognitionMutation;
pub use model::{CommitteeDecision, Submission};
pub use proposal::ListMutation;
pub use query::RecognitionQuery;
pub use store::{decision_by_id, decisions_by_id, submission_by_id, submissions_by_id};
