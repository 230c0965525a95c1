//! What one officer does not do with a post alone, giving it or ending it: proposed by one, confirmed or refused by
//! another.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostId, PostProposalId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::vocabulary::{ProposalState, Role};

/// A proposed post, or the proposed end of one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post_proposal")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostProposalId,
    /// Who is to hold the post; where one is only to end, who holds it.
    pub account_id: AccountId,
    /// Their name as it was given; none where a post is only to end.
    #[sea_orm(column_type = "Text", nullable)]
    pub holder_name: Option<String>,
    /// What it is to let them do.
    pub role: Role,
    /// Where.
    pub unit_id: UnitId,
    /// First moment it is to give rights; where a post is only to end, when that one began.
    pub valid_from: DateTimeUtc,
    /// First moment it is to give none any more; where a post is only to end at once, none.
    pub valid_until: Option<DateTimeUtc>,
    /// Number of the decision of appointment; none where a post is only to end.
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_number: Option<String>,
    /// The post that is to end; where another is proposed besides, at the moment that one begins.
    pub ends_post_id: Option<PostId>,
    /// Why it is to end.
    #[sea_orm(column_type = "Text", nullable)]
    pub ending_reason: Option<String>,
    /// Who proposed it.
    pub proposed_by: AccountId,
    /// Under which post; when that one is over, so is the proposal.
    pub proposed_by_post: PostId,
    /// Their name then.
    #[sea_orm(column_type = "Text")]
    pub proposer_name: String,
    /// When.
    pub proposed_at: DateTimeUtc,
    /// First moment at which it cannot be confirmed any more.
    pub expires_at: DateTimeUtc,
    /// Where it stands.
    pub state: ProposalState,
    /// Who confirmed or refused it.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was refused.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// The post that has come of it.
    pub post_id: Option<PostId>,
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
            // what is not decided yet is for those who decide; no id is this one
            _ => Condition::all().add(Column::Id.is_null()),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = row;
        matches!(reach, Reach::Tenant)
    }
}
