//! Reading clans, institutions and communities.

use async_graphql::{Context, ID, Object};
use entity::id::CollectiveId;
use entity::scope::View;
use entity::table::collective;
use entity::vocabulary::{SubjectKind, UnitKind};

use super::model::{Collective, CollectiveKind};
use super::store;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};
use crate::progress::subject_total;
use crate::unit::list_place;

/// Queries about clans, institutions and communities.
#[derive(Default)]
pub struct CollectiveQuery;

/// Queries about clans, institutions and communities.
#[Object]
impl CollectiveQuery {
    /// A clan, institution or community within the viewer's reach.
    async fn collective(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Option<Result<Collective>> {
        Some(collective(ctx, &id).await)
    }

    /// The clans, institutions or communities within the viewer's reach, in Vietnamese order of names; a family's phone sees
    /// those it manages.
    async fn collectives(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of the three.")] kind: CollectiveKind,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Collective>>> {
        Some(collectives(ctx, kind.into(), unit_id, first, after).await)
    }
}

async fn collective(ctx: &Context<'_>, id: &ID) -> Result<Collective> {
    let (tenant, id) = decode_as(NodeKind::Collective, id, "id")?;
    let scope = ctx.scope_in(Permission::SubjectRead, tenant)?;
    Ok(Collective(store::collective_by_id(&scope, id).await?))
}

async fn collectives(
    ctx: &Context<'_>,
    kind: SubjectKind,
    unit_id: Option<ID>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Collective>> {
    let asked = list_place(ctx, Permission::SubjectRead, unit_id.as_ref()).await?;
    let scope = &asked.scope;
    let place = asked.unit.as_ref().and_then(|unit| match unit.kind {
        UnitKind::Branch => Some((collective::Column::BranchId, unit.id)),
        UnitKind::Ward => Some((collective::Column::WardId, unit.id)),
        UnitKind::District | UnitKind::City => None,
    });
    let cursors = &ctx.app().cursors;
    let list = format!("collectives {} {:?} {kind:?} {place:?}", scope.tenant(), scope.reach());
    let window = Window::<(Vec<u8>, CollectiveId)>::parse(cursors, list, first, after.as_deref())?;
    let rows = store::collective_list(scope, kind, place, window.after.as_ref(), window.limit()).await?;
    let total = match asked.counted {
        Some(counted) => Some(subject_total(&View::Tenant(scope.clone()), counted, kind).await?),
        None => None,
    };
    let key = |row: &collective::Model| (row.sort_key.clone(), row.id);
    window.page(cursors, rows, total, key, Collective)
}
