//! Citizens by the registrations that somebody may see: one who has moved out of sight with the household keeps the name on the
//! papers of the old branch. A narrow look at the table `citizen`, read only.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{CitizenId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registered_ids};

/// What papers say of a citizen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "citizen")]
pub struct Model {
    /// The association they belong to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Their id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CitizenId,
    /// Name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
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
