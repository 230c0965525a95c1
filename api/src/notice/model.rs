//! Notices as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::{AccountId, NoticeId, TenantId};
use entity::table::{notice, registration_notice};
use entity::vocabulary::NoticeKind as Kind;
use uuid::Uuid;

use super::words::{self, Facts};
use crate::access::Access;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::programme::LearningModel;

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
    /// To the subject: the registration was sent in.
    RegistrationSubmitted,
    /// To the subject: the branch has approved it.
    RegistrationApproved,
    /// To the subject: it came back for correction.
    RegistrationReturned,
    /// To the subject: it was refused.
    RegistrationRejected,
    /// To the subject: it was taken back.
    RegistrationWithdrawn,
    /// To the subject: its own marks were handed in.
    MarksHandedIn,
    /// To the subject: its own marks came back, to be given anew.
    MarksReturned,
    /// To the subject: the branch meeting has assessed it.
    RegistrationAssessed,
    /// To the subject: it is on the ward's list.
    RegistrationProposed,
    /// To the subject: the ward has sent it back to the step before.
    RegistrationSentBack,
    /// To the subject: it has the title.
    RegistrationRecognised,
    /// To the subject: it was not recognised.
    RegistrationNotRecognised,
    /// To the subject: the title was taken away.
    TitleRevoked,
    /// To the subject: the last decision was taken back, it waits for another.
    DecisionUndone,
    /// To the subject: somebody complains.
    ComplaintEntered,
    /// To the subject: a complaint was answered.
    ComplaintAnswered,
    /// To branch heads: registrations wait for approval.
    WaitingForApproval,
    /// To branch heads: marked registrations wait for the meeting.
    WaitingForMeeting,
    /// To branch heads: the ward has sent registrations back to the branch.
    SentBackToBranch,
    /// To ward officers: assessed registrations wait to be put on a list.
    WaitingForList,
    /// To ward officers: listed registrations wait for the decision.
    WaitingForDecision,
    /// To ward officers: complaints wait for an answer.
    ComplaintsWaiting,
    /// To ward officers: complaints were answered.
    ComplaintsAnswered,
}

/// Something a person must hear.
pub struct Notice {
    tenant: TenantId,
    id: NoticeId,
    kind: Kind,
    at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    about: Option<(AccountId, Option<String>)>,
    step: Option<Step>,
}

/// What a notice of the year's steps has beside.
struct Step {
    row: registration_notice::Model,
    seen: Seen,
}

/// What the reader may see of a notice's registration now.
#[derive(Default)]
pub(super) struct Seen {
    /// Whether they see it at all.
    pub registration: bool,
    /// The reason in its journal.
    pub reason: Option<String>,
}

impl Notice {
    /// One of the account.
    pub(super) fn of_account(row: &notice::Model, name: Option<String>) -> Self {
        Self {
            tenant: TenantId(Uuid::nil()),
            id: row.id,
            kind: row.kind,
            at: row.at,
            read_at: row.read_at,
            about: row.about_account_id.map(|account| (account, name)),
            step: None,
        }
    }

    /// One of the year's steps.
    pub(super) fn of_step(row: registration_notice::Model, seen: Seen) -> Self {
        Self {
            tenant: row.tenant_id,
            id: row.id,
            kind: row.kind,
            at: row.at,
            read_at: row.read_at,
            about: None,
            step: Some(Step { row, seen }),
        }
    }
}

/// Something a person must hear: of their account, of one they are responsible for, or of the year's steps.
#[Object]
impl Notice {
    /// Global id. A notice that stands for several gets a new one with each that comes to it.
    async fn id(&self) -> ID {
        encode(NodeKind::Notice, self.tenant, self.id.0)
    }

    /// What it says.
    async fn kind(&self) -> NoticeKind {
        self.kind.into()
    }

    /// What it says, in a few words, in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> &'static str {
        words::title(self.kind, ctx.request().language)
    }

    /// What it says, in a sentence or two, in the language of the request. A reason is in it where the viewer sees the
    /// registration under the post they act under.
    async fn text(&self, ctx: &Context<'_>) -> String {
        let facts = Facts {
            name: self.about.as_ref().and_then(|(_, name)| name.as_deref()),
            title: self.step.as_ref().map(|step| (step.row.model, step.row.year)),
            count: self.step.as_ref().map_or(1, |step| step.row.count),
            reason: self.step.as_ref().and_then(|step| step.seen.reason.as_deref()),
        };
        words::text(self.kind, &facts, ctx.request().language)
    }

    /// Global id of the account it is about; null when it is the reader's own, or about no account.
    async fn about_account_id(&self) -> Option<ID> {
        let (account, _) = self.about.as_ref()?;
        Some(encode(NodeKind::Account, TenantId(Uuid::nil()), account.0))
    }

    /// The name of that account's owner.
    async fn about_name(&self) -> Option<&str> {
        self.about.as_ref().and_then(|(_, name)| name.as_deref())
    }

    /// Global id of the registration it is about; null where it stands for several, and where the viewer does not see it
    /// under the post they act under.
    async fn registration_id(&self) -> Option<ID> {
        let step = self.step.as_ref().filter(|step| step.seen.registration)?;
        let registration = step.row.registration_id?;
        Some(encode(NodeKind::Registration, self.tenant, registration.0))
    }

    /// Global id of the branch or ward on whose desk they wait; null in notices to a subject.
    async fn unit_id(&self) -> Option<ID> {
        let unit = self.step.as_ref()?.row.unit_id?;
        Some(encode(NodeKind::Unit, self.tenant, unit.0))
    }

    /// The title it is about, in notices of the year's steps.
    async fn model(&self) -> Option<LearningModel> {
        Some(self.step.as_ref()?.row.model.into())
    }

    /// The programme year, in notices of its steps.
    async fn year(&self) -> Option<i32> {
        Some(self.step.as_ref()?.row.year)
    }

    /// How many it stands for: all that have come to the desk since the reader last read of it. 1 in all others.
    async fn count(&self) -> i32 {
        self.step.as_ref().map_or(1, |step| step.row.count)
    }

    /// When it happened; the last of them, where it stands for several.
    async fn at(&self) -> DateTime<FixedOffset> {
        self.at.with_timezone(&HANOI)
    }

    /// When it was read; null while it is new.
    async fn read_at(&self) -> Option<DateTime<FixedOffset>> {
        self.read_at.map(|at| at.with_timezone(&HANOI))
    }
}
