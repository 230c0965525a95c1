//! A table of the sign-in role: what belongs to a person and to no tenant.
//!
//! The other two roles have no right on it at all, so a fault in an association's work cannot reach a session. What the
//! role itself may do is the least that works: rows are added and read unless the table says more.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::SIGN_IN;
use crate::table::{append_only, uuid};

/// Begins with the primary key `id`.
pub(crate) struct PersonalTable {
    name: &'static str,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
    verbs: Vec<&'static str>,
}

impl PersonalTable {
    /// A table whose rows are added and read.
    pub(crate) fn new(name: &'static str) -> Self {
        let mut table = Table::create();
        table.table(Alias::new(name)).col(uuid("id").primary_key());
        Self {
            name,
            table: table.take(),
            indexes: Vec::new(),
            verbs: vec!["SELECT", "INSERT"],
        }
    }

    /// Adds a column.
    pub(crate) fn column(mut self, column: ColumnDef) -> Self {
        self.table.col(column);
        self
    }

    /// Adds a foreign key to `id` of another table without a tenant.
    pub(crate) fn references(mut self, column: &'static str, target: &'static str) -> Self {
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_{column}", self.name))
                .from_col(Alias::new(column))
                .to(Alias::new(target), Alias::new("id")),
        );
        self
    }

    /// Adds a unique key.
    pub(crate) fn unique(mut self, columns: &[&'static str]) -> Self {
        let mut index = self.named("uq", columns);
        index.unique();
        self.indexes.push(index);
        self
    }

    /// Adds an index.
    pub(crate) fn index(mut self, columns: &[&'static str]) -> Self {
        let index = self.named("ix", columns);
        self.indexes.push(index);
        self
    }

    /// Lets rows be changed.
    pub(crate) fn may_change(mut self) -> Self {
        self.verbs.push("UPDATE");
        self
    }

    /// Lets rows be removed.
    pub(crate) fn may_remove(mut self) -> Self {
        self.verbs.push("DELETE");
        self
    }

    /// Makes the table, its indexes and its grants.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub(crate) async fn create(mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.table.take()).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => vec![format!("GRANT {} ON {} TO {SIGN_IN}", self.verbs.join(", "), self.name)],
            _ => append_only(
                self.name,
                &["UPDATE", "DELETE"].map(|verb| (verb, self.verbs.contains(&verb))),
            ),
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn named(&self, prefix: &str, columns: &[&'static str]) -> IndexCreateStatement {
        let mut index = Index::create();
        index
            .name(format!("{prefix}_{}_{}", self.name, columns.join("_")))
            .table(Alias::new(self.name));
        for column in columns {
            index.col(Alias::new(*column));
        }
        index.take()
    }
}
