//! The append-only journal of every action on a registration. Names and units are kept as they were then.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostId, RegistrationEventId, RegistrationId, TenantId, UnitId};
use crate::scope::{Reach, TenantOwned};
use crate::table::{named_in, registration_ids};
use crate::vocabulary::{Channel, RegistrationAction, RegistrationState, Role};

/// One action on a registration.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration_event")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegistrationEventId,
    /// The registration.
    pub registration_id: RegistrationId,
    /// The registration's version after it.
    pub version: i32,
    /// What was done.
    pub action: RegistrationAction,
    /// The state before; none for the first action.
    pub from_state: Option<RegistrationState>,
    /// The state after.
    pub to_state: RegistrationState,
    /// Why, where the action asks for it.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Who did it.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// Under which post.
    pub post_id: PostId,
    /// The post's role.
    pub role: Role,
    /// The registration's branch at that time.
    pub branch_id: UnitId,
    /// The registration's ward at that time.
    pub ward_id: UnitId,
    /// How it came in.
    pub channel: Channel,
    /// When, by the server's clock.
    pub at: DateTimeUtc,
    /// When, by the phone's own clock.
    pub device_at: Option<DateTimeUtc>,
    /// Whether it was done after its window had closed, as the city allowed.
    pub late: bool,
    /// The server's time less the phone's when it was sent, in milliseconds; none where the phone did not say.
    pub skew_ms: Option<i64>,
    /// Whether it came after its window and counts as in time, because the phone had recorded it before.
    pub in_time_by_device: bool,
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
            narrower => named_in::<Entity>(Column::RegistrationId, registration_ids(narrower)),
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
