//! Photos and papers that show what a registration says. The row is there before the bytes, and without them it holds: they
//! come when the line allows, piece by piece, and lie outside of the database under names made of the tenant and the id.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::id::{AccountId, EvidenceId, PostId, RegistrationId, TenantId, UnitId};
use crate::scope::{Errands, Reach, TenantOwned};
use crate::table::registration_within;
use crate::vocabulary::{EvidenceFault, EvidenceFormat, EvidenceState, Role};

/// A file of evidence.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EvidenceId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// The registration's branch when it was added. Who sees it follows the registration, not this.
    pub branch_id: UnitId,
    /// That branch's ward.
    pub ward_id: UnitId,
    /// Code of the indicator it is for, if for one.
    #[sea_orm(column_type = "Text", nullable)]
    pub indicator: Option<String>,
    /// What the phone calls the file: shown and given back, never a name under which anything is stored.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// What it was said to be, and is once it is checked.
    pub format: EvidenceFormat,
    /// Bytes, as was said.
    pub size: i32,
    /// SHA-256 of them in hexadecimal digits, as was said.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// Bytes that have come.
    pub received: i32,
    /// Under which names the pieces that have come are stored, in their order, with commas between; empty once they are put
    /// together or removed.
    #[sea_orm(column_type = "Text")]
    pub pieces: String,
    /// Where it stands.
    pub state: EvidenceState,
    /// Why it cannot be taken.
    pub fault: Option<EvidenceFault>,
    /// Whether the sweep has something to do here one day: bytes to wait for, to look at or to remove.
    pub unsettled: bool,
    /// Who added it.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// Under which post.
    pub post_id: PostId,
    /// The post's role.
    pub role: Role,
    /// When it was added.
    pub created_at: DateTimeUtc,
    /// When it came to the state it is in.
    pub changed_at: DateTimeUtc,
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
            Reach::Ward(_) | Reach::Branch(_) | Reach::Own(_) => {
                registration_within(reach, (Column::TenantId, Column::RegistrationId))
            }
        }
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        match reach {
            Reach::Tenant => true,
            Reach::Ward(ward) => row.ward_id == *ward,
            Reach::Branch(branch) => row.branch_id == *branch,
            Reach::Own(account) => row.account_id == *account,
        }
    }
}

impl Errands for Entity {}

/// The files with which the sweep has something to do one day, in the words of the index that holds these alone: of a bound value
/// neither database would know that it is the index's.
pub fn is_unsettled() -> Condition {
    Condition::all().add(Expr::col((Entity, Column::Unsettled)))
}
