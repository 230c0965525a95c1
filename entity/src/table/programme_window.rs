//! The windows of programme years, set by the city for all its associations.

use sea_orm::entity::prelude::*;

use crate::id::TenantId;
use crate::scope::{CityOwned, Shared};
use crate::vocabulary::Phase;

/// When one part of the work may be done.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_window")]
pub struct Model {
    /// The city association that set it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: TenantId,
    /// Programme year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// The part of the work.
    #[sea_orm(primary_key, auto_increment = false)]
    pub phase: Phase,
    /// First moment at which it may be done.
    pub opens_at: DateTimeUtc,
    /// First moment at which it may not any more, or only late.
    pub closes_at: DateTimeUtc,
    /// Whether it may still be done afterwards, marked as late, until the year is closed.
    pub late_allowed: bool,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}

impl CityOwned for Entity {
    const CITY: Column = Column::CityId;
}
