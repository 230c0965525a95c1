//! Reading programme years.

use async_graphql::{Context, Object};

use super::model::ProgrammeYear;
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};

/// Queries about the programme.
#[derive(Default)]
pub struct ProgrammeQuery;

/// Queries about the programme.
#[Object]
impl ProgrammeQuery {
    /// The programme years the city has opened, newest first.
    async fn programme_years(&self, ctx: &Context<'_>) -> Option<Result<Vec<ProgrammeYear>>> {
        Some(programme_years(ctx).await)
    }
}

async fn programme_years(ctx: &Context<'_>) -> Result<Vec<ProgrammeYear>> {
    let tenant = ctx.viewer()?.acting()?.tenant;
    let view = ctx.view_in(Permission::ProgrammeYearRead, tenant)?;
    let association = ctx.app().db.tenant(tenant).await?.ok_or(Error::NotFound)?;
    let rows = store::programme_years(&view, association.parent_id.unwrap_or(association.id)).await?;
    Ok(rows.iter().map(|row| ProgrammeYear::at(row, view.now())).collect())
}
