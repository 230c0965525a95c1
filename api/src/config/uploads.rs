//! Where the bytes of evidence are, and how many are taken.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::source::Values;
use super::{is_visible, is_webhook_url};

/// What is configured about files of evidence.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// Where their bytes are.
    pub place: UploadPlace,
    /// S3: a service other than Amazon's own.
    pub endpoint: Option<String>,
    /// S3: the region that requests are signed for.
    pub region: String,
    /// S3: the name of the access key.
    pub access_key_id: Option<SecretString>,
    /// S3: the access key.
    pub secret_access_key: Option<SecretString>,
    /// The greatest file, in bytes.
    pub max_bytes: u32,
    /// The most files of one registration.
    pub per_registration: u32,
    /// The most files that one association adds in a day.
    pub per_association_per_day: u32,
}

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadPlace {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of S3, and what stands before each name in it.
    Bucket {
        /// The bucket.
        bucket: String,
        /// The prefix; empty for none.
        prefix: String,
    },
}

impl Uploads {
    /// Reads its keys; `database` is the URL beside whose file the folder is where none is named.
    pub(super) fn read(values: &mut Values, database: &str) -> Self {
        Self {
            place: (values.optional("uploads", UploadPlace::parse)).unwrap_or_else(|| UploadPlace::beside(database)),
            endpoint: values.optional("uploads_s3_endpoint", endpoint),
            region: values.text("uploads_s3_region", is_visible),
            access_key_id: values.secret("uploads_s3_access_key_id", is_visible),
            secret_access_key: values.secret("uploads_s3_secret_access_key", is_visible),
            max_bytes: values.number("upload_max_bytes", 65_536..=104_857_600),
            per_registration: values.number("uploads_per_registration", 0..=100),
            per_association_per_day: values.number("uploads_per_association_per_day", 0..=1_000_000),
        }
    }

    /// Notes what is missing for a bucket.
    pub(super) fn agree(&self, values: &mut Values) {
        if matches!(self.place, UploadPlace::Folder(_)) {
            return;
        }
        for (name, given) in [
            ("uploads_s3_access_key_id", &self.access_key_id),
            ("uploads_s3_secret_access_key", &self.secret_access_key),
        ] {
            if given.is_none() {
                values.complain(name, "is needed where uploads is a bucket".to_owned());
            }
        }
    }
}

impl UploadPlace {
    fn parse(text: &str) -> Option<Self> {
        let Some(rest) = text.strip_prefix("s3://") else {
            let is_path = !text.is_empty() && !text.contains("://") && !text.chars().any(char::is_control);
            return is_path.then(|| Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |text: &str, besides: &str| {
            let may = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || besides.contains(c);
            text.chars().all(may) && !text.contains("..") && !text.contains("//")
        };
        let bucket_is_fine = (3..=63).contains(&bucket.len()) && plain(bucket, "");
        let prefix = prefix.trim_end_matches('/');
        let prefix_is_fine = plain(prefix, "/") && !prefix.starts_with('/') && prefix.len() <= 200;
        (bucket_is_fine && prefix_is_fine).then(|| Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    fn beside(database: &str) -> Self {
        let file = database.strip_prefix("sqlite:").and_then(|path| path.split('?').next());
        // `sqlite:///absolute` and `sqlite:relative` name files alike
        let file = file.map(|path| path.strip_prefix("//").unwrap_or(path));
        Self::Folder(PathBuf::from(match file {
            Some(path) => format!("{path}-uploads"),
            None => "khuyenhoc-uploads".to_owned(),
        }))
    }
}

/// An address as safe as one for messages, with nothing after the host.
fn endpoint(text: &str) -> Option<String> {
    let bare = |url: Url| url.path() == "/" && url.query().is_none();
    let fits = is_webhook_url(text) && Url::parse(text).is_ok_and(bare);
    fits.then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let bucket = |bucket: &str, prefix: &str| UploadPlace::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        let folder = |path: &str| UploadPlace::Folder(PathBuf::from(path));
        assert_eq!(UploadPlace::parse("/srv/uploads"), Some(folder("/srv/uploads")));
        assert_eq!(UploadPlace::parse("s3://evidence"), Some(bucket("evidence", "")));
        assert_eq!(
            UploadPlace::parse("s3://evidence/hanoi/"),
            Some(bucket("evidence", "hanoi"))
        );
        for wrong in [
            "",
            "http://x/y",
            "s3://",
            "s3://a b",
            "s3://evidence/../x",
            "s3://evidence//x",
        ] {
            assert_eq!(UploadPlace::parse(wrong), None, "{wrong}");
        }
        for (database, path) in [
            ("sqlite:khuyenhoc.db", "khuyenhoc.db-uploads"),
            ("sqlite:///srv/k.db?mode=rwc", "/srv/k.db-uploads"),
            ("sqlite:/srv/k.db", "/srv/k.db-uploads"),
            ("postgres://x/y", "khuyenhoc-uploads"),
        ] {
            assert_eq!(UploadPlace::beside(database), folder(path), "{database}");
        }
    }

    #[test]
    fn an_endpoint_is_encrypted_or_this_machine() {
        assert_eq!(
            endpoint("http://127.0.0.1:9000/").as_deref(),
            Some("http://127.0.0.1:9000")
        );
        assert_eq!(
            endpoint("https://s3.example.vn").as_deref(),
            Some("https://s3.example.vn")
        );
        assert!(endpoint("http://s3.example.vn").is_none() && endpoint("https://s3.example.vn/x").is_none());
    }
}
