//! Households: a family with its head, its members and its address, belonging to a branch.
//!
//! Names are kept as written (NFC), folded for finding, and as a key of Vietnamese order. A household very like one that
//! is there already is shown before it is made a second time, and never forbidden: two families do share a phone.

mod input;
mod model;
mod moving;
mod mutation;
mod query;
mod store;
mod unregistered;

pub use input::{CreateHouseholdInput, UpdateHouseholdInput};
pub use model::Household;
pub use moving::MovingMutation;
pub use mutation::{
    CreateHouseholdPayload, HouseholdMutation, UpdateHouseholdPayload, create_household, update_household,
};
pub use query::HouseholdQuery;
pub use store::{
    household_by_id, households_by_id, link_household, managed_households, members_of, own_among, unlink_households,
};
pub use unregistered::UnregisteredQuery;
