//! Tables of the city's own acts: every association reads them, the city alone writes them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::{CITY, TENANT};
use crate::table::{append_only, uuid};

/// A table whose rows the city association sets for everybody.
pub(crate) struct CityTable {
    name: &'static str,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
    changes: bool,
}

impl CityTable {
    /// A table with the primary key `(city_id, key..)`; the key's columns must be added.
    pub(crate) fn keyed(name: &'static str, key: &[&'static str]) -> Self {
        let mut primary = Index::create();
        primary.name(format!("pk_{name}")).col(Alias::new("city_id"));
        for column in key {
            primary.col(Alias::new(*column));
        }
        let mut table = Table::create();
        table
            .table(Alias::new(name))
            .col(uuid("city_id"))
            .primary_key(&mut primary)
            .foreign_key(
                ForeignKey::create()
                    .name(format!("fk_{name}_city_id"))
                    .from_col(Alias::new("city_id"))
                    .to(Alias::new("tenant"), Alias::new("id")),
            );
        Self {
            name,
            table,
            indexes: Vec::new(),
            changes: false,
        }
    }

    /// Adds a column.
    pub(crate) fn column(mut self, mut column: ColumnDef) -> Self {
        self.table.col(&mut column);
        self
    }

    /// Adds an index `(city_id, columns..)`.
    pub(crate) fn index(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        index
            .name(format!("ix_{}_{}", self.name, columns.join("_")))
            .table(Alias::new(self.name))
            .col(Alias::new("city_id"));
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.indexes.push(index);
        self
    }

    /// Adds a unique key `(city_id, columns..)`.
    pub(crate) fn unique(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        index
            .name(format!("uq_{}_{}", self.name, columns.join("_")))
            .unique()
            .col(Alias::new("city_id"));
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.table.index(&mut index);
        self
    }

    /// Lets the city change rows; otherwise they are only ever added.
    pub(crate) fn may_change(mut self) -> Self {
        self.changes = true;
        self
    }

    /// Makes the table, its indexes, and its locks.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub(crate) async fn create(mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.table.take()).await?;
        for index in &self.indexes {
            manager.create_index(index.clone()).await?;
        }
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => self.postgres_locks(),
            _ => append_only(self.name, &[("UPDATE", self.changes), ("DELETE", false)]),
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn postgres_locks(&self) -> Vec<String> {
        let name = self.name;
        let mine = "city_id = nullif(current_setting('app.tenant', true), '')::uuid";
        let mut statements = vec![
            format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"),
            format!("CREATE POLICY everybody_reads ON {name} FOR SELECT TO {TENANT}, {CITY} USING (true)"),
            format!("CREATE POLICY own_insert ON {name} FOR INSERT TO {TENANT} WITH CHECK ({mine})"),
            format!("GRANT SELECT ON {name} TO {TENANT}, {CITY}"),
            format!("GRANT INSERT ON {name} TO {TENANT}"),
        ];
        if self.changes {
            statements.push(format!(
                "CREATE POLICY own_update ON {name} FOR UPDATE TO {TENANT} USING ({mine}) WITH CHECK ({mine})"
            ));
            statements.push(format!("GRANT UPDATE ON {name} TO {TENANT}"));
        }
        statements
    }
}
