//! The append-only journal of what the city did with a programme year.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, ProgrammeEventId, TenantId};
use crate::scope::{CityOwned, Shared};
use crate::vocabulary::ProgrammeAction;

/// One act of the city on a programme year.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_event")]
pub struct Model {
    /// The city association.
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgrammeEventId,
    /// Programme year.
    pub year: i32,
    /// What was done.
    pub action: ProgrammeAction,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Who did it.
    pub account_id: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// When.
    pub at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}

impl CityOwned for Entity {
    const CITY: Column = Column::CityId;
}
