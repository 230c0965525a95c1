//! How far an association's outbox has been told. Whoever holds this row is the one relay at work there.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::TenantId;
use crate::scope::{Errands, Reach, TenantOwned};

/// How far an association's outbox has been told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_head")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The last batch; 0 before the first.
    pub last: i64,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;

    fn within(reach: &Reach) -> Condition {
        // a number: it tells nothing of anybody
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = row;
        matches!(reach, Reach::Tenant)
    }
}

impl Errands for Entity {}
