//! The first answer to each mutation: a second sending of the same key gets it again.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, IdempotencyId, TenantId};
use crate::scope::{Reach, TenantOwned};

/// The stored first answer to a mutation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyId,
    /// Who sent it.
    pub account_id: AccountId,
    /// The key the phone made.
    pub key: Uuid,
    /// Which mutation.
    #[sea_orm(column_type = "Text")]
    pub operation: String,
    /// SHA-256 of what was asked.
    #[sea_orm(column_type = "Blob")]
    pub payload_hash: Vec<u8>,
    /// SHA-256 of the input as the phone sent it, in its canonical form; none where the mutation does not tell it.
    #[sea_orm(column_type = "Blob", nullable)]
    pub sent_hash: Option<Vec<u8>>,
    /// The outcome, as JSON without personal data.
    #[sea_orm(column_type = "Text")]
    pub outcome: String,
    /// When it was stored.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // always read with the account of the scope
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = (reach, row);
        true
    }
}
