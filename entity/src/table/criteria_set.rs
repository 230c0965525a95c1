//! Criteria sets as the city published them. A set never changes; a new version is added.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, CriteriaSetId, TenantId};
use crate::scope::{CityOwned, Shared};
use crate::vocabulary::{CriteriaVariant, LearningModel};

/// A published criteria set.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "criteria_set")]
pub struct Model {
    /// The city association that published it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: TenantId,
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CriteriaSetId,
    /// Stable name; the versions of a set share it.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Which version, from 1.
    pub version: i32,
    /// The title it is for.
    pub model: LearningModel,
    /// Which of several forms of one title; none where it is for all subjects.
    pub variant: Option<CriteriaVariant>,
    /// Whether its text was not verified against the official one.
    pub sample: bool,
    /// First day of validity.
    pub valid_from: Date,
    /// Last day of validity; open-ended without it.
    pub valid_to: Option<Date>,
    /// The document as it was published.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    /// SHA-256 of the document.
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    /// Who published it.
    pub published_by: AccountId,
    /// Their name at that time.
    #[sea_orm(column_type = "Text")]
    pub publisher_name: String,
    /// When.
    pub published_at: DateTimeUtc,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Shared for Entity {}

impl CityOwned for Entity {
    const CITY: Column = Column::CityId;
}
