//! One type of id per table, so that ids cannot be mixed up.
//!
//! Every id is a `UUIDv7` with no meaning: units will be merged, split and moved between tenants, and nothing that refers
//! to them may have to change for it.

use sea_orm::DeriveValueType;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                // the mapper asks for this of every key; ours are never made by the database
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// An association: the owner of rows.
    TenantId,
    /// A person who can sign in.
    AccountId,
    /// Where an account is signed in.
    SessionId,
    /// A refresh token given out.
    RefreshTokenId,
    /// A recovery code given out.
    RecoveryCodeId,
    /// An entry of the security journal.
    SecurityEventId,
    /// Something that can be guessed; see `table::attempt`.
    AttemptId,
    /// A key of the server.
    ServerKeyId,
    /// A place in the tree: city, district, ward or branch.
    UnitId,
    /// What a unit was called and where it hung for a time.
    UnitVersionId,
    /// A person's dated appointment.
    PostId,
    /// What was done with a post.
    PostEventId,
    /// A post that waits for a second officer.
    PostProposalId,
    /// Something that can be registered for a title: a household, a collective or a citizen has its subject's id.
    SubjectId,
    /// A family.
    HouseholdId,
    /// A clan, institution or community.
    CollectiveId,
    /// A citizen.
    CitizenId,
    /// The link between a subject and a phone's account.
    SubjectAccountId,
    /// A family's place in a clan.
    ClanHouseholdId,
    /// An association's leave for a clan of another one.
    ClanGrantId,
    /// A person in a family.
    MemberId,
    /// The link between a household and a phone's account.
    HouseholdAccountId,
    /// A subject's registration for one title and year.
    RegistrationId,
    /// One line of a registration's journal.
    RegistrationEventId,
    /// A unit's target for one title and year.
    TargetId,
    /// A line in the journal of a programme year.
    ProgrammeEventId,
    /// What a unit has narrowed a window to.
    UnitWindowId,
    /// A published criteria set.
    CriteriaSetId,
    /// A score sheet.
    ScoreSheetId,
    /// A meeting of a branch that assessed.
    AssessmentId,
    /// What a meeting decided on one registration.
    AssessmentItemId,
    /// A ward's list to its People's Committee.
    SubmissionId,
    /// A decision of a People's Committee.
    DecisionId,
    /// A complaint.
    ComplaintId,
    /// A certificate.
    CertificateId,
    /// A photo or paper that shows something of a registration.
    EvidenceId,
    /// The stored first answer to a mutation.
    IdempotencyId,
    /// A paper with a code to join by.
    InvitationId,
    /// A one-time code.
    OneTimeCodeId,
    /// A count within a span of time.
    QuotaId,
    /// A document that an app has registered.
    TrustedDocumentId,
    /// A version of an app.
    AppVersionId,
    /// That a version of an app sends a document.
    AppVersionDocumentId,
    /// A notice to a person.
    NoticeId,
    /// Something that happened and is to be told. Of a step on a registration it is the id of its line in the journal.
    OutboxId,
    /// A device that takes pushed messages.
    PushTokenId,
    /// A message on its way to such a device.
    PushDeliveryId,
}

impl From<RegistrationEventId> for OutboxId {
    fn from(id: RegistrationEventId) -> Self {
        Self(id.0)
    }
}

macro_rules! subjects {
    ($($name:ident),+) => {$(
        impl From<$name> for SubjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }

        impl From<SubjectId> for $name {
            fn from(id: SubjectId) -> Self {
                Self(id.0)
            }
        }
    )+};
}

subjects!(HouseholdId, CollectiveId, CitizenId);
