//! Citizens: adults of a household, of an institution, or of both.

use sea_orm_migration::prelude::*;

use crate::table::{TenantTable, bytes, key_text, moment, number, text, text_or_null, uuid, uuid_or_null};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("citizen")
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(uuid_or_null("household_id"))
            .column(uuid_or_null("institution_id"))
            .column(text("name"))
            .column(key_text(manager, "name_key"))
            .column(bytes("sort_key"))
            .column(text("birth"))
            .column(text_or_null("phone"))
            .column(text("variant"))
            .column(number("version"))
            .column(uuid("created_by"))
            .column(moment("created_at"))
            .references("id", "subject")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references("household_id", "household")
            .references("institution_id", "collective")
            .references_shared("created_by", "account")
            .index(&["branch_id", "sort_key", "id"])
            .index(&["ward_id", "sort_key", "id"])
            .index(&["sort_key", "id"])
            .index(&["household_id"])
            .index(&["institution_id"])
            .index(&["ward_id", "name_key"])
            // for sub-selects that leave the tenant to the query around them
            .index_across_tenants(&["household_id", "id"])
            .create(manager)
            .await
    }
}
