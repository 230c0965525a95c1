//! Keeping documents and the versions of apps that send them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::id::{AppVersionId, TrustedDocumentId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, PersonalWriter};
use entity::table::{app_version, app_version_document, trusted_document};

use super::check::Checked;
use crate::app::App;

/// A version of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'a> {
    /// The app's name.
    pub app: &'a str,
    /// The version's name.
    pub version: &'a str,
}

/// What became of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// The version is registered, with so many documents that no other version had brought.
    New(usize),
    /// It was registered before, with the same documents and the same end.
    There,
}

/// Why a manifest was not registered; then nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The version was registered with other documents: phones that have it know only those.
    #[error("this version of the app was registered with other documents; give the release a version of its own")]
    OtherDocuments,
    /// The version was registered with another end.
    #[error("this version of the app was registered with another end; change it by `khuyenhoc documents retire`")]
    OtherEnd,
    /// What the database answers.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Registers a version with its documents: all of it or nothing. The same again changes nothing.
///
/// # Errors
/// See [`AddError`].
pub async fn add(
    app: &App,
    version: Version<'_>,
    retires_at: Option<DateTime<Utc>>,
    documents: &[Checked],
) -> Result<Added, AddError> {
    use app_version::Column::{App as Name, Version as Number};
    let now = app.clock.now();
    let row = app_version::Model {
        id: app.new_id(),
        app: version.app.to_owned(),
        version: version.version.to_owned(),
        added_at: now,
        retires_at,
    };
    let id = row.id;
    let door = app.db.sign_in();
    door.write(async |tx: &PersonalWriter| {
        let is_new = tx.insert_if_new::<app_version::Entity>(row, &[Name, Number]).await?;
        if !is_new {
            return same(tx, version, retires_at, documents).await;
        }
        let mut fresh = 0;
        for checked in documents {
            let (document, is_new) = put(app, tx, checked, now).await?;
            fresh += usize::from(is_new);
            let link = app_version_document::Model {
                id: app.new_id(),
                app_version_id: id,
                trusted_document_id: document,
            };
            tx.insert::<app_version_document::Entity>([link]).await?;
        }
        Ok(Added::New(fresh))
    })
    .await
}

/// Keeps a document unless it is there; its id, and whether it was new.
async fn put(
    app: &App,
    tx: &PersonalWriter,
    checked: &Checked,
    now: DateTime<Utc>,
) -> Result<(TrustedDocumentId, bool), DbError> {
    use trusted_document::Column::Hash;
    let hash = checked.document.hash.as_bytes().to_vec();
    let row = trusted_document::Model {
        id: app.new_id(),
        hash: hash.clone(),
        name: checked.name.clone(),
        body: checked.document.text.clone(),
        points: i64::try_from(checked.points).unwrap_or(i64::MAX),
        added_at: now,
    };
    let id = row.id;
    if tx.insert_if_new::<trusted_document::Entity>(row, &[Hash]).await? {
        return Ok((id, true));
    }
    let there = tx
        .find::<trusted_document::Entity>()
        .filter(Hash.eq(hash))
        .one()
        .await?;
    let there = there.ok_or_else(|| DbError::Other("a document went while it was looked at".to_owned()))?;
    Ok((there.id, false))
}

/// Whether a version that is there is the one that is to be registered. Without an end to be set, the one it has stays.
async fn same(
    tx: &PersonalWriter,
    version: Version<'_>,
    retires_at: Option<DateTime<Utc>>,
    documents: &[Checked],
) -> Result<Added, AddError> {
    use app_version::Column::{App as Name, Version as Number};
    use app_version_document::Column::AppVersionId;
    let find = tx.find::<app_version::Entity>();
    let there = find.filter(Name.eq(version.app)).filter(Number.eq(version.version));
    let there = there.one().await?;
    let there = there.ok_or_else(|| DbError::Other("a version went while it was looked at".to_owned()))?;
    let links = tx.find::<app_version_document::Entity>();
    let links = links.filter(AppVersionId.eq(there.id)).all().await?;
    let ids: Vec<TrustedDocumentId> = links.iter().map(|link| link.trusted_document_id).collect();
    let rows = tx.find::<trusted_document::Entity>();
    let rows = rows.filter(trusted_document::Column::Id.is_in(ids)).all().await?;
    let kept: BTreeSet<&[u8]> = rows.iter().map(|row| row.hash.as_slice()).collect();
    let wanted: BTreeSet<&[u8]> = documents.iter().map(|one| one.document.hash.as_bytes()).collect();
    if kept != wanted {
        return Err(AddError::OtherDocuments);
    }
    if retires_at.is_some() && retires_at != there.retires_at {
        return Err(AddError::OtherEnd);
    }
    Ok(Added::There)
}

/// A version of an app with how many documents it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The version.
    pub version: app_version::Model,
    /// How many documents.
    pub documents: i64,
}

/// All versions, in the order in which they were registered.
///
/// # Errors
/// What the database answers.
pub async fn list(app: &App) -> Result<Vec<Listed>, DbError> {
    let door = app.db.sign_in();
    let versions = door.rows::<app_version::Entity>();
    let versions = versions.order_by(app_version::Column::Id, Order::Asc).all().await?;
    let mut listed = Vec::new();
    for version in versions {
        let documents = documents_of(app, version.id).await?;
        listed.push(Listed { version, documents });
    }
    Ok(listed)
}

async fn documents_of(app: &App, version: AppVersionId) -> Result<i64, DbError> {
    use app_version_document::Column::AppVersionId;
    let links = app.db.sign_in().rows::<app_version_document::Entity>();
    links.filter(AppVersionId.eq(version)).count().await
}

/// Every registered document, in the order in which they were registered.
///
/// # Errors
/// What the database answers.
pub async fn all(app: &App) -> Result<Vec<trusted_document::Model>, DbError> {
    let rows = app.db.sign_in().rows::<trusted_document::Entity>();
    rows.order_by(trusted_document::Column::Id, Order::Asc).all().await
}

/// Sets from when a version is refused; whether there is such a version.
///
/// # Errors
/// What the database answers.
pub async fn retire(app: &App, version: Version<'_>, at: DateTime<Utc>) -> Result<bool, DbError> {
    use app_version::Column::{App as Name, RetiresAt, Version as Number};
    let door = app.db.sign_in();
    let changed = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<app_version::Entity>().set(RetiresAt, at);
        let change = change.filter(Name.eq(version.app)).filter(Number.eq(version.version));
        change.run().await
    });
    Ok(changed.await? == 1)
}
