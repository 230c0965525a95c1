//! Citizens: adults who are registered for a title of their own. Each belongs to a household, an institution, or both.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, CitizenId, CollectiveId, HouseholdId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::named_in;
use crate::table::subject_account::subjects_of;
use crate::vocabulary::CriteriaVariant;

/// A citizen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "citizen")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CitizenId,
    /// The branch they are registered in: the household's, or the institution's.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// The household they live in.
    pub household_id: Option<HouseholdId>,
    /// The institution they work or learn in.
    pub institution_id: Option<CollectiveId>,
    /// Name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded.
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    /// Vietnamese order: given, family, middle name.
    #[sea_orm(column_type = "Blob")]
    pub sort_key: Vec<u8>,
    /// Birth date as far as it is known; at least the year.
    #[sea_orm(column_type = "Text")]
    pub birth: String,
    /// Phone number, E.164.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// Which form of the criteria they are marked by.
    pub variant: CriteriaVariant,
    /// Raised with every change.
    pub version: i32,
    /// Who entered them.
    pub created_by: AccountId,
    /// When they were entered.
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
            Reach::Ward(ward) => Condition::all().add(Column::WardId.eq(*ward)),
            Reach::Branch(branch) => Condition::all().add(Column::BranchId.eq(*branch)),
            Reach::Own(account) => named_in::<Entity>(Column::Id, subjects_of(*account)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.created_by == *account,
        }
    }
}
