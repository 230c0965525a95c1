//! Subjects as GraphQL shows them.

use async_graphql::{ID, Interface};

use crate::citizen::Citizen;
use crate::collective::Collective;
use crate::household::Household;
use crate::registration::Registration;
use crate::unit::Unit;

/// Something that can be registered for a title.
#[derive(Interface)]
#[expect(
    clippy::duplicated_attributes,
    reason = "several fields of an interface are of one type"
)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Global id."),
    field(name = "name", ty = "String", desc = "Its name, as papers show it."),
    field(name = "branch", ty = "Unit", desc = "Its branch."),
    field(name = "ward", ty = "Unit", desc = "Its branch's ward."),
    field(
        name = "registrations",
        ty = "Vec<Registration>",
        desc = "Its registrations, newest year first."
    ),
    field(
        name = "version",
        ty = "i32",
        desc = "Raised with every change; send it back as `expectedVersion`."
    )
)]
pub enum Subject {
    /// A family.
    Household(Household),
    /// A clan, institution or community.
    Collective(Collective),
    /// A citizen.
    Citizen(Citizen),
}
