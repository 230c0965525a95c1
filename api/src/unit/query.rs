//! Reading units.

use async_graphql::{Context, ID, Object};
use entity::id::UnitId;
use entity::scope::{Reach, Scope, View};

use super::model::Unit;
use super::store::{self, UnitRow};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};

/// Queries about units.
#[derive(Default)]
pub struct UnitQuery;

/// Queries about units.
#[Object]
impl UnitQuery {
    /// A unit of the viewer's association; of any association for the city.
    async fn unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the unit.")] id: ID,
    ) -> Option<Result<Unit>> {
        Some(unit(ctx, &id).await)
    }
}

/// See [`UnitQuery`].
async fn unit(ctx: &Context<'_>, id: &ID) -> Result<Unit> {
    let (tenant, id) = decode_as(NodeKind::Unit, id, "id")?;
    let view = ctx.view_in(Permission::UnitRead, tenant)?;
    let row = store::unit_by_id(&view, id).await?;
    Ok(Unit::new(row, &view))
}

/// What a list of rows is asked of.
pub struct ListPlace {
    /// Where its rows are read.
    pub scope: Scope,
    /// The ward or branch, if one was named.
    pub unit: Option<UnitRow>,
    /// The unit with the list's counter: the one named, else the acting post's own. A family has none.
    pub counted: Option<UnitId>,
}

/// What a list is asked of: a unit that the viewer covers, or everything within reach.
///
/// # Errors
/// INVALID, FORBIDDEN, or NOT_FOUND for a unit that the viewer does not cover.
pub async fn list_place(ctx: &Context<'_>, permission: Permission, unit_id: Option<&ID>) -> Result<ListPlace> {
    let post = ctx.viewer()?.acting()?;
    let asked = unit_id.map(|id| decode_as(NodeKind::Unit, id, "unitId")).transpose()?;
    let scope = ctx.scope_in(permission, asked.map_or(post.tenant, |(tenant, _)| tenant))?;
    let unit = match asked {
        Some((_, id)) => Some(store::covered_unit(&View::Tenant(scope.clone()), id).await?),
        None => None,
    };
    let counted = match scope.reach() {
        Reach::Own(_) => None,
        _ => Some(unit.as_ref().map_or(post.unit, |unit| unit.id)),
    };
    Ok(ListPlace { scope, unit, counted })
}
