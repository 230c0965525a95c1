//! Households by the registrations that somebody may see: a household that has moved out of sight since keeps its name on the
//! papers of its old branch; where it lives now they do not learn. A narrow look at the table `household`, read only.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{HouseholdId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registered_ids};

/// What papers say of a household.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HouseholdId,
    /// Name of the head of the household, NFC.
    #[sea_orm(column_type = "Text")]
    pub head_name: String,
    /// Vietnamese order: given, family, middle name.
    #[sea_orm(column_type = "Blob")]
    pub sort_key: Vec<u8>,
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
            narrower => named_in::<Entity>(Column::Id, registered_ids(narrower)),
        }
    }

    fn admits(_: &Reach, _: &Model) -> bool {
        false
    }
}
