//! Removing what is not kept any longer, an association at a time.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter};
use uuid::Uuid;

use super::backend::Lane;
use super::change::Removal;
use super::find::{Find, Source, owned_by};
use super::{Db, DbError, Reach};
use crate::id::TenantId;
use crate::table::idempotency;

/// The least id that can have been made at a moment: ids are UUIDv7, so rows lie in the order of their making, and the
/// oldest are found without an index of their own.
pub fn least_id_of(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

impl Db {
    /// Removes the oldest answers to mutations that were stored before a moment, at most so many; how many there were.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn forget_answers(&self, tenant: TenantId, before: DateTime<Utc>, most: u64) -> Result<usize, DbError> {
        use idempotency::Column::{CreatedAt, Id};
        let transaction = self.backend.begin(Lane::Tenant(tenant)).await?;
        let own = || owned_by::<idempotency::Entity>(tenant, &Reach::Tenant);
        let rows = Find::<idempotency::Entity>::new(Source::Transaction(&transaction), own())
            .filter(Id.lt(least_id_of(before)))
            .filter(CreatedAt.lt(before))
            .order_by(Id, Order::Asc)
            .limit(most)
            .all()
            .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let removal = Removal::<idempotency::Entity> {
            transaction: &transaction,
            delete: idempotency::Entity::delete_many().filter(own()),
        };
        removal.filter(Id.is_in(rows.iter().map(|row| row.id))).run().await?;
        transaction.commit().await?;
        Ok(rows.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_earlier_are_less_and_ids_made_later_are_not() {
        let moment = DateTime::from_timestamp(1_800_000_000, 5_000_000).unwrap();
        let made = |millis: u64, random: u8| {
            uuid::Builder::from_unix_timestamp_millis(1_800_000_000_005 + millis - 1, &[random; 10]).into_uuid()
        };
        assert!(made(0, 255) < least_id_of(moment));
        assert!(made(1, 0) >= least_id_of(moment) && made(2, 0) > least_id_of(moment));
    }
}
