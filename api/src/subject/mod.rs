//! Subjects: whatever is registered for a title. Households, clans, institutions, communities and citizens have rooms and
//! tables of their own; here is what all of them have alike: a name for the papers, a place, and people whose own they are.

mod card;
mod lock;
mod model;
mod owner;
mod store;

pub use card::{Card, cards_of};
pub use lock::{Locked, locked, locked_many};
pub use model::Subject;
pub use owner::{accounts_of, link_own, manages_in, own_among, unlink};
pub use store::{branch_to_enter, check_correction, check_may_enter, insert, seen, set_variant};

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
