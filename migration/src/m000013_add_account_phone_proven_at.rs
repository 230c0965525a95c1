//! Whose a phone number is: until its telephone, or the operator, has said so, a number beside an account is only typed in. And a
//! family that is put out leaves its households behind.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::role::TENANT;
use crate::table::moment_or_null;

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table(Alias::new("account"))
            .add_column(moment_or_null("phone_proven_at"))
            .take();
        manager.alter_table(alter).await?;
        let db = manager.get_connection();
        // the accounts there are were made by the operator or an officer, who know whose number it is; nobody joined before
        db.execute_unprepared("UPDATE account SET phone_proven_at = created_at WHERE phone IS NOT NULL")
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(&format!("GRANT DELETE ON household_account TO {TENANT}"))
                .await?;
        }
        Ok(())
    }
}
