//! Reading programme years.

use async_graphql::{Context, ID, Object};
use entity::value::ProgrammeYear as Year;
use entity::vocabulary::UnitKind;

use super::model::{ProgrammeWindow, ProgrammeYear};
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::unit;

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

    /// The windows of a year as they hold in a unit: the city's, narrowed by its district and its ward.
    async fn programme_windows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit; the acting post's own unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
    ) -> Option<Result<Vec<ProgrammeWindow>>> {
        Some(programme_windows(ctx, unit_id, year).await)
    }
}

async fn programme_windows(ctx: &Context<'_>, unit_id: Option<ID>, year: i32) -> Result<Vec<ProgrammeWindow>> {
    let year = Year::parse(year).map_err(|rule| Error::invalid("year", rule))?;
    let post = ctx.viewer()?.acting()?;
    let (tenant, id) = match unit_id {
        Some(id) => decode_as(NodeKind::Unit, &id, "unitId")?,
        None => (post.tenant, post.unit),
    };
    let view = ctx.view_in(Permission::ProgrammeYearRead, tenant)?;
    let unit = unit::unit_by_id(&view, id).await?;
    let ward = match unit.kind {
        UnitKind::Ward => Some(unit.id),
        UnitKind::Branch => unit.parent,
        UnitKind::City | UnitKind::District => None,
    };
    let association = ctx.app().db.tenant(tenant).await?.ok_or(Error::NotFound)?;
    let windows = store::windows_of(&view, &association, (ward, year.value())).await?;
    Ok(windows
        .iter()
        .map(|window| ProgrammeWindow::at(window, view.now()))
        .collect())
}

async fn programme_years(ctx: &Context<'_>) -> Result<Vec<ProgrammeYear>> {
    let tenant = ctx.viewer()?.acting()?.tenant;
    let view = ctx.view_in(Permission::ProgrammeYearRead, tenant)?;
    let association = ctx.app().db.tenant(tenant).await?.ok_or(Error::NotFound)?;
    let rows = store::programme_years(&view, association.parent_id.unwrap_or(association.id)).await?;
    Ok(rows.iter().map(|row| ProgrammeYear::at(row, view.now())).collect())
}
