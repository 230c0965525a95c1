//! Asking what became of a key.

use async_graphql::{Context, Object};
use uuid::Uuid;

use super::model::Receipt;
use super::store::kept_among;
use crate::access::{Access, Permission};
use crate::error::Result;

/// Queries of receipts.
#[derive(Default)]
pub struct ReceiptQuery;

/// Queries of receipts.
#[Object]
impl ReceiptQuery {
    /// What became of a key that the viewer's own account has used in the association of the acting post; kept for 400 days.
    /// Null where nothing was done under it: it never arrived, or was refused. Nobody else's keys are seen.
    async fn receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key, as it was sent.")] key: Uuid,
    ) -> Result<Option<Receipt>> {
        let scope = ctx.scope(Permission::HouseholdRead)?;
        let known = kept_among(&scope, &[key]).await?.remove(&key);
        Ok(known.map(|known| known.receipt(ctx.app(), scope.now())))
    }
}
