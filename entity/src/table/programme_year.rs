//! Programme years, opened by the city for all its districts.

use sea_orm::entity::prelude::*;

use crate::id::TenantId;
use crate::scope::{CityOwned, Shared};

/// A programme year; its windows are in `programme_window`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_year")]
pub struct Model {
    /// The city association that opened it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: TenantId,
    /// Calendar year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// When it was opened.
    pub created_at: DateTimeUtc,
    /// When it was closed: from then on nothing changes in it.
    pub closed_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}

impl CityOwned for Entity {
    const CITY: Column = Column::CityId;
}
