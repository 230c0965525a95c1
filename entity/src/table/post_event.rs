//! What was done with posts: the association's own journal, and the list of what the security journal is still to be told.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostEventId, PostId, PostProposalId, SessionId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, post_ids};
use crate::vocabulary::SecurityEventKind;

/// Something done with a post, or with a proposal of one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post_event")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id, and that of the entry in the security journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostEventId,
    /// The post; none while it is only proposed.
    pub post_id: Option<PostId>,
    /// The proposal; none where there was none.
    pub proposal_id: Option<PostProposalId>,
    /// Whose post.
    pub account_id: AccountId,
    /// What was done.
    pub kind: SecurityEventKind,
    /// The person's name as it was given at the appointment.
    #[sea_orm(column_type = "Text", nullable)]
    pub holder_name: Option<String>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Who did it.
    pub by_account_id: AccountId,
    /// Under which post.
    pub by_post_id: PostId,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// From which network address.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// When.
    pub at: DateTimeUtc,
    /// At an appointment: whether the account was somebody's already, who has to take the post before those above it are
    /// responsible for the account.
    pub awaits_holder: bool,
    /// When the security journal was told; it is written by another role, so in another transaction.
    pub told_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        match reach {
            Reach::Tenant => Condition::all(),
            Reach::Own(account) => Condition::all().add(Column::AccountId.eq(*account)),
            narrower => named_in::<Entity>(Column::PostId, post_ids(narrower)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(_) => row.post_id.is_some(),
            // the holder takes a post
            Reach::Own(account) => row.kind == SecurityEventKind::PostAccepted && row.account_id == *account,
            Reach::Branch(_) => false,
        }
    }
}
