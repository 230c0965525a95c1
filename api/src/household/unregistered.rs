//! Households that have not registered yet: whom a branch head still has to remind.

use async_graphql::{Context, ID, Object};
use entity::id::HouseholdId;
use entity::scope::View;
use entity::table::household;
use entity::value::ProgrammeYear;
use entity::vocabulary::LearningModel;

use super::model::Household;
use super::query::place_of;
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::page::{Page, Window};
use crate::progress::not_registered_total;
use crate::unit::list_place;

/// The title that households register for.
const TITLE: LearningModel = LearningModel::LearningFamily;

/// Queries about households that have not registered.
#[derive(Default)]
pub struct UnregisteredQuery;

/// Queries about households that have not registered.
#[Object]
impl UnregisteredQuery {
    /// Households within the viewer's reach without a registration for LEARNING_FAMILY that was sent in for the year (a draft
    /// or one that was taken back does not count), in Vietnamese order of names. The total is that of the counters:
    /// households less registered.
    async fn households_not_registered(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Household>>> {
        Some(not_registered(ctx, unit_id, year, first, after).await)
    }
}

async fn not_registered(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    year: i32,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Household>> {
    let year = ProgrammeYear::parse(year)
        .map_err(|rule| Error::invalid("year", rule))?
        .value();
    let asked = list_place(ctx, Permission::HouseholdRead, unit_id.as_ref()).await?;
    let (scope, place) = (&asked.scope, place_of(asked.unit.as_ref()));
    let cursors = &ctx.app().cursors;
    let list = format!("not registered {} {:?} {place:?} {year}", scope.tenant(), scope.reach());
    let window = Window::<(Vec<u8>, HouseholdId)>::parse(cursors, list, first, after.as_deref())?;
    let which = household::not_registered(TITLE, year);
    let total = match asked.counted {
        Some(counted) => Some(not_registered_total(&View::Tenant(scope.clone()), counted, (TITLE, year)).await?),
        None => None,
    };
    // where all have registered, nobody walks past every household to find it out
    let rows = if total == Some(0) {
        Vec::new()
    } else {
        store::household_list(scope, (place, which), window.after.as_ref(), window.limit()).await?
    };
    window.page(
        cursors,
        rows,
        total,
        |row: &household::Model| (row.sort_key.clone(), row.id),
        Household,
    )
}
