//! The chain of refresh tokens of a session. Only hashes: what is stored cannot be used.

use sea_orm::entity::prelude::*;

use crate::id::{RefreshTokenId, SessionId};
use crate::scope::Personal;

/// A refresh token that was given out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// Its id; access tokens given out with it carry it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefreshTokenId,
    /// Its session.
    pub session_id: SessionId,
    /// The token it was given out for; none for the first of a session.
    pub parent_id: Option<RefreshTokenId>,
    /// SHA-256 of the token.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// When it was given out.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
