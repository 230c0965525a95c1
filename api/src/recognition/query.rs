//! Reading lists and decisions.

use async_graphql::{Context, ID, Object};
use entity::id::{DecisionId, SubmissionId, UnitId};
use entity::table::{decision, submission};
use entity::vocabulary::UnitKind;

use super::model::{CommitteeDecision, Submission};
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::page::{Page, Window};
use crate::signed;
use crate::unit::{ListPlace, list_place};

/// Queries about lists and decisions.
#[derive(Default)]
pub struct RecognitionQuery;

/// Queries about lists and decisions.
#[Object]
impl RecognitionQuery {
    /// The lists that ward associations have submitted to their People's Committees in a year, newest first.
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or district that the viewer covers.")] unit_id: ID,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Submission>>> {
        Some(submissions(ctx, &unit_id, year, first, after.as_deref()).await)
    }

    /// The decisions of ward People's Committees on titles of a year, newest first.
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or district that the viewer covers.")] unit_id: ID,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<CommitteeDecision>>> {
        Some(decisions(ctx, &unit_id, year, first, after.as_deref()).await)
    }
}

/// Where papers of wards are asked for; a branch has none of its own.
async fn place(ctx: &Context<'_>, unit_id: &ID) -> Result<(ListPlace, Option<UnitId>)> {
    let asked = list_place(ctx, Permission::RegistrationRead, Some(unit_id)).await?;
    let ward = match &asked.unit {
        Some(unit) if unit.kind == UnitKind::Ward => Some(unit.id),
        Some(unit) if unit.kind == UnitKind::Branch => return Err(Error::NotFound),
        _ => None,
    };
    Ok((asked, ward))
}

async fn submissions(
    ctx: &Context<'_>,
    unit_id: &ID,
    year: i32,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<Submission>> {
    let year = signed::year(year)?;
    let (asked, ward) = place(ctx, unit_id).await?;
    let (scope, cursors) = (&asked.scope, &ctx.app().cursors);
    let list = format!("submissions {} {:?} {ward:?} {year}", scope.tenant(), scope.reach());
    let window = Window::<SubmissionId>::parse(cursors, list, first, after)?;
    let rows = store::submission_list(scope, year, ward, window.after, window.limit()).await?;
    window.page(cursors, rows, None, |row: &submission::Model| row.id, Submission)
}

async fn decisions(
    ctx: &Context<'_>,
    unit_id: &ID,
    year: i32,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<CommitteeDecision>> {
    let year = signed::year(year)?;
    let (asked, ward) = place(ctx, unit_id).await?;
    let (scope, cursors) = (&asked.scope, &ctx.app().cursors);
    let list = format!("decisions {} {:?} {ward:?} {year}", scope.tenant(), scope.reach());
    let window = Window::<DecisionId>::parse(cursors, list, first, after)?;
    let rows = store::decision_list(scope, year, ward, window.after, window.limit()).await?;
    window.page(cursors, rows, None, |row: &decision::Model| row.id, CommitteeDecision)
}
