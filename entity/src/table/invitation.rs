//! Invitations: a paper with a code by which a family's phone joins the household that its branch has entered.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, HouseholdId, InvitationId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id; its code follows from it and a key of the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The household that whoever uses it will manage.
    pub household_id: HouseholdId,
    /// The household's branch when it was made.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// What the code is found by: a keyed hash.
    #[sea_orm(column_type = "Blob")]
    pub code_hash: Vec<u8>,
    /// How often somebody knew the code and was refused all the same.
    pub tries: i32,
    /// Who made it.
    pub created_by: AccountId,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// First moment at which it does not work any more.
    pub expires_at: DateTimeUtc,
    /// Who took it back.
    pub revoked_by: Option<AccountId>,
    /// When it was taken back.
    pub revoked_at: Option<DateTimeUtc>,
    /// The account that joined by it.
    pub used_by: Option<AccountId>,
    /// When that was.
    pub used_at: Option<DateTimeUtc>,
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
            Reach::Own(account) => Condition::all().add(Column::UsedBy.eq(*account)),
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
