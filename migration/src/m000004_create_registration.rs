//! Registrations for a title, their journal, the counters leadership reads, and targets.

use sea_orm_migration::prelude::*;

use crate::table::{
    CityMay, TenantMay, TenantTable, count, moment, moment_or_null, number, text, text_or_null, uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("registration")
            .column(text("model"))
            .column(uuid("subject_id"))
            .column(number("year"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text("state"))
            .column(moment("state_since"))
            .column(text("channel"))
            .column(text_or_null("note"))
            .column(text_or_null("reason"))
            .column(uuid("entered_by"))
            .column(number("version"))
            .column(moment("created_at"))
            .references("subject_id", "subject")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references_shared("entered_by", "account")
            .unique(&["model", "subject_id", "year"])
            .index(&["branch_id", "model", "year", "state", "state_since", "id"])
            .index(&["ward_id", "model", "year", "state", "state_since", "id"])
            .index(&["model", "year", "state", "state_since", "id"])
            .index(&["subject_id", "year"])
            .create(manager)
            .await?;
        // account, unit and names as they were when it happened: later changes do not rewrite history
        TenantTable::new("registration_event")
            .column(uuid("registration_id"))
            .column(number("version"))
            .column(text("action"))
            .column(text_or_null("from_state"))
            .column(text("to_state"))
            .column(text_or_null("reason"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(uuid("post_id"))
            .column(text("role"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text("channel"))
            .column(moment("at"))
            .column(moment_or_null("device_at"))
            .references("registration_id", "registration")
            .references("post_id", "post")
            .references_shared("account_id", "account")
            .unique(&["registration_id", "version"])
            .tenant_may(TenantMay::Append)
            .create(manager)
            .await?;
        TenantTable::keyed("registration_count", &["unit_id", "model", "year", "state"])
            .column(uuid("unit_id"))
            .column(uuid_or_null("ward_id"))
            .column(text("model"))
            .column(number("year"))
            .column(text("state"))
            .column(count("count"))
            .references("unit_id", "unit")
            .index(&["ward_id", "model", "year"])
            .index_across_tenants(&["unit_id", "model", "year"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        TenantTable::keyed("household_count", &["unit_id"])
            .column(uuid("unit_id"))
            .column(uuid_or_null("ward_id"))
            .column(count("count"))
            .references("unit_id", "unit")
            .index(&["ward_id"])
            .index_across_tenants(&["unit_id"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        TenantTable::new("target")
            .column(uuid("unit_id"))
            .column(text("model"))
            .column(number("year"))
            .column(number("basis_points"))
            .column(moment("set_at"))
            .references("unit_id", "unit")
            .unique(&["unit_id", "model", "year"])
            .index_across_tenants(&["unit_id", "model", "year"])
            .city_may(CityMay::Read)
            .create(manager)
            .await
    }
}
