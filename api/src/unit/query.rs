//! Reading units.

use async_graphql::{Context, ID, Object};

use super::model::Unit;
use super::store;
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
