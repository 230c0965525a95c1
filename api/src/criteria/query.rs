//! Reading criteria sets.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::id::{CriteriaSetId, TenantId};
use entity::table::criteria_set;
use entity::value::ProgrammeYear;

use super::model::CriteriaSet;
use super::store::{self, Published};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::programme::LearningModel;

/// Queries about criteria sets.
#[derive(Default)]
pub struct CriteriaQuery;

/// Queries about criteria sets.
#[Object]
impl CriteriaQuery {
    /// All criteria sets the city has published, newest first.
    async fn criteria_sets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those valid in this programme year, 2014 to 2100.")] year: Option<i32>,
        #[graphql(desc = "Only those for this title.")] model: Option<LearningModel>,
    ) -> Option<Result<Vec<CriteriaSet>>> {
        Some(criteria_sets(ctx, year, model).await)
    }

    /// A criteria set.
    async fn criteria_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the set.")] id: ID,
    ) -> Option<Result<CriteriaSet>> {
        Some(criteria_set(ctx, &id).await)
    }
}

async fn criteria_sets(ctx: &Context<'_>, year: Option<i32>, model: Option<LearningModel>) -> Result<Vec<CriteriaSet>> {
    let year = year
        .map(ProgrammeYear::parse)
        .transpose()
        .map_err(|rule| Error::invalid("year", rule))?;
    let view = ctx.view_in(Permission::CriteriaRead, ctx.viewer()?.acting()?.tenant)?;
    let (find, city) = (view.find_shared::<criteria_set::Entity>(), city(ctx).await?);
    let mut sets = store::sets_of_city(ctx.app(), find, city, model.map(Into::into)).await?;
    if let Some(year) = year {
        sets.retain(|published| published.set.is_of_year(year.value()));
    }
    Ok(sets.into_iter().map(CriteriaSet).collect())
}

async fn criteria_set(ctx: &Context<'_>, id: &ID) -> Result<CriteriaSet> {
    let (tenant, id) = decode_as(NodeKind::CriteriaSet, id, "id")?;
    set_in_city(ctx, tenant, id).await.map(CriteriaSet)
}

/// A set of the acting post's own city.
///
/// # Errors
/// NOT_FOUND also for one that another city has published.
pub async fn set_in_city(ctx: &Context<'_>, tenant: TenantId, id: CriteriaSetId) -> Result<Arc<Published>> {
    let view = ctx.view_in(Permission::CriteriaRead, ctx.viewer()?.acting()?.tenant)?;
    let (find, city) = (view.find_shared::<criteria_set::Entity>(), city(ctx).await?);
    let found = store::sets_by_id(ctx.app(), find, [id]).await?.remove(&id);
    found
        .filter(|published| published.city == city && tenant == city)
        .ok_or(Error::NotFound)
}

/// The city above the acting post, or its own.
async fn city(ctx: &Context<'_>) -> Result<TenantId> {
    let own = ctx.viewer()?.acting()?.tenant;
    let association = ctx.app().db.tenant(own).await?.ok_or(Error::NotFound)?;
    Ok(association.parent_id.unwrap_or(association.id))
}
