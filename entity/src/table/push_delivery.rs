//! Messages on their way to devices: what is tried when, and what has become of it. The device's token stands elsewhere
//! ([`crate::table::push_token`]).

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{PushDeliveryId, PushTokenId, TenantId};
use crate::scope::{Errands, Reach, TenantOwned};
use crate::vocabulary::{DeliveryState, NoticeKind};

/// A message to one device.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_delivery")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id, the same for every try: a gateway that has had it shows it no second time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PushDeliveryId,
    /// The device. No foreign key: a device may be gone before its message is.
    pub token_id: PushTokenId,
    /// What the notice says; the device shows its title and no more.
    pub kind: NoticeKind,
    /// What has become of it.
    pub state: DeliveryState,
    /// How often it has been tried.
    pub attempts: i32,
    /// When it is tried next; none when it is done with. Whoever tries it puts this off first.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // a device and a kind of news: nobody reads it but the server itself
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = row;
        matches!(reach, Reach::Tenant)
    }
}

impl Errands for Entity {}
