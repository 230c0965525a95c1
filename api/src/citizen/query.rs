//! Reading citizens.

use async_graphql::{Context, ID, Object};
use entity::id::{CitizenId, CollectiveId, HouseholdId};
use entity::query::{ColumnTrait, Condition};
use entity::scope::View;
use entity::table::citizen;
use entity::vocabulary::{SubjectKind, UnitKind};

use super::model::Citizen;
use super::store;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};
use crate::progress::subject_total;
use crate::unit::list_place;

/// Queries about citizens.
#[derive(Default)]
pub struct CitizenQuery;

/// Queries about citizens.
#[Object]
impl CitizenQuery {
    /// A citizen within the viewer's reach.
    async fn citizen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the citizen.")] id: ID,
    ) -> Option<Result<Citizen>> {
        Some(citizen(ctx, &id).await)
    }

    /// Citizens within the viewer's reach, in Vietnamese order of names: given, family, middle name.
    async fn citizens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Only those of this household.")] household_id: Option<ID>,
        #[graphql(desc = "Only those of this institution.")] institution_id: Option<ID>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Citizen>>> {
        Some(citizens(ctx, unit_id, (household_id, institution_id), first, after).await)
    }
}

async fn citizen(ctx: &Context<'_>, id: &ID) -> Result<Citizen> {
    let (tenant, id) = decode_as(NodeKind::Citizen, id, "id")?;
    let scope = ctx.scope_in(Permission::SubjectRead, tenant)?;
    Ok(Citizen(store::citizen_by_id(&scope, id).await?))
}

async fn citizens(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    (household, institution): (Option<ID>, Option<ID>),
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Citizen>> {
    use citizen::Column::{BranchId, HouseholdId as Home, InstitutionId, WardId};
    let asked = list_place(ctx, Permission::SubjectRead, unit_id.as_ref()).await?;
    let scope = &asked.scope;
    let mut of = Condition::all();
    match asked.unit.as_ref().map(|unit| (unit.kind, unit.id)) {
        Some((UnitKind::Branch, id)) => of = of.add(BranchId.eq(id)),
        Some((UnitKind::Ward, id)) => of = of.add(WardId.eq(id)),
        _ => {}
    }
    let household = household.map(|id| decode_as::<HouseholdId>(NodeKind::Household, &id, "householdId"));
    let institution = institution.map(|id| decode_as::<CollectiveId>(NodeKind::Collective, &id, "institutionId"));
    let (household, institution) = (household.transpose()?, institution.transpose()?);
    if let Some((_, id)) = household {
        of = of.add(Home.eq(id));
    }
    if let Some((_, id)) = institution {
        of = of.add(InstitutionId.eq(id));
    }
    let cursors = &ctx.app().cursors;
    let list = format!("citizens {} {:?} {of:?}", scope.tenant(), scope.reach());
    let window = Window::<(Vec<u8>, CitizenId)>::parse(cursors, list, first, after.as_deref())?;
    let rows = store::citizen_list(scope, of, window.after.as_ref(), window.limit()).await?;
    // a counter knows units, not households and institutions
    let counted = asked.counted.filter(|_| household.is_none() && institution.is_none());
    let total = match counted {
        Some(counted) => Some(subject_total(&View::Tenant(scope.clone()), counted, SubjectKind::Citizen).await?),
        None => None,
    };
    let key = |row: &citizen::Model| (row.sort_key.clone(), row.id);
    window.page(cursors, rows, total, key, Citizen)
}
