//! Minutes of the branch meetings that assess.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, AssessmentId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{meetings_of, named_in};
use crate::vocabulary::LearningModel;

/// The minutes of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssessmentId,
    /// The branch.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// The title assessed.
    pub model: LearningModel,
    /// Programme year.
    pub year: i32,
    /// The day of the meeting.
    pub held_on: Date,
    /// Where it was.
    #[sea_orm(column_type = "Text")]
    pub place: String,
    /// Who led it.
    #[sea_orm(column_type = "Text")]
    pub chair_name: String,
    /// Who wrote the minutes.
    #[sea_orm(column_type = "Text")]
    pub secretary_name: String,
    /// How many were present.
    pub present: i32,
    /// What was said.
    #[sea_orm(column_type = "Text", nullable)]
    pub remarks: Option<String>,
    /// The last day on which the result hangs out for everybody to read.
    pub posted_until: Option<Date>,
    /// Who entered it.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// When they were entered.
    pub created_at: DateTimeUtc,
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
            // a family learns when it was assessed; who came and what was said there, no query shows it
            Reach::Own(_) => named_in::<Entity>(Column::Id, meetings_of(reach)),
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
