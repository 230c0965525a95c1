//! Programme years, opened by the city for all its districts.

use sea_orm::entity::prelude::*;

use crate::id::TenantId;
use crate::scope::Shared;

/// A programme year and its window for registering.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_year")]
pub struct Model {
    /// The city association that opened it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: TenantId,
    /// Calendar year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// First moment at which a registration may be sent in.
    pub registration_opens_at: DateTimeUtc,
    /// First moment at which it may not any more.
    pub registration_closes_at: DateTimeUtc,
    /// When it was opened.
    pub created_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}
