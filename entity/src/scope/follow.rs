//! Following the outbox: who says and who hears that there is something new in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, Order, QueryResult};
use tokio::sync::Notify;

use super::backend::Ear;
use super::{Db, DbError, SignIn};
use crate::id::{AccountId, NoticeId, PostId, TenantId};
use crate::table::{notice, outbox_head, post, registration_notice};

/// Wakes the relay of this process after a step was committed.
pub(super) type Written = Arc<Notify>;

impl Db {
    /// Waits until this process has committed something into an outbox. What was committed since the last time counts.
    pub async fn outbox_written(&self) {
        self.written.notified().await;
    }

    /// Says to all servers on the same database that an association's outbox was told. There is one server on `SQLite`.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn say_told(&self, tenant: TenantId) -> Result<(), DbError> {
        self.backend.say_told(tenant).await
    }

    /// Listens to what other servers say; `None` on `SQLite`, and where the tenant is bound to the transaction.
    ///
    /// # Errors
    /// The database is away.
    pub async fn listen(&self) -> Result<Option<Ear>, DbError> {
        self.backend.listen().await
    }
}

impl SignIn<'_> {
    /// How far each association's outbox has been told; those that have not begun are left out.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn outbox_heads(&self) -> Result<Vec<outbox_head::Model>, DbError> {
        self.find::<outbox_head::Entity>().all().await
    }

    /// The last batch of each association in which an account was told something.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn last_told(&self, account: AccountId) -> Result<Vec<(TenantId, i64)>, DbError> {
        use registration_notice::Column::{AccountId as Reader, Batch, TenantId as Tenant};
        let find = self.find::<registration_notice::Entity>().filter(Reader.eq(account));
        let rows = find.filter(Batch.is_not_null()).greatest(Batch, Tenant).await?;
        let pair = |row: &QueryResult| Ok((row.try_get("", "tenant_id")?, row.try_get("", "greatest")?));
        rows.iter().map(pair).collect()
    }

    /// An account's notices of the year's steps that were made after these, of all associations: the first so many, by
    /// association, batch and id.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn notices_after(
        &self,
        account: AccountId,
        seen: &BTreeMap<TenantId, (i64, NoticeId)>,
        most: u64,
    ) -> Result<Vec<registration_notice::Model>, DbError> {
        use registration_notice::Column::{AccountId as Reader, Batch, Id, TenantId as Tenant};
        // where there was nothing before, everything is new
        let mut later = Condition::any().add(Tenant.is_not_in(seen.keys().copied()));
        for (tenant, place) in seen {
            let beyond = registration_notice::beyond(*place);
            later = later.add(Condition::all().add(Tenant.eq(*tenant)).add(beyond));
        }
        let find = self.find::<registration_notice::Entity>().filter(Reader.eq(account));
        let find = find.filter(Batch.is_not_null()).filter(later);
        find.order_by(Tenant, Order::Asc)
            .order_by(Batch, Order::Asc)
            .order_by(Id, Order::Asc)
            .limit(most)
            .all()
            .await
    }

    /// The notices of accounts that were given since a moment, each with its reader.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn notices_given(&self, since: DateTime<Utc>) -> Result<Vec<(NoticeId, AccountId)>, DbError> {
        use notice::Column::{AccountId as Reader, At, Id};
        let find = self.find::<notice::Entity>().filter(At.gte(since));
        let rows = find.grouped_by(&[Id, Reader]).await?;
        let pair = |row: &QueryResult| Ok((row.try_get("", "id")?, row.try_get("", "account_id")?));
        rows.iter().map(pair).collect()
    }

    /// Those of the posts that are not in force.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_not_in_force(&self, ids: &[PostId], now: DateTime<Utc>) -> Result<Vec<PostId>, DbError> {
        let find = self
            .find::<post::Entity>()
            .filter(post::Column::Id.is_in(ids.iter().copied()));
        let rows = find.filter(super::sign_in::in_force(now).not()).all().await?;
        Ok(rows.iter().map(|row| row.id).collect())
    }
}
