//! Past the code: SQL as the roles the product connects as, and either of the two locks taken away for a test.
//!
//! A lock is proven only where nothing else could have held: the application's filter without row-level security, and
//! row-level security without the filter, without grants and without foreign keys.

use entity::id::TenantId;

use crate::database::{Database, Kind, Rows, sql_at};

/// How the tenant's role learns its tenant; the product knows both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// An option of the connection.
    ToConnection,
    /// A setting of the transaction.
    ToTransaction,
}

impl Bound {
    /// Both, for tests that loop.
    pub const ALL: [Self; 2] = [Self::ToConnection, Self::ToTransaction];
}

/// Every table of the product, from the catalogue of the database itself, sorted.
pub async fn tables(database: &Database) -> Vec<String> {
    let sql = match database.kind() {
        Kind::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        }
        Kind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
    };
    first_column(database.sql(sql).await)
}

/// Every table with a tenant, from the catalogue of the database itself, sorted.
pub async fn tenant_tables(database: &Database) -> Vec<String> {
    let sql = match database.kind() {
        Kind::Postgres => {
            "SELECT table_name::text FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1"
        }
        Kind::Sqlite => {
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name = 'tenant_id' ORDER BY 1"
        }
    };
    first_column(database.sql(sql).await)
}

/// Takes the second lock away: no table has row-level security any more. On `SQLite`, which has none, nothing changes.
///
/// # Panics
/// When a table still has it.
pub async fn switch_row_level_security_off(database: &Database) {
    if database.kind() == Kind::Sqlite {
        return;
    }
    for table in tables(database).await {
        database
            .sql(&format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
            .await;
    }
    let unlocked = sql_as(database, "khuyenhoc_tenant", "SELECT COUNT(*) > 0 FROM household").await;
    let seen = unlocked.expect("a count without a tenant");
    assert_eq!(seen, [[Some("t".to_owned())]], "row-level security is still on");
}

/// Takes everything away but row-level security: each role may do everything with every table, and no foreign key
/// stands in the way of a change.
pub async fn leave_row_level_security_only(database: &Database) {
    let keys = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
                FROM pg_constraint WHERE contype = 'f'";
    for drop_key in first_column(database.sql(keys).await) {
        database.sql(&drop_key).await;
    }
    let roles = "khuyenhoc_tenant, khuyenhoc_city, khuyenhoc_signin";
    database
        .sql(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {roles}"))
        .await;
}

/// Runs SQL as a role, in a transaction that is undone. Returns the rows of all statements.
///
/// # Errors
/// What the database answered.
pub async fn sql_as(database: &Database, role: &str, sql: &str) -> Result<Rows, String> {
    undone(&database.url_as(role), sql).await
}

/// Runs SQL as the tenants' role bound to a tenant, in a transaction that is undone. Returns the rows of all statements.
///
/// # Errors
/// What the database answered.
pub async fn sql_as_tenant(database: &Database, tenant: TenantId, bound: Bound, sql: &str) -> Result<Rows, String> {
    let url = database.url_as("khuyenhoc_tenant");
    match bound {
        Bound::ToConnection => undone(&format!("{url}?options[app.tenant]={tenant}"), sql).await,
        Bound::ToTransaction => undone(&url, &format!("SET LOCAL app.tenant = '{tenant}'; {sql}")).await,
    }
}

async fn undone(url: &str, sql: &str) -> Result<Rows, String> {
    let rows = sql_at(url, &format!("BEGIN; {sql}; ROLLBACK")).await;
    rows.map_err(|error| error.to_string())
}

fn first_column(rows: Rows) -> Vec<String> {
    rows.into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect()
}
