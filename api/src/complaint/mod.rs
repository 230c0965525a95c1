//! Complaints about what a branch meeting has decided.
//!
//! They are taken between the meeting and the ward's list. While one waits, its registration goes on no list. One that is
//! upheld returns the registration to the step before. Who complains is for the ward officer's eyes only, and a family is
//! not told the words of others.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use input::{AnswerComplaintInput, EnterComplaintInput};
pub use model::{Complaint, ComplaintState};
pub use mutation::{ComplaintMutation, ComplaintPayload, answer_complaint, enter_complaint};
pub use query::{ComplaintQuery, complaint_page};
pub use store::{complained_of, complaint_list};
