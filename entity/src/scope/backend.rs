//! The only room that knows which database there is.
//!
//! `PostgreSQL`: three roles, each with connections of its own ([`postgres`]); those of the tenants' role carry the
//! tenant ([`session`]).
//! `SQLite`: one file with a write-ahead log; writers take turns in a queue of ours, because the database's own retry
//! loop is not fair.

mod ear;
mod postgres;
mod session;

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

pub use self::ear::Ear;
use self::postgres::{Lease, Postgres};
use super::{DbError, Settings};
use crate::id::TenantId;

/// How long a request waits for a connection, or a `SQLite` writer for its turn, before it is told to come back.
const WAIT: Duration = Duration::from_secs(3);
/// `SQLite` readers beside the one writer.
const SQLITE_CONNECTIONS: u32 = 8;

/// `PostgreSQL` need not wait for the disk here: whatever is committed later the usual way brings this along.
const COMMIT_SOON: &str = "SET LOCAL synchronous_commit = off";
/// `SQLite` keeps the pages of one association's indexes in memory (256 MiB), where by default (2 MiB) it writes and reads
/// them again with nearly every row. It holds for the connection.
const LARGE_CACHE: &str = "PRAGMA cache_size = -262144";

/// On whose behalf a statement runs; on `PostgreSQL` each is another role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// One tenant's rows.
    Tenant(TenantId),
    /// The city's read-only view over all tenants: units and counters.
    City,
    /// Accounts, posts and keys, before a tenant is known.
    SignIn,
}

/// An open database.
pub(crate) struct Backend {
    kind: Kind,
    statements: AtomicU64,
}

enum Kind {
    Sqlite {
        pool: DatabaseConnection,
        turn: Arc<Semaphore>,
    },
    Postgres(Box<Postgres>),
}

/// What a transaction is begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Reading only; every statement sees the same moment.
    Snapshot,
    /// One statement that reads.
    Read,
    Write,
}

/// A transaction; dropping it undoes what it did.
pub(crate) struct Transaction {
    // declared before the lease: it ends before its connection is lent again
    inner: DatabaseTransaction,
    backend: Arc<Backend>,
    _writer: Option<OwnedSemaphorePermit>,
    _lease: Option<Lease>,
}

impl Backend {
    pub(crate) async fn open(settings: Settings) -> Result<Self, DbError> {
        let kind = if settings.url.starts_with("sqlite:") {
            Kind::Sqlite {
                pool: open_sqlite(&settings.url).await?,
                turn: Arc::new(Semaphore::new(1)),
            }
        } else {
            Kind::Postgres(Box::new(Postgres::open(&settings)?))
        };
        Ok(Self {
            kind,
            statements: AtomicU64::new(0),
        })
    }

    /// How many statements have run since the start; transaction control is not counted.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The dialect that statements are to be written in.
    pub(crate) fn dialect(&self) -> DbBackend {
        match self.kind {
            Kind::Sqlite { .. } => DbBackend::Sqlite,
            Kind::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// The condition under which a change is shown to copies: no transaction that is still open has a lower number, so
    /// nothing can come to stand before what has been read. Where writers take turns there is nothing to wait for.
    pub(crate) fn settled(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Sqlite { .. } => None,
            Kind::Postgres(_) => {
                Some("record_change.xid < (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)")
            }
        }
    }

    /// Runs one reading statement.
    pub(crate) async fn query(&self, lane: Lane, statement: Statement) -> Result<Vec<QueryResult>, DbError> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.kind {
            Kind::Sqlite { pool, .. } => Ok(pool.query_all_raw(statement).await?),
            Kind::Postgres(postgres) => postgres.query(lane, statement).await,
        }
    }

    /// Begins a read-only transaction in which every statement sees the same moment.
    pub(crate) async fn snapshot(self: &Arc<Self>, lane: Lane) -> Result<Transaction, DbError> {
        match &self.kind {
            // a reading transaction of SQLite's sees one moment by itself
            Kind::Sqlite { pool, .. } => Ok(self.transaction(pool.begin().await?, None, None)),
            Kind::Postgres(postgres) => {
                let (inner, lease) = postgres.begin(lane, Access::Snapshot).await?;
                Ok(self.transaction(inner, None, Some(lease)))
            }
        }
    }

    /// Begins a write transaction.
    pub(crate) async fn begin(self: &Arc<Self>, lane: Lane) -> Result<Transaction, DbError> {
        match &self.kind {
            Kind::Sqlite { pool, turn } => {
                let turn = within_wait(Arc::clone(turn).acquire_owned()).await?;
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                let inner = pool.begin_with_options(options).await?;
                Ok(self.transaction(inner, Some(turn), None))
            }
            Kind::Postgres(postgres) => {
                let (inner, lease) = postgres.begin(lane, Access::Write).await?;
                Ok(self.transaction(inner, None, Some(lease)))
            }
        }
    }

    /// Says on `PostgreSQL` that an association's outbox was told.
    pub(crate) async fn say_told(&self, tenant: TenantId) -> Result<(), DbError> {
        if let Kind::Postgres(_) = self.kind {
            let values = [ear::CHANNEL.into(), tenant.to_string().into()];
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
            self.query(Lane::SignIn, statement).await?;
        }
        Ok(())
    }

    /// Listens to what is said; `None` where nothing can be heard.
    pub(crate) async fn listen(&self) -> Result<Option<Ear>, DbError> {
        let listening = match &self.kind {
            Kind::Sqlite { .. } => None,
            Kind::Postgres(postgres) => postgres.listening(),
        };
        match listening {
            Some(opening) => Ok(Some(Ear::open(opening).await?)),
            None => Ok(None),
        }
    }

    fn transaction(
        self: &Arc<Self>,
        inner: DatabaseTransaction,
        writer: Option<OwnedSemaphorePermit>,
        lease: Option<Lease>,
    ) -> Transaction {
        Transaction {
            inner,
            backend: Arc::clone(self),
            _writer: writer,
            _lease: lease,
        }
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Sqlite { pool, .. } => drop(pool.close_by_ref().await),
            Kind::Postgres(postgres) => postgres.close().await,
        }
    }
}

impl Transaction {
    /// The dialect that statements are to be written in.
    pub(crate) fn dialect(&self) -> DbBackend {
        self.backend.dialect()
    }

    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbError> {
        self.backend.statements.fetch_add(1, Ordering::Relaxed);
        Ok(self.inner.query_all_raw(statement).await?)
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, DbError> {
        self.backend.statements.fetch_add(1, Ordering::Relaxed);
        Ok(self.inner.execute_raw(statement).await?.rows_affected())
    }

    /// Makes filling an empty association quick, at no risk to what others commit.
    pub(crate) async fn hurry(&self) -> Result<(), DbError> {
        let setting = match self.dialect() {
            DbBackend::Postgres => COMMIT_SOON,
            _ => LARGE_CACHE,
        };
        self.execute(Statement::from_string(self.dialect(), setting)).await?;
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.inner.commit().await?)
    }
}

async fn open_sqlite(url: &str) -> Result<DatabaseConnection, DbErr> {
    // fails early, with the file's name, when there is no file: only `migrate` and `demo` make one
    let file = sqlx::sqlite::SqliteConnectOptions::from_str(url)
        .map_err(|error| DbErr::Conn(sea_orm::RuntimeErr::Internal(error.to_string())))?;
    if !file.get_filename().exists() {
        return Err(DbErr::Conn(sea_orm::RuntimeErr::Internal(format!(
            "no database file {}; make it with `khuyenhoc migrate`",
            file.get_filename().display()
        ))));
    }
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(WAIT)
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|connect| {
        connect
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .pragma("temp_store", "memory")
    });
    Database::connect(options).await
}

/// Waits for permits, but not for ever.
async fn within_wait<T>(permits: impl Future<Output = Result<T, AcquireError>>) -> Result<T, DbError> {
    match tokio::time::timeout(WAIT, permits).await {
        Ok(Ok(permits)) => Ok(permits),
        Ok(Err(_)) | Err(_) => Err(DbError::Unavailable("every database connection is busy".to_owned())),
    }
}
