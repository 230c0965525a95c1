//! How a table of the house is made.
//!
//! [`TenantTable`] is the only way a migration makes a table whose rows belong to a tenant. It adds what no author may
//! forget: `tenant_id` at the front of the primary key, composite foreign keys that cannot point into another tenant,
//! unique keys that begin with the tenant, and on `PostgreSQL` forced row-level security with one equality policy.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::{CITY, SIGN_IN, TENANT};

/// What the city's read-only role may do with a tenant table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CityMay {
    /// Nothing: rows with personal data.
    Nothing,
    /// Read it across all tenants: the unit tree and the counters.
    Read,
}

/// What the sign-in role may do with a tenant table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInMay {
    /// Nothing.
    Nothing,
    /// Read it across all tenants: the posts of an account, before its tenant is known.
    Read,
}

/// What the tenant role may do with rows of its own tenant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TenantMay {
    /// Read and insert: journals. Nothing is ever changed or removed.
    Append,
    /// As `Append`, but for one column, a mark that is set later.
    AppendAndMark(&'static str),
    /// Read, insert and update.
    Change,
    /// Read, insert, update and delete.
    Everything,
}

/// A table whose rows belong to a tenant.
pub(crate) struct TenantTable {
    name: &'static str,
    key: Vec<&'static str>,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
    tenant: TenantMay,
    city: CityMay,
    sign_in: SignInMay,
}

impl TenantTable {
    /// A table with the primary key `(tenant_id, id)`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self::keyed(name, &["id"]).column(uuid("id"))
    }

    /// A table nobody refers to by id, with the primary key `(tenant_id, key..)`; its columns must be added.
    pub(crate) fn keyed(name: &'static str, key: &[&'static str]) -> Self {
        let mut table = Table::create();
        table.table(Alias::new(name)).col(uuid("tenant_id"));
        Self {
            name,
            key: key.to_vec(),
            table,
            indexes: Vec::new(),
            tenant: TenantMay::Change,
            city: CityMay::Nothing,
            sign_in: SignInMay::Nothing,
        }
    }

    /// Adds a column.
    pub(crate) fn column(mut self, mut column: ColumnDef) -> Self {
        self.table.col(&mut column);
        self
    }

    /// Adds a foreign key `(tenant_id, column)` to `(tenant_id, id)` of another tenant table.
    pub(crate) fn references(mut self, column: &'static str, target: &'static str) -> Self {
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_tenant_id_{column}", self.name))
                .from_col(Alias::new("tenant_id"))
                .from_col(Alias::new(column))
                .to_tbl(Alias::new(target))
                .to_col(Alias::new("tenant_id"))
                .to_col(Alias::new("id")),
        );
        self
    }

    /// Adds a foreign key to `id` of a table that belongs to no tenant.
    pub(crate) fn references_shared(mut self, column: &'static str, target: &'static str) -> Self {
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_{column}", self.name))
                .from_col(Alias::new(column))
                .to(Alias::new(target), Alias::new("id")),
        );
        self
    }

    /// Adds a unique key `(tenant_id, columns..)`.
    pub(crate) fn unique(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        index
            .name(format!("uq_{}_tenant_id_{}", self.name, columns.join("_")))
            .unique()
            .col(Alias::new("tenant_id"));
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.table.index(&mut index);
        self
    }

    /// Adds an index `(tenant_id, columns..)`.
    pub(crate) fn index(self, columns: &[&'static str]) -> Self {
        let mut all = vec!["tenant_id"];
        all.extend_from_slice(columns);
        self.index_across_tenants(&all)
    }

    /// Adds an index that does not begin with the tenant, for the roles that read across tenants.
    pub(crate) fn index_across_tenants(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        // PostgreSQL cuts names at 63 bytes, and nearly every index begins with the tenant
        let named: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| *column != "tenant_id")
            .collect();
        index
            .name(format!("ix_{}_{}", self.name, named.join("_")))
            .table(Alias::new(self.name));
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.indexes.push(index);
        self
    }

    /// What the tenant's own role may do; reading, inserting and updating unless said otherwise.
    pub(crate) fn tenant_may(mut self, may: TenantMay) -> Self {
        self.tenant = may;
        self
    }

    /// Lets the city's read-only role read the table across tenants.
    pub(crate) fn city_may(mut self, may: CityMay) -> Self {
        self.city = may;
        self
    }

    /// Lets the sign-in role read the table across tenants.
    pub(crate) fn sign_in_may(mut self, may: SignInMay) -> Self {
        self.sign_in = may;
        self
    }

    /// Makes the table, its indexes, and its locks.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub(crate) async fn create(mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut primary = Index::create();
        primary.name(format!("pk_{}", self.name)).col(Alias::new("tenant_id"));
        for column in &self.key {
            primary.col(Alias::new(*column));
        }
        self.table.primary_key(&mut primary);
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_tenant_id", self.name))
                .from_col(Alias::new("tenant_id"))
                .to(Alias::new("tenant"), Alias::new("id")),
        );
        let columns: Vec<String> = self
            .table
            .get_columns()
            .iter()
            .map(ColumnDef::get_column_name)
            .collect();
        manager.create_table(self.table.take()).await?;
        for index in &self.indexes {
            manager.create_index(index.clone()).await?;
        }
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                for statement in self.postgres_locks() {
                    manager.get_connection().execute_unprepared(&statement).await?;
                }
            }
            _ => {
                for statement in self.sqlite_locks(&columns) {
                    manager.get_connection().execute_unprepared(&statement).await?;
                }
            }
        }
        Ok(())
    }

    /// What keeps a journal as it is where there are no grants.
    fn sqlite_locks(&self, columns: &[String]) -> Vec<String> {
        let name = self.name;
        match self.tenant {
            TenantMay::Append => append_only(name, &[("UPDATE", false), ("DELETE", false)]),
            TenantMay::AppendAndMark(mark) => {
                let fixed: Vec<&str> = columns
                    .iter()
                    .map(String::as_str)
                    .filter(|column| *column != mark)
                    .collect();
                let mut statements = append_only(name, &[("DELETE", false)]);
                statements.push(format!(
                    "CREATE TRIGGER {name}_refuses_update BEFORE UPDATE OF {} ON {name} \
                     BEGIN SELECT RAISE(ABORT, '{name} takes no update'); END",
                    fixed.join(", ")
                ));
                statements
            }
            TenantMay::Change | TenantMay::Everything => Vec::new(),
        }
    }

    /// Row-level security, forced also on the owner; policies are one equality each, because anything else
    /// (`OR`, a sub-select) makes `PostgreSQL` read every tenant's rows (`api/docs/tenancy.md`).
    fn postgres_locks(&self) -> Vec<String> {
        let name = self.name;
        let verbs = match self.tenant {
            TenantMay::Append => "SELECT, INSERT".to_owned(),
            TenantMay::AppendAndMark(mark) => format!("SELECT, INSERT, UPDATE ({mark})"),
            TenantMay::Change => "SELECT, INSERT, UPDATE".to_owned(),
            TenantMay::Everything => "SELECT, INSERT, UPDATE, DELETE".to_owned(),
        };
        let mine = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid";
        let mut statements = vec![
            format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"),
            format!("CREATE POLICY tenant_only ON {name} FOR ALL TO {TENANT} USING ({mine}) WITH CHECK ({mine})"),
            format!("GRANT {verbs} ON {name} TO {TENANT}"),
        ];
        for (role, allowed) in [
            (CITY, self.city == CityMay::Read),
            (SIGN_IN, self.sign_in == SignInMay::Read),
        ] {
            if allowed {
                statements.push(format!(
                    "CREATE POLICY {role}_reads ON {name} FOR SELECT TO {role} USING (true)"
                ));
                statements.push(format!("GRANT SELECT ON {name} TO {role}"));
            }
        }
        statements
    }
}

/// A statement of the owner over rows of all associations. Row-level security is forced on the owner too, so it is lifted
/// from these tables for this one statement.
pub(crate) fn unforced(backend: DbBackend, tables: &[&str], statement: &str) -> Vec<String> {
    let force = |forced: &str| {
        let alter = |table: &&str| format!("ALTER TABLE {table} {forced} ROW LEVEL SECURITY");
        tables.iter().map(alter).collect::<Vec<_>>()
    };
    let statement = vec![statement.to_owned()];
    match backend {
        DbBackend::Postgres => [force("NO FORCE"), statement, force("FORCE")].concat(),
        _ => statement,
    }
}

/// What keeps a table from verbs it does not allow on `SQLite`, which has no grants.
pub(crate) fn append_only(name: &str, verbs: &[(&str, bool)]) -> Vec<String> {
    let refused = verbs.iter().filter(|(_, allowed)| !allowed);
    refused
        .map(|(verb, _)| {
            let lower = verb.to_lowercase();
            format!(
                "CREATE TRIGGER {name}_refuses_{lower} BEFORE {verb} ON {name} \
                 BEGIN SELECT RAISE(ABORT, '{name} takes no {lower}'); END"
            )
        })
        .collect()
}

/// A UUID column that must have a value.
pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).uuid().not_null().take()
}

/// A UUID column that may be empty.
pub(crate) fn uuid_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).uuid().null().take()
}

/// Text that must have a value.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().take()
}

/// Text that may be empty.
pub(crate) fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().null().take()
}

/// Text compared byte by byte on both databases: folded search keys, read by range.
///
/// Without `COLLATE "C"` a `PostgreSQL` cluster's own collation would decide what a range holds, and its comparison
/// could not use the index under row-level security.
pub(crate) fn key_text(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.text().not_null();
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column.take()
}

/// Bytes that must have a value: sort keys, hashes.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().not_null().take()
}

/// A moment in UTC that must have a value.
pub(crate) fn moment(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .timestamp_with_time_zone()
        .not_null()
        .take()
}

/// A moment in UTC that may be empty.
pub(crate) fn moment_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .timestamp_with_time_zone()
        .null()
        .take()
}

/// A day that must have a value.
pub(crate) fn day(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).date().not_null().take()
}

/// A day that may be empty.
pub(crate) fn day_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).date().null().take()
}

/// A 32-bit number that must have a value.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().take()
}

/// A number that may be empty.
pub(crate) fn number_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().null().take()
}

/// A 64-bit number that must have a value.
pub(crate) fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().take()
}

/// A 64-bit number that may be empty.
pub(crate) fn count_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().null().take()
}

/// A yes or no that must have a value; no unless said.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .boolean()
        .not_null()
        .default(false)
        .take()
}
