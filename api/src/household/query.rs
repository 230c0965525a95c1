//! Reading households.

use async_graphql::{Context, ID, Object};
use entity::id::HouseholdId;
use entity::query::Condition;
use entity::scope::View;
use entity::table::household;
use entity::value::{Rule, clean_line, fold};
use entity::vocabulary::{SubjectKind, UnitKind};

use super::model::Household;
use super::store::{self, Place};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};
use crate::progress::subject_total;
use crate::unit::{UnitRow, list_place};

/// Queries about households.
#[derive(Default)]
pub struct HouseholdQuery;

/// Queries about households.
#[Object]
impl HouseholdQuery {
    /// A household within the viewer's reach.
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the household.")] id: ID,
    ) -> Option<Result<Household>> {
        Some(household(ctx, &id).await)
    }

    /// Households within the viewer's reach, in Vietnamese order of names: given, family, middle name. With `search`,
    /// those with a word of the head's name beginning like it, whatever the marks: `nguyen` finds `Nguyễn`.
    async fn households(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Beginning of a word of the name, or of several words in their order.")] search: Option<
            String,
        >,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Household>>> {
        Some(households(ctx, unit_id, search, first, after).await)
    }
}

async fn household(ctx: &Context<'_>, id: &ID) -> Result<Household> {
    let (tenant, id) = decode_as(NodeKind::Household, id, "id")?;
    let scope = ctx.scope_in(Permission::HouseholdRead, tenant)?;
    Ok(Household(store::household_by_id(&scope, id).await?))
}

async fn households(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    search: Option<String>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Household>> {
    let asked = list_place(ctx, Permission::HouseholdRead, unit_id.as_ref()).await?;
    let (scope, place) = (&asked.scope, place_of(asked.unit.as_ref()));
    let cursors = &ctx.app().cursors;
    if let Some(text) = search {
        let text = clean_line(&text, 100).map_err(|rule| Error::invalid("search", rule))?;
        if fold(&text).is_empty() {
            return Err(Error::invalid("search", Rule::Required));
        }
        let list = format!("found {} {:?} {place:?} {}", scope.tenant(), scope.reach(), fold(&text));
        let window = Window::<(String, HouseholdId)>::parse(cursors, list, first, after.as_deref())?;
        let rows = store::households_found(scope, place, &text, window.after.as_ref(), window.limit()).await?;
        return window.page(
            cursors,
            rows,
            None,
            |(word, row)| (word.word.clone(), row.id),
            |(_, row)| Household(row),
        );
    }
    let list = format!("households {} {:?} {place:?}", scope.tenant(), scope.reach());
    let window = Window::<(Vec<u8>, HouseholdId)>::parse(cursors, list, first, after.as_deref())?;
    let rows = store::household_list(scope, (place, Condition::all()), window.after.as_ref(), window.limit()).await?;
    let total = match asked.counted {
        Some(counted) => Some(subject_total(&View::Tenant(scope.clone()), counted, SubjectKind::Household).await?),
        None => None,
    };
    window.page(
        cursors,
        rows,
        total,
        |row: &household::Model| (row.sort_key.clone(), row.id),
        Household,
    )
}

pub(super) fn place_of(unit: Option<&UnitRow>) -> Place {
    match unit {
        Some(unit) if unit.kind == UnitKind::Branch => Place::Branch(unit.id),
        Some(unit) if unit.kind == UnitKind::Ward => Place::Ward(unit.id),
        _ => Place::Everywhere,
    }
}
