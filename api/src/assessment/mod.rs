//! Branch meetings that assess: their minutes, and the votes on each registration.
//!
//! Minutes are entered once and never changed. A registration that was returned is assessed again by another meeting; the
//! latest one holds. While its result hangs out for everybody to read, it does not go on a list.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use input::EnterAssessmentInput;
pub use model::RegistrationAssessment;
pub use mutation::{AssessmentMutation, AssessmentPayload, enter_assessment};
pub use query::AssessmentQuery;
pub use store::{Assessed, assessment_by_id, assessments_of, items_of, posted_until};
