//! Versions of apps that have registered their documents. Several are alive at once; each ends by a date.

use sea_orm::entity::prelude::*;

use crate::id::AppVersionId;
use crate::scope::Personal;

/// A version of an app.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_version")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppVersionId,
    /// The app's name.
    #[sea_orm(column_type = "Text")]
    pub app: String,
    /// The version's name.
    #[sea_orm(column_type = "Text")]
    pub version: String,
    /// When it was registered.
    pub added_at: DateTimeUtc,
    /// From when its documents are refused; none while nobody has said.
    pub retires_at: Option<DateTimeUtc>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
