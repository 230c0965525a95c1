//! What a district or ward has narrowed a window of the city to, for itself and the units below it.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, TenantId, UnitId, UnitWindowId};
use crate::scope::{CityReadable, Reach, TenantOwned};
use crate::vocabulary::Phase;

/// A narrowed window.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_window")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnitWindowId,
    /// The district or ward.
    pub unit_id: UnitId,
    /// Programme year.
    pub year: i32,
    /// The part of the work.
    pub phase: Phase,
    /// First moment at which it may be done there.
    pub opens_at: DateTimeUtc,
    /// First moment at which it may not any more.
    pub closes_at: DateTimeUtc,
    /// Who set it.
    pub set_by: AccountId,
    /// When it was last set.
    pub set_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // a deadline is for everybody to read
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.unit_id == *ward,
            Reach::Branch(_) | Reach::Own(_) => false,
        }
    }
}

impl CityReadable for Entity {}
