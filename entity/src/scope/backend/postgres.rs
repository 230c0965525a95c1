//! `PostgreSQL`: who connects as which role, and how many may.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    QueryResult, RuntimeErr, SqlxPostgresConnector, Statement, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use super::session::{Lent, Sessions};
use super::{Access, Lane, WAIT};
use crate::scope::{Binding, DbError, Settings};

const TENANT_ROLE: &str = "khuyenhoc_tenant";
const CITY_ROLE: &str = "khuyenhoc_city";
const SIGN_IN_ROLE: &str = "khuyenhoc_signin";
/// Connections that wait idle longer are closed, so that a quiet night holds none of the server's memory.
const IDLE: Duration = Duration::from_mins(5);
/// Connections idle for longer are tried before they are used again: a restarted server is noticed without a failed
/// request, and a busy connection pays no extra round trip.
const SUSPECT_AFTER: Duration = Duration::from_secs(5);

/// The connections of the three roles; together never more than `Settings::connections`.
pub(super) struct Postgres {
    binding: Binding,
    statement_timeout: Duration,
    tenants: Arc<Sessions>,
    city: DatabaseConnection,
    sign_in: DatabaseConnection,
    /// How the connection is opened that listens.
    listening: PgConnectOptions,
}

/// The right to use one connection.
pub(super) enum Lease {
    /// Of the tenants' role, bound to one tenant.
    Tenant(Lent),
    /// Of the city's or the sign-in role.
    Other(DatabaseConnection),
}

impl Postgres {
    pub(super) fn open(settings: &Settings) -> Result<Self, DbErr> {
        let (city, sign_in) = (settings.connections.div_ceil(8), settings.connections.div_ceil(4));
        let tenants = settings.connections.saturating_sub(city + sign_in);
        let other = |role, connections| -> Result<_, DbErr> {
            let pool = pool(&settings.opening(role)?, connections);
            Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        };
        Ok(Self {
            binding: settings.binding,
            statement_timeout: settings.statement_timeout,
            tenants: Arc::new(Sessions::new(
                settings.opening(TENANT_ROLE)?,
                settings.binding,
                tenants,
                settings.connections_per_tenant,
            )),
            city: other(CITY_ROLE, city)?,
            sign_in: other(SIGN_IN_ROLE, sign_in)?,
            listening: settings.opening(SIGN_IN_ROLE)?,
        })
    }

    /// How the connection is opened that listens: beside the others, and only while somebody follows what happens. None behind
    /// a pooler that hands a session to many: it would hear nothing, and whoever came next on its session would listen.
    pub(super) fn listening(&self) -> Option<&PgConnectOptions> {
        (self.binding == Binding::Connection).then_some(&self.listening)
    }

    pub(super) async fn query(&self, lane: Lane, statement: Statement) -> Result<Vec<QueryResult>, DbError> {
        if self.binding == Binding::Connection {
            let lease = self.lease(lane, Access::Read).await?;
            return Ok(lease.connection()?.query_all_raw(statement).await?);
        }
        let (transaction, _lease) = self.begin(lane, Access::Read).await?;
        let rows = transaction.query_all_raw(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Begins a transaction; it must end before its lease.
    pub(super) async fn begin(&self, lane: Lane, access: Access) -> Result<(DatabaseTransaction, Lease), DbError> {
        let lease = self.lease(lane, access).await?;
        let connection = lease.connection()?;
        let transaction = match access {
            Access::Snapshot => {
                let (moment, reads) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                connection.begin_with_config(Some(moment), Some(reads)).await?
            }
            Access::Read | Access::Write => connection.begin().await?,
        };
        if self.binding == Binding::Transaction {
            self.bind(lane, &transaction).await?;
        }
        Ok((transaction, lease))
    }

    pub(super) async fn close(&self) {
        self.tenants.close().await;
        drop(self.city.close_by_ref().await);
        drop(self.sign_in.close_by_ref().await);
    }

    /// Gives the transaction what a connection of our own carries from its opening: the tenant and the deadline.
    async fn bind(&self, lane: Lane, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let tenant = match lane {
            Lane::Tenant(tenant) => tenant.to_string(),
            Lane::City | Lane::SignIn => String::new(),
        };
        let sql = "SELECT set_config('app.tenant', $1, true), set_config('statement_timeout', $2, true)";
        let values = [tenant.into(), self.statement_timeout.as_millis().to_string().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        transaction.query_one_raw(statement).await?;
        Ok(())
    }

    async fn lease(&self, lane: Lane, access: Access) -> Result<Lease, DbError> {
        Ok(match lane {
            Lane::City => Lease::Other(self.city.clone()),
            Lane::SignIn => Lease::Other(self.sign_in.clone()),
            Lane::Tenant(tenant) => Lease::Tenant(self.tenants.lend(tenant, access).await?),
        })
    }
}

impl Lease {
    fn connection(&self) -> Result<&DatabaseConnection, DbError> {
        match self {
            Self::Tenant(lent) => lent.connection(),
            Self::Other(connection) => Ok(connection),
        }
    }
}

impl Settings {
    /// How connections of a role are opened. How long one may stand idle in a transaction is the role's own setting, fifteen
    /// seconds (`migration::role`): while one is open that has written, no copy on a phone is told anything
    /// (`api/docs/adr/0021`), and ours wait for nobody.
    fn opening(&self, role: &str) -> Result<PgConnectOptions, DbErr> {
        let opening = PgConnectOptions::from_str(&self.url)
            .map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))?
            .username(role)
            .application_name("khuyenhoc")
            .disable_statement_logging();
        let opening = match &self.role_password {
            Some(password) => opening.password(password),
            None => opening,
        };
        Ok(match self.binding {
            // a pooler hands one session to many clients: nothing may stick to it
            Binding::Transaction => opening.statement_cache_capacity(0),
            Binding::Connection => {
                opening.options([("statement_timeout", self.statement_timeout.as_millis().to_string())])
            }
        })
    }
}

/// A pool that opens connections when they are needed.
pub(super) fn pool(opening: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(0)
        .acquire_timeout(WAIT)
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move { Ok(state.idle_for < SUSPECT_AFTER || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(opening.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(binding: Binding) -> Settings {
        Settings {
            url: "postgres://localhost/khuyenhoc".to_owned(),
            role_password: None,
            binding,
            connections: 8,
            connections_per_tenant: 2,
            statement_timeout: Duration::from_secs(5),
        }
    }

    /// What a connection asks for goes before the role's own setting.
    #[test]
    fn how_long_a_transaction_may_stand_idle_is_left_to_the_role() {
        for (binding, expected) in [
            (Binding::Connection, Some("-c statement_timeout=5000")),
            (Binding::Transaction, None),
        ] {
            let opening = settings(binding).opening(TENANT_ROLE).unwrap();
            assert_eq!(opening.get_options(), expected);
        }
    }
}
