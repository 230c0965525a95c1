//! The sessions of the tenants' role on `PostgreSQL`: a fixed number, each lent to one request at a time.
//!
//! A session carries `app.tenant`, so that a read is one round trip. It is lent again to the tenant it is bound to
//! where one of those is free, and is bound anew where not, which costs one round trip more. So thirty busy
//! associations share a number of sessions that an operator can rely on, and none of them can take more than its share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqlxPostgresConnector, Statement};
use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::postgres::pool;
use super::{Access, within_wait};
use crate::id::TenantId;
use crate::scope::{Binding, DbError};

/// All sessions of the tenants' role.
pub(super) struct Sessions {
    /// How each is opened, before a tenant is named.
    opening: PgConnectOptions,
    binding: Binding,
    /// Those nobody uses, the one that came back last at the end.
    idle: Mutex<Vec<Session>>,
    /// All of them, to be closed at the end.
    pools: Vec<PgPool>,
    /// One permit for each session.
    turns: Arc<Semaphore>,
    /// Sessions one tenant may use at a time.
    share: usize,
    shares: Mutex<HashMap<TenantId, Arc<Share>>>,
}

/// What one tenant may use at a time.
struct Share {
    turns: Arc<Semaphore>,
    /// One fewer: writers that wait for each other's rows leave a session for those who only read.
    writers: Arc<Semaphore>,
}

/// A place for one connection, opened when it is needed and again when it has died.
struct Session {
    pool: PgPool,
    connection: DatabaseConnection,
    /// The tenant its connection carries; `None` when that is not known.
    tenant: Option<TenantId>,
}

/// A session lent to one request; it goes back when this is dropped.
pub(super) struct Lent {
    session: Option<Session>,
    sessions: Arc<Sessions>,
    // given back after the session, since a permit promises one
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Sessions {
    /// `count` sessions, none of them open yet.
    pub(super) fn new(opening: PgConnectOptions, binding: Binding, count: u32, share: u32) -> Self {
        let pools: Vec<PgPool> = (0..count.max(1)).map(|_| pool(&opening, 1)).collect();
        let idle = pools.iter().map(|pool| Session {
            pool: pool.clone(),
            connection: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
            tenant: None,
        });
        Self {
            idle: Mutex::new(idle.collect()),
            turns: Arc::new(Semaphore::new(pools.len())),
            share: usize::try_from(share.max(1)).unwrap_or(1),
            shares: Mutex::default(),
            opening,
            binding,
            pools,
        }
    }

    /// Waits for a session of the tenant's share and binds it.
    pub(super) async fn lend(self: &Arc<Self>, tenant: TenantId, access: Access) -> Result<Lent, DbError> {
        let share = self.share(tenant);
        let permits = within_wait(async {
            let mut permits = Vec::with_capacity(3);
            if access == Access::Write {
                permits.push(Arc::clone(&share.writers).acquire_owned().await?);
            }
            // the own share first: who waits for it holds nothing of the others'
            permits.push(Arc::clone(&share.turns).acquire_owned().await?);
            permits.push(Arc::clone(&self.turns).acquire_owned().await?);
            Ok(permits)
        })
        .await?;
        let mut lent = Lent {
            session: self.take(tenant),
            sessions: Arc::clone(self),
            _permits: permits,
        };
        if self.binding == Binding::Connection {
            lent.bind(tenant).await?;
        }
        Ok(lent)
    }

    /// Closes all of them.
    pub(super) async fn close(&self) {
        for pool in &self.pools {
            pool.close().await;
        }
    }

    fn share(&self, tenant: TenantId) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(tenant).or_insert_with(|| {
            Arc::new(Share {
                turns: Arc::new(Semaphore::new(self.share)),
                writers: Arc::new(Semaphore::new(self.share.saturating_sub(1).max(1))),
            })
        });
        Arc::clone(share)
    }

    /// One that is bound to the tenant, else one that is not open, else the one idle for longest.
    fn take(&self, tenant: TenantId) -> Option<Session> {
        let mut idle = self.idle();
        let own = idle.iter().rposition(|session| session.tenant == Some(tenant));
        let at = own
            .or_else(|| idle.iter().position(|session| session.pool.size() == 0))
            .or((!idle.is_empty()).then_some(0))?;
        Some(idle.remove(at))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// The connection.
    pub(super) fn connection(&self) -> Result<&DatabaseConnection, DbError> {
        let session = self.session.as_ref().ok_or_else(no_session)?;
        Ok(&session.connection)
    }

    /// Binds the tenant to the connection that is open and to any that is opened in its place.
    async fn bind(&mut self, tenant: TenantId) -> Result<(), DbErr> {
        let opening = &self.sessions.opening;
        let Some(session) = self.session.as_mut().filter(|session| session.tenant != Some(tenant)) else {
            return Ok(());
        };
        // what happens from here on may stop half-way; then nobody relies on either tenant
        session.tenant = None;
        let text = tenant.to_string();
        session
            .pool
            .set_connect_options(opening.clone().options([("app.tenant", &text)]));
        let sql = "SELECT set_config('app.tenant', $1, false)";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [text.into()]);
        session.connection.query_one_raw(statement).await?;
        session.tenant = Some(tenant);
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.sessions.idle().push(session);
        }
    }
}

fn no_session() -> DbError {
    DbError::Unavailable("a permit was given and no session is idle".to_owned())
}
