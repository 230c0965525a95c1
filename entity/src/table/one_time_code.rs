//! One-time codes: proof of a phone number, and the way back in. No code is stored: it follows from the row's id and a
//! key of the server. Belongs to no tenant, as accounts do.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, OneTimeCodeId, PostId, TenantId};
use crate::scope::Personal;
use crate::vocabulary::CodePurpose;

/// A one-time code.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_code")]
pub struct Model {
    /// Its id; the code follows from it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OneTimeCodeId,
    /// What it is good for, and nothing else.
    pub purpose: CodePurpose,
    /// Whom it lets back in.
    pub account_id: Option<AccountId>,
    /// The phone number it was sent to, as a keyed hash in hexadecimal digits.
    #[sea_orm(column_type = "Text", nullable)]
    pub recipient: Option<String>,
    /// The association it was asked for.
    pub association_id: Option<TenantId>,
    /// The officer who gave it out.
    pub issued_by: Option<AccountId>,
    /// Under which post.
    pub issued_under: Option<PostId>,
    /// The key the officer's phone made for it.
    pub request_key: Option<Uuid>,
    /// How often a wrong one was tried.
    pub tries: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// First moment at which it does not work any more.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
    /// When another took its place.
    pub ended_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}

impl Model {
    /// Whether it may still be used at `now`.
    pub fn is_open(&self, now: DateTimeUtc) -> bool {
        self.used_at.is_none() && self.ended_at.is_none() && now < self.expires_at
    }
}
