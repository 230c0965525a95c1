//! The first answers to mutations are not kept for ever: the tenant's role may remove those of its own tenant.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::TENANT;

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let grant = format!("GRANT DELETE ON idempotency TO {TENANT}");
            manager.get_connection().execute_unprepared(&grant).await?;
        }
        Ok(())
    }
}
