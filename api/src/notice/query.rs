//! Reading one's notices.

use async_graphql::{Context, Object};
use entity::id::NoticeId;
use entity::table::notice;

use super::model::Notice;
use super::store;
use crate::access::Access;
use crate::error::Result;
use crate::page::{Page, Window};

/// Queries about notices.
#[derive(Default)]
pub struct NoticeQuery;

/// Queries about notices.
#[Object]
impl NoticeQuery {
    /// What the viewer must hear of their account, or of accounts they are responsible for, newest first.
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Option<Result<Page<Notice>>> {
        Some(notices(ctx, first, after.as_deref()).await)
    }
}

async fn notices(ctx: &Context<'_>, first: Option<i32>, after: Option<&str>) -> Result<Page<Notice>> {
    let (app, viewer) = (ctx.app(), ctx.viewer()?);
    let list = format!("notices {}", viewer.account);
    let window = Window::<NoticeId>::parse(&app.cursors, list, first, after)?;
    let rows = store::notices(&app.db, viewer.account, window.after, window.limit()).await?;
    let names = store::names(&app.db, &rows).await?;
    let notice = |row: notice::Model| Notice {
        about: row.about_account_id.and_then(|about| names.get(&about).cloned()),
        row,
    };
    window.page(&app.cursors, rows, None, |row| row.id, notice)
}
