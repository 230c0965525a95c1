//! How many streams look at once. A step can concern thousands of streams, and a server that comes back all of them: they look
//! one after another, and the requests of others find the database free.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entity::id::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Looks at once on a server.
const ALL: usize = 8;
/// Of them those into one association.
const OF_ONE: usize = 2;

/// The turns of a server's streams.
pub struct Looks {
    all: Arc<Semaphore>,
    /// One for each association that was looked into: there are as many as districts.
    of_one: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

/// A turn, given back when it is dropped.
pub struct Look {
    _of_one: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(ALL)),
            of_one: Mutex::default(),
        }
    }
}

impl Looks {
    /// Waits for a turn to look into an association, or into what belongs to none; those who came first go first.
    pub async fn turn(&self, tenant: Option<TenantId>) -> Look {
        // the association's own first: whoever waits for it keeps nobody else waiting. None of them is ever closed
        let of_one = match tenant {
            Some(tenant) => self.of(tenant).acquire_owned().await.ok(),
            None => None,
        };
        Look {
            _of_one: of_one,
            _of_all: Arc::clone(&self.all).acquire_owned().await.ok(),
        }
    }

    fn of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = of_one.entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE)));
        Arc::clone(turns)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn an_association_has_two_turns_a_server_eight_and_whoever_waits_gets_one() {
        let looks = Looks::default();
        let tenant = |number| Some(TenantId(Uuid::from_u128(number)));
        let mut held = Vec::new();
        for number in [1, 1, 2, 2, 3, 3, 4] {
            held.push(looks.turn(tenant(number)).now_or_never().expect("a turn"));
        }
        let mut waits = Box::pin(looks.turn(tenant(1)));
        assert!(waits.as_mut().now_or_never().is_none());
        // the one that waits for its association takes no turn of the server
        held.push(looks.turn(None).now_or_never().expect("a turn"));
        let mut full = Box::pin(looks.turn(None));
        assert!(full.as_mut().now_or_never().is_none());
        drop(held.pop());
        let full = full.now_or_never();
        assert!(full.is_some() && waits.as_mut().now_or_never().is_none());
        drop(held.remove(0));
        assert!(waits.now_or_never().is_some());
    }
}
