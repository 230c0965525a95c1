//! The first check: may anybody of this role ask this root field at all?
//!
//! Default deny: a field that has no row in [`policy::FIELDS`] is refused to everybody, so a field added without one
//! does not work for its own author. The second check, [`super::context::Access::scope`], is made by the resolver and is
//! the only way to data; neither relies on the other.

use entity::vocabulary::Role;

use super::permission::Permission;
use super::policy::{self, Need, Operation, Reach};
use super::viewer::Viewer;
use crate::error::{Error, Result};

/// How far a role reaches with a permission.
pub fn reach(permission: Permission, role: Role) -> Reach {
    let column = policy::ROLES.iter().position(|known| *known == role);
    policy::POLICY
        .iter()
        .find(|(known, _)| *known == permission)
        .and_then(|(_, row)| row.get(column?))
        .copied()
        .unwrap_or(Reach::Never)
}

/// Whether a role needs a second factor; one that the table does not know does.
pub fn needs_second_factor(role: Role) -> bool {
    let column = policy::ROLES.iter().position(|known| *known == role);
    column
        .and_then(|column| policy::SECOND_FACTOR.get(column))
        .copied()
        .unwrap_or(true)
}

/// The engine's own fields; introspection has its own switch (`introspection` in the configuration).
const ENGINE: [&str; 3] = ["__typename", "__schema", "__type"];

/// Whether it is one of the engine's own fields, none of which can be followed.
fn is_engines(operation: Operation, field: &str) -> bool {
    operation != Operation::Subscription && ENGINE.contains(&field)
}

/// Whether there is such a root field at all; tests hold that each one of the schema has its row. Asking for another is no
/// question of rights but a mistake in the document, and it is told so.
pub fn knows(operation: Operation, field: &str) -> bool {
    let mut rows = policy::FIELDS.iter();
    is_engines(operation, field) || rows.any(|(known, name, _)| *known == operation && *name == field)
}

/// Whether the viewer may ask this root field.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; see [`policy::FIELDS`].
pub fn admit(operation: Operation, field: &str, viewer: &Viewer) -> Result<()> {
    if is_engines(operation, field) {
        return Ok(());
    }
    let need = policy::FIELDS
        .iter()
        .find(|(known, name, _)| *known == operation && *name == field)
        .map(|(_, _, need)| *need)
        .ok_or(Error::Forbidden)?;
    match need {
        Need::Nothing => Ok(()),
        Need::SignedIn => viewer.signed_in().map(|_| ()),
        Need::Permission(permission) => {
            let post = viewer.signed_in()?.acting()?;
            if reach(permission, post.role) == Reach::Never {
                Err(Error::Forbidden)
            } else {
                Ok(())
            }
        }
    }
}
