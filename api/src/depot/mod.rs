//! Where bytes are that are too many for the database: a folder of this machine, or a bucket of S3, by one crate
//! (`object_store`) and under the same names.
//!
//! Names are made of ids alone: the association first, then the row, then which part of it. So one association's bytes
//! can be listed, copied and removed by themselves, nothing that a phone says becomes part of a path, and every name
//! belongs to exactly one row.

mod wire;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use entity::id::{EvidenceId, TenantId};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use hyper::body::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::config::{UploadPlace, Uploads};
use crate::error::{Error, Result};

/// What the bytes of a row are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One of the pieces in which they came, by its own number.
    Piece(Uuid),
    /// All of them, checked.
    Whole,
    /// The small picture of them.
    Thumbnail,
}

/// Where the bytes of files are.
pub struct Depot {
    uploads: Uploads,
    /// Opened when it is first needed: who never adds a file needs no folder.
    store: OnceCell<Arc<dyn ObjectStore>>,
}

impl Depot {
    /// As the configuration says.
    pub fn new(uploads: Uploads) -> Self {
        Self {
            uploads,
            store: OnceCell::new(),
        }
    }

    /// Stores a part; what had this name before is replaced, whole or not at all.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn put(&self, row: (TenantId, EvidenceId), part: Part, bytes: Bytes) -> Result<()> {
        let name = self.name(row, part);
        let stored = self.store().await?.put(&name, PutPayload::from(bytes)).await;
        stored.map(|_| ()).map_err(|error| away(&error))
    }

    /// A part as it flows in, with its length; none where there is no such part.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn stream(&self, row: (TenantId, EvidenceId), part: Part) -> Result<Option<(u64, Flow)>> {
        match self.store().await?.get(&self.name(row, part)).await {
            Ok(found) => Ok(Some((found.meta.size, found.into_stream()))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(&error)),
        }
    }

    /// A part, whole; none where there is no such part.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn get(&self, row: (TenantId, EvidenceId), part: Part) -> Result<Option<Bytes>> {
        match self.store().await?.get(&self.name(row, part)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(|error| away(&error)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(&error)),
        }
    }

    /// Removes a part, if it is there.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn remove_part(&self, row: (TenantId, EvidenceId), part: Part) -> Result<()> {
        remove_one(self.store().await?.as_ref(), &self.name(row, part)).await
    }

    /// Removes the pieces of a row, also those that no row knows of any more.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn remove_pieces(&self, row: (TenantId, EvidenceId)) -> Result<()> {
        self.remove_below(&self.folder(row).join("pieces")).await
    }

    /// Removes everything of a row.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn remove(&self, row: (TenantId, EvidenceId)) -> Result<()> {
        self.remove_below(&self.folder(row)).await
    }

    /// The rows of an association of which there is anything, in no order; for `doctor`.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn rows_of(&self, tenant: TenantId) -> Result<Vec<EvidenceId>> {
        let below = self.below(tenant);
        let store = self.store().await?;
        let found = store.list_with_delimiter(Some(&below)).await;
        let folders = found.map_err(|error| away(&error))?.common_prefixes;
        let id = |folder: &Path| Uuid::try_parse(folder.filename()?).ok().map(EvidenceId);
        Ok(folders.iter().filter_map(id).collect())
    }

    /// Whether there is a part.
    ///
    /// # Errors
    /// UNAVAILABLE.
    pub async fn has(&self, row: (TenantId, EvidenceId), part: Part) -> Result<bool> {
        match self.store().await?.head(&self.name(row, part)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(away(&error)),
        }
    }

    async fn remove_below(&self, folder: &Path) -> Result<()> {
        let store = self.store().await?;
        let names = store.list(Some(folder)).map_ok(|found| found.location);
        let names: Vec<Path> = names.try_collect().await.map_err(|error| away(&error))?;
        for name in names {
            remove_one(store.as_ref(), &name).await?;
        }
        Ok(())
    }

    fn below(&self, tenant: TenantId) -> Path {
        let prefix = match &self.uploads.place {
            UploadPlace::Folder(_) => "",
            UploadPlace::Bucket { prefix, .. } => prefix,
        };
        Path::from(prefix).join(tenant.to_string())
    }

    fn folder(&self, (tenant, id): (TenantId, EvidenceId)) -> Path {
        self.below(tenant).join(id.to_string())
    }

    fn name(&self, row: (TenantId, EvidenceId), part: Part) -> Path {
        let folder = self.folder(row);
        match part {
            Part::Piece(number) => folder.join("pieces").join(number.to_string()),
            Part::Whole => folder.join("whole"),
            Part::Thumbnail => folder.join("thumbnail"),
        }
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>> {
        self.store.get_or_try_init(async || self.open().await).await
    }

    async fn open(&self) -> Result<Arc<dyn ObjectStore>> {
        match &self.uploads.place {
            UploadPlace::Folder(folder) => open_folder(folder.clone()).await,
            UploadPlace::Bucket { bucket, .. } => self.open_bucket(bucket),
        }
    }

    fn open_bucket(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
        let secret = |given: &Option<SecretString>| given.as_ref().map(|text| text.expose_secret().to_owned());
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(self.uploads.region.as_str())
            .with_access_key_id(secret(&self.uploads.access_key_id).unwrap_or_default())
            .with_secret_access_key(secret(&self.uploads.secret_access_key).unwrap_or_default())
            // the phone waits, and tries again by itself
            .with_retry(RetryConfig {
                max_retries: 2,
                retry_timeout: Duration::from_secs(10),
                ..RetryConfig::default()
            })
            // removing one by one needs no MD5 and is understood by every service
            .with_disable_bulk_delete(true)
            .with_http_connector(wire::Wire::new().ok_or_else(|| Error::Internal("TLS cannot be set up".to_owned()))?);
        if let Some(endpoint) = &self.uploads.endpoint {
            // `http` is taken for this machine only; the configuration has looked
            builder = builder.with_endpoint(endpoint).with_allow_http(true);
        }
        Ok(Arc::new(builder.build().map_err(|error| away(&error))?))
    }
}

/// Bytes as they flow in.
pub type Flow = BoxStream<'static, object_store::Result<Bytes>>;

/// A row that says that bytes are there is written after them, so they are on the disk by then.
async fn open_folder(folder: PathBuf) -> Result<Arc<dyn ObjectStore>> {
    let opened = tokio::task::spawn_blocking(move || {
        // what is in it is personal: for the server's user only
        let mut made = std::fs::DirBuilder::new();
        made.recursive(true).mode(0o700);
        made.create(&folder).map_err(|error| error.to_string())?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
        Ok::<_, String>(store.with_fsync(true).with_automatic_cleanup(true))
    });
    let opened = opened.await.map_err(|error| Error::Internal(error.to_string()))?;
    let store = opened.map_err(|cause| Error::Unavailable(format!("the folder for uploads: {cause}")))?;
    Ok(Arc::new(store))
}

async fn remove_one(store: &dyn ObjectStore, name: &Path) -> Result<()> {
    match store.delete(name).await {
        // somebody else was quicker
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(away(&error)),
    }
}

/// A store that does not answer: the same may work a moment later.
fn away(error: &object_store::Error) -> Error {
    Error::Unavailable(format!("the store of uploads: {error}"))
}
