//! Notices: what a person must hear of their account, or of one they are responsible for. Belongs to no tenant.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, NoticeId};
use crate::scope::Personal;
use crate::vocabulary::NoticeKind;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    /// Who is to read it.
    pub account_id: AccountId,
    /// What it says.
    pub kind: NoticeKind,
    /// Whose account it is about, where that is not the reader's own.
    pub about_account_id: Option<AccountId>,
    /// When it happened.
    pub at: DateTimeUtc,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
