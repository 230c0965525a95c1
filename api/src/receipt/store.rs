//! Reading what keys have left.

use std::collections::HashMap;

use entity::query::ColumnTrait;
use entity::scope::Scope;
use entity::table::idempotency;
use uuid::Uuid;

use super::kept::Kept;
use crate::error::Result;

/// What these keys of the acting account have left in the association of the scope.
///
/// # Errors
/// What the database answers.
pub async fn kept_among(scope: &Scope, keys: &[Uuid]) -> Result<HashMap<Uuid, Kept>> {
    use idempotency::Column::{AccountId, Key};
    let rows = scope
        .find::<idempotency::Entity>()
        .filter(AccountId.eq(scope.actor().account))
        .filter(Key.is_in(keys.iter().copied()))
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.key, Kept(row))).collect())
}
