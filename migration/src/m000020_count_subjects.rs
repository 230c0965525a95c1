//! One counter for everything that can be registered, by its kind, in the place of the counter of households.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{CityMay, TenantTable, count, text, unforced, uuid, uuid_or_null};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::keyed("subject_count", &["unit_id", "kind"])
            .column(uuid("unit_id"))
            .column(uuid_or_null("ward_id"))
            .column(text("kind"))
            .column(count("count"))
            .references("unit_id", "unit")
            .index(&["ward_id"])
            .index_across_tenants(&["unit_id"])
            .city_may(CityMay::Read)
            .create(manager)
            .await?;
        let copy = "INSERT INTO subject_count (tenant_id, unit_id, ward_id, kind, count) \
             SELECT tenant_id, unit_id, ward_id, 'HOUSEHOLD', count FROM household_count";
        let backend = manager.get_database_backend();
        for statement in unforced(backend, &["household_count", "subject_count"], copy) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        manager
            .drop_table(Table::drop().table(Alias::new("household_count")).take())
            .await
    }
}
