//! Finding the person to be helped.

use async_graphql::{Context, ID, Object};
use entity::id::AccountId;
use entity::scope::View;
use entity::value::{Rule, clean_line, fold};

use super::below::{self, Person};
use super::model::AccountBelow;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};
use crate::unit::covered_unit;

/// Queries about people below the viewer.
#[derive(Default)]
pub struct RecoveryQuery;

/// Queries about people below the viewer.
#[Object]
impl RecoveryQuery {
    /// The people with posts below the viewer's in a unit, and those at the head of the units right below it, in
    /// Vietnamese order of names: a branch's families for its head, the heads of a ward's branches for its officer. Up to 2,000
    /// posts are looked at; `totalCount` is null where there are more.
    async fn accounts_below(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A unit within reach; the acting post's own unless said.")] unit_id: Option<ID>,
        #[graphql(desc = "Beginning of a word of the name, or of several words in their order.")] search: Option<
            String,
        >,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<AccountBelow>>> {
        Some(accounts_below(ctx, unit_id, search, first, after.as_deref()).await)
    }
}

async fn accounts_below(
    ctx: &Context<'_>,
    unit_id: Option<ID>,
    search: Option<String>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<AccountBelow>> {
    let (app, acting) = (ctx.app(), *ctx.viewer()?.acting()?);
    let asked = unit_id.map(|id| decode_as(NodeKind::Unit, &id, "unitId")).transpose()?;
    let (tenant, unit) = asked.unwrap_or((acting.tenant, acting.unit));
    let scope = ctx.scope_in(Permission::AccountManage, tenant)?;
    let view = View::Tenant(scope.clone());
    let unit = covered_unit(&view, unit).await?;
    let search = search.map(|text| searched(&text)).transpose()?;
    let words = search.as_deref().unwrap_or_default();
    let list = format!(
        "accounts below {} {:?} {} {words}",
        scope.tenant(),
        scope.reach(),
        unit.id
    );
    let window = Window::<(Vec<u8>, AccountId)>::parse(&app.cursors, list, first, after)?;
    let (people, total) = below::people(app, &view, &unit, acting.role, search.as_deref()).await?;
    let beyond = |person: &Person| {
        let after = window.after.as_ref();
        after.is_none_or(|(key, id)| (&person.sort_key, person.account.id) > (key, *id))
    };
    let most = usize::try_from(window.limit()).unwrap_or(usize::MAX);
    let rows: Vec<Person> = people.into_iter().filter(beyond).take(most).collect();
    let ids: Vec<AccountId> = rows.iter().map(|person| person.account.id).collect();
    let (seen, below) = tokio::try_join!(
        below::last_seen(app, &ids),
        below::wholly_below(app, &view, &acting, &ids)
    )?;
    let node = |person: Person| AccountBelow {
        seen: seen.get(&person.account.id).copied(),
        is_all_below: below.contains(&person.account.id),
        person,
    };
    let key = |person: &Person| (person.sort_key.clone(), person.account.id);
    window.page(&app.cursors, rows, total, key, node)
}

/// The folded words that are looked for.
fn searched(text: &str) -> Result<String> {
    let text = clean_line(text, 100).map_err(|rule| Error::invalid("search", rule))?;
    let folded = fold(&text);
    if folded.is_empty() {
        return Err(Error::invalid("search", Rule::Required));
    }
    Ok(folded)
}
