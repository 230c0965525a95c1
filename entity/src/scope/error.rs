//! What the database answers when it does not do as asked.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why a read or a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with this key is already there; the text names the constraint or its columns, not the values.
    #[error("unique key violated: {0}")]
    Unique(String),
    /// A row that is referred to is not there, or not in this association.
    #[error("foreign key violated: {0}")]
    Reference(String),
    /// The row to be written lies outside the scope's reach.
    #[error("a row outside the scope's reach was to be written")]
    OutOfReach,
    /// The database cannot be reached, is full up, or gave up waiting; the same may work a moment later.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// Anything else: a bug of ours or damage of the database's.
    #[error("database error: {0}")]
    Other(String),
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Unique(constraint(&error)),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::Reference(constraint(&error)),
            _ => {}
        }
        if is_passing(&error) {
            Self::Unavailable(summary(&error))
        } else {
            Self::Other(summary(&error))
        }
    }
}

/// The driver's error inside the mapper's, if there is one.
fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

/// The name of the constraint on `PostgreSQL`, its columns on `SQLite`; never a value of the row.
fn constraint(error: &DbErr) -> String {
    let Some(database) = driver(error).and_then(sqlx::Error::as_database_error) else {
        return String::new();
    };
    database.constraint().map_or_else(
        || database.message().rsplit(": ").next().unwrap_or_default().to_owned(),
        ToOwned::to_owned,
    )
}

/// The error without values: `PostgreSQL` puts them into the detail, which is left out here.
fn summary(error: &DbErr) -> String {
    match driver(error).map(|inner| (inner, inner.as_database_error())) {
        Some((_, Some(database))) => {
            format!("{}: {}", database.code().unwrap_or_default(), database.message())
        }
        Some((inner, None)) => inner.to_string(),
        None => error.to_string(),
    }
}

fn is_passing(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    match driver(error) {
        Some(sqlx::Error::Database(database)) => {
            let code = database.code().unwrap_or_default();
            // 08 connection, 40 serialization and deadlock, 53 resources, 55P03 lock time-out, 57 shutdown and
            // statement time-out; 5 and 6 (and their extensions) are SQLite's busy and locked
            ["08", "40", "53", "55P03", "57"]
                .iter()
                .any(|class| code.len() == 5 && code.starts_with(class))
                || code
                    .parse::<u32>()
                    .is_ok_and(|number| code.len() < 5 && matches!(number & 0xff, 5 | 6))
        }
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
        ) => true,
        _ => false,
    }
}
