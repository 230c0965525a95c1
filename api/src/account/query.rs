//! Who one is.

use async_graphql::{Context, Object};

use super::model::ViewerObject;
use crate::access::Access;
use crate::error::Result;

/// Queries about the account.
#[derive(Default)]
pub struct AccountQuery;

/// Queries about the account.
#[Object]
impl AccountQuery {
    /// The person who asks.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Result<ViewerObject>> {
        Some(ctx.viewer().map(|viewer| ViewerObject(viewer.clone())))
    }
}
