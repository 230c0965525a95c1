//! Criteria sets: how a title is earned, as the city published it. A set is never changed; a new version is added.

use sea_orm_migration::prelude::*;

use crate::city_table::CityTable;
use crate::table::{bytes, day, day_or_null, flag, moment, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        CityTable::keyed("criteria_set", &["id"])
            .column(uuid("id"))
            .column(text("code"))
            .column(number("version"))
            .column(text("model"))
            .column(text_or_null("variant"))
            .column(flag("sample"))
            .column(day("valid_from"))
            .column(day_or_null("valid_to"))
            // the document as it was published, byte for byte, and its SHA-256
            .column(text("document"))
            .column(bytes("digest"))
            .column(uuid("published_by"))
            .column(text("publisher_name"))
            .column(moment("published_at"))
            .unique(&["code", "version"])
            .index(&["model", "valid_from"])
            .create(manager)
            .await
    }
}
