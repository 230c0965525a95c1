//! Events of the security journal as GraphQL shows them.

use std::collections::HashMap;

use async_graphql::{Enum, ID, Object};
use chrono::{DateTime, FixedOffset};
use entity::id::{PostId, TenantId};
use entity::table::security_event;
use entity::vocabulary::{self, SessionEnd};
use uuid::Uuid;

use crate::account::Role;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};

/// What happened.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::SecurityEventKind")]
pub enum SecurityEventKind {
    /// Signed in.
    SignedIn,
    /// A password or code was wrong.
    SignInFailed,
    /// A session ended; `detail` says why.
    SessionEnded,
    /// A refresh token came back whose successor was in use: it had been copied.
    TokenReused,
    /// The password was changed by its owner.
    PasswordChanged,
    /// The operator made the account, or an officer for somebody new who is appointed.
    AccountCreated,
    /// The operator disabled the account.
    AccountDisabled,
    /// The operator let a disabled account in again.
    AccountEnabled,
    /// The operator set another password.
    PasswordReset,
    /// A post was given to the account; `detail` is its role.
    PostGranted,
    /// A post was ended, or its end was set.
    PostEnded,
    /// Accepted a post given to the account.
    PostAccepted,
    /// Was proposed for a post of the city.
    PostProposed,
    /// The end of a post of the city was proposed.
    PostEndProposed,
    /// That proposal was refused.
    PostRefused,
    /// A second factor came into force, or took the place of another.
    SecondFactorSet,
    /// The second factor was removed; by somebody else, `detail` says why.
    SecondFactorRemoved,
    /// New recovery codes took the place of the old ones.
    RecoveryCodesRenewed,
    /// A recovery code was used up.
    RecoveryCodeUsed,
    /// The owner proved anew, inside a session, who they are.
    SteppedUp,
    /// Joined a branch, by invitation or by phone number.
    Joined,
    /// The phone number, which this account had not proven, was proven by somebody else and is theirs.
    NumberTaken,
    /// Made invitations for families; `detail` is how many.
    InvitationsCreated,
    /// Took invitations back; `detail` is how many.
    InvitationsRevoked,
    /// An officer gave out a code to get back in with.
    RecoveryIssued,
    /// Got back in with such a code.
    Recovered,
    /// Printed papers, or took them as files; `detail` is the field and of how many subjects.
    PapersPrinted,
    /// A new key for access tokens came into the ring: the installation's, never an account's.
    KeyRotated,
}

/// Something that happened to an account.
pub struct SecurityEvent {
    row: security_event::Model,
    by_role: Option<Role>,
}

impl SecurityEvent {
    /// An event, with the roles of the posts under which others did something.
    pub fn new(row: security_event::Model, roles: &HashMap<PostId, vocabulary::Role>) -> Self {
        let by_role = row.by_post_id.and_then(|post| roles.get(&post).copied());
        Self {
            row,
            by_role: by_role.map(Into::into),
        }
    }
}

/// Something that happened to an account. Events are never changed or removed.
#[Object]
impl SecurityEvent {
    /// What happened.
    async fn kind(&self) -> SecurityEventKind {
        self.row.kind.into()
    }

    /// When.
    async fn at(&self) -> DateTime<FixedOffset> {
        self.row.at.with_timezone(&HANOI)
    }

    /// Global id of the session in which it happened, or to which.
    async fn session_id(&self) -> Option<ID> {
        let session = self.row.session_id?;
        Some(encode(NodeKind::Session, TenantId(Uuid::nil()), session.0))
    }

    /// Whether somebody else did it: an officer, or the operator of the installation.
    async fn by_other(&self) -> bool {
        by_other(&self.row)
    }

    /// The role under which an officer did it; null for the owner and for the operator.
    async fn by_role(&self) -> Option<Role> {
        self.by_role
    }

    /// The network address it came from.
    async fn address(&self) -> Option<&str> {
        self.row.address.as_deref()
    }

    /// A word more, such as the reason a session ended.
    async fn detail(&self) -> Option<&str> {
        self.row.detail.as_deref()
    }
}

/// The operator has no account: what nobody but they can do tells them from the owner.
fn by_other(row: &security_event::Model) -> bool {
    use vocabulary::SecurityEventKind as Kind;
    let operators = match row.kind {
        Kind::AccountCreated
        | Kind::AccountDisabled
        | Kind::AccountEnabled
        | Kind::PasswordReset
        | Kind::PostGranted => true,
        // the owner does it in a session
        Kind::SecondFactorRemoved => row.session_id.is_none(),
        Kind::SessionEnded => [
            SessionEnd::AccountDisabled,
            SessionEnd::PasswordReset,
            SessionEnd::SecondFactorRemoved,
        ]
        .iter()
        .any(|end| row.detail.as_deref() == Some(end.as_str())),
        _ => false,
    };
    operators || row.by_account_id.is_some_and(|by| row.account_id != Some(by))
}
