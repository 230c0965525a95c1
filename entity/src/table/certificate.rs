//! Certificates: everything the paper shows, as it was when it was issued.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{CertificateId, RegistrationId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids};
use crate::vocabulary::LearningModel;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CertificateId,
    /// The recognised registration.
    pub registration_id: RegistrationId,
    /// The branch.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// Programme year.
    pub year: i32,
    /// The title.
    pub model: LearningModel,
    /// Its number: without gaps in its ward and year.
    pub number: i32,
    /// What the paper is verified by; random.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Whose it is.
    #[sea_orm(column_type = "Text")]
    pub holder_name: String,
    /// Where they live.
    #[sea_orm(column_type = "Text")]
    pub holder_address: String,
    /// The ward's name.
    #[sea_orm(column_type = "Text")]
    pub ward_name: String,
    /// The decision that recognised.
    #[sea_orm(column_type = "Text")]
    pub decision_number: String,
    /// Its day.
    pub decided_on: Date,
    /// Who decided.
    #[sea_orm(column_type = "Text")]
    pub authority: String,
    /// Who signed.
    #[sea_orm(column_type = "Text")]
    pub signer_name: String,
    /// As what.
    #[sea_orm(column_type = "Text")]
    pub signer_title: String,
    /// The rank reached, where the criteria have ranks.
    #[sea_orm(column_type = "Text", nullable)]
    pub rank: Option<String>,
    /// Whether the criteria were a sample.
    pub sample: bool,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// How often it was printed.
    pub prints: i32,
    /// The decision that took the title away.
    #[sea_orm(column_type = "Text", nullable)]
    pub revoked_by_decision: Option<String>,
    /// Its day.
    pub revoked_on: Option<Date>,
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
            Reach::Own(_) => named_in::<Entity>(Column::RegistrationId, registration_ids(reach)),
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(_) => false,
        }
    }
}
