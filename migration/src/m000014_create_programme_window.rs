//! The windows of a programme year, one for each part of the work; what districts and wards narrow them to; and the journal
//! of what the city did with a year.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::city_table::CityTable;
use crate::table::{CityMay, TenantTable, flag, moment, moment_or_null, number, text, text_or_null, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        CityTable::keyed("programme_window", &["year", "phase"])
            .column(number("year"))
            .column(text("phase"))
            .column(moment("opens_at"))
            .column(moment("closes_at"))
            .column(flag("late_allowed"))
            .may_change()
            .create(manager)
            .await?;
        CityTable::keyed("programme_event", &["id"])
            .column(uuid("id"))
            .column(number("year"))
            .column(text("action"))
            .column(text_or_null("reason"))
            .column(uuid("account_id"))
            .column(text("actor_name"))
            .column(moment("at"))
            .index(&["year", "id"])
            .create(manager)
            .await?;
        // the window for registering moves to its table; row-level security is forced on the owner too, so it is lifted for
        // this one statement
        let force = |forced: &'static str| {
            ["programme_year", "programme_window"]
                .map(|table| format!("ALTER TABLE {table} {forced} ROW LEVEL SECURITY"))
        };
        let copy = "INSERT INTO programme_window (city_id, year, phase, opens_at, closes_at, late_allowed) \
             SELECT city_id, year, 'REGISTRATION', registration_opens_at, registration_closes_at, false FROM programme_year";
        let mut statements = vec![copy.to_owned()];
        if manager.get_database_backend() == DbBackend::Postgres {
            statements.splice(0..0, force("NO FORCE"));
            statements.extend(force("FORCE"));
        }
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        for column in ["registration_opens_at", "registration_closes_at"] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("programme_year"))
                        .drop_column(Alias::new(column))
                        .take(),
                )
                .await?;
        }
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("programme_year"))
                    .add_column(moment_or_null("closed_at"))
                    .take(),
            )
            .await?;
        TenantTable::new("unit_window")
            .column(uuid("unit_id"))
            .column(number("year"))
            .column(text("phase"))
            .column(moment("opens_at"))
            .column(moment("closes_at"))
            .column(uuid("set_by"))
            .column(moment("set_at"))
            .references("unit_id", "unit")
            .references_shared("set_by", "account")
            .unique(&["unit_id", "year", "phase"])
            .city_may(CityMay::Read)
            .create(manager)
            .await
    }
}
