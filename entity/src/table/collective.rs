//! Clans, institutions and communities: what is registered for the three collective titles beside the family's.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, CollectiveId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::named_in;
use crate::table::subject_account::subjects_of;
use crate::vocabulary::{CriteriaVariant, SubjectKind};

/// A clan, an institution or a community.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collective")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CollectiveId,
    /// Which of the three it is.
    pub kind: SubjectKind,
    /// Its branch.
    pub branch_id: UnitId,
    /// Its branch's ward.
    pub ward_id: UnitId,
    /// Its name, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded.
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    /// Vietnamese order, numbers by their value.
    #[sea_orm(column_type = "Blob")]
    pub sort_key: Vec<u8>,
    /// Who heads it, NFC.
    #[sea_orm(column_type = "Text")]
    pub head_name: String,
    /// The head's phone number, E.164.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// Address inside the ward.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// Of an institution: under whose management it is, and so which criteria hold for it.
    pub variant: Option<CriteriaVariant>,
    /// Of an institution: how many work or learn there.
    pub people: Option<i32>,
    /// Raised with every change.
    pub version: i32,
    /// Who entered it.
    pub created_by: AccountId,
    /// When it was entered.
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
