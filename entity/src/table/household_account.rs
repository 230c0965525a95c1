//! Which phones manage which household.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, HouseholdAccountId, HouseholdId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{household_ids, named_in};

/// The link between a household and a phone's account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_account")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HouseholdAccountId,
    /// The household.
    pub household_id: HouseholdId,
    /// The account.
    pub account_id: AccountId,
    /// Since when.
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
            Reach::Own(account) => Condition::all().add(Column::AccountId.eq(*account)),
            Reach::Tenant => Condition::all(),
            narrower => named_in::<Entity>(Column::HouseholdId, household_ids(narrower)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Own(account) => row.account_id == *account,
            _ => true,
        }
    }
}

/// The households an account manages, as a sub-select of `(tenant, id)`: it may manage some in several associations.
pub(crate) fn households_of(account: AccountId) -> sea_orm::sea_query::SelectStatement {
    sea_orm::sea_query::Query::select()
        .columns([Column::TenantId, Column::HouseholdId])
        .from(Entity)
        .and_where(Column::AccountId.eq(account))
        .take()
}
