//! Devices that take pushed messages: one for a session, and gone with it. Belongs to no tenant.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PushTokenId, SessionId};
use crate::scope::Personal;
use crate::vocabulary::Platform;

/// A device that takes pushed messages.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_token")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PushTokenId,
    /// Whose messages it takes.
    pub account_id: AccountId,
    /// The session it was registered in.
    pub session_id: SessionId,
    /// What it runs.
    pub platform: Platform,
    /// What the platform's own service knows it by.
    #[sea_orm(column_type = "Text")]
    pub token: String,
    /// The language of its titles: `vi` or `en`.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// The key it was registered with.
    pub request_key: Uuid,
    /// When it was registered.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
