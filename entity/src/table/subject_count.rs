//! How many subjects of each kind a unit has.
//! Changed in the transaction that adds or moves one, and only by [`crate::scope::Writer::count_subject`].

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{TenantId, UnitId};
use crate::scope::{CityReadable, Reach, TenantOwned};
use crate::vocabulary::SubjectKind;

/// The number of a unit's subjects of one kind.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject_count")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The unit: branch, ward or district.
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: UnitId,
    /// Its ward: a branch's, or the ward itself; none for a district.
    pub ward_id: Option<UnitId>,
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: SubjectKind,
    /// How many.
    pub count: i64,
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
            Reach::Branch(branch) => Condition::all().add(Column::UnitId.eq(*branch)),
            // a family has no counters
            Reach::Own(_) => Condition::any().add(sea_orm::sea_query::Expr::val(false)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = (reach, row);
        false // only the writer's own tally makes these
    }
}

impl CityReadable for Entity {}
