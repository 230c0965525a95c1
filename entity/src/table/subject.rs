//! What can be registered for a title: households, clans, institutions, communities and citizens.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::id::{SubjectId, TenantId};
use crate::scope::{Reach, TenantOwned};
use crate::vocabulary::SubjectKind;

/// Something that can be registered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject")]
pub struct Model {
    /// The association it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Its id: that of the household, collective or citizen it stands for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubjectId,
    /// What it is.
    pub kind: SubjectKind,
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
        // an id and a kind: what it stands for is guarded in its own table
        let _ = reach;
        Condition::all()
    }

    fn admits(reach: &Reach, row: &Model) -> bool {
        let _ = (reach, row);
        true
    }
}
