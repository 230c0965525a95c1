//! Reading registrations.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::id::RegistrationId;
use entity::scope::{Scope, View};
use entity::table::registration;
use entity::value::ProgrammeYear;
use entity::vocabulary::UnitKind;

use super::model::{Registration, RegistrationState};
use super::read::{self, Filter};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};
use crate::programme::LearningModel;
use crate::progress::registration_total;
use crate::unit::list_place;

/// Queries about registrations.
#[derive(Default)]
pub struct RegistrationQuery;

/// Queries about registrations.
#[Object]
impl RegistrationQuery {
    /// A registration within the viewer's reach.
    async fn registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the registration.")] id: ID,
    ) -> Option<Result<Registration>> {
        Some(registration(ctx, &id).await)
    }

    /// Registrations in one state within the viewer's reach, longest waiting first: a branch head's pending list.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of one GraphQL field")]
    async fn registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch; everything within reach unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The state.", default_with = "Some(RegistrationState::Submitted)")] state: Option<
            RegistrationState,
        >,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Registration>>> {
        // the engine takes a variable that was not sent for null: it means the default all the same
        let model = model.unwrap_or(LearningModel::LearningFamily);
        let state = state.unwrap_or(RegistrationState::Submitted);
        Some(registrations(ctx, unit_id, (model, year, state), first, after).await)
    }
}

async fn registration(ctx: &Context<'_>, id: &ID) -> Result<Registration> {
    let (tenant, id) = decode_as(NodeKind::Registration, id, "id")?;
    let scope = ctx.scope_in(Permission::RegistrationRead, tenant)?;
    Ok(Registration(read::registration_by_id(&scope, id).await?))
}

async fn registrations(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    (model, year, state): (LearningModel, i32, RegistrationState),
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<Registration>> {
    let year = ProgrammeYear::parse(year)
        .map_err(|rule| Error::invalid("year", rule))?
        .value();
    let asked = list_place(ctx, Permission::RegistrationRead, unit_id.as_ref()).await?;
    let (scope, unit) = (&asked.scope, asked.unit.as_ref());
    let of_kind = |kind| unit.filter(|unit| unit.kind == kind).map(|unit| unit.id);
    let filter = Filter {
        model: model.into(),
        year,
        state: state.into(),
        ward: of_kind(UnitKind::Ward),
        branch: of_kind(UnitKind::Branch),
    };
    let total = match asked.counted {
        Some(counted) => {
            let view = View::Tenant(scope.clone());
            Some(registration_total(&view, counted, (filter.model, year), filter.state).await?)
        }
        None => None,
    };
    registration_page(ctx, scope, filter, (first, after.as_deref()), total).await
}

/// A page of registrations in one state, longest waiting first; its cursors are those of `registrations`.
///
/// # Errors
/// INVALID, or what the database answers.
pub async fn registration_page(
    ctx: &Context<'_>,
    scope: &Scope,
    filter: Filter,
    (first, after): (Option<i32>, Option<&str>),
    total: Option<i64>,
) -> Result<Page<Registration>> {
    let cursors = &ctx.app().cursors;
    let list = format!("registrations {} {:?} {filter:?}", scope.tenant(), scope.reach());
    let window = Window::<(DateTime<Utc>, RegistrationId)>::parse(cursors, list, first, after)?;
    let rows = read::registration_list(scope, filter, window.after.as_ref(), window.limit()).await?;
    window.page(
        cursors,
        rows,
        total,
        |row: &registration::Model| (row.state_since, row.id),
        Registration,
    )
}
