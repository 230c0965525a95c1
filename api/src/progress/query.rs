//! Reading progress.

use async_graphql::{Context, ID, Object};
use entity::value::ProgrammeYear;

use super::model::{CityOverview, ProgressOrder, UnitProgress};
use super::store::{self, Title};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::programme::LearningModel;
use crate::unit;

/// Queries about progress.
#[derive(Default)]
pub struct ProgressQuery;

/// Queries about progress.
#[Object]
impl ProgressQuery {
    /// A unit's figures for a title and year, with those of the units below it: the way down from district to ward to
    /// branch.
    async fn progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit; the acting post's own unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
    ) -> Option<Result<UnitProgress>> {
        // the engine takes a variable that was not sent for null: it means the default all the same
        let model = model.unwrap_or(LearningModel::LearningFamily);
        Some(progress(ctx, unit_id, year, model).await)
    }

    /// All districts side by side, for the city, read from counters: its cost does not grow with the number of families.
    async fn city_overview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
        #[graphql(desc = "The order of districts.", default_with = "Some(ProgressOrder::Name)")] order_by: Option<
            ProgressOrder,
        >,
    ) -> Option<Result<CityOverview>> {
        let model = model.unwrap_or(LearningModel::LearningFamily);
        let order_by = order_by.unwrap_or(ProgressOrder::Name);
        Some(city_overview(ctx, year, model, order_by).await)
    }
}

/// A unit's figures as `progress` shows them.
///
/// # Errors
/// As the field.
pub async fn progress(ctx: &Context<'_>, unit_id: Option<ID>, year: i32, model: LearningModel) -> Result<UnitProgress> {
    let title = title(year, model)?;
    let post = ctx.viewer()?.acting()?;
    let (tenant, id) = match unit_id {
        Some(id) => decode_as(NodeKind::Unit, &id, "unitId")?,
        None => (post.tenant, post.unit),
    };
    let view = ctx.view_in(Permission::ProgressRead, tenant)?;
    let row = unit::covered_unit(&view, id).await?;
    let rows = vec![row];
    let above = store::units_above(ctx.app(), &view, &rows).await?;
    let figures = store::figures_of(&view, rows, title, &above)
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    Ok(UnitProgress::new(figures, title, &view))
}

async fn city_overview(
    ctx: &Context<'_>,
    year: i32,
    model: LearningModel,
    order_by: ProgressOrder,
) -> Result<CityOverview> {
    let title = title(year, model)?;
    let city = ctx.viewer()?.acting()?.tenant;
    let view = ctx.city_view(Permission::ProgressRead)?;
    let root = ctx.app().db.tenant(city).await?.ok_or(Error::NotFound)?.root_unit_id;
    let districts = unit::roots(&view, city).await?;
    let above = store::units_above(ctx.app(), &view, &districts).await?;
    let (figures, target) = store::figures_below(&view, districts, title, (&above, root)).await?;
    Ok(CityOverview::new(figures, title, (&view, order_by), target))
}

fn title(year: i32, model: LearningModel) -> Result<Title> {
    let year = ProgrammeYear::parse(year).map_err(|rule| Error::invalid("year", rule))?;
    Ok((model.into(), year.value()))
}
