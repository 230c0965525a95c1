//! Households, their members, who manages them by phone, and the words they are found by.

use sea_orm_migration::prelude::*;

use crate::table::{TenantMay, TenantTable, bytes, key_text, moment, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // what can be registered; a household's id is its subject's id, and clans, units and communities will be too
        TenantTable::new("subject")
            .column(text("kind"))
            .column(moment("created_at"))
            .create(manager)
            .await?;
        TenantTable::new("household")
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text("head_name"))
            .column(key_text(manager, "head_key"))
            .column(bytes("sort_key"))
            .column(text_or_null("phone"))
            .column(text("address"))
            .column(key_text(manager, "address_key"))
            .column(number("version"))
            .column(uuid("created_by"))
            .column(moment("created_at"))
            .references("id", "subject")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references_shared("created_by", "account")
            .index(&["branch_id", "sort_key", "id"])
            .index(&["ward_id", "sort_key", "id"])
            .index(&["sort_key", "id"])
            .index(&["phone"])
            .index(&["ward_id", "head_key", "address_key"])
            .create(manager)
            .await?;
        TenantTable::new("household_member")
            .column(uuid("household_id"))
            .column(number("position"))
            .column(text("name"))
            .column(text_or_null("birth"))
            .column(text("relation"))
            .references("household_id", "household")
            .unique(&["household_id", "position"])
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await?;
        TenantTable::new("household_account")
            .column(uuid("household_id"))
            .column(uuid("account_id"))
            .column(moment("created_at"))
            .references("household_id", "household")
            .references_shared("account_id", "account")
            .unique(&["account_id", "household_id"])
            .index(&["household_id"])
            .create(manager)
            .await?;
        TenantTable::keyed("household_word", &["household_id", "word"])
            .column(uuid("household_id"))
            .column(key_text(manager, "word"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .references("household_id", "household")
            .index(&["word", "household_id"])
            .index(&["ward_id", "word", "household_id"])
            .index(&["branch_id", "word", "household_id"])
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await
    }
}
