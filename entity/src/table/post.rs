//! Dated appointments: all rights come from them.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::branch_ids;
use crate::vocabulary::Role;

/// A person's appointment to a role in a unit, for a time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostId,
    /// Who holds it.
    pub account_id: AccountId,
    /// What it lets them do.
    pub role: Role,
    /// Where.
    pub unit_id: UnitId,
    /// First moment it gives rights.
    pub valid_from: DateTimeUtc,
    /// First moment it gives none any more.
    pub valid_until: Option<DateTimeUtc>,
    /// Number of the decision of appointment.
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_number: Option<String>,
    /// When it was recorded.
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
            Reach::Ward(ward) => Condition::any()
                .add(Column::UnitId.eq(*ward))
                .add(Column::UnitId.in_subquery(branch_ids(*ward))),
            Reach::Branch(branch) => Condition::all().add(Column::UnitId.eq(*branch)),
            Reach::Own(account) => Condition::all().add(Column::AccountId.eq(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let may = match reach {
            Reach::Tenant => true,
            // that the branch is one of the ward's is the store's to see: it takes the tree of the day. A family's post comes
            // along when its household moves
            Reach::Ward(ward) => matches!(row.role, Role::BranchHead | Role::Family) && row.unit_id != *ward,
            Reach::Branch(_) | Reach::Own(_) => false,
        };
        may && row.valid_until.is_none_or(|until| row.valid_from < until)
    }
}
