//! The tree of units, and the posts people hold in it.

use sea_orm_migration::prelude::*;

use crate::table::{
    CityMay, SignInMay, TenantTable, bytes, day, day_or_null, key_text, moment, moment_or_null, text, text_or_null,
    uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("unit")
            .column(text("kind"))
            .column(text_or_null("branch_kind"))
            .column(moment("created_at"))
            .index_across_tenants(&["id"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        // name, official code and place in the tree hold for a time: codes were given to other wards in 2025
        TenantTable::new("unit_version")
            .column(uuid("unit_id"))
            .column(uuid_or_null("parent_id"))
            .column(text("name"))
            .column(key_text(manager, "name_key"))
            .column(bytes("sort_key"))
            .column(text_or_null("official_code"))
            .column(day("valid_from"))
            .column(day_or_null("valid_until"))
            .references("unit_id", "unit")
            .references("parent_id", "unit")
            .unique(&["unit_id", "valid_from"])
            .index(&["parent_id", "sort_key", "unit_id"])
            .index_across_tenants(&["unit_id"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        TenantTable::new("post")
            .column(uuid("account_id"))
            .column(text("role"))
            .column(uuid("unit_id"))
            .column(moment("valid_from"))
            .column(moment_or_null("valid_until"))
            .column(text_or_null("decision_number"))
            .column(moment("created_at"))
            .references("unit_id", "unit")
            .references_shared("account_id", "account")
            .index_across_tenants(&["account_id"])
            .index(&["unit_id", "role"])
            .sign_in_may(SignInMay::Read)
            .create(manager)
            .await
    }
}
