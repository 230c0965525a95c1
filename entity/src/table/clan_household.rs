//! The families of clans. A row belongs to the association of the family; the clan may be another association's.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, ClanHouseholdId, CollectiveId, HouseholdId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{household_ids, named_in};

/// A family's place in a clan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clan_household")]
pub struct Model {
    /// The association of the family.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClanHouseholdId,
    /// The association the clan is at home in.
    pub clan_tenant_id: TenantId,
    /// The clan.
    pub clan_id: CollectiveId,
    /// The family.
    pub household_id: HouseholdId,
    /// Who entered it.
    pub added_by: AccountId,
    /// When.
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
            narrower => named_in::<Entity>(Column::HouseholdId, household_ids(narrower)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        // whether the household is within reach is asked when it is found
        let _ = (reach, row);
        true
    }
}
