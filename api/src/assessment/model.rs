//! Minutes as GraphQL shows them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::{assessment, assessment_item};

use super::store::Assessed;
use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::loader::{ItemsOf, Shared};
use crate::programme::LearningModel;
use crate::scalar::Date;
use crate::unit::{Unit, unit_of};

/// The minutes of a branch meeting.
pub struct Assessment(pub assessment::Model);

/// The minutes of a branch meeting, as the branch, its ward and those above see them.
#[Object]
impl Assessment {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Assessment, self.0.tenant_id, self.0.id.0)
    }

    /// The branch.
    async fn branch(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.branch_id).await
    }

    /// Programme year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// The title.
    async fn model(&self) -> LearningModel {
        self.0.model.into()
    }

    /// The day of the meeting.
    async fn held_on(&self) -> Date {
        Date(self.0.held_on)
    }

    /// Where it was.
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// Who led it.
    async fn chair_name(&self) -> &str {
        &self.0.chair_name
    }

    /// Who wrote the minutes.
    async fn secretary_name(&self) -> &str {
        &self.0.secretary_name
    }

    /// How many were present.
    async fn present(&self) -> i32 {
        self.0.present
    }

    /// What was said.
    async fn remarks(&self) -> Option<&str> {
        self.0.remarks.as_deref()
    }

    /// The last day on which the result hangs out for everybody to read; null where it does not.
    async fn posted_until(&self) -> Option<Date> {
        self.0.posted_until.map(Date)
    }

    /// Who entered them, by the name they had then.
    async fn entered_by(&self) -> &str {
        &self.0.actor_name
    }

    /// When they were entered.
    async fn entered_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }

    /// What the meeting decided on each registration.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<AssessmentItem>, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let items = rows.load_one(ItemsOf(self.0.id)).await?.unwrap_or_default();
        Ok(items.into_iter().map(AssessmentItem::from).collect())
    }
}

/// What a meeting decided on one registration.
#[derive(SimpleObject)]
pub struct AssessmentItem {
    /// Global id of the registration.
    pub registration_id: ID,
    /// Votes for the title.
    pub votes_for: i32,
    /// Votes against it.
    pub votes_against: i32,
    /// What was said of it.
    pub remark: Option<String>,
}

impl From<assessment_item::Model> for AssessmentItem {
    fn from(row: assessment_item::Model) -> Self {
        Self {
            registration_id: encode(NodeKind::Registration, row.tenant_id, row.registration_id.0),
            votes_for: row.votes_for,
            votes_against: row.votes_against,
            remark: row.remark,
        }
    }
}

/// What the latest branch meeting decided on a registration, as its family sees it too. It stays when the registration is
/// returned, until another meeting has assessed it.
#[derive(SimpleObject)]
pub struct RegistrationAssessment {
    /// The day of the meeting.
    pub held_on: Date,
    /// How many were present.
    pub present: i32,
    /// Votes for the title.
    pub votes_for: i32,
    /// Votes against it.
    pub votes_against: i32,
    /// The last day on which the result hangs out for everybody to read; until then somebody may complain, and it goes on
    /// no list. Null where it does not hang out.
    pub posted_until: Option<Date>,
}

impl From<Assessed> for RegistrationAssessment {
    fn from(Assessed { meeting, item }: Assessed) -> Self {
        Self {
            held_on: Date(meeting.held_on),
            present: meeting.present,
            votes_for: item.votes_for,
            votes_against: item.votes_against,
            posted_until: meeting.posted_until.map(Date),
        }
    }
}
