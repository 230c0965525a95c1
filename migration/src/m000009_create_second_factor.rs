//! The second factor of an account and its recovery codes: the sign-in role's own.

use sea_orm_migration::prelude::*;

use crate::personal::PersonalTable;
use crate::table::{bytes, moment, moment_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        PersonalTable::new("second_factor")
            .column(ColumnDef::new(Alias::new("secret")).blob().null().take())
            .column(ColumnDef::new(Alias::new("pending_secret")).blob().null().take())
            .column(moment_or_null("confirmed_at"))
            .column(ColumnDef::new(Alias::new("last_step")).big_integer().null().take())
            .column(ColumnDef::new(Alias::new("short_password")).boolean().not_null().take())
            .references("id", "account")
            .may_change()
            .create(manager)
            .await?;
        PersonalTable::new("recovery_code")
            .column(uuid("account_id"))
            .column(bytes("hash"))
            .column(moment("created_at"))
            .references("account_id", "account")
            .unique(&["account_id", "hash"])
            .may_remove()
            .create(manager)
            .await
    }
}
