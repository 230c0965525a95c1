//! Which associations have something waiting, and one account's notices in all of them: what is asked before a tenant is
//! known.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, Order};

use super::SignIn;
use crate::id::{AccountId, NoticeId, TenantId};
use crate::scope::{DbError, Find};
use crate::table::{outbox, push_delivery, registration_notice};

impl SignIn<'_> {
    /// The associations in whose outbox something has not been told.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn tenants_with_outbox(&self) -> Result<Vec<TenantId>, DbError> {
        use outbox::Column::{Batch, TenantId as Tenant};
        tenants(self.find::<outbox::Entity>().filter(Batch.is_null()), Tenant).await
    }

    /// The associations in which a message is due.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn tenants_with_deliveries(&self, now: DateTime<Utc>) -> Result<Vec<TenantId>, DbError> {
        use push_delivery::Column::{NextAttemptAt, TenantId as Tenant};
        tenants(
            self.find::<push_delivery::Entity>().filter(NextAttemptAt.lte(now)),
            Tenant,
        )
        .await
    }

    /// The associations in which an account has notices that it has not read.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn tenants_with_unread(&self, account: AccountId) -> Result<Vec<TenantId>, DbError> {
        tenants(self.steps_told(account, true), registration_notice::Column::TenantId).await
    }

    /// An account's notices of the year's steps, in all associations, newest first.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn registration_notices(
        &self,
        (account, unread): (AccountId, bool),
        after: Option<NoticeId>,
        limit: u64,
    ) -> Result<Vec<registration_notice::Model>, DbError> {
        use registration_notice::Column::Id;
        let mut find = self.steps_told(account, unread);
        if let Some(after) = after {
            find = find.filter(Id.lt(after));
        }
        find.order_by(Id, Order::Desc).limit(limit).all().await
    }

    /// How many of them the account has not read.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn registration_notices_unread(&self, account: AccountId) -> Result<i64, DbError> {
        self.steps_told(account, true).count().await
    }

    fn steps_told(&self, account: AccountId, unread: bool) -> Find<'_, registration_notice::Entity> {
        use registration_notice::Column::{AccountId, ReadAt};
        let find = self.find::<registration_notice::Entity>().filter(AccountId.eq(account));
        if unread { find.filter(ReadAt.is_null()) } else { find }
    }
}

async fn tenants<E: EntityTrait>(find: Find<'_, E>, column: E::Column) -> Result<Vec<TenantId>, DbError> {
    let rows = find.grouped_by(&[column]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "tenant_id")?)).collect()
}
