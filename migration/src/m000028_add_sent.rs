//! What is known of how something came in: the hash of the input as the phone sent it, how far the phone's clock was off, and
//! whether that clock decided at a deadline. Of what came before nothing is known.

use sea_orm_migration::prelude::*;

use crate::table::{count_or_null, flag};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let hash = ColumnDef::new(Alias::new("sent_hash")).blob().null().take();
        let columns = [
            ("idempotency", hash),
            ("registration_event", count_or_null("skew_ms")),
            ("registration_event", flag("in_time_by_device")),
        ];
        for (table, column) in columns {
            manager
                .alter_table(Table::alter().table(Alias::new(table)).add_column(column).take())
                .await?;
        }
        Ok(())
    }
}
