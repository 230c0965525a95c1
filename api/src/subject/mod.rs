//! Subjects: whatever is registered for a title. Households, clans, institutions, communities and citizens have rooms and
//! tables of their own; here is what all of them have alike: a name for the papers, a place, and people whose own they are.

mod model;
mod store;

pub use model::Subject;
pub use store::{
    Card, Locked, accounts_of, branch_to_enter, cards_of, check_correction, check_may_enter, insert, link_own, locked,
    locked_many, own_among, seen, set_variant,
};

use async_graphql::ID;
use entity::id::{SubjectId, TenantId};
use entity::value::Rule;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode};

/// Takes the global id of a household, collective or citizen apart.
///
/// # Errors
/// INVALID `NOT_AN_ID`.
pub fn parse_id(id: &ID, path: &str) -> Result<(TenantId, NodeKind, SubjectId)> {
    let found = decode(id, path)?;
    match found.kind {
        NodeKind::Household | NodeKind::Collective | NodeKind::Citizen => {
            Ok((found.tenant, found.kind, SubjectId(found.id)))
        }
        _ => Err(Error::invalid(path, Rule::NotAnId)),
    }
}
