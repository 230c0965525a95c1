//! The people of a household.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{HouseholdId, MemberId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{household_ids, named_in};

/// A person of a household.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_member")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// The household.
    pub household_id: HouseholdId,
    /// Order on the form, from 0.
    pub position: i32,
    /// Name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Birth date as far as it is known: year, year and month, or day.
    #[sea_orm(column_type = "Text", nullable)]
    pub birth: Option<String>,
    /// Relation to the head.
    pub relation: crate::vocabulary::Relation,
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
            narrower => named_in::<Entity>(Column::HouseholdId, household_ids(narrower)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = (reach, row);
        true // its household was found under the same scope
    }
}
