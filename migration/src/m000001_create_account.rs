//! What belongs to no tenant: the tenants themselves, accounts, the server's keys, programme years, marks of the
//! installation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::{ALL, CITY, SIGN_IN, TENANT};
use crate::table::{bytes, moment, moment_or_null, number, text, text_or_null, uuid, uuid_or_null};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager).await?;
        // two installations of one city at the same moment must not found it twice
        manager
            .get_connection()
            .execute_unprepared("CREATE UNIQUE INDEX uq_tenant_one_city ON tenant (kind) WHERE kind = 'CITY'")
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let mine = "nullif(current_setting('app.tenant', true), '')::uuid";
            let all = ALL.join(", ");
            for statement in [
                // everybody may know which associations there are; a tenant may only ever write its own row
                "ALTER TABLE tenant ENABLE ROW LEVEL SECURITY".to_owned(),
                "ALTER TABLE tenant FORCE ROW LEVEL SECURITY".to_owned(),
                format!("CREATE POLICY everybody_reads ON tenant FOR SELECT TO {all} USING (true)"),
                format!("CREATE POLICY own_row ON tenant FOR INSERT TO {TENANT} WITH CHECK (id = {mine})"),
                format!("GRANT SELECT ON tenant TO {all}"),
                format!("GRANT INSERT ON tenant TO {TENANT}"),
                // a year is read by all districts and written by the city that opens it
                "ALTER TABLE programme_year ENABLE ROW LEVEL SECURITY".to_owned(),
                "ALTER TABLE programme_year FORCE ROW LEVEL SECURITY".to_owned(),
                format!("CREATE POLICY everybody_reads ON programme_year FOR SELECT TO {TENANT}, {CITY} USING (true)"),
                format!(
                    "CREATE POLICY own_insert ON programme_year FOR INSERT TO {TENANT} WITH CHECK (city_id = {mine})"
                ),
                format!(
                    "CREATE POLICY own_update ON programme_year FOR UPDATE TO {TENANT} \
                     USING (city_id = {mine}) WITH CHECK (city_id = {mine})"
                ),
                format!("GRANT SELECT ON programme_year TO {TENANT}, {CITY}"),
                format!("GRANT INSERT, UPDATE ON programme_year TO {TENANT}"),
                format!("GRANT SELECT, INSERT, UPDATE ON account TO {SIGN_IN}"),
                format!("GRANT SELECT ON server_key TO {SIGN_IN}"),
                format!("GRANT SELECT, INSERT ON installation TO {SIGN_IN}"),
                format!("GRANT SELECT ON seaql_migrations TO {all}"),
            ] {
                manager.get_connection().execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}

async fn create_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let primary = |name: &'static str| uuid(name).primary_key().take();
    manager
        .create_table(
            Table::create()
                .table(Alias::new("tenant"))
                .col(primary("id"))
                .col(text("kind"))
                .col(uuid_or_null("parent_id"))
                .col(uuid("root_unit_id"))
                .col(moment("created_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_tenant_parent_id")
                        .from_col(Alias::new("parent_id"))
                        .to(Alias::new("tenant"), Alias::new("id")),
                )
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(Alias::new("account"))
                .col(primary("id"))
                .col(text_or_null("user_name"))
                .col(text_or_null("phone"))
                .col(text("name"))
                .col(text_or_null("password_hash"))
                .col(moment("created_at"))
                .col(moment_or_null("disabled_at"))
                .index(
                    Index::create()
                        .name("uq_account_user_name")
                        .unique()
                        .col(Alias::new("user_name")),
                )
                .index(
                    Index::create()
                        .name("uq_account_phone")
                        .unique()
                        .col(Alias::new("phone")),
                )
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(Alias::new("server_key"))
                .col(primary("id"))
                .col(text("purpose"))
                .col(bytes("secret"))
                .col(moment("created_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(Alias::new("programme_year"))
                .col(uuid("city_id"))
                .col(number("year"))
                .col(moment("registration_opens_at"))
                .col(moment("registration_closes_at"))
                .col(moment("created_at"))
                .primary_key(
                    Index::create()
                        .name("pk_programme_year")
                        .col(Alias::new("city_id"))
                        .col(Alias::new("year")),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_programme_year_city_id")
                        .from_col(Alias::new("city_id"))
                        .to(Alias::new("tenant"), Alias::new("id")),
                )
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(Alias::new("installation"))
                .col(text("name").primary_key().take())
                .col(text("value"))
                .take(),
        )
        .await
}
