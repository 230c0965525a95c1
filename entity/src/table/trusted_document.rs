//! GraphQL documents that apps have registered: a phone sends the hash, the server knows the text. Belong to no tenant,
//! hold nothing of anybody, and never change.

use sea_orm::entity::prelude::*;

use crate::id::TrustedDocumentId;
use crate::scope::Personal;

/// A registered document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrustedDocumentId,
    /// SHA-256 of the text in UTF-8.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// The names of its operations, for people.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The text.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// What it cost with the largest pages when it was registered.
    pub points: i64,
    /// When it was registered first.
    pub added_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
