//! Sessions, their refresh tokens, and the security journal: the sign-in role's own.

use sea_orm_migration::prelude::*;

use crate::personal::PersonalTable;
use crate::table::{bytes, moment, moment_or_null, text, text_or_null, uuid, uuid_or_null};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        PersonalTable::new("session")
            .column(uuid("account_id"))
            .column(uuid_or_null("post_id"))
            .column(uuid_or_null("device_id"))
            .column(text_or_null("device_name"))
            .column(text("platform"))
            .column(text_or_null("app_version"))
            .column(text_or_null("address"))
            .column(text("level"))
            .column(moment("authenticated_at"))
            .column(moment("created_at"))
            .column(moment("last_seen_at"))
            .column(moment("idle_expires_at"))
            .column(moment("expires_at"))
            .column(uuid("token_id"))
            .column(uuid_or_null("previous_token_id"))
            .column(moment_or_null("token_used_at"))
            .column(moment_or_null("ended_at"))
            .column(text_or_null("ended_because"))
            .references("account_id", "account")
            .index(&["account_id", "created_at"])
            .may_change()
            .may_remove()
            .create(manager)
            .await?;
        PersonalTable::new("refresh_token")
            .column(uuid("session_id"))
            .column(uuid_or_null("parent_id"))
            .column(bytes("hash"))
            .column(moment("created_at"))
            .references("session_id", "session")
            .unique(&["hash"])
            .index(&["session_id", "created_at"])
            .may_remove()
            .create(manager)
            .await?;
        // no foreign keys: the journal outlives what it tells of
        PersonalTable::new("security_event")
            .column(uuid_or_null("account_id"))
            .column(text("kind"))
            .column(moment("at"))
            .column(uuid_or_null("session_id"))
            .column(uuid_or_null("by_account_id"))
            .column(uuid_or_null("by_post_id"))
            .column(text_or_null("address"))
            .column(text_or_null("detail"))
            .index(&["account_id", "at", "id"])
            .create(manager)
            .await
    }
}
