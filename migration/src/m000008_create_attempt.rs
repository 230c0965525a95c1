//! How often what can be guessed was tried: the sign-in role's own.

use sea_orm_migration::prelude::*;

use crate::personal::PersonalTable;
use crate::table::{moment, text};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        PersonalTable::new("attempt")
            .column(text("rule"))
            .column(moment("last_at"))
            .column(moment("clear_at"))
            .index(&["clear_at"])
            .may_change()
            .may_remove()
            .create(manager)
            .await
    }
}
