//! Reading the families of a clan.

use async_graphql::Context;
use entity::id::HouseholdId;
use entity::table::collective;
use entity::value::ProgrammeYear;

use super::model::ClanFigures;
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::household::{Household, households_by_id};
use crate::page::{Page, Window};

/// The families of a clan in its own association, as far as the viewer sees households.
///
/// # Errors
/// INVALID, or what the database answers.
pub async fn families(
    ctx: &Context<'_>,
    clan: &collective::Model,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Household>> {
    let scope = ctx.scope_in(Permission::HouseholdRead, clan.tenant_id)?;
    let cursors = &ctx.app().cursors;
    let list = format!("families {} {:?} {}", scope.tenant(), scope.reach(), clan.id);
    let window = Window::<HouseholdId>::parse(cursors, list, first, after.as_deref())?;
    let ids = store::families_of(&scope, clan.id, window.after, window.limit()).await?;
    let mut rows = households_by_id(&scope, &ids).await?;
    let rows = ids.iter().filter_map(|id| rows.remove(id)).collect();
    window.page(cursors, rows, None, |row| row.id, Household)
}

/// What a clan's families have reached in a year.
///
/// # Errors
/// INVALID, or what the database answers.
pub async fn figures(ctx: &Context<'_>, clan: &collective::Model, year: i32) -> Result<ClanFigures> {
    let year = ProgrammeYear::parse(year).map_err(|rule| Error::invalid("year", rule))?;
    let scope = ctx.scope_in(Permission::SubjectRead, clan.tenant_id)?;
    let reached = store::reached(&scope, clan.id, year.value()).await?;
    Ok(ClanFigures::new(year.value(), &reached, ctx.request().language))
}
