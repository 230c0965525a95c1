//! The share of its subjects a unit is to bring to a title in a year.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{TargetId, TenantId, UnitId};
use crate::scope::{CityReadable, Reach, TenantOwned};
use crate::vocabulary::{LearningModel, TargetMeasure};

/// A unit's target.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TargetId,
    /// The unit.
    pub unit_id: UnitId,
    /// The title.
    pub model: LearningModel,
    /// Programme year.
    pub year: i32,
    /// The share to be reached, in hundredths of a per cent.
    pub basis_points: i32,
    /// When it was last set.
    pub set_at: DateTimeUtc,
    /// Which share it is for.
    pub measure: TargetMeasure,
    /// Whether it was set together with those of all units beside it, not for this unit by hand.
    pub cascaded: bool,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // a unit's target is as little a secret as its name
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = row;
        // which units a ward sets targets for, the tree says: a target does not know its unit's ward
        matches!(reach, Reach::Tenant | Reach::Ward(_))
    }
}

impl CityReadable for Entity {}
