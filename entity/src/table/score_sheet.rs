//! Score sheets, one row each: marks as a compact list in the order of the set. A signed sheet is never changed.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, CriteriaSetId, PostId, RegistrationId, ScoreSheetId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids};
use crate::vocabulary::{Channel, Role, SheetKind};

/// A score sheet.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "score_sheet")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ScoreSheetId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// Who marks it.
    pub kind: SheetKind,
    /// 1 for the first, one more each time it was returned and marked anew.
    pub round: i32,
    /// The branch.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// The set it is marked by.
    pub criteria_set_id: CriteriaSetId,
    /// JSON list: hundredths of points for each indicator in the order of the set, null where it does not apply, false for a
    /// line that a draft leaves empty.
    #[sea_orm(column_type = "Text")]
    pub marks: String,
    /// JSON object: what was written beside indicators, by their codes.
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    /// Hundredths of points on the scale of the set.
    pub total: i32,
    /// Whether it passes.
    pub passes: bool,
    /// Code of the rank reached, where the set has ranks.
    #[sea_orm(column_type = "Text", nullable)]
    pub rank: Option<String>,
    /// Who wrote it last.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// Under which post.
    pub post_id: PostId,
    /// The post's role.
    pub role: Role,
    /// How it came in.
    pub channel: Channel,
    /// Raised with every change.
    pub version: i32,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub changed_at: DateTimeUtc,
    /// When it was handed on; never changed since.
    pub signed_at: Option<DateTimeUtc>,
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
            Reach::Ward(ward) => Condition::all().add(Column::WardId.eq(*ward)),
            Reach::Branch(branch) => Condition::all().add(Column::BranchId.eq(*branch)),
            Reach::Own(_) => named_in::<Entity>(Column::RegistrationId, registration_ids(reach)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.account_id == *account,
        }
    }
}
