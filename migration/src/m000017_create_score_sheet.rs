//! Score sheets: one row a sheet, because a city marks sixty million lines a year.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::TENANT;
use crate::table::{TenantTable, flag, moment, moment_or_null, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // the criteria set is the city's, so no foreign key of a tenant leads there; sets are never removed
        TenantTable::new("score_sheet")
            .column(uuid("registration_id"))
            .column(text("kind"))
            .column(number("round"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(uuid("criteria_set_id"))
            .column(text("marks"))
            .column(text_or_null("notes"))
            .column(number("total"))
            .column(flag("passes"))
            .column(text_or_null("rank"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(uuid("post_id"))
            .column(text("role"))
            .column(text("channel"))
            .column(number("version"))
            .column(moment("created_at"))
            .column(moment("changed_at"))
            .column(moment_or_null("signed_at"))
            .references("registration_id", "registration")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references("post_id", "post")
            .references_shared("account_id", "account")
            .unique(&["registration_id", "kind", "round"])
            .create(manager)
            .await?;
        // a signed sheet is never changed again, whatever the program believes
        let lock = match manager.get_database_backend() {
            DbBackend::Postgres => format!(
                "CREATE POLICY signed_stays ON score_sheet AS RESTRICTIVE FOR UPDATE TO {TENANT} \
                 USING (signed_at IS NULL) WITH CHECK (true)"
            ),
            _ => "CREATE TRIGGER score_sheet_refuses_update_of_signed BEFORE UPDATE ON score_sheet \
                  WHEN OLD.signed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a signed sheet takes no update'); END"
                .to_owned(),
        };
        manager.get_connection().execute_unprepared(&lock).await?;
        Ok(())
    }
}
