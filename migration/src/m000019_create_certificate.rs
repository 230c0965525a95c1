//! Certificates, numbered without gaps for each ward and year.

use sea_orm_migration::prelude::*;

use crate::table::{SignInMay, TenantTable, day, day_or_null, flag, moment, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::keyed("certificate_series", &["ward_id", "year"])
            .column(uuid("ward_id"))
            .column(number("year"))
            .column(number("last"))
            .references("ward_id", "unit")
            .create(manager)
            .await?;
        // everything the paper shows, as it was when it was issued; whoever holds the paper finds it by its code, before any
        // association is known
        TenantTable::new("certificate")
            .column(uuid("registration_id"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(number("year"))
            .column(text("model"))
            .column(number("number"))
            .column(text("code"))
            .column(text("holder_name"))
            .column(text("holder_address"))
            .column(text("ward_name"))
            .column(text("decision_number"))
            .column(day("decided_on"))
            .column(text("authority"))
            .column(text("signer_name"))
            .column(text("signer_title"))
            .column(text_or_null("rank"))
            .column(flag("sample"))
            .column(moment("issued_at"))
            .column(number("prints"))
            .column(text_or_null("revoked_by_decision"))
            .column(day_or_null("revoked_on"))
            .references("registration_id", "registration")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .unique(&["registration_id"])
            .unique(&["ward_id", "year", "number"])
            .index_across_tenants(&["code"])
            .sign_in_may(SignInMay::Read)
            .create(manager)
            .await
    }
}
