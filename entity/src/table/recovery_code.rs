//! Recovery codes that have not been used. Only hashes: what is stored cannot be used. A code that was used is removed.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, RecoveryCodeId};
use crate::scope::Personal;

/// A recovery code that works once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecoveryCodeId,
    /// Whose it is.
    pub account_id: AccountId,
    /// SHA-256 of the code.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
