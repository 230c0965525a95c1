//! What is done with posts: proposals that wait for a second officer, and the journal of appointments.

use sea_orm_migration::prelude::*;

use crate::table::{
    SignInMay, TenantMay, TenantTable, flag, moment, moment_or_null, text, text_or_null, uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("post_proposal")
            .column(uuid("account_id"))
            .column(text_or_null("holder_name"))
            .column(text("role"))
            .column(uuid("unit_id"))
            .column(moment("valid_from"))
            .column(moment_or_null("valid_until"))
            .column(text_or_null("decision_number"))
            .column(uuid_or_null("ends_post_id"))
            .column(text_or_null("ending_reason"))
            .column(uuid("proposed_by"))
            .column(uuid("proposed_by_post"))
            .column(text("proposer_name"))
            .column(moment("proposed_at"))
            .column(moment("expires_at"))
            .column(text("state"))
            .column(uuid_or_null("decided_by"))
            .column(moment_or_null("decided_at"))
            .column(text_or_null("reason"))
            .column(uuid_or_null("post_id"))
            .references("unit_id", "unit")
            .references("post_id", "post")
            .references("ends_post_id", "post")
            .references_shared("account_id", "account")
            .references_shared("proposed_by", "account")
            .references_shared("decided_by", "account")
            .index(&["proposed_at", "id"])
            .create(manager)
            .await?;
        // a journal, marked once: when the security journal, which another role writes, has been told
        TenantTable::new("post_event")
            .column(uuid_or_null("post_id"))
            .column(uuid_or_null("proposal_id"))
            .column(uuid("account_id"))
            .column(text("kind"))
            .column(text_or_null("holder_name"))
            .column(text_or_null("reason"))
            .column(uuid("by_account_id"))
            .column(uuid("by_post_id"))
            .column(uuid_or_null("session_id"))
            .column(text_or_null("address"))
            .column(moment("at"))
            .column(flag("awaits_holder"))
            .column(moment_or_null("told_at"))
            .references("post_id", "post")
            .references("proposal_id", "post_proposal")
            .references_shared("account_id", "account")
            .index(&["post_id", "kind"])
            .index(&["told_at", "at"])
            // which posts their holders have taken, asked before a tenant is known: it decides who may help them back in
            .index_across_tenants(&["account_id", "kind"])
            .sign_in_may(SignInMay::Read)
            .tenant_may(TenantMay::AppendAndMark("told_at"))
            .create(manager)
            .await
    }
}
