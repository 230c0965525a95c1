//! Reading posts.

use async_graphql::{Context, ID, Object};

use super::model::HeldPost;
use super::store;
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};

/// Queries about posts.
#[derive(Default)]
pub struct PostQuery;

/// Queries about posts.
#[Object]
impl PostQuery {
    /// A post within reach, of whatever time, with the person who holds it.
    async fn post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the post.")] id: ID,
    ) -> Option<Result<HeldPost>> {
        Some(post(ctx, &id).await)
    }
}

/// See [`PostQuery`].
async fn post(ctx: &Context<'_>, id: &ID) -> Result<HeldPost> {
    let (tenant, id) = decode_as(NodeKind::Post, id, "id")?;
    let scope = ctx.scope_in(Permission::PostRead, tenant)?;
    Ok(HeldPost(store::post_by_id(&scope, id).await?))
}
