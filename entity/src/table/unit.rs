//! Places in the tree of units. What a unit is called and where it hangs is in `unit_version`.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{TenantId, UnitId};
use crate::scope::{CityReadable, Reach, TenantOwned};
use crate::vocabulary::{BranchKind, UnitKind};

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id, for ever.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnitId,
    /// Its level.
    pub kind: UnitKind,
    /// Where the branch works; only for branches.
    pub branch_kind: Option<BranchKind>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // names of units are no secret inside their association
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(_) => row.kind == UnitKind::Branch,
            Reach::Branch(_) | Reach::Own(_) => false,
        }
    }
}

impl CityReadable for Entity {}
