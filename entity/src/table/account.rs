//! People who can sign in. Belongs to no tenant: one person may hold posts in several.

use sea_orm::entity::prelude::*;

use crate::id::AccountId;
use crate::scope::Personal;

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// Chosen name for signing in; lower case.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_name: Option<String>,
    /// Phone number for signing in, E.164.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// The person's name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Argon2id in PHC form; none until a password is set.
    #[sea_orm(column_type = "Text", nullable)]
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When its telephone, or the operator, has said that the number is this person's; none while it is only typed in.
    pub phone_proven_at: Option<DateTimeUtc>,
    /// From when it may not sign in, nor use what it has signed.
    pub disabled_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
