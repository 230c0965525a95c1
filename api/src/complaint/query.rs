//! Reading complaints.

use async_graphql::{Context, ID, Object};
use entity::id::{ComplaintId, UnitId};
use entity::scope::Scope;
use entity::table::complaint;
use entity::vocabulary::UnitKind;

use super::model::{Complaint, ComplaintState};
use super::store;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::page::{Page, Window};
use crate::unit::list_place;

/// Queries about complaints.
#[derive(Default)]
pub struct ComplaintQuery;

/// Queries about complaints.
#[Object]
impl ComplaintQuery {
    /// Complaints in one state within the viewer's reach, oldest first. A family sees those about its own registrations.
    async fn complaints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "The state.", default_with = "Some(ComplaintState::Open)")] state: Option<ComplaintState>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Complaint>>> {
        // the engine takes a variable that was not sent for null: it means the default all the same
        let state = state.unwrap_or(ComplaintState::Open);
        Some(complaints(ctx, unit_id, state, first, after.as_deref()).await)
    }
}

async fn complaints(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    state: ComplaintState,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<Complaint>> {
    let asked = list_place(ctx, Permission::RegistrationRead, unit_id.as_ref()).await?;
    let of_kind = |kind| asked.unit.as_ref().filter(|unit| unit.kind == kind).map(|unit| unit.id);
    let place = (of_kind(UnitKind::Ward), of_kind(UnitKind::Branch));
    complaint_page(ctx, &asked.scope, (place, state), (first, after)).await
}

/// A page of complaints in one state, oldest first, of a ward or branch if it is of one; its cursors are those of
/// `complaints`.
///
/// # Errors
/// INVALID, or what the database answers.
pub async fn complaint_page(
    ctx: &Context<'_>,
    scope: &Scope,
    (place, state): ((Option<UnitId>, Option<UnitId>), ComplaintState),
    (first, after): (Option<i32>, Option<&str>),
) -> Result<Page<Complaint>> {
    let cursors = &ctx.app().cursors;
    let list = format!("complaints {} {:?} {place:?} {state:?}", scope.tenant(), scope.reach());
    let window = Window::<ComplaintId>::parse(cursors, list, first, after)?;
    let rows = store::complaint_list(scope, state.into(), place, window.after, window.limit()).await?;
    window.page(cursors, rows, None, |row: &complaint::Model| row.id, Complaint)
}
