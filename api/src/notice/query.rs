//! Reading one's notices.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Object};
use entity::id::{NoticeId, RegistrationEventId, RegistrationId, TenantId};
use entity::scope::Scope;
use entity::table::registration_notice;

use super::model::{Notice, Seen};
use super::store::{self, Row};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::page::{Page, Window};
use crate::registration::{lines_by_id, registrations_by_id};

/// Queries about notices.
#[derive(Default)]
pub struct NoticeQuery;

/// Queries about notices.
#[Object]
impl NoticeQuery {
    /// What the viewer must hear: of their account, of accounts they are responsible for, and of the year's steps in all
    /// associations, newest first. With `unread: true` only what they have not read, and `totalCount` says how many those are.
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether only what has not been read is wanted; all unless said.")] unread: Option<bool>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Notice>>> {
        Some(notices(ctx, unread.unwrap_or(false), first, after.as_deref()).await)
    }
}

async fn notices(ctx: &Context<'_>, unread: bool, first: Option<i32>, after: Option<&str>) -> Result<Page<Notice>> {
    let (app, account) = (ctx.app(), ctx.viewer()?.account);
    let list = format!("notices {account} {unread}");
    let window = Window::<NoticeId>::parse(&app.cursors, list, first, after)?;
    let rows = store::notices(&app.db, (account, unread), window.after, window.limit()).await?;
    // how many have not been read is counted where it is asked for: they are few, and one person's
    let total = if unread && ctx.look_ahead().field("totalCount").exists() {
        Some(store::unread(&app.db, account).await?)
    } else {
        None
    };
    let rows = shown(ctx, rows).await?;
    window.page(&app.cursors, rows, total, |(id, _)| *id, |(_, notice)| notice)
}

/// Notices as their reader sees them now, in the given order.
///
/// # Errors
/// What the database answers.
pub async fn shown(ctx: &Context<'_>, rows: Vec<Row>) -> Result<Vec<(NoticeId, Notice)>> {
    let names = store::names(&ctx.app().db, &rows).await?;
    let mut seen = seen(ctx, &rows).await?;
    let shown = rows
        .into_iter()
        .map(|row| {
            let id = row.id();
            let notice = match row {
                Row::Account(row) => {
                    let name = row.about_account_id.and_then(|about| names.get(&about).cloned());
                    Notice::of_account(&row, name)
                }
                Row::Step(row) => {
                    let seen = seen.remove(&id).unwrap_or_default();
                    Notice::of_step(row, seen)
                }
            };
            (id, notice)
        })
        .collect();
    Ok(shown)
}

/// What the viewer sees of the registrations, in each association they reach under the post they act under: two statements
/// an association, and mostly there is one.
async fn seen(ctx: &Context<'_>, rows: &[Row]) -> Result<HashMap<NoticeId, Seen>> {
    let steps = || {
        rows.iter().filter_map(|row| match row {
            Row::Step(row) if row.registration_id.is_some() => Some(row),
            _ => None,
        })
    };
    let tenants: HashSet<TenantId> = steps().map(|row| row.tenant_id).collect();
    let mut seen = HashMap::new();
    for tenant in tenants {
        // no post there, or none chosen: the notice is shown without what belongs to the registration
        let Ok(scope) = ctx.scope_in(Permission::RegistrationRead, tenant) else {
            continue;
        };
        let there: Vec<_> = steps().filter(|row| row.tenant_id == tenant).collect();
        seen_in(&scope, &there, &mut seen).await?;
    }
    Ok(seen)
}

async fn seen_in(
    scope: &Scope,
    steps: &[&registration_notice::Model],
    seen: &mut HashMap<NoticeId, Seen>,
) -> Result<()> {
    let registrations: Vec<RegistrationId> = steps.iter().filter_map(|row| row.registration_id).collect();
    let lines: Vec<RegistrationEventId> = steps.iter().filter_map(|row| row.event_id).collect();
    let registrations = registrations_by_id(scope, &registrations).await?;
    let lines = lines_by_id(scope, &lines).await?;
    for row in steps {
        let line = row.event_id.and_then(|id| lines.get(&id));
        let known = Seen {
            registration: row.registration_id.is_some_and(|id| registrations.contains_key(&id)),
            reason: line.and_then(|line| line.reason.clone()),
        };
        seen.insert(row.id, known);
    }
    Ok(())
}
