//! Reading minutes.

use async_graphql::{Context, ID, Object};
use entity::id::AssessmentId;
use entity::table::assessment;
use entity::vocabulary::UnitKind;

use super::model::Assessment;
use super::store;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::page::{Page, Window};
use crate::signed;
use crate::unit::list_place;

/// Queries about branch meetings.
#[derive(Default)]
pub struct AssessmentQuery;

/// Queries about branch meetings.
#[Object]
impl AssessmentQuery {
    /// The minutes of branch meetings of a year, newest first. Who came and what was said is not for families: they see
    /// the result on their registration.
    async fn assessments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A district, ward or branch that the viewer covers.")] unit_id: ID,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Assessment>>> {
        Some(assessments(ctx, &unit_id, year, first, after.as_deref()).await)
    }
}

async fn assessments(
    ctx: &Context<'_>,
    unit_id: &ID,
    year: i32,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<Assessment>> {
    let year = signed::year(year)?;
    let asked = list_place(ctx, Permission::RegistrationRead, Some(unit_id)).await?;
    let (scope, unit, cursors) = (&asked.scope, asked.unit.as_ref(), &ctx.app().cursors);
    let of_kind = |kind| unit.filter(|unit| unit.kind == kind).map(|unit| unit.id);
    let place = (of_kind(UnitKind::Ward), of_kind(UnitKind::Branch));
    let list = format!("assessments {} {:?} {place:?} {year}", scope.tenant(), scope.reach());
    let window = Window::<AssessmentId>::parse(cursors, list, first, after)?;
    let rows = store::assessment_list(scope, year, place, window.after, window.limit()).await?;
    window.page(cursors, rows, None, |row: &assessment::Model| row.id, Assessment)
}
