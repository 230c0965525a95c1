//! Which share a target is for, and whether it was set for many units at once. Targets that are there were for what branches
//! have approved.

use sea_orm_migration::prelude::*;

use crate::table::{flag, text};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut measure = text("measure");
        measure.default("APPROVED");
        for column in [measure, flag("cascaded")] {
            manager
                .alter_table(Table::alter().table(Alias::new("target")).add_column(column).take())
                .await?;
        }
        Ok(())
    }
}
