//! What follows a family's own marks: the branch meeting, the ward's submission, the People's Committee's decision, and
//! complaints.

use sea_orm_migration::prelude::*;

use crate::table::{
    TenantMay, TenantTable, day, day_or_null, moment, moment_or_null, number, text, text_or_null, uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("assessment")
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text("model"))
            .column(number("year"))
            .column(day("held_on"))
            .column(text("place"))
            .column(text("chair_name"))
            .column(text("secretary_name"))
            .column(number("present"))
            .column(text_or_null("remarks"))
            .column(day_or_null("posted_until"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(moment("created_at"))
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references_shared("account_id", "account")
            .index(&["branch_id", "year", "id"])
            .tenant_may(TenantMay::Append)
            .create(manager)
            .await?;
        TenantTable::new("assessment_item")
            .column(uuid("assessment_id"))
            .column(uuid("registration_id"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(number("votes_for"))
            .column(number("votes_against"))
            .column(text_or_null("remark"))
            .references("assessment_id", "assessment")
            .references("registration_id", "registration")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .unique(&["assessment_id", "registration_id"])
            .index(&["registration_id", "id"])
            .tenant_may(TenantMay::Append)
            .create(manager)
            .await?;
        TenantTable::new("submission")
            .column(uuid("ward_id"))
            .column(text("model"))
            .column(number("year"))
            .column(text("number"))
            .column(day("submitted_on"))
            .column(text("signer_name"))
            .column(text("signer_title"))
            .column(text_or_null("remarks"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(moment("created_at"))
            .references("ward_id", "unit")
            .references_shared("account_id", "account")
            .unique(&["ward_id", "year", "number"])
            .tenant_may(TenantMay::Append)
            .create(manager)
            .await?;
        TenantTable::new("decision")
            .column(uuid("ward_id"))
            .column(number("year"))
            .column(text("kind"))
            .column(text("number"))
            .column(day("decided_on"))
            .column(text("authority"))
            .column(text("signer_name"))
            .column(text("signer_title"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(moment("created_at"))
            .references("ward_id", "unit")
            .references_shared("account_id", "account")
            .unique(&["ward_id", "number", "decided_on"])
            .tenant_may(TenantMay::Append)
            .create(manager)
            .await?;
        create_complaint(manager).await?;
        // on which list a registration went, and by which decision it stands
        for column in ["submission_id", "decision_id"] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("registration"))
                        .add_column(uuid_or_null(column))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }
}

async fn create_complaint(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TenantTable::new("complaint")
        .column(uuid("registration_id"))
        .column(uuid("branch_id"))
        .column(uuid("ward_id"))
        .column(text("state"))
        .column(text("words"))
        .column(text_or_null("complainant_name"))
        .column(uuid("account_id"))
        .column(moment("created_at"))
        .column(text_or_null("answer"))
        .column(uuid_or_null("answered_by"))
        .column(moment_or_null("answered_at"))
        .references("registration_id", "registration")
        .references("branch_id", "unit")
        .references("ward_id", "unit")
        .references_shared("account_id", "account")
        .references_shared("answered_by", "account")
        .index(&["registration_id", "state"])
        .index(&["ward_id", "state", "id"])
        .index(&["branch_id", "state", "id"])
        .create(manager)
        .await
}
