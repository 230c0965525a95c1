//! Notices as GraphQL shows them.

use async_graphql::{Enum, ID, Object};
use chrono::{DateTime, FixedOffset};
use entity::id::TenantId;
use entity::table::notice;
use uuid::Uuid;

use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};

/// What a notice says.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::NoticeKind")]
pub enum NoticeKind {
    /// An officer has given out a code to get back in with.
    RecoveryIssued,
    /// Somebody has got back in with such a code.
    Recovered,
    /// A copied token was used, and the session was ended.
    TokenCopied,
    /// An officer has ended the sessions.
    SessionsEndedByOfficer,
    /// The second factor was removed: by the owner, an officer or the operator.
    SecondFactorRemoved,
    /// An officer has given a post; see `viewer.postsToAccept`.
    PostGiven,
    /// An officer has ended a post, or set its end.
    PostEnded,
    /// The phone number, which this account had not proven, was proven by somebody else: it signs in here no more.
    NumberTaken,
    /// The password was changed in the app.
    PasswordChanged,
    /// A second factor came into force, or took the place of another.
    SecondFactorSet,
    /// A recovery code of the second factor was used up.
    RecoveryCodeUsed,
    /// Another account has joined a household: one of the reader's own, or of their branch.
    HouseholdJoined,
}

/// Something a person must hear.
pub struct Notice {
    pub(super) row: notice::Model,
    pub(super) about: Option<String>,
}

/// Something a person must hear of their account, or of one they are responsible for.
#[Object]
impl Notice {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Notice, TenantId(Uuid::nil()), self.row.id.0)
    }

    /// What it says.
    async fn kind(&self) -> NoticeKind {
        self.row.kind.into()
    }

    /// Global id of the account it is about; null when it is the reader's own.
    async fn about_account_id(&self) -> Option<ID> {
        let about = self.row.about_account_id?;
        Some(encode(NodeKind::Account, TenantId(Uuid::nil()), about.0))
    }

    /// The name of that account's owner.
    async fn about_name(&self) -> Option<&str> {
        self.about.as_deref()
    }

    /// When it happened.
    async fn at(&self) -> DateTime<FixedOffset> {
        self.row.at.with_timezone(&HANOI)
    }

    /// When it was read; null while it is new.
    async fn read_at(&self) -> Option<DateTime<FixedOffset>> {
        self.row.read_at.map(|at| at.with_timezone(&HANOI))
    }
}
