//! What following the outbox needs: where a registration came from, the order in which it was told, and how far.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::SIGN_IN;
use crate::table::{count_or_null, uuid_or_null};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // whoever follows the old branch is told that a registration has left it
        for column in ["from_branch_id", "from_ward_id"] {
            add(manager, "outbox", uuid_or_null(column)).await?;
        }
        add(manager, "registration_notice", count_or_null("batch")).await?;
        let mut statements = vec![
            "CREATE INDEX ix_outbox_batch_version_id ON outbox (tenant_id, batch, version, id)".to_owned(),
            "CREATE INDEX ix_registration_notice_batch ON registration_notice (tenant_id, batch)".to_owned(),
            // a stream reads an account's from its own place, in their order
            "CREATE INDEX ix_registration_notice_account_id_tenant_id_batch_id \
             ON registration_notice (account_id, tenant_id, batch, id)"
                .to_owned(),
            // what is unread is counted with each event, and is little of what there is
            "CREATE INDEX ix_registration_notice_unread ON registration_notice (account_id) WHERE read_at IS NULL"
                .to_owned(),
            "CREATE INDEX ix_notice_unread ON notice (account_id) WHERE read_at IS NULL".to_owned(),
        ];
        if manager.get_database_backend() == DbBackend::Postgres {
            // a number an association: it tells nothing of anybody
            statements.push(format!(
                "CREATE POLICY {SIGN_IN}_reads ON outbox_head FOR SELECT TO {SIGN_IN} USING (true)"
            ));
            statements.push(format!("GRANT SELECT ON outbox_head TO {SIGN_IN}"));
        }
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

async fn add(manager: &SchemaManager<'_>, table: &str, mut column: ColumnDef) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(Alias::new(table)).add_column(&mut column);
    manager.alter_table(alter).await
}
