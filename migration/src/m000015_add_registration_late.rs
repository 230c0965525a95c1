//! Whether something was done after its window had closed, as the city allowed.

use sea_orm_migration::prelude::*;

use crate::table::flag;

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["registration", "registration_event"] {
            manager
                .alter_table(Table::alter().table(Alias::new(table)).add_column(flag("late")).take())
                .await?;
        }
        Ok(())
    }
}
