//! Photos and papers as evidence: what is known of each file. Its bytes are not in the database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::m000029_create_record_change::{Part, REGISTRATION, noting};
use crate::table::{TenantMay, TenantTable, flag, moment, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A registration shows its files. Every piece that comes changes a row, and is no news.
pub(crate) const PART: Part = Part {
    table: "evidence",
    column: "registration_id",
    of: "registration",
    kind: REGISTRATION,
    verbs: &["INSERT", "DELETE"],
    news: Some("state"),
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("evidence")
            .column(uuid("registration_id"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(text_or_null("indicator"))
            .column(text("file_name"))
            .column(text("format"))
            .column(number("size"))
            .column(text("sha256"))
            .column(number("received"))
            .column(text("pieces"))
            .column(text("state"))
            .column(text_or_null("fault"))
            .column(flag("unsettled"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(uuid("post_id"))
            .column(text("role"))
            .column(moment("created_at"))
            .column(moment("changed_at"))
            .references("registration_id", "registration")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references("post_id", "post")
            .references_shared("account_id", "account")
            .index(&["registration_id"])
            .tenant_may(TenantMay::Everything)
            .create(manager)
            .await?;
        // few of all are unsettled, and only those are looked for
        let mut statements =
            vec!["CREATE INDEX ix_evidence_unsettled ON evidence (tenant_id, id) WHERE unsettled".to_owned()];
        statements.extend(noting(manager.get_database_backend(), &PART));
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
