//! Reading what happened to an account.

use async_graphql::{Context, ID, Object};

use super::model::SecurityEvent;
use super::store::{self, Place};
use crate::access::below::account_below;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::page::{Page, Window};

/// Queries about the security journal.
#[derive(Default)]
pub struct SecurityQuery;

/// Queries about the security journal.
#[Object]
impl SecurityQuery {
    /// What happened to an account and its sessions, newest first: the viewer's own, or that of somebody below them.
    async fn security_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The account; the viewer's own unless said. Every post of another one must be below the acting post."
        )]
        account_id: Option<ID>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<SecurityEvent>>> {
        Some(security_events(ctx, account_id, first, after).await)
    }
}

async fn security_events(
    ctx: &Context<'_>,
    account_id: Option<ID>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Page<SecurityEvent>> {
    let own = ctx.viewer()?.account;
    let wanted = match account_id {
        Some(id) => decode_as(NodeKind::Account, &id, "accountId")?.1,
        None => own,
    };
    let account = if wanted == own {
        own
    } else {
        account_below(ctx, Permission::AccountManage, wanted).await?.account.id
    };
    let (db, cursors) = (&ctx.app().db, &ctx.app().cursors);
    let list = format!("securityEvents {account}");
    let window = Window::<Place>::parse(cursors, list, first, after.as_deref())?;
    let rows = store::events_of(db, account, window.after.as_ref(), window.limit()).await?;
    let roles = store::roles_in(db, &rows).await?;
    window.page(
        cursors,
        rows,
        None,
        |row| (row.at, row.id),
        |row| SecurityEvent::new(row, &roles),
    )
}
