//! Where evidence comes in: few at once, and of one person fewer, so that neither slow lines nor large photos take the
//! server from others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use entity::id::{AccountId, EvidenceId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Uploads;
use crate::depot::Depot;
use crate::error::{Error, Result};

/// The most photos that are decoded at once: each may take 240 MB at the very worst, and a processor for a second.
const LOOKED_AT: usize = 2;
/// The most bodies that are read at once; each holds one piece in memory.
const READ: usize = 64;
/// The most of one person: a phone sends one or two files at a time.
const OF_ONE: usize = 3;
/// When to try again.
const PAUSE: Duration = Duration::from_secs(5);

/// Where evidence comes in; one for a server.
pub struct Desk {
    /// Where bytes are.
    pub depot: Depot,
    looked_at: Arc<Semaphore>,
    read: Arc<Semaphore>,
    busy: Arc<Mutex<HashMap<AccountId, usize>>>,
    files: Mutex<HashMap<EvidenceId, Weak<OneByOne>>>,
}

/// What is held while something is done to a file.
pub(super) type OneByOne = tokio::sync::Mutex<()>;

/// Leave to send bytes; given back when it is dropped.
pub struct Turn {
    _place: OwnedSemaphorePermit,
    busy: Arc<Mutex<HashMap<AccountId, usize>>>,
    account: AccountId,
}

impl Desk {
    /// As the configuration says.
    pub fn new(uploads: Uploads) -> Self {
        Self {
            depot: Depot::new(uploads),
            looked_at: Arc::new(Semaphore::new(LOOKED_AT)),
            read: Arc::new(Semaphore::new(READ)),
            busy: Arc::default(),
            files: Mutex::default(),
        }
    }

    /// What this server does to a file it does one after the other: a piece is stored once, and a file is looked at once,
    /// however many ask at the same time. Between servers the conditions of the writes decide.
    pub(super) fn file(&self, id: EvidenceId) -> Arc<OneByOne> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|_, file| file.strong_count() > 0);
        let known = files.get(&id).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let file = Arc::default();
            files.insert(id, Arc::downgrade(&file));
            file
        })
    }

    /// Leave to send bytes.
    ///
    /// # Errors
    /// RATE_LIMITED where the account, or everybody together, is sending as much as may be.
    pub fn turn(&self, account: AccountId) -> Result<Turn> {
        let full = || Error::RateLimited(PAUSE);
        let place = Arc::clone(&self.read).try_acquire_owned().map_err(|_| full())?;
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let sending = busy.entry(account).or_default();
        if *sending >= OF_ONE {
            return Err(full());
        }
        *sending += 1;
        drop(busy);
        Ok(Turn {
            _place: place,
            busy: Arc::clone(&self.busy),
            account,
        })
    }

    /// A place to look at a file; whoever comes later waits.
    ///
    /// # Errors
    /// INTERNAL when the server is at its end.
    pub(super) async fn place(&self) -> Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.looked_at).acquire_owned().await;
        place.map_err(|error| Error::Internal(error.to_string()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sending) = busy.get_mut(&self.account) {
            *sending = sending.saturating_sub(1);
            if *sending == 0 {
                busy.remove(&self.account);
            }
        }
    }
}
