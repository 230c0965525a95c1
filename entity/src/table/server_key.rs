//! Keys of the server: what signs access tokens, what authenticates cursors. Written by the owner only.

use sea_orm::entity::prelude::*;

use crate::id::ServerKeyId;

/// A key of the server.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServerKeyId,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// The key itself.
    #[sea_orm(column_type = "Blob")]
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when it signs; none where it never waited, or signs nothing.
    pub signs_from: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
