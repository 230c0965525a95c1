//! Complaints about what a branch meeting has decided, while the result hangs out.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, ComplaintId, RegistrationId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids};
use crate::vocabulary::ComplaintState;

/// A complaint.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ComplaintId,
    /// What it is about.
    pub registration_id: RegistrationId,
    /// The branch.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// Where it stands.
    pub state: ComplaintState,
    /// What is said.
    #[sea_orm(column_type = "Text")]
    pub words: String,
    /// Who complains, where somebody entered it for them.
    #[sea_orm(column_type = "Text", nullable)]
    pub complainant_name: Option<String>,
    /// Who entered it.
    pub account_id: AccountId,
    /// When.
    pub created_at: DateTimeUtc,
    /// The ward's answer.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// Who answered.
    pub answered_by: Option<AccountId>,
    /// When.
    pub answered_at: Option<DateTimeUtc>,
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
