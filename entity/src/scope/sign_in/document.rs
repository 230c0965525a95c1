//! Registered documents: found by their hash before anybody's association is known.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect, QueryTrait};

use super::SignIn;
use crate::id::TrustedDocumentId;
use crate::scope::DbError;
use crate::table::{app_version, app_version_document, trusted_document};

impl SignIn<'_> {
    /// The document with this hash.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn trusted_document(&self, hash: &[u8]) -> Result<Option<trusted_document::Model>, DbError> {
        self.find::<trusted_document::Entity>()
            .filter(trusted_document::Column::Hash.eq(hash.to_vec()))
            .one()
            .await
    }

    /// The versions of apps that send a document, retired ones too.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn versions_with(&self, document: TrustedDocumentId) -> Result<Vec<app_version::Model>, DbError> {
        use app_version_document::Column::{AppVersionId, TrustedDocumentId};
        let ids = app_version_document::Entity::find()
            .select_only()
            .column(AppVersionId)
            .filter(TrustedDocumentId.eq(document));
        self.find::<app_version::Entity>()
            .filter(app_version::Column::Id.in_subquery(ids.into_query()))
            .order_by(app_version::Column::Id, Order::Asc)
            .all()
            .await
    }
}
