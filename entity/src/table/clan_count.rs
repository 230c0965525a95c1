//! How many families of a clan there are in another association, and how many of them were recognised in a year: as that
//! association last told, by its leave.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{CollectiveId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::named_in;
use crate::table::subject_account::collective_ids;

/// What another association told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clan_count")]
pub struct Model {
    /// The association the clan is at home in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The clan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub clan_id: CollectiveId,
    /// The association that told.
    #[sea_orm(primary_key, auto_increment = false)]
    pub association_id: TenantId,
    /// Programme year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// Its families of the clan.
    pub families: i32,
    /// Those of them that are recognised.
    pub recognised: i32,
    /// When it was asked.
    pub counted_at: DateTimeUtc,
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
            narrower => named_in::<Entity>(Column::ClanId, collective_ids(narrower)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        // whether the clan is within reach is asked when it is found
        let _ = (reach, row);
        true
    }
}
