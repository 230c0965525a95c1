//! The server's own errands in one association, which nobody asks for at that moment: telling what has happened, sending
//! messages, removing what is old.
//!
//! There is no actor and no reach. The tenant stands before everything all the same, and `PostgreSQL` refuses any other. An
//! errand reads its association and writes tables that are kept for errands ([`Errands`]), nothing else.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, IntoActiveModel, QueryFilter, QueryTrait};

use super::backend::{Lane, Transaction};
use super::change::{Change, Removal};
use super::find::{Source, owned_by};
use super::{Db, DbError, Find, Reach, TenantOwned};
use crate::id::TenantId;

/// A tenant table that the server writes by itself: queues, and what comes of them.
pub trait Errands: TenantOwned {}

/// Rows of one statement: databases bound the values of one, 32,766 on `SQLite`.
const ROWS: usize = 1_000;

/// A write transaction of an errand; made by [`Db::errand`] only.
pub struct Errand {
    tenant: TenantId,
    transaction: Transaction,
}

impl Db {
    /// Runs an errand in one transaction: committed when it answers `Ok`, undone when it answers an error or is dropped
    /// half-way.
    ///
    /// # Errors
    /// Whatever `work` answers, or the database's error when beginning or committing.
    pub async fn errand<T, E>(&self, tenant: TenantId, work: impl AsyncFnOnce(&Errand) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbError>,
    {
        let transaction = self.backend.begin(Lane::Tenant(tenant)).await?;
        let errand = Errand { tenant, transaction };
        let answer = work(&errand).await?;
        errand.transaction.commit().await?;
        Ok(answer)
    }
}

impl Errand {
    /// The association.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// A query of the association, seeing what this transaction has written.
    pub fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        let own = owned_by::<E>(self.tenant, &Reach::Tenant);
        Find::new(Source::Transaction(&self.transaction), own)
    }

    /// Inserts rows; their tenant becomes this association.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_all<E>(&self, rows: Vec<E::Model>) -> Result<(), DbError>
    where
        E: Errands,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let mut rows = self.own::<E>(rows).into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<E::ActiveModel> = rows.by_ref().take(ROWS).collect();
            let statement = E::insert_many(some).build(self.transaction.dialect());
            self.transaction.execute(statement).await?;
        }
        Ok(())
    }

    /// Inserts a row unless one with the same values in `key` is there; whether it was inserted. Waits for another
    /// transaction that is inserting the same key.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_if_new<E>(&self, row: E::Model, key: &[E::Column]) -> Result<bool, DbError>
    where
        E: Errands,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let conflict = OnConflict::columns(key.iter().copied()).do_nothing().to_owned();
        let insert = sea_orm::Insert::many(self.own::<E>(vec![row])).on_conflict(conflict);
        let statement = insert.build(self.transaction.dialect());
        Ok(self.transaction.execute(statement).await? == 1)
    }

    /// Inserts rows; where one with the same values in `key` is there, it takes the new values of `fresh`, and `sum` is
    /// added to its own. No two of the rows may have the same key.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn add_up<E>(
        &self,
        rows: Vec<E::Model>,
        key: &[E::Column],
        (fresh, sum): (&[E::Column], E::Column),
    ) -> Result<(), DbError>
    where
        E: Errands,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let mut rows = self.own::<E>(rows).into_iter().peekable();
        while rows.peek().is_some() {
            let total = Expr::col((E::default(), sum)).add(Expr::col((Alias::new("excluded"), sum)));
            let conflict = OnConflict::columns(key.iter().copied())
                .update_columns(fresh.iter().copied())
                .value(sum, total)
                .to_owned();
            let some: Vec<E::ActiveModel> = rows.by_ref().take(ROWS).collect();
            let insert = sea_orm::Insert::many(some).on_conflict(conflict);
            let statement = insert.build(self.transaction.dialect());
            self.transaction.execute(statement).await?;
        }
        Ok(())
    }

    /// Begins a change of rows of the association. It never gives a row to another.
    pub fn update<E: Errands>(&self) -> Change<'_, E> {
        Change {
            transaction: &self.transaction,
            update: E::update_many().filter(owned_by::<E>(self.tenant, &Reach::Tenant)),
            fixed: Some(E::TENANT),
        }
    }

    /// Begins a removal of rows of the association.
    pub fn delete<E: Errands>(&self) -> Removal<'_, E> {
        Removal {
            transaction: &self.transaction,
            delete: E::delete_many().filter(owned_by::<E>(self.tenant, &Reach::Tenant)),
        }
    }

    fn own<E>(&self, rows: Vec<E::Model>) -> Vec<E::ActiveModel>
    where
        E: Errands,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let own = |row: E::Model| {
            let mut row = row.into_active_model();
            row.set(E::TENANT, self.tenant.into());
            row
        };
        rows.into_iter().map(own).collect()
    }
}
