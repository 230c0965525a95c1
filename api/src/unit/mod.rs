//! Units: city, district, ward, branch, as one tree.
//!
//! A unit is an id and a kind for ever; what it is called, its official code and where it hangs hold for a time and are
//! kept as dated versions. Neither name nor code is ever a key: codes were given to other wards in 2025, names repeat.
//! The tree crosses associations at one place only, between the city and its districts, and only the city's view does.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use model::{BranchKind, Unit, UnitKind, unit_of};
pub use mutation::UnitMutation;
pub use query::{ListPlace, UnitQuery, list_place};
pub use store::{
    Below, Part, UnitRow, children_of, covered_unit, roots, roots_above, unit_by_id, unit_covered, units_seen,
    ward_of_branch,
};
