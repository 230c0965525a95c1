//! How people come in and come back: invitations, one-time codes, limits on both, and notices to those concerned.

use sea_orm_migration::prelude::*;

use crate::personal::PersonalTable;
use crate::table::{
    SignInMay, TenantTable, bytes, moment, moment_or_null, number, text, text_or_null, uuid, uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // the sign-in role finds an invitation by its code before anybody's association is known
        TenantTable::new("invitation")
            .column(uuid("household_id"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(bytes("code_hash"))
            .column(number("tries"))
            .column(uuid("created_by"))
            .column(moment("created_at"))
            .column(moment("expires_at"))
            .column(uuid_or_null("revoked_by"))
            .column(moment_or_null("revoked_at"))
            .column(uuid_or_null("used_by"))
            .column(moment_or_null("used_at"))
            .references("household_id", "household")
            .references("branch_id", "unit")
            .references("ward_id", "unit")
            .references_shared("created_by", "account")
            .references_shared("revoked_by", "account")
            .references_shared("used_by", "account")
            .index(&["household_id"])
            .index(&["branch_id", "id"])
            .index(&["ward_id", "id"])
            .index_across_tenants(&["code_hash"])
            .sign_in_may(SignInMay::Read)
            .create(manager)
            .await?;
        PersonalTable::new("one_time_code")
            .column(text("purpose"))
            .column(uuid_or_null("account_id"))
            .column(text_or_null("recipient"))
            .column(uuid_or_null("association_id"))
            .column(uuid_or_null("issued_by"))
            .column(uuid_or_null("issued_under"))
            .column(uuid_or_null("request_key"))
            .column(number("tries"))
            .column(moment("created_at"))
            .column(moment("expires_at"))
            .column(moment_or_null("used_at"))
            .column(moment_or_null("ended_at"))
            .references("account_id", "account")
            .references("issued_by", "account")
            .unique(&["issued_by", "request_key"])
            .index(&["account_id", "created_at"])
            .index(&["recipient", "created_at"])
            .index(&["expires_at"])
            .may_change()
            .may_remove()
            .create(manager)
            .await?;
        PersonalTable::new("quota")
            .column(text("name"))
            .column(number("used"))
            .column(moment("ends_at"))
            .unique(&["name"])
            .index(&["ends_at"])
            .may_change()
            .may_remove()
            .create(manager)
            .await?;
        PersonalTable::new("notice")
            .column(uuid("account_id"))
            .column(text("kind"))
            .column(uuid_or_null("about_account_id"))
            .column(moment("at"))
            .column(moment_or_null("read_at"))
            .references("account_id", "account")
            .references("about_account_id", "account")
            .index(&["account_id", "id"])
            .may_change()
            .create(manager)
            .await
    }
}
