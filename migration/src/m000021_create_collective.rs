//! Clans, institutions and communities; who manages them by phone; the families of a clan, and which association lets
//! another count its own among them.

use sea_orm_migration::prelude::*;

use crate::table::{
    CityMay, TenantMay, TenantTable, bytes, key_text, moment, moment_or_null, number, number_or_null, text,
    text_or_null, uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("collective")
            .column(text("kind"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text("name"))
            .column(key_text(manager, "name_key"))
            .column(bytes("sort_key"))
            .column(text("head_name"))
            .column(text_or_null("phone"))
            .column(text("address"))
            .column(text_or_null("variant"))
            .column(number_or_null("people"))
            .column(number("version"))
            .column(uuid("created_by"))
            .column(moment("created_at"))
            .references("id", "subject")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references_shared("created_by", "account")
            .index(&["branch_id", "kind", "sort_key", "id"])
            .index(&["ward_id", "kind", "sort_key", "id"])
            .index(&["kind", "sort_key", "id"])
            .index(&["ward_id", "kind", "name_key"])
            .index(&["phone"])
            .create(manager)
            .await?;
        TenantTable::new("subject_account")
            .column(uuid("subject_id"))
            .column(uuid("account_id"))
            .column(moment("created_at"))
            .references("subject_id", "subject")
            .references_shared("account_id", "account")
            .unique(&["account_id", "subject_id"])
            .index(&["subject_id"])
            // for sub-selects that leave the tenant to the query around them
            .index_across_tenants(&["account_id", "subject_id"])
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await?;
        // a row belongs to the household's association; the clan may be another one's, so nothing refers to it
        TenantTable::new("clan_household")
            .column(uuid("clan_tenant_id"))
            .column(uuid("clan_id"))
            .column(uuid("household_id"))
            .column(uuid("added_by"))
            .column(moment("created_at"))
            .references("household_id", "household")
            .references_shared("clan_tenant_id", "tenant")
            .references_shared("added_by", "account")
            .unique(&["clan_id", "household_id"])
            .index(&["household_id"])
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await?;
        TenantTable::new("clan_grant")
            .column(uuid("clan_tenant_id"))
            .column(uuid("clan_id"))
            .column(uuid("granted_by"))
            .column(moment("granted_at"))
            .column(uuid_or_null("revoked_by"))
            .column(moment_or_null("revoked_at"))
            .references_shared("clan_tenant_id", "tenant")
            .references_shared("granted_by", "account")
            .references_shared("revoked_by", "account")
            .unique(&["clan_id"])
            .index_across_tenants(&["clan_tenant_id", "clan_id"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        // what another association last told: its own rows are not read while something is written here
        TenantTable::keyed("clan_count", &["clan_id", "association_id", "year"])
            .column(uuid("clan_id"))
            .column(uuid("association_id"))
            .column(number("year"))
            .column(number("families"))
            .column(number("recognised"))
            .column(moment("counted_at"))
            .references("clan_id", "collective")
            .references_shared("association_id", "tenant")
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await?;
        // which form of the criteria a subject is marked by; what is registered keeps the form it was registered with
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("registration"))
                    .add_column(text_or_null("variant"))
                    .take(),
            )
            .await
    }
}
