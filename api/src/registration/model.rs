//! Registrations as GraphQL shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::id::{CitizenId, CollectiveId, HouseholdId};
use entity::table::{registration, registration_event};
use entity::vocabulary::SubjectKind;

use super::history::{Milestone, TitleYear, line_of};
use crate::access::{Access, Permission};
use crate::account::Role;
use crate::assessment::RegistrationAssessment;
use crate::certificate::Certificate;
use crate::citizen::Citizen;
use crate::clock::{HANOI, whole_seconds};
use crate::collective::Collective;
use crate::criteria::{CriteriaSet, CriteriaVariant, Want};
use crate::error;
use crate::evidence::Evidence;
use crate::global_id::{NodeKind, encode};
use crate::household::Household;
use crate::loader::{AssessmentOf, CertificateOf, EvidenceOf, HistoryOf, JournalOf, Shared, SheetsOf};
use crate::programme::LearningModel;
use crate::recognition::{CommitteeDecision, Submission};
use crate::score::ScoreSheet;
use crate::subject::Subject;
use crate::unit::{Unit, unit_of};

/// Where a registration stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::RegistrationState")]
pub enum RegistrationState {
    /// Begun, not sent in.
    Draft,
    /// Sent in, waits for the branch head.
    Submitted,
    /// Sent back with a reason, waits for the family.
    Returned,
    /// Accepted by the branch head.
    Approved,
    /// Refused with a reason.
    Rejected,
    /// Taken back by the family.
    Withdrawn,
    /// Has marked itself, waits for the branch meeting.
    SelfScored,
    /// Assessed by the branch meeting, waits for the ward.
    BranchAssessed,
    /// On a list that the ward association has submitted to the ward People's Committee.
    WardProposed,
    /// Recognised by a decision of the ward People's Committee.
    Recognised,
    /// Not recognised, with a reason.
    NotRecognised,
    /// Recognised once, and taken away by a later decision.
    Revoked,
}

/// What somebody did to a registration.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::RegistrationAction")]
pub enum RegistrationAction {
    /// Began a draft, or wrote it anew.
    SaveDraft,
    /// Sent it in, for the first time or corrected.
    Submit,
    /// Accepted it.
    Approve,
    /// Sent it back with a reason.
    Return,
    /// Refused it with a reason.
    Reject,
    /// Took it back.
    Withdraw,
    /// Handed the subject's own score sheet in.
    SelfScore,
    /// Entered what the branch meeting has decided.
    Assess,
    /// Put it on a list to the ward People's Committee.
    Propose,
    /// Entered the decision that recognises it.
    Recognise,
    /// Entered that it is not recognised.
    Decline,
    /// Entered the decision that takes the title away.
    Revoke,
    /// Took their own last decision back.
    Undo,
    /// Moved its household to another branch; it stands where it stood.
    Move,
}

/// How a registration came in.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::Channel")]
pub enum Channel {
    /// From the family's own phone.
    Phone,
    /// Entered by the branch head for a family without a phone.
    Paper,
}

/// One action on a registration; the journal is never changed.
#[derive(SimpleObject)]
pub struct JournalEntry {
    /// The registration's version after it.
    pub version: i32,
    /// What was done.
    pub action: RegistrationAction,
    /// The state before; null for the first action.
    pub from_state: Option<RegistrationState>,
    /// The state after.
    pub to_state: RegistrationState,
    /// Why, where the action asks for it.
    pub reason: Option<String>,
    /// Who did it, by the name they had then.
    pub actor_name: String,
    /// The role they acted under.
    pub actor_role: Role,
    /// How it came in.
    pub channel: Channel,
    /// When, by the server's clock.
    pub at: DateTime<FixedOffset>,
    /// When, by the phone's own clock.
    pub device_at: Option<DateTime<FixedOffset>>,
    /// Whether it was done after its window had closed, as the city allowed.
    pub late: bool,
    /// How far the phone's clock was behind the server's when it was sent, in seconds; negative where it was ahead. Null
    /// where the phone did not say.
    pub skew_seconds: Option<i32>,
    /// Whether it came after its window had closed and counts as in time, because the phone had recorded it before.
    pub in_time_by_device: bool,
}

impl From<registration_event::Model> for JournalEntry {
    fn from(row: registration_event::Model) -> Self {
        Self {
            version: row.version,
            action: row.action.into(),
            from_state: row.from_state.map(Into::into),
            to_state: row.to_state.into(),
            reason: row.reason,
            actor_name: row.actor_name,
            actor_role: row.role.into(),
            channel: row.channel.into(),
            at: row.at.with_timezone(&HANOI),
            device_at: row.device_at.map(|at| at.with_timezone(&HANOI)),
            late: row.late,
            skew_seconds: row.skew_ms.map(|skew| whole_seconds(TimeDelta::milliseconds(skew))),
            in_time_by_device: row.in_time_by_device,
        }
    }
}

/// A registration for a title in a programme year.
pub struct Registration(pub registration::Model);

impl Registration {
    async fn history(&self, ctx: &Context<'_>) -> Result<Arc<Vec<TitleYear>>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        Ok(rows.load_one(HistoryOf(self.0.subject_id)).await?.unwrap_or_default())
    }
}

/// A registration for a title in a programme year.
#[Object]
impl Registration {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Registration, self.0.tenant_id, self.0.id.0)
    }

    /// The title.
    async fn model(&self) -> LearningModel {
        self.0.model.into()
    }

    /// Programme year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Where it stands.
    async fn state(&self) -> RegistrationState {
        self.0.state.into()
    }

    /// Since when it stands there.
    async fn state_since(&self) -> DateTime<FixedOffset> {
        self.0.state_since.with_timezone(&HANOI)
    }

    /// How it came in.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Whether it was sent in after its window had closed, as the city allowed.
    async fn late(&self) -> bool {
        self.0.late
    }

    /// What the family wants to say.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Why it was last returned, rejected, withdrawn, not recognised or revoked.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Raised with every action; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Who is registered: a household, a clan, institution or community, or a citizen. Null where they have moved out of the
    /// viewer's sight since.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Subject>, Shared> {
        let (tenant, id) = (self.0.tenant_id, self.0.subject_id);
        let subject = match self.0.model.subject() {
            SubjectKind::Household => {
                let rows = ctx.rows(Permission::HouseholdRead, tenant)?;
                let row = rows.load_one(HouseholdId::from(id)).await?;
                row.map(|row| Subject::from(Household(row)))
            }
            SubjectKind::Clan | SubjectKind::Institution | SubjectKind::Community => {
                let rows = ctx.rows(Permission::SubjectRead, tenant)?;
                let row = rows.load_one(CollectiveId::from(id)).await?;
                row.map(|row| Subject::from(Collective(row)))
            }
            SubjectKind::Citizen => {
                let rows = ctx.rows(Permission::SubjectRead, tenant)?;
                let row = rows.load_one(CitizenId::from(id)).await?;
                row.map(|row| Subject::from(Citizen(row)))
            }
        };
        Ok(subject)
    }

    /// The household that is registered for LEARNING_FAMILY; null for other titles, whose `subject`
    /// tells, and where it has moved out of the viewer's sight since.
    async fn household(&self, ctx: &Context<'_>) -> Result<Option<Household>, Shared> {
        if self.0.model.subject() != SubjectKind::Household {
            return Ok(None);
        }
        let rows = ctx.rows(Permission::HouseholdRead, self.0.tenant_id)?;
        let row = rows.load_one(HouseholdId::from(self.0.subject_id)).await?;
        Ok(row.map(Household))
    }

    /// The form of the criteria it is marked by, where its title has several.
    async fn variant(&self) -> Option<CriteriaVariant> {
        self.0.variant.map(CriteriaVariant::from)
    }

    /// Its branch.
    async fn branch(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.branch_id).await
    }

    /// The criteria it is marked by: the set that is in force in its year. Sheets that were begun before keep theirs.
    async fn criteria_set(&self, ctx: &Context<'_>) -> Result<Option<CriteriaSet>, Shared> {
        let rows = ctx.rows(Permission::CriteriaRead, self.0.tenant_id)?;
        Ok(rows.load_one(Want::of(&self.0)).await?.map(CriteriaSet))
    }

    /// Its score sheets of all kinds and rounds, oldest first.
    async fn score_sheets(&self, ctx: &Context<'_>) -> Result<Vec<ScoreSheet>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let sheets = rows.load_one(SheetsOf(self.0.id)).await?.unwrap_or_default();
        let shown: error::Result<_> = sheets.into_iter().map(ScoreSheet::new).collect();
        Ok(shown?)
    }

    /// The photos and papers that were added as evidence, oldest first; also those whose bytes are still on their way.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let rows = rows.load_one(EvidenceOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Evidence).collect())
    }

    /// What the latest branch meeting decided on it; null until one has.
    async fn assessment(&self, ctx: &Context<'_>) -> Result<Option<RegistrationAssessment>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let row = rows.load_one(AssessmentOf(self.0.id)).await?;
        Ok(row.map(RegistrationAssessment::from))
    }

    /// The list to the ward People's Committee that it is on; null where it is on none.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<Submission>, Shared> {
        let Some(id) = self.0.submission_id else {
            return Ok(None);
        };
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        Ok(rows.load_one(id).await?.map(Submission))
    }

    /// The decision it stands by, that recognised it or took its title away; null where there is none.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<CommitteeDecision>, Shared> {
        let Some(id) = self.0.decision_id else {
            return Ok(None);
        };
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        Ok(rows.load_one(id).await?.map(CommitteeDecision))
    }

    /// Recognised years in a row that end with this one, also those in another branch; 0 where this one is not recognised,
    /// null where the subject has moved out of the viewer's sight.
    async fn years_running(&self, ctx: &Context<'_>) -> Result<Option<i32>, Shared> {
        let history = self.history(ctx).await?;
        Ok(line_of(&history, self.0.id).map(|line| line.years_running))
    }

    /// What the years running have reached: three years, or five.
    async fn milestone(&self, ctx: &Context<'_>) -> Result<Option<Milestone>, Shared> {
        let history = self.history(ctx).await?;
        Ok(line_of(&history, self.0.id).and_then(|line| line.milestone))
    }

    /// Every action on it, oldest first.
    async fn journal(&self, ctx: &Context<'_>) -> Result<Vec<JournalEntry>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let journal = rows.load_one(JournalOf(self.0.id)).await?.unwrap_or_default();
        Ok(journal.into_iter().map(JournalEntry::from).collect())
    }

    /// The certificate; null where it was not recognised.
    async fn certificate(&self, ctx: &Context<'_>) -> Result<Option<Certificate>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        Ok(rows.load_one(CertificateOf(self.0.id)).await?.map(Certificate))
    }
}
