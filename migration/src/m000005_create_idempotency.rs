//! The first answer to each mutation, kept so that a second sending gets it again.

use sea_orm_migration::prelude::*;

use crate::table::{TenantTable, bytes, moment, text, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("idempotency")
            .column(uuid("account_id"))
            .column(uuid("key"))
            .column(text("operation"))
            .column(bytes("payload_hash"))
            .column(text("outcome"))
            .column(moment("created_at"))
            .references_shared("account_id", "account")
            .unique(&["account_id", "key"])
            .create(manager)
            .await
    }
}
