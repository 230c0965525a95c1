//! Associations. A tenant is an organisation, not an administrative code: it outlives mergers of districts.

use sea_orm::entity::prelude::*;

use crate::id::{TenantId, UnitId};
use crate::scope::Shared;
use crate::vocabulary::TenantKind;

/// An association.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TenantId,
    /// City or district.
    pub kind: TenantKind,
    /// The association above it; the city has none.
    pub parent_id: Option<TenantId>,
    /// The top unit of its tree. No foreign key: the two rows are made together and neither comes first.
    pub root_unit_id: UnitId,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}
