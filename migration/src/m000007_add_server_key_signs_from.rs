//! A signing key is published before it signs: from when it does is kept with it.

use sea_orm_migration::prelude::*;

use crate::table::moment_or_null;

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // null where nobody had to be told before: the keys of the first migration, and those that sign nothing
        let alter = Table::alter()
            .table(Alias::new("server_key"))
            .add_column(moment_or_null("signs_from"))
            .take();
        manager.alter_table(alter).await
    }
}
