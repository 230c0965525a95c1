//! Hearing from other servers on the same `PostgreSQL` that an association's outbox was told: a connection of its own that
//! listens. What is said while it is broken is lost, so whoever listens asks from time to time as well.

use sea_orm::DbErr;
use sqlx::postgres::{PgConnectOptions, PgListener};

use super::postgres::pool;
use crate::scope::DbError;

/// What is said, and what is listened to.
pub(super) const CHANNEL: &str = "khuyenhoc_told";

/// A connection that listens.
pub struct Ear {
    listener: PgListener,
}

impl Ear {
    pub(super) async fn open(opening: &PgConnectOptions) -> Result<Self, DbError> {
        let mut listener = PgListener::connect_with(&pool(opening, 1)).await.map_err(broken)?;
        listener.listen(CHANNEL).await.map_err(broken)?;
        Ok(Self { listener })
    }

    /// Waits until an association was told, or until a break in which something may have been missed.
    ///
    /// # Errors
    /// The connection is lost and cannot be opened again.
    pub async fn heard(&mut self) -> Result<(), DbError> {
        self.listener.try_recv().await.map(|_| ()).map_err(broken)
    }
}

fn broken(error: sqlx::Error) -> DbError {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())).into()
}
