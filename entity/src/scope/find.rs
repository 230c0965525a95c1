//! Reading: a query that already carries its tenant and its reach.

use sea_orm::sea_query::{Expr, IntoCondition, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, Select,
};

use super::backend::{Backend, Lane, Transaction};
use super::{DbError, TenantOwned};

/// Where a query runs.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Pool(&'a Backend, Lane),
    Transaction(&'a Transaction),
}

impl<'a> Source<'a> {
    /// Runs a query. The query becomes a statement at once and the wait is boxed, so that what waits for rows stays small.
    fn query<E: EntityTrait>(
        self,
        select: &Select<E>,
    ) -> impl Future<Output = Result<Vec<QueryResult>, DbError>> + Send + use<'a, E> {
        let dialect = match self {
            Self::Pool(backend, _) => backend.dialect(),
            Self::Transaction(transaction) => transaction.dialect(),
        };
        let statement = select.build(dialect);
        Box::pin(async move {
            match self {
                Self::Pool(backend, lane) => backend.query(lane, statement).await,
                Self::Transaction(transaction) => transaction.query(statement).await,
            }
        })
    }
}

/// A query for rows of `E` inside the scope that made it. Every method narrows it; none widens it.
#[must_use = "a query does nothing until it is asked for one or all"]
pub struct Find<'a, E: EntityTrait> {
    source: Source<'a>,
    select: Select<E>,
}

impl<'a, E: EntityTrait> Find<'a, E> {
    pub(super) fn new(source: Source<'a>, within: Condition) -> Self {
        Self {
            source,
            select: E::find().filter(within),
        }
    }

    /// Keeps only rows that meet the condition.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.select = self.select.filter(condition.into_condition());
        self
    }

    /// Sorts by a column, after those already given.
    pub fn order_by(mut self, column: E::Column, order: Order) -> Self {
        self.select = self.select.order_by(column, order);
        self
    }

    /// At most this many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// Locks the rows against other writers until the transaction ends, but not against rows that come to refer to them: ids
    /// never change. `SQLite` has one writer and needs none.
    pub fn for_update(mut self) -> Self {
        self.select = self.select.lock(LockType::NoKeyUpdate);
        self
    }

    /// Locks the rows as [`Find::for_update`] does, and leaves those out that another transaction has locked.
    pub fn for_update_unless_locked(mut self) -> Self {
        self.select = self
            .select
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        self
    }

    /// All rows.
    ///
    /// # Errors
    /// What the database answers.
    pub fn all(self) -> impl Future<Output = Result<Vec<E::Model>, DbError>> + Send + use<'a, E> {
        let rows = self.source.query(&self.select);
        async move {
            let rows = rows.await?;
            rows.iter()
                .map(|row| E::Model::from_query_result(row, "").map_err(DbError::from))
                .collect()
        }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn one(self) -> Result<Option<E::Model>, DbError> {
        Ok(self.limit(1).all().await?.into_iter().next())
    }

    /// Whether there is any row.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn exists(self) -> Result<bool, DbError> {
        Ok(self.one().await?.is_some())
    }

    /// How many rows there are: all of them are read for it, so only where one person's few are counted.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn count(self) -> Result<i64, DbError> {
        let select = self.select.select_only();
        let rows = self
            .source
            .query(&select.column_as(Expr::cust("COUNT(*)"), "count"))
            .await?;
        Ok(rows.first().map_or(Ok(0), |row| row.try_get("", "count"))?)
    }

    /// The greatest value of a column in each group of equal `per`, as rows with that column and `greatest`.
    pub(super) async fn greatest(self, of: E::Column, per: E::Column) -> Result<Vec<QueryResult>, DbError> {
        let select = self.select.select_only().column(per).group_by(per);
        self.source.query(&select.column_as(of.max(), "greatest")).await
    }

    /// The number of rows in each group of equal `columns`, as rows with these columns and `count`: reads all that the
    /// conditions leave.
    pub(super) async fn grouped_by(self, columns: &[E::Column]) -> Result<Vec<QueryResult>, DbError> {
        let mut select = self.select.select_only();
        for column in columns {
            select = select.column(*column).group_by(*column);
        }
        self.source
            .query(&select.column_as(Expr::cust("COUNT(*)"), "count"))
            .await
    }
}

/// The condition every query of a scope begins with.
pub(super) fn owned_by<E: TenantOwned>(tenant: crate::id::TenantId, reach: &super::Reach) -> Condition {
    Condition::all().add(E::TENANT.eq(tenant)).add(E::within(reach))
}
