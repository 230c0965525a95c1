//! Places in what is followed, and their sealed form.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, NoticeId, OutboxId, TenantId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Result;
use crate::page::Cursors;
use crate::retention::OUTBOX;

/// A day less than the outbox keeps what it has told: a row that was told late is older than its telling.
const RESUMABLE: TimeDelta = TimeDelta::days(OUTBOX.num_days() - 1);

/// A place in an association's outbox: after this row. Inside a batch the versions say which step of a registration came
/// first: ids come from the clocks of several servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepPlace {
    /// The batch.
    pub batch: i64,
    /// The registration's version after the step.
    pub version: i32,
    /// The row in it.
    pub id: OutboxId,
}

impl StepPlace {
    /// After the whole of a batch.
    pub fn after(batch: i64) -> Self {
        Self {
            batch,
            version: i32::MAX,
            id: Uuid::max().into(),
        }
    }
}

/// A place among an account's notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePlace {
    /// The last notice of each association that was shown, with its batch.
    pub told: BTreeMap<TenantId, (i64, NoticeId)>,
    /// Until when notices of accounts were looked for. They have no batches, and one may be committed a little later than the
    /// time it bears: it is looked for a while longer, and known again by its id.
    pub given: DateTime<Utc>,
    /// Those of accounts that were shown since a while before that.
    pub shown: BTreeSet<NoticeId>,
}

/// A place as it is sealed, with the moment.
#[derive(Serialize, Deserialize)]
struct Sealed<P> {
    place: P,
    at: DateTime<Utc>,
}

/// What can be resumed from.
#[derive(Debug, Clone, Copy)]
pub enum List {
    /// The steps of an association.
    Steps(TenantId),
    /// The figures of an association.
    Figures(TenantId),
    /// The figures of the city.
    City,
    /// The notices of an account.
    Notices(AccountId),
}

impl List {
    fn name(self) -> String {
        match self {
            Self::Steps(tenant) => format!("live steps {tenant}"),
            Self::Figures(tenant) => format!("live figures {tenant}"),
            Self::City => "live figures of the city".to_owned(),
            Self::Notices(account) => format!("live notices {account}"),
        }
    }
}

/// Seals a place.
///
/// # Errors
/// INTERNAL when it cannot be written down.
pub fn seal(cursors: &Cursors, list: List, place: impl Serialize, at: DateTime<Utc>) -> Result<String> {
    cursors.seal(&list.name(), &Sealed { place, at })
}

/// Opens a cursor: its place; none where it is older than what is kept, or no cursor of this list: both cannot be gone on from.
pub fn open<P: DeserializeOwned>(cursors: &Cursors, list: List, cursor: &str, now: DateTime<Utc>) -> Option<P> {
    let sealed: Sealed<P> = cursors.open(&list.name(), cursor)?;
    (now - sealed.at < RESUMABLE).then_some(sealed.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_in_its_own_list_and_for_a_month() {
        let cursors = Cursors::new(&[7; 32]);
        let (one, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let place = StepPlace::after(5);
        let sealed = seal(&cursors, List::Steps(one), place, now).unwrap();
        let opened = |list, now| open::<StepPlace>(&cursors, list, &sealed, now);
        assert_eq!(opened(List::Steps(one), now), Some(place));
        assert_eq!(opened(List::Steps(one), now + TimeDelta::days(28)), Some(place));
        assert_eq!(opened(List::Steps(one), now + TimeDelta::days(30)), None);
        assert_eq!(opened(List::Steps(other), now), None);
        assert_eq!(opened(List::Figures(one), now), None);
    }
}
