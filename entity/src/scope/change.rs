//! Changing and removing rows inside a transaction.

use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, SimpleExpr};
use sea_orm::{DeleteMany, EntityTrait, IdenStatic, QueryFilter, QueryTrait, UpdateMany};

use super::DbError;
use super::backend::Transaction;

/// A change of rows, already kept to those its writer may change.
#[must_use = "nothing changes before `run`"]
pub struct Change<'a, E: EntityTrait> {
    pub(super) transaction: &'a Transaction,
    pub(super) update: UpdateMany<E>,
    /// A column that cannot be set.
    pub(super) fixed: Option<E::Column>,
}

impl<E: EntityTrait> Change<'_, E> {
    /// Sets a column; the tenant's column stays as it is.
    pub fn set(mut self, column: E::Column, value: impl Into<SimpleExpr>) -> Self {
        if self.fixed.is_none_or(|fixed| fixed.as_str() != column.as_str()) {
            self.update = self.update.col_expr(column, value.into());
        }
        self
    }

    /// Raises a counter column by one.
    pub fn raise(mut self, column: E::Column) -> Self {
        self.update = self.update.col_expr(column, Expr::col(column).add(1));
        self
    }

    /// Keeps the change to rows that meet the condition.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.update = self.update.filter(condition.into_condition());
        self
    }

    /// Makes the change; how many rows changed.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn run(self) -> Result<u64, DbError> {
        let statement = self.update.build(self.transaction.dialect());
        self.transaction.execute(statement).await
    }
}

/// A removal of rows, already kept to those its writer may remove.
#[must_use = "nothing is removed before `run`"]
pub struct Removal<'a, E: EntityTrait> {
    pub(super) transaction: &'a Transaction,
    pub(super) delete: DeleteMany<E>,
}

impl<E: EntityTrait> Removal<'_, E> {
    /// Keeps the removal to rows that meet the condition.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.delete = self.delete.filter(condition.into_condition());
        self
    }

    /// Removes the rows; how many there were.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn run(self) -> Result<u64, DbError> {
        let statement = self.delete.build(self.transaction.dialect());
        self.transaction.execute(statement).await
    }
}
