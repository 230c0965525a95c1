//! Filling an empty association by the million rows: for the demo city and for measuring, not for requests.
//!
//! There is no reach here, because nobody acts; the tenant is still the first column of every row, and `PostgreSQL`
//! still refuses any other.

use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryTrait, Statement};

use super::backend::{Lane, Transaction};
use super::{Db, DbError, Shared, TenantOwned};
use crate::id::TenantId;

/// `SQLite` takes 32,766 bound values a statement; larger statements are not faster.
const VALUES_PER_STATEMENT: usize = 12_000;

/// A transaction that fills one association.
pub struct Bulk<'a> {
    db: &'a Db,
    tenant: TenantId,
    transaction: Transaction,
}

impl Db {
    /// Begins to fill an association.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn bulk(&self, tenant: TenantId) -> Result<Bulk<'_>, DbError> {
        let transaction = self.backend.begin(Lane::Tenant(tenant)).await?;
        transaction.hurry().await?;
        Ok(Bulk {
            db: self,
            tenant,
            transaction,
        })
    }
}

impl Bulk<'_> {
    /// Inserts rows, in statements of a sensible size; their tenant becomes this association's.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert<E>(&self, rows: Vec<E::Model>) -> Result<(), DbError>
    where
        E: TenantOwned,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let tenant = self.tenant;
        self.insert_as::<E>(rows, |row| row.set(E::TENANT, tenant.into())).await
    }

    /// Inserts rows of a table that belongs to no tenant.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn insert_shared<E>(&self, rows: Vec<E::Model>) -> Result<(), DbError>
    where
        E: Shared,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        self.insert_as::<E>(rows, |_| ()).await
    }

    /// Keeps what was inserted.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn commit(self) -> Result<(), DbError> {
        self.transaction.commit().await
    }

    async fn insert_as<E>(&self, rows: Vec<E::Model>, mut own: impl FnMut(&mut E::ActiveModel)) -> Result<(), DbError>
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let columns = <E::Column as sea_orm::Iterable>::iter().count().max(1);
        let mut text = None;
        let mut rows = rows.into_iter().peekable();
        let mut next = || {
            rows.peek()?;
            let some = rows.by_ref().take(VALUES_PER_STATEMENT / columns).map(|row| {
                let mut row = row.into_active_model();
                own(&mut row);
                row
            });
            Some(self.statement::<E>(some.collect(), &mut text))
        };
        let mut ready = next();
        while let Some(statement) = ready {
            // while the database works on one, the next is made
            let (done, made) = tokio::join!(self.transaction.execute(statement), async { next() });
            done?;
            ready = made;
        }
        Ok(())
    }

    /// One statement for some rows. Its text is long and depends on their number only: it is made once, and kept in `text`.
    fn statement<E: EntityTrait>(&self, rows: Vec<E::ActiveModel>, text: &mut Option<(usize, String)>) -> Statement {
        let dialect = self.db.backend.dialect();
        let count = rows.len();
        match text {
            Some((known, text)) if *known == count => {
                let values = rows.into_iter().flat_map(|mut row| {
                    let columns = <E::Column as sea_orm::Iterable>::iter();
                    columns
                        .filter_map(|column| row.take(column).into_value())
                        .collect::<Vec<_>>()
                });
                Statement::from_sql_and_values(dialect, text.clone(), values)
            }
            _ => {
                let statement = E::insert_many(rows).build(dialect);
                *text = Some((count, statement.sql.clone()));
                statement
            }
        }
    }
}
