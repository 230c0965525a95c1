//! Which versions of apps send which documents.

use sea_orm::entity::prelude::*;

use crate::id::{AppVersionDocumentId, AppVersionId, TrustedDocumentId};
use crate::scope::Personal;

/// That a version of an app sends a document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_version_document")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppVersionDocumentId,
    /// The version.
    pub app_version_id: AppVersionId,
    /// The document.
    pub trusted_document_id: TrustedDocumentId,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}
