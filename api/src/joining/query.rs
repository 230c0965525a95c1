//! Reading invitations, without their codes.

use async_graphql::{Context, ID, Object};
use entity::id::InvitationId;
use entity::vocabulary::UnitKind;

use super::model::Invitation;
use super::store::{self, Place};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::page::{Page, Window};
use crate::unit::list_place;

/// Queries about invitations.
#[derive(Default)]
pub struct JoiningQuery;

/// Queries about invitations.
#[Object]
impl JoiningQuery {
    /// Invitations within the viewer's reach, newest first, without their codes.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Invitation>>> {
        Some(invitations(ctx, unit_id, first, after.as_deref()).await)
    }
}

async fn invitations(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<Invitation>> {
    let asked = list_place(ctx, Permission::FamilyInvite, unit_id.as_ref()).await?;
    let place = match &asked.unit {
        Some(unit) if unit.kind == UnitKind::Branch => Place::Branch(unit.id),
        Some(unit) if unit.kind == UnitKind::Ward => Place::Ward(unit.id),
        _ => Place::Everywhere,
    };
    let (scope, cursors) = (&asked.scope, &ctx.app().cursors);
    let list = format!("invitations {} {:?} {place:?}", scope.tenant(), scope.reach());
    let window = Window::<InvitationId>::parse(cursors, list, first, after)?;
    let rows = store::list(scope, place, window.after, window.limit()).await?;
    window.page(cursors, rows, None, |row| row.id, Invitation)
}
