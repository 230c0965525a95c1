//! Where one is signed in.

use async_graphql::{Context, Object};

use super::model::SessionObject;
use super::store;
use crate::access::Access;
use crate::error::Result;

/// Queries about sessions.
#[derive(Default)]
pub struct SessionQuery;

/// Queries about sessions.
#[Object]
impl SessionQuery {
    /// The devices on which the viewer's account is signed in, newest first, at most 100.
    async fn my_sessions(&self, ctx: &Context<'_>) -> Option<Result<Vec<SessionObject>>> {
        Some(my_sessions(ctx).await)
    }
}

/// See [`SessionQuery`].
async fn my_sessions(ctx: &Context<'_>) -> Result<Vec<SessionObject>> {
    let viewer = ctx.viewer()?;
    let rows = store::live_sessions(&ctx.app().db, viewer.account, ctx.request().now).await?;
    let session = |row| SessionObject::new(row, viewer.session.id);
    Ok(rows.into_iter().map(session).collect())
}
