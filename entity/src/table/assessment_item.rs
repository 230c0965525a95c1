//! What a meeting decided on one registration.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AssessmentId, AssessmentItemId, RegistrationId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids};

/// The votes on one registration.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment_item")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssessmentItemId,
    /// The meeting.
    pub assessment_id: AssessmentId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// The branch.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// Votes for.
    pub votes_for: i32,
    /// Votes against.
    pub votes_against: i32,
    /// What was said of it.
    #[sea_orm(column_type = "Text", nullable)]
    pub remark: Option<String>,
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
            Reach::Own(_) => false,
        }
    }
}
