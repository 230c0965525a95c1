//! What a phone's copy holds, as its cursor says, and whether it can be gone on with. Pure.

use std::collections::BTreeSet;
use std::fmt::Debug;

use async_graphql::Enum;
use aws_lc_rs::digest;
use entity::id::{PostId, TenantId};
use entity::scope::Reach;
use entity::table::record_change::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Result;
use crate::page::Cursors;

/// What these cursors are sealed over. Another number makes every copy begin anew: for a release after which a copy of before
/// would be wrong.
const LIST: &str = "copy 1";

/// Why a copy has to begin anew.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyReset {
    /// The cursor is none that this server gives out, or none of this release.
    UnknownCursor,
    /// The cursor is another post's, or the post is for another unit now.
    OtherPost,
    /// The account manages something no more that it managed before.
    OwnChanged,
    /// The database does not know any more what the copy was last told: it was restored from a backup.
    DatabaseWentBack,
}

/// Whose copy it is: one for each post, as far as the post reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    tenant: TenantId,
    post: PostId,
    reach: (char, Option<Uuid>),
}

impl Owner {
    /// Of a post.
    pub fn new(tenant: TenantId, post: PostId, reach: &Reach) -> Self {
        let reach = match reach {
            Reach::Own(account) => ('O', Some(account.0)),
            Reach::Branch(branch) => ('B', Some(branch.0)),
            Reach::Ward(ward) => ('W', Some(ward.0)),
            Reach::Tenant => ('T', None),
        };
        Self { tenant, post, reach }
    }
}

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Whose it is.
    pub owner: Owner,
    /// The last change it was told; none before the first.
    pub after: Option<Position>,
    /// What had gone up to here was gone before the copy began, so it is not told. 0 for a reach that goes by what an account
    /// manages.
    pub floor: i64,
    /// Fingerprints of the units, criteria sets and years it was told; none where it was not.
    pub frame: [Option<u64>; 3],
    /// Fingerprints of the subjects that the account manages; only for a reach that goes by these.
    pub own: BTreeSet<u64>,
}

impl Copy {
    /// An empty one.
    pub fn empty(owner: Owner) -> Self {
        Self {
            owner,
            after: None,
            floor: 0,
            frame: [None; 3],
            own: BTreeSet::new(),
        }
    }

    /// The one that a cursor tells of.
    ///
    /// # Errors
    /// Why it cannot be gone on with.
    pub fn open(cursors: &Cursors, owner: &Owner, cursor: &str) -> std::result::Result<Self, CopyReset> {
        let copy: Self = cursors.open(LIST, cursor).ok_or(CopyReset::UnknownCursor)?;
        if copy.owner == *owner {
            Ok(copy)
        } else {
            Err(CopyReset::OtherPost)
        }
    }

    /// Its cursor.
    ///
    /// # Errors
    /// INTERNAL when it cannot be written down.
    pub fn seal(&self, cursors: &Cursors) -> Result<String> {
        cursors.seal(LIST, self)
    }
}

/// A short number that differs wherever the value does.
pub fn fingerprint(of: &impl Debug) -> u64 {
    let hash = digest::digest(&digest::SHA256, format!("{of:?}").as_bytes());
    let bytes = hash.as_ref().first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use entity::id::{AccountId, UnitId};
    use entity::table::record_change::RecordKind;

    use super::*;

    fn owner(unit: u128) -> Owner {
        let reach = Reach::Branch(UnitId(Uuid::from_u128(unit)));
        Owner::new(TenantId(Uuid::from_u128(1)), PostId(Uuid::from_u128(2)), &reach)
    }

    #[test]
    fn a_cursor_is_gone_on_with_by_its_own_post_alone() {
        let cursors = Cursors::new(&[7; 32]);
        let copy = Copy {
            after: Some(Position(5, RecordKind::Citizen, Uuid::from_u128(9))),
            floor: 3,
            frame: [Some(u64::MAX), None, Some(1)],
            own: BTreeSet::from([4, u64::MAX]),
            ..Copy::empty(owner(3))
        };
        let cursor = copy.seal(&cursors).unwrap();
        assert_eq!(Copy::open(&cursors, &owner(3), &cursor), Ok(copy));
        assert_eq!(Copy::open(&cursors, &owner(4), &cursor), Err(CopyReset::OtherPost));
        let others = Cursors::new(&[8; 32]);
        let unknown = Err(CopyReset::UnknownCursor);
        assert_eq!(Copy::open(&others, &owner(3), &cursor), unknown);
        assert_eq!(Copy::open(&cursors, &owner(3), ""), unknown);
    }

    #[test]
    fn reaches_of_one_unit_are_not_taken_for_each_other() {
        let id = Uuid::from_u128(3);
        let of = |reach| Owner::new(TenantId(id), PostId(id), &reach);
        assert_ne!(of(Reach::Branch(UnitId(id))), of(Reach::Ward(UnitId(id))));
        assert_ne!(of(Reach::Own(AccountId(id))), of(Reach::Branch(UnitId(id))));
    }

    #[test]
    fn a_fingerprint_tells_values_apart() {
        assert_eq!(fingerprint(&("a", 1)), fingerprint(&("a", 1)));
        assert_ne!(fingerprint(&("a", 1)), fingerprint(&("a", 2)));
    }
}
