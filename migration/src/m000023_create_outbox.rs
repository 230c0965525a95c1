//! What is told of the year's steps: the outbox, the notices made of it, and messages to devices.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::personal::PersonalTable;
use crate::role::SIGN_IN;
use crate::table::{
    SignInMay, TenantMay, TenantTable, count, count_or_null, moment, moment_or_null, number, text, text_or_null, uuid,
    uuid_or_null,
};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_outbox(manager).await?;
        create_notices(manager).await?;
        create_push(manager).await?;
        // notices of the account were kept for ever; from now on they go as those of the year do
        let removable = match manager.get_database_backend() {
            DbBackend::Postgres => format!("GRANT DELETE ON notice TO {SIGN_IN}"),
            _ => "DROP TRIGGER notice_refuses_delete".to_owned(),
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(&removable).await?;
        connection
            .execute_unprepared("CREATE INDEX ix_notice_at ON notice (at)")
            .await?;
        Ok(())
    }
}

async fn create_outbox(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // the sign-in role sees which associations have something to tell; there is nothing personal in it
    TenantTable::new("outbox")
        .column(text("topic"))
        .column(uuid("registration_id"))
        .column(uuid("subject_id"))
        .column(uuid("branch_id"))
        .column(uuid("ward_id"))
        .column(text("model"))
        .column(number("year"))
        .column(text_or_null("action"))
        .column(text_or_null("from_state"))
        .column(text("to_state"))
        .column(number("version"))
        .column(uuid("account_id"))
        .column(moment("at"))
        .column(count_or_null("batch"))
        .references("registration_id", "registration")
        .references_shared("account_id", "account")
        .tenant_may(TenantMay::Everything)
        .sign_in_may(SignInMay::Read)
        .create(manager)
        .await?;
    // nearly always empty, so asking whether there is anything costs nothing
    manager
        .get_connection()
        .execute_unprepared("CREATE INDEX ix_outbox_waiting ON outbox (tenant_id, id) WHERE batch IS NULL")
        .await?;
    TenantTable::keyed("outbox_head", &[])
        .column(count("last"))
        .create(manager)
        .await
}

async fn create_notices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // whoever opens the app sees the notices of all associations in one list; names and reasons are not in them
    TenantTable::new("registration_notice")
        .column(uuid("account_id"))
        .column(text("kind"))
        .column(uuid_or_null("registration_id"))
        .column(uuid_or_null("event_id"))
        .column(uuid_or_null("unit_id"))
        .column(text("model"))
        .column(number("year"))
        .column(number("count"))
        .column(text_or_null("fold"))
        .column(moment("at"))
        .column(moment_or_null("read_at"))
        .references("registration_id", "registration")
        .references("event_id", "registration_event")
        .references("unit_id", "unit")
        .references_shared("account_id", "account")
        .unique(&["account_id", "fold"])
        .index_across_tenants(&["account_id", "id"])
        .tenant_may(TenantMay::Everything)
        .sign_in_may(SignInMay::Read)
        .create(manager)
        .await
}

async fn create_push(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    PersonalTable::new("push_token")
        .column(uuid("account_id"))
        .column(uuid("session_id"))
        .column(text("platform"))
        .column(text("token"))
        .column(text("language"))
        .column(uuid("request_key"))
        .column(moment("created_at"))
        .references("account_id", "account")
        .references("session_id", "session")
        .unique(&["token"])
        .index(&["account_id"])
        .index(&["session_id"])
        .may_change()
        .may_remove()
        .create(manager)
        .await?;
    TenantTable::new("push_delivery")
        .column(uuid("token_id"))
        .column(text("kind"))
        .column(text("state"))
        .column(number("attempts"))
        .column(moment_or_null("next_attempt_at"))
        .column(moment("created_at"))
        .index_across_tenants(&["next_attempt_at", "tenant_id"])
        .tenant_may(TenantMay::Everything)
        .sign_in_may(SignInMay::Read)
        .create(manager)
        .await
}
