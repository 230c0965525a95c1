//! What `khuyenhoc doctor` looks at inside the database: whether the second lock is shut, and whether the file is sound.
//!
//! Everything else leaves the dialect to `backend`. This cannot: what it asks is exactly what only one database has
//! (roles and policies there, pragmas and triggers here), and it must ask as the owner, past the doors whose soundness
//! is in question. It opens connections of its own, reads catalogues, changes nothing, and answers plain sentences.

mod grants;
mod notes;
mod policies;
mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement,
};

use super::{DbError, Settings};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// As it should be.
    Fine,
    /// Works, but the operator should know.
    Warning,
    /// Must be mended before the installation is used.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// What to do about it; empty when all is well.
    pub remedy: String,
}

impl Finding {
    /// All is well.
    pub fn fine(what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fine,
            what: what.into(),
            remedy: String::new(),
        }
    }

    /// Something the operator should know.
    pub fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Something that must be mended.
    pub fn failure(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Failure,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// What is in a database, told without changing it and without believing that it is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its tables; on `PostgreSQL` those of the schema `public`, with views.
    pub tables: Vec<String>,
    /// The names of its marks (table `installation`), where it has that table.
    pub marks: Vec<String>,
    /// The application's roles that the server has already, for this database or another; none on `SQLite`.
    pub roles: Vec<String>,
}

/// The file of a `SQLite` URL as the driver reads it (`%20` is a space); `None` for any other URL.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") {
        return None;
    }
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).ok()?;
    Some(options.get_filename().to_path_buf())
}

/// Looks into a database as its owner.
///
/// # Errors
/// It cannot be reached, or is no database; a missing `SQLite` file is not made.
pub async fn contents(owner_url: &str) -> Result<Contents, DbError> {
    let db = connect(owner_url, None).await?;
    let answer = contents_of(&db).await;
    db.close().await?;
    Ok(answer?)
}

async fn contents_of(db: &DatabaseConnection) -> Result<Contents, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1"
        }
        _ => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1",
    };
    let tables: Vec<String> = column(db, sql, "name").await?;
    let marks = if tables.iter().any(|table| table == "installation") {
        column(db, "SELECT name FROM installation ORDER BY 1", "name").await?
    } else {
        Vec::new()
    };
    let roles = match db.get_database_backend() {
        DbBackend::Postgres => {
            let known: Vec<String> =
                column(db, "SELECT rolname::text AS name FROM pg_roles ORDER BY 1", "name").await?;
            let ours = |name: &String| postgres::ROLES.contains(&name.as_str());
            known.into_iter().filter(ours).collect()
        }
        _ => Vec::new(),
    };
    Ok(Contents { tables, marks, roles })
}

/// Looks at everything, as the owner and, on `PostgreSQL`, as each role of the application; `clock` tells our time, to
/// be compared with the database's.
///
/// # Errors
/// The database cannot be reached or asked as its owner. A role that cannot connect is a finding, not an error.
pub async fn inspect(
    owner_url: &str,
    settings: &Settings,
    clock: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> Result<Vec<Finding>, DbError> {
    let db = connect(owner_url, None).await?;
    let answer = match db.get_database_backend() {
        DbBackend::Postgres => postgres::findings(&db, settings, clock).await,
        _ => sqlite::findings(&db).await,
    };
    db.close().await?;
    Ok(answer?)
}

/// One connection: as the owner, or as a role with its password.
async fn connect(url: &str, role: Option<(&'static str, Option<String>)>) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|file| file.create_if_missing(false).foreign_keys(true));
    if let Some((role, password)) = role {
        options.map_sqlx_postgres_opts(move |connect| {
            let connect = connect.username(role);
            match &password {
                Some(password) => connect.password(password),
                None => connect,
            }
        });
    }
    Database::connect(options).await
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
}

async fn column<T: sea_orm::TryGetable>(db: &DatabaseConnection, sql: &str, name: &str) -> Result<Vec<T>, DbErr> {
    rows(db, sql).await?.iter().map(|row| row.try_get("", name)).collect()
}
