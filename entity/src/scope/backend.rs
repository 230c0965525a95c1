//! The only file that knows which database there is.
//!
//! `PostgreSQL`: three roles, each with pools of its own. A tenant's pool is small and lazy; its connections carry
//! `app.tenant` from the moment they are opened ([`Binding::Connection`]), so a read is one round trip and a tenant can
//! take no more than its share on deadline day. Where a pooler or Citus stands in between, the tenant is bound inside
//! each transaction instead ([`Binding::Transaction`]).
//! `SQLite`: one file with a write-ahead log; writers take turns in a queue of ours, because the database's own retry
//! loop is not fair.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use super::{Binding, DbError, Settings};
use crate::id::TenantId;

const TENANT_ROLE: &str = "khuyenhoc_tenant";
const CITY_ROLE: &str = "khuyenhoc_city";
const SIGN_IN_ROLE: &str = "khuyenhoc_signin";
/// How long a request waits for a connection, or a `SQLite` writer for its turn, before it is told to come back.
const WAIT: Duration = Duration::from_secs(3);
/// Connections that wait idle longer are closed, so that thirty tenants do not hold a city's worth of them at night.
const IDLE: Duration = Duration::from_secs(60);
/// Connections idle for longer are tried before they are used again: a restarted server is noticed without a failed
/// request, and a busy connection pays no extra round trip.
const SUSPECT_AFTER: Duration = Duration::from_secs(5);
/// `SQLite` readers beside the one writer.
const SQLITE_CONNECTIONS: u32 = 8;

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

struct Postgres {
    settings: Settings,
    tenants: Mutex<HashMap<Option<TenantId>, Arc<Pool>>>,
    tenant_connections: u32,
    tenant_permits: Arc<Semaphore>,
    city: DatabaseConnection,
    sign_in: DatabaseConnection,
}

struct Pool {
    connection: DatabaseConnection,
    /// One permit for each connection: who waits for the own share of a tenant holds nothing of the others'.
    turns: Arc<Semaphore>,
    used: AtomicU64,
}

/// The right to use one connection: the tenant's share first, then the whole bound.
type Turn = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// A write transaction; dropping it undoes what it did.
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    backend: Arc<Backend>,
    _writer: Option<OwnedSemaphorePermit>,
    _turn: Option<Turn>,
    _pool: Option<Arc<Pool>>,
}

impl Backend {
    pub(crate) async fn open(settings: Settings) -> Result<Self, DbError> {
        let kind = if settings.url.starts_with("sqlite:") {
            Kind::Sqlite {
                pool: open_sqlite(&settings.url).await?,
                turn: Arc::new(Semaphore::new(1)),
            }
        } else {
            let aside = (settings.connections / 8).max(2);
            let city = settings.postgres(CITY_ROLE, aside, None).await?;
            let sign_in = settings.postgres(SIGN_IN_ROLE, aside, None).await?;
            let tenants = settings.connections.saturating_sub(2 * aside).max(2);
            Kind::Postgres(Box::new(Postgres {
                tenant_permits: Arc::new(Semaphore::new(usize::try_from(tenants).unwrap_or(2))),
                tenants: Mutex::default(),
                tenant_connections: tenants,
                settings,
                city,
                sign_in,
            }))
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
        let (turn, pool, connection) = match &self.kind {
            Kind::Sqlite { pool, .. } => (None, None, pool.clone()),
            Kind::Postgres(postgres) => postgres.connection(lane).await?,
        };
        let inner = match self.kind {
            // a reading transaction of SQLite's sees one moment by itself
            Kind::Sqlite { .. } => connection.begin().await?,
            Kind::Postgres(_) => {
                let (moment, reads) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                connection.begin_with_config(Some(moment), Some(reads)).await?
            }
        };
        if let Kind::Postgres(postgres) = &self.kind {
            postgres.bind(lane, &inner).await?;
        }
        Ok(Transaction {
            inner,
            backend: Arc::clone(self),
            _writer: None,
            _turn: turn,
            _pool: pool,
        })
    }

    /// Begins a write transaction.
    pub(crate) async fn begin(self: &Arc<Self>, lane: Lane) -> Result<Transaction, DbError> {
        match &self.kind {
            Kind::Sqlite { pool, turn } => {
                let turn = wait_for(turn).await?;
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                let inner = pool.begin_with_options(options).await?;
                Ok(Transaction {
                    inner,
                    backend: Arc::clone(self),
                    _writer: Some(turn),
                    _turn: None,
                    _pool: None,
                })
            }
            Kind::Postgres(postgres) => {
                let (turn, pool, connection) = postgres.connection(lane).await?;
                let inner = connection.begin().await?;
                postgres.bind(lane, &inner).await?;
                Ok(Transaction {
                    inner,
                    backend: Arc::clone(self),
                    _writer: None,
                    _turn: turn,
                    _pool: pool,
                })
            }
        }
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Sqlite { pool, .. } => drop(pool.close_by_ref().await),
            Kind::Postgres(postgres) => {
                for pool in postgres.tenants.lock().await.values() {
                    drop(pool.connection.close_by_ref().await);
                }
                drop(postgres.city.close_by_ref().await);
                drop(postgres.sign_in.close_by_ref().await);
            }
        }
    }
}

impl Transaction {
    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbError> {
        self.backend.statements.fetch_add(1, Ordering::Relaxed);
        Ok(self.inner.query_all_raw(statement).await?)
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, DbError> {
        self.backend.statements.fetch_add(1, Ordering::Relaxed);
        Ok(self.inner.execute_raw(statement).await?.rows_affected())
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.inner.commit().await?)
    }
}

impl Postgres {
    async fn query(&self, lane: Lane, statement: Statement) -> Result<Vec<QueryResult>, DbError> {
        let (_turn, _pool, connection) = self.connection(lane).await?;
        if self.settings.binding == Binding::Connection || !matches!(lane, Lane::Tenant(_)) {
            return Ok(connection.query_all_raw(statement).await?);
        }
        let transaction = connection.begin().await?;
        self.bind(lane, &transaction).await?;
        let rows = transaction.query_all_raw(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Binds the tenant to the transaction, where it is not bound to the connection.
    async fn bind(&self, lane: Lane, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        if let (Lane::Tenant(tenant), Binding::Transaction) = (lane, self.settings.binding) {
            let sql = "SELECT set_config('app.tenant', $1, true)";
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [tenant.to_string().into()]);
            transaction.query_one_raw(statement).await?;
        }
        Ok(())
    }

    async fn connection(&self, lane: Lane) -> Result<(Option<Turn>, Option<Arc<Pool>>, DatabaseConnection), DbError> {
        match lane {
            Lane::City => Ok((None, None, self.city.clone())),
            Lane::SignIn => Ok((None, None, self.sign_in.clone())),
            Lane::Tenant(tenant) => {
                let pool = self.tenant_pool(tenant).await?;
                let own_share = wait_for(&pool.turns).await?;
                let turn = wait_for(&self.tenant_permits).await?;
                let connection = pool.connection.clone();
                Ok((Some((own_share, turn)), Some(pool), connection))
            }
        }
    }

    async fn tenant_pool(&self, tenant: TenantId) -> Result<Arc<Pool>, DbError> {
        let (key, size) = match self.settings.binding {
            Binding::Connection => (Some(tenant), self.settings.connections_per_tenant),
            Binding::Transaction => (None, self.tenant_connections),
        };
        let mut pools = self.tenants.lock().await;
        let newest = pools
            .values()
            .map(|pool| pool.used.load(Ordering::Relaxed))
            .max()
            .unwrap_or(0);
        if let Some(pool) = pools.get(&key) {
            pool.used.store(newest + 1, Ordering::Relaxed);
            return Ok(Arc::clone(pool));
        }
        self.make_room(&mut pools);
        let connection = self.settings.postgres(TENANT_ROLE, size, key).await?;
        let pool = Arc::new(Pool {
            connection,
            turns: Arc::new(Semaphore::new(usize::try_from(size.max(1)).unwrap_or(1))),
            used: AtomicU64::new(newest + 1),
        });
        pools.insert(key, Arc::clone(&pool));
        Ok(pool)
    }

    /// Closes the pools used longest ago while all together could hold more connections than the overall bound.
    fn make_room(&self, pools: &mut HashMap<Option<TenantId>, Arc<Pool>>) {
        let most =
            usize::try_from((self.tenant_connections / self.settings.connections_per_tenant).max(1)).unwrap_or(1);
        while pools.len() >= most {
            let idle = pools
                .iter()
                .filter(|(_, pool)| Arc::strong_count(pool) == 1)
                .min_by_key(|(_, pool)| pool.used.load(Ordering::Relaxed))
                .map(|(key, _)| *key);
            let Some(pool) = idle.and_then(|key| pools.remove(&key)) else {
                return;
            };
            tokio::spawn(async move { drop(pool.connection.close_by_ref().await) });
        }
    }
}

impl Settings {
    async fn postgres(
        &self,
        role: &'static str,
        connections: u32,
        tenant: Option<TenantId>,
    ) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(self.url.clone());
        options
            .max_connections(connections.max(1))
            .min_connections(0)
            .connect_lazy(true)
            .acquire_timeout(WAIT)
            .idle_timeout(IDLE)
            .test_before_acquire_if_idle_for(SUSPECT_AFTER)
            .sqlx_logging(false);
        let password = self.role_password.clone();
        let binding = self.binding;
        let deadline = self.statement_timeout;
        options.map_sqlx_postgres_opts(move |connect| {
            let connect = connect.username(role).application_name("khuyenhoc");
            let connect = match &password {
                Some(password) => connect.password(password),
                None => connect,
            };
            match (binding, tenant) {
                // a pooler hands one session to many clients: nothing may stick to it
                (Binding::Transaction, _) => connect.statement_cache_capacity(0),
                (Binding::Connection, tenant) => {
                    let connect = connect.options([("statement_timeout", deadline.as_millis().to_string())]);
                    match tenant {
                        Some(tenant) => connect.options([("app.tenant", tenant.to_string())]),
                        None => connect,
                    }
                }
            }
        });
        Database::connect(options).await
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

async fn wait_for(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DbError> {
    match tokio::time::timeout(WAIT, Arc::clone(permits).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(DbError::Unavailable("every database connection is busy".to_owned())),
    }
}
