//! Writing what belongs to a person and to no tenant: accounts, sessions, the security journal.

use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, EntityTrait, IntoActiveModel, QueryTrait};

use super::backend::{Lane, Transaction};
use super::change::{Change, Removal};
use super::find::Source;
use super::{Db, DbError, Find};

/// A table of no tenant that only the sign-in role may use.
pub trait Personal: EntityTrait {}

/// A write transaction of the sign-in role; made by [`super::SignIn::write`] only.
pub struct PersonalWriter {
    transaction: Transaction,
}

impl PersonalWriter {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        let transaction = db.backend.begin(Lane::SignIn).await?;
        Ok(Self { transaction })
    }

    pub(super) async fn commit(self) -> Result<(), DbError> {
        self.transaction.commit().await
    }

    /// A query, seeing what this transaction has written.
    pub fn find<E: Personal>(&self) -> Find<'_, E> {
        Find::new(Source::Transaction(&self.transaction), Condition::all())
    }

    /// Inserts rows with one statement.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert<E>(&self, rows: impl IntoIterator<Item = E::Model> + Send) -> Result<(), DbError>
    where
        E: Personal,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let rows: Vec<E::ActiveModel> = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let statement = E::insert_many(rows).build(self.transaction.dialect());
        self.transaction.execute(statement).await?;
        Ok(())
    }

    /// Inserts a row unless one with the same values in `key` is there; whether it was inserted. Waits for another
    /// transaction that is inserting the same key.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_if_new<E>(&self, row: E::Model, key: &[E::Column]) -> Result<bool, DbError>
    where
        E: Personal,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let conflict = OnConflict::columns(key.iter().copied()).do_nothing().to_owned();
        let insert = sea_orm::Insert::many([row.into_active_model()]).on_conflict(conflict);
        let statement = insert.build(self.transaction.dialect());
        Ok(self.transaction.execute(statement).await? == 1)
    }

    /// Inserts a row, or locks the one with the same values in `key`, which stays as it is. Others who want it wait until
    /// this transaction ends.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_or_lock<E>(&self, row: E::Model, key: &[E::Column]) -> Result<(), DbError>
    where
        E: Personal,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        // setting the key to what it is takes the lock in the same statement, whether the row was there or not
        let conflict = OnConflict::columns(key.iter().copied())
            .update_columns(key.iter().copied())
            .to_owned();
        let insert = sea_orm::Insert::many([row.into_active_model()]).on_conflict(conflict);
        let statement = insert.build(self.transaction.dialect());
        self.transaction.execute(statement).await?;
        Ok(())
    }

    /// Begins a change of rows.
    pub fn update<E: Personal>(&self) -> Change<'_, E> {
        Change {
            transaction: &self.transaction,
            update: E::update_many(),
            fixed: None,
        }
    }

    /// Begins a removal of rows.
    pub fn delete<E: Personal>(&self) -> Removal<'_, E> {
        Removal {
            transaction: &self.transaction,
            delete: E::delete_many(),
        }
    }
}
