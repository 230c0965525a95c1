//! The security journal: what happened to whose account. Rows are added and read, never changed.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostId, SecurityEventId, SessionId};
use crate::scope::Personal;
use crate::vocabulary::SecurityEventKind;

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_event")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SecurityEventId,
    /// Whose account; none where it is the installation's.
    pub account_id: Option<AccountId>,
    /// What happened.
    pub kind: SecurityEventKind,
    /// When.
    pub at: DateTimeUtc,
    /// In which session, or to which.
    pub session_id: Option<SessionId>,
    /// Who did it, where it was not the owner; none also for the operator.
    pub by_account_id: Option<AccountId>,
    /// Under which post.
    pub by_post_id: Option<PostId>,
    /// From which network address.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// A word more, such as the reason a session ended; never a name, number or secret.
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
