//! Citizens: adults who are registered for LEARNING_CITIZEN. Each belongs to a household, an institution, or both, whose own
//! criteria may count them.
//!
//! Of a person no more is kept than a list needs: name, birth, perhaps a phone number. Neither ethnicity nor religion nor
//! the number of an identity card is asked for.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use input::{ADULT, CreateCitizenInput, UpdateCitizenInput};
pub use model::Citizen;
pub use mutation::{CitizenMutation, CreateCitizenPayload, UpdateCitizenPayload, create_citizen, update_citizen};
pub use query::CitizenQuery;
pub use store::{citizen_by_id, citizens_by_id};
