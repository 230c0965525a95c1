//! What becomes of a batch, as GraphQL shows it.

use async_graphql::{Enum, SimpleObject, Union};
use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::assessment::AssessmentPayload;
use crate::citizen::{CreateCitizenPayload, UpdateCitizenPayload};
use crate::collective::{CreateCollectivePayload, UpdateCollectivePayload};
use crate::complaint::ComplaintPayload;
use crate::evidence::{BeginUploadPayload, RemoveEvidencePayload};
use crate::household::{CreateHouseholdPayload, UpdateHouseholdPayload};
use crate::receipt::Receipt;
use crate::registration::{DecisionPayload, RegisterAgainPayload, RegistrationPayload};
use crate::score::ScoreSheetPayload;

/// What became of an item. RETRY alone is sent again by the phone itself; the others end it, or ask the person.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncOutcome {
    /// Done; something new was made.
    Created,
    /// Done.
    Applied,
    /// A step of many that was done for some of its list: `receipt.notDone` says for which it was not, `payload` why. Those are
    /// the person's to look at, as if each had come alone.
    AppliedInPart,
    /// Done when it was sent before with this key, not again.
    Replayed,
    /// The key was used for something else; nothing was done. A client meets this only by a fault of its own.
    KeyReused,
    /// Very like subjects that are there already; nothing was done. The person decides: one of those, or the same again with
    /// `confirmDistinct` and the same key.
    DuplicateCandidates,
    /// There is a registration for the title and the year already; it comes with the payload.
    AlreadyRegistered,
    /// It has changed since the phone read it; nothing was done. `stale` compares field by field.
    Stale,
    /// What it names is not, or no more, within reach of the post: moved away, not of this association, or the post is over.
    ScopeLost,
    /// A unit that it names, or the post's own, was dissolved, merged or moved since: choose the new unit and send it as a new thing.
    UnitChanged,
    /// Values must be mended: `fields` says which. The same key holds for the mended item.
    Invalid,
    /// The rules of the programme do not allow it; `rule` and `message` say why.
    Refused,
    /// Not tried, or not come through: send it again with the same key.
    Retry,
}

/// What the mutation of an item answers.
#[derive(Union)]
#[expect(
    clippy::large_enum_variant,
    reason = "a hundred at most in a request, and the engine takes the payloads as they are"
)]
pub enum SyncPayload {
    /// A household was to be entered.
    CreateHousehold(CreateHouseholdPayload),
    /// A household was to be corrected.
    UpdateHousehold(UpdateHouseholdPayload),
    /// A clan, institution or community was to be entered.
    CreateCollective(CreateCollectivePayload),
    /// A clan, institution or community was to be corrected.
    UpdateCollective(UpdateCollectivePayload),
    /// A citizen was to be entered.
    CreateCitizen(CreateCitizenPayload),
    /// A citizen was to be corrected.
    UpdateCitizen(UpdateCitizenPayload),
    /// A step of one registration.
    Registration(RegistrationPayload),
    /// Registering again.
    RegisterAgain(RegisterAgainPayload),
    /// A step of many registrations.
    Decision(DecisionPayload),
    /// A score sheet.
    ScoreSheet(ScoreSheetPayload),
    /// A photo or paper was told of.
    BeginUpload(BeginUploadPayload),
    /// A photo or paper was to be taken away.
    RemoveEvidence(RemoveEvidencePayload),
    /// The minutes of a meeting.
    Assessment(AssessmentPayload),
    /// A complaint.
    Complaint(ComplaintPayload),
}

/// A value that must be mended.
#[derive(SimpleObject)]
pub struct SyncProblem {
    /// Where it stands in the item's own input, such as `members.2.birth`.
    pub path: String,
    /// What is wrong with it, by its stable name.
    pub rule: &'static str,
    /// What is wrong with it, as a sentence for the person.
    pub message: String,
}

/// A field that is not as the phone had it. Both values are text, as the server stores them: numbers as `4`, points as `7.5` or
/// NOT_APPLICABLE, enums by their names, days as `1958-07-21`, and the members of a household one a line, each as
/// `name, birth, relation` with `-` for a birth that is not known.
#[derive(SimpleObject, Debug, PartialEq, Eq)]
pub struct SyncDifference {
    /// Its name in the item's input; a line of a score sheet is `marks.` with the indicator's code.
    pub path: String,
    /// What the phone sent, as text; null where it sent nothing.
    pub sent: Option<String>,
    /// What is there now, as text; null where nothing is.
    pub now: Option<String>,
}

/// How a record stands that the phone had read at an older version.
#[derive(SimpleObject)]
pub struct SyncStale {
    /// Its version now, for `expectedVersion`; null where it has none any more.
    pub version: Option<i32>,
    /// When it was last changed, where that is written down: of registrations and score sheets.
    pub changed_at: Option<DateTime<FixedOffset>>,
    /// Who changed it last, where that is written down and the viewer may read it.
    pub changed_by: Option<String>,
    /// The fields the phone sent that are not as it sent them.
    pub fields: Vec<SyncDifference>,
}

/// What became of one item.
#[derive(SimpleObject)]
pub struct SyncResult {
    /// Its key.
    pub key: Uuid,
    /// The mutation it is for, such as `createHousehold`.
    pub operation: String,
    /// What became of it.
    pub outcome: SyncOutcome,
    /// Where it failed, the code that the mutation's error would carry, such as `REFUSED`.
    pub code: Option<&'static str>,
    /// The finer reason, such as `WINDOW_CLOSED`.
    pub rule: Option<String>,
    /// Why it failed, as a sentence for the person.
    pub message: Option<String>,
    /// Of INVALID: what must be mended.
    pub fields: Vec<SyncProblem>,
    /// Of STALE: how the record stands now. Null for steps of many, whose `results` say it for each.
    pub stale: Option<SyncStale>,
    /// Of RETRY: the key of an earlier item of this batch that stands before this one: it makes what this one names and did not,
    /// or is itself to be sent again and is about the same record. When that one is settled send this one again, right behind
    /// it; where that one made a record under another id, with that id.
    pub waits_for: Option<Uuid>,
    /// Of RETRY: seconds to wait.
    pub retry_after: Option<u32>,
    /// What the mutation answers; null where it answers an error, and for what was done before by a post that is over.
    pub payload: Option<SyncPayload>,
    /// The server's word that it was done: of CREATED, APPLIED, APPLIED_IN_PART and REPLAYED.
    pub receipt: Option<Receipt>,
}

/// The answer to `syncBatch`.
#[derive(SimpleObject)]
pub struct SyncBatchPayload {
    /// The server's time.
    pub received_at: DateTime<FixedOffset>,
    /// How far the phone's clock is behind the server's, in seconds; negative where it is ahead.
    pub skew_seconds: i32,
    /// Whether the phone's clock is off so far that the person should hear of it.
    pub clock_is_off: bool,
    /// What became of each item, in the order sent.
    pub results: Vec<SyncResult>,
}
