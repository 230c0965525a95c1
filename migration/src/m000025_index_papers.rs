//! What stands on a list or by a decision, found by the paper; and what an account manages, found by the account alone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Most registrations stand on no paper, so the first two are small.
const INDEXES: [&str; 3] = [
    "CREATE INDEX ix_registration_submission_id ON registration (tenant_id, submission_id, id) WHERE submission_id IS NOT NULL",
    "CREATE INDEX ix_registration_decision_id ON registration (tenant_id, decision_id, id) WHERE decision_id IS NOT NULL",
    "CREATE INDEX ix_household_account_account_id_household_id ON household_account (account_id, household_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
