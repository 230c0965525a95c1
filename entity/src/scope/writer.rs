//! Writing: one transaction, inside one scope.

use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, QueryFilter, QueryTrait};

use super::backend::{Lane, Transaction};
use super::change::{Change, Removal};
use super::find::{Source, owned_by};
use super::tally::Tally;
use super::{CityOwned, DbError, Find, Scope, Shared, TenantOwned};
use crate::id::UnitId;
use crate::vocabulary::{LearningModel, RegistrationState, SubjectKind};

/// A write transaction of a [`Scope`]; made by [`Scope::write`] only.
pub struct Writer<'a> {
    scope: &'a Scope,
    transaction: Transaction,
    tally: Tally,
    announces: AtomicBool,
}

impl<'a> Writer<'a> {
    pub(super) async fn begin(scope: &'a Scope) -> Result<Self, DbError> {
        let root = scope.association().await?.map(|tenant| tenant.root_unit_id);
        let transaction = scope.db.backend.begin(Lane::Tenant(scope.tenant)).await?;
        Ok(Self {
            scope,
            transaction,
            tally: Tally::new(root),
            announces: AtomicBool::new(false),
        })
    }

    pub(super) async fn commit(self) -> Result<(), DbError> {
        let dialect = self.transaction.dialect();
        for statement in self.tally.statements(self.scope.tenant, dialect) {
            self.transaction.execute(statement).await?;
        }
        self.transaction.commit().await?;
        if self.announces.into_inner() {
            self.scope.db.written.notify_one();
        }
        Ok(())
    }

    /// Wakes whoever waits for something in the outbox ([`super::Db::outbox_written`]), once this transaction is committed.
    pub fn announce(&self) {
        self.announces.store(true, Ordering::Relaxed);
    }

    /// The scope it writes in.
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// A query inside the scope, seeing what this transaction has written.
    pub fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(self.source(), owned_by::<E>(self.scope.tenant, &self.scope.reach))
    }

    /// A query of the whole association, whatever the reach: for rules that look past it (duplicate households of the
    /// ward, the place of a branch in the tree). What is found must not be shown as it is.
    pub fn find_beyond_reach<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(self.source(), owned_by::<E>(self.scope.tenant, &super::Reach::Tenant))
    }

    /// A query of a table that belongs to no tenant.
    pub fn find_shared<E: Shared>(&self) -> Find<'_, E> {
        Find::new(self.source(), Condition::all())
    }

    /// Inserts a row; its tenant becomes the scope's whatever it says.
    ///
    /// # Errors
    /// [`DbError::OutOfReach`] when the reach does not admit it, else what the database answers.
    pub async fn insert<E>(&self, row: E::Model) -> Result<(), DbError>
    where
        E: TenantOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        self.insert_all::<E>(vec![row]).await
    }

    /// Inserts rows with one statement.
    ///
    /// # Errors
    /// [`DbError::OutOfReach`] when the reach does not admit one of them, else what the database answers.
    pub async fn insert_all<E>(&self, rows: Vec<E::Model>) -> Result<(), DbError>
    where
        E: TenantOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        if rows.is_empty() {
            return Ok(());
        }
        let statement = E::insert_many(self.own::<E>(rows)?).build(self.transaction.dialect());
        self.transaction.execute(statement).await?;
        Ok(())
    }

    /// Inserts a row unless one with the same values in `key` is there; whether it was inserted.
    ///
    /// Waits for another transaction that is inserting the same key.
    ///
    /// # Errors
    /// As [`Writer::insert`].
    pub async fn insert_if_new<E>(&self, row: E::Model, key: &[E::Column]) -> Result<bool, DbError>
    where
        E: TenantOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let conflict = OnConflict::columns(key.iter().copied()).do_nothing().to_owned();
        let insert = sea_orm::Insert::many(self.own::<E>(vec![row])?).on_conflict(conflict);
        let statement = insert.build(self.transaction.dialect());
        Ok(self.transaction.execute(statement).await? == 1)
    }

    /// Inserts the row of a table that belongs to no tenant: an association's own row, a programme year.
    ///
    /// # Errors
    /// What the database answers; on `PostgreSQL` it refuses rows that are not this association's own.
    pub async fn insert_shared<E>(&self, row: E::Model) -> Result<(), DbError>
    where
        E: Shared,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let statement = E::insert(row.into_active_model()).build(self.transaction.dialect());
        self.transaction.execute(statement).await?;
        Ok(())
    }

    /// Inserts the row of a table that belongs to no tenant, unless one with the same values in `key` is there.
    ///
    /// # Errors
    /// As [`Writer::insert_shared`].
    pub async fn insert_shared_if_new<E>(&self, row: E::Model, key: &[E::Column]) -> Result<(), DbError>
    where
        E: Shared,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let conflict = OnConflict::columns(key.iter().copied()).do_nothing().to_owned();
        let insert = sea_orm::Insert::many([row.into_active_model()]).on_conflict(conflict);
        self.transaction
            .execute(insert.build(self.transaction.dialect()))
            .await?;
        Ok(())
    }

    /// Inserts rows that the city sets for all associations; they become those of the scope's own association, which only
    /// the city's scopes can write: others have no permission that leads here, and no association reads them as its city's.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_of_city<E>(&self, rows: Vec<E::Model>) -> Result<(), DbError>
    where
        E: CityOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        if rows.is_empty() {
            return Ok(());
        }
        let own = rows.into_iter().map(|row| {
            let mut row = row.into_active_model();
            row.set(E::CITY, self.scope.tenant.into());
            row
        });
        let statement = E::insert_many(own).build(self.transaction.dialect());
        self.transaction.execute(statement).await?;
        Ok(())
    }

    /// Begins a change of rows that the scope's own association has set as a city.
    pub fn update_of_city<E: CityOwned>(&self) -> Change<'_, E> {
        Change {
            transaction: &self.transaction,
            update: E::update_many().filter(E::CITY.eq(self.scope.tenant)),
            fixed: Some(E::CITY),
        }
    }

    /// Begins a change of rows inside the scope. It never gives a row to another tenant.
    pub fn update<E: TenantOwned>(&self) -> Change<'_, E> {
        let within = owned_by::<E>(self.scope.tenant, &self.scope.reach);
        Change {
            transaction: &self.transaction,
            update: E::update_many().filter(within),
            fixed: Some(E::TENANT),
        }
    }

    /// Begins a removal of rows inside the scope.
    pub fn delete<E: TenantOwned>(&self) -> Removal<'_, E> {
        let within = owned_by::<E>(self.scope.tenant, &self.scope.reach);
        Removal {
            transaction: &self.transaction,
            delete: E::delete_many().filter(within),
        }
    }

    /// Notes that a registration of this branch and ward went from one state to another; written when the transaction
    /// commits, for branch, ward and association, folded over all registrations of the transaction.
    pub fn count_registration(
        &self,
        place: (UnitId, UnitId),
        title: (LearningModel, i32),
        from: Option<RegistrationState>,
        to: RegistrationState,
    ) {
        self.tally.registration(place, title, from, to);
    }

    /// Notes that a registration went from one branch and ward to others, as it stands.
    pub fn count_moved_registration(
        &self,
        here: (UnitId, UnitId),
        there: (UnitId, UnitId),
        title: (LearningModel, i32),
        state: RegistrationState,
    ) {
        self.tally.moved_registration(here, there, title, state);
    }

    /// Notes that this branch and ward have so many subjects of a kind more, or fewer.
    pub fn count_subject(&self, place: (UnitId, UnitId), kind: SubjectKind, change: i64) {
        self.tally.subject(place, kind, change);
    }

    fn source(&self) -> Source<'_> {
        Source::Transaction(&self.transaction)
    }

    fn own<E>(&self, rows: Vec<E::Model>) -> Result<Vec<E::ActiveModel>, DbError>
    where
        E: TenantOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        rows.into_iter()
            .map(|row| {
                if !E::admits(&self.scope.reach, &row) {
                    return Err(DbError::OutOfReach);
                }
                let mut row = row.into_active_model();
                row.set(E::TENANT, self.scope.tenant.into());
                Ok(row)
            })
            .collect()
    }
}
