//! Documents that apps have registered, and the versions of the apps that send them: the sign-in role's own, because a
//! document is looked up before anybody's association is known.

use sea_orm_migration::prelude::*;

use crate::personal::PersonalTable;
use crate::table::{bytes, count, moment, moment_or_null, text, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // neither is ever changed: a hash has one text, and a version of an app one manifest
        PersonalTable::new("trusted_document")
            .column(bytes("hash"))
            .column(text("name"))
            .column(text("body"))
            .column(count("points"))
            .column(moment("added_at"))
            .unique(&["hash"])
            .create(manager)
            .await?;
        PersonalTable::new("app_version")
            .column(text("app"))
            .column(text("version"))
            .column(moment("added_at"))
            .column(moment_or_null("retires_at"))
            .unique(&["app", "version"])
            .may_change()
            .create(manager)
            .await?;
        PersonalTable::new("app_version_document")
            .column(uuid("app_version_id"))
            .column(uuid("trusted_document_id"))
            .references("app_version_id", "app_version")
            .references("trusted_document_id", "trusted_document")
            .unique(&["app_version_id", "trusted_document_id"])
            .index(&["trusted_document_id"])
            .create(manager)
            .await
    }
}
