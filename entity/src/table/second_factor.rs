//! The second factor of an account. Belongs to no tenant, as accounts do.
//!
//! The row is made when it is first needed and stays: a code that was used does not work again after the factor was removed.

use sea_orm::entity::prelude::*;

use crate::id::AccountId;
use crate::scope::Personal;

/// A second factor, in force or not.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    /// The account; it has at most one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The secret in force, sealed; none where there is no second factor.
    #[sea_orm(column_type = "Blob", nullable)]
    pub secret: Option<Vec<u8>>,
    /// A secret that was shown and waits for its first code, sealed.
    #[sea_orm(column_type = "Blob", nullable)]
    pub pending_secret: Option<Vec<u8>>,
    /// Since when the secret is in force.
    pub confirmed_at: Option<DateTimeUtc>,
    /// The newest time step (RFC 6238) whose code was accepted; neither it nor an older one is accepted again.
    pub last_step: Option<i64>,
    /// Whether the account's password is so short that it is enough beside a second factor only.
    pub short_password: bool,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
