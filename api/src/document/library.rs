//! Where the server finds registered documents: each is read and parsed once and kept.
//!
//! The dates of retiring are read again after [`FRESH`], and an unknown document is looked for again after [`UNKNOWN`],
//! so whatever the operator registers or retires is known to every instance soon, without a word to it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::TrustedDocumentId;
use entity::scope::{Db, DbError};
use entity::table::app_version;

use super::DocumentHash;
use crate::http::guard::{Limits, Prepared, Refusal};
use crate::kept::Kept;

/// How long the date of retiring is believed.
pub const FRESH: TimeDelta = TimeDelta::seconds(30);

/// How long a document stays unknown that was not there.
pub const UNKNOWN: TimeDelta = TimeDelta::seconds(3);

/// How many documents are kept; twice so many for a while. The largest apps have some hundreds in a version.
const MOST: usize = 4_000;

/// What is known of a document.
#[derive(Debug, Clone)]
pub enum Found {
    /// It may be run.
    Live(Arc<Prepared>),
    /// Every version of an app that sent it is retired.
    Retired,
    /// It was never registered.
    Unknown,
    /// It was registered under wider limits than there are now.
    Refused(Refusal),
}

/// The documents that were asked for lately.
#[derive(Debug)]
pub struct Library {
    kept: Mutex<Kept<DocumentHash, Entry>>,
    limits: Limits,
}

#[derive(Debug, Clone)]
struct Entry {
    known: Option<Known>,
    read_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Known {
    id: TrustedDocumentId,
    prepared: Result<Arc<Prepared>, Refusal>,
    retires_at: Option<DateTime<Utc>>,
}

impl Entry {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let lasting = if self.known.is_some() { FRESH } else { UNKNOWN };
        (now - self.read_at).abs() < lasting
    }

    fn found(&self, now: DateTime<Utc>) -> Found {
        let Some(known) = &self.known else {
            return Found::Unknown;
        };
        if known.retires_at.is_some_and(|end| end <= now) {
            return Found::Retired;
        }
        match &known.prepared {
            Ok(prepared) => Found::Live(Arc::clone(prepared)),
            Err(refusal) => Found::Refused(*refusal),
        }
    }
}

impl Library {
    /// An empty one, whose documents are held to these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            kept: Mutex::new(Kept::new(MOST)),
            limits,
        }
    }

    /// The document with this name.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn find(&self, db: &Db, hash: DocumentHash, now: DateTime<Utc>) -> Result<Found, DbError> {
        let kept = self.kept(|kept| kept.get(&hash).cloned());
        if let Some(entry) = kept.as_ref().filter(|entry| entry.is_fresh(now)) {
            return Ok(entry.found(now));
        }
        let known = kept.and_then(|entry| entry.known);
        let entry = Entry {
            known: self.read(db, hash, known).await?,
            read_at: now,
        };
        let found = entry.found(now);
        self.kept(|kept| kept.insert(hash, entry));
        Ok(found)
    }

    /// Reads a document, or only the dates of one that is known.
    async fn read(&self, db: &Db, hash: DocumentHash, known: Option<Known>) -> Result<Option<Known>, DbError> {
        let door = db.sign_in();
        let mut known = match known {
            Some(known) => known,
            None => match door.trusted_document(hash.as_bytes()).await? {
                None => return Ok(None),
                Some(row) => Known {
                    id: row.id,
                    prepared: Prepared::read(&row.body, &self.limits).map(Arc::new),
                    retires_at: None,
                },
            },
        };
        known.retires_at = last_end(&door.versions_with(known.id).await?);
        Ok(Some(known))
    }

    fn kept<T>(&self, work: impl FnOnce(&mut Kept<DocumentHash, Entry>) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// When the last of these versions retires; none where one of them does not.
fn last_end(versions: &[app_version::Model]) -> Option<DateTime<Utc>> {
    let mut last = DateTime::<Utc>::MIN_UTC;
    for version in versions {
        last = last.max(version.retires_at?);
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_document_lives_as_long_as_one_version_that_sends_it() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let version = |retires_at| app_version::Model {
            id: Uuid::nil().into(),
            app: String::new(),
            version: String::new(),
            added_at: DateTime::UNIX_EPOCH,
            retires_at,
        };
        assert_eq!(last_end(&[version(at(1)), version(at(3)), version(at(2))]), at(3));
        assert_eq!(last_end(&[version(at(1)), version(None)]), None);
        assert_eq!(last_end(&[]), Some(DateTime::<Utc>::MIN_UTC));
    }
}
