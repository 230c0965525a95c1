//! The inbox as GraphQL shows it.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::UnitId;
use entity::scope::Scope;
use entity::table::complaint;

use super::step::{self, Waits};
use crate::clock::{HANOI, hanoi_date};
use crate::complaint::{Complaint, ComplaintState, complaint_page};
use crate::error::Result;
use crate::page::Page;
use crate::programme::{LearningModel, Phase, Window};
use crate::registration::{
    Filter, Registration, RegistrationAction, RegistrationState, registration_list, registration_page,
};
use crate::scalar::Date;

/// For whom something waits.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// For you: decide, or do the next step.
    You,
    /// For somebody else: a family, a branch, a ward. You can remind them.
    Others,
}

impl From<Waits> for WaitsFor {
    fn from(waits: Waits) -> Self {
        match waits {
            Waits::You => Self::You,
            Waits::Others => Self::Others,
        }
    }
}

/// By when something should be done.
#[derive(SimpleObject, Debug, Clone)]
pub struct InboxDeadline {
    /// The part of the year it belongs to.
    pub phase: Phase,
    /// First moment after it, as it holds there: the city's, narrowed by district and ward.
    pub closes_at: DateTime<FixedOffset>,
    /// Days left by Hanoi's calendar: 0 on the last day, negative when it is past.
    pub days_left: i64,
    /// Whether it has passed.
    pub past: bool,
    /// Whether the step is refused afterwards. It is not where the city allows late acts, nor for approvals and corrections,
    /// which may be made as long as the year is open.
    pub refused_afterwards: bool,
}

impl InboxDeadline {
    /// The deadline for what waits in a state, where there is a window for it.
    pub fn of(state: entity::vocabulary::RegistrationState, windows: &[Window], now: DateTime<Utc>) -> Option<Self> {
        let (phase, held) = step::phase(state)?;
        let window = windows.iter().find(|window| window.phase == phase)?;
        Some(Self {
            phase: phase.into(),
            closes_at: window.closes_at.with_timezone(&HANOI),
            days_left: step::days_left(hanoi_date(now), window.closes_at),
            past: window.closes_at <= now,
            refused_afterwards: held && !window.late_allowed,
        })
    }
}

/// What has waited longest.
#[derive(SimpleObject, Debug, Clone)]
pub struct Oldest {
    /// Since when it waits.
    pub since: DateTime<FixedOffset>,
    /// Days since, by Hanoi's calendar.
    pub age_days: i64,
}

impl Oldest {
    fn new(since: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            since: since.with_timezone(&HANOI),
            age_days: (hanoi_date(now) - hanoi_date(since)).num_days(),
        }
    }
}

/// The registrations of one title that wait in one state.
pub struct InboxEntry {
    /// Where they are read.
    pub scope: Scope,
    /// Which they are.
    pub filter: Filter,
    /// How many.
    pub total: i64,
    /// For whom they wait.
    pub waits: Waits,
    /// By when they should go on.
    pub deadline: Option<InboxDeadline>,
}

/// The registrations of one title that wait in one state.
#[Object]
impl InboxEntry {
    /// The title.
    async fn model(&self) -> LearningModel {
        self.filter.model.into()
    }

    /// Where they stand.
    async fn state(&self) -> RegistrationState {
        self.filter.state.into()
    }

    /// What leads on from there.
    async fn next_action(&self) -> Option<RegistrationAction> {
        step::next_action(self.filter.state).map(Into::into)
    }

    /// Whether they wait for you.
    async fn waits_for(&self) -> WaitsFor {
        self.waits.into()
    }

    /// How many there are, from the counters; never 0.
    async fn total(&self) -> i64 {
        self.total
    }

    /// The one that has waited longest.
    async fn oldest(&self) -> Result<Option<Oldest>> {
        let rows = registration_list(&self.scope, self.filter, None, 1).await?;
        Ok(rows.first().map(|row| Oldest::new(row.state_since, self.scope.now())))
    }

    /// By when they should go on; null where the city has set no window for it.
    async fn deadline(&self) -> Option<&InboxDeadline> {
        self.deadline.as_ref()
    }

    /// The registrations, longest waiting first.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Registration>> {
        let part = (first, after.as_deref());
        registration_page(ctx, &self.scope, self.filter, part, Some(self.total)).await
    }
}

/// The most complaints that are counted: a ward has a handful.
pub const MOST_COMPLAINTS: usize = 100;

/// The complaints that wait for an answer, of all years.
pub struct InboxComplaints {
    /// Where they are read.
    pub scope: Scope,
    /// Of which ward or branch.
    pub place: (Option<UnitId>, Option<UnitId>),
    /// Whether they wait for the one who asks.
    pub waits: Waits,
    /// The oldest, one more than are counted.
    pub rows: Vec<complaint::Model>,
}

/// The complaints that wait for an answer, of all years.
#[Object]
impl InboxComplaints {
    /// Whether they wait for you: they are the ward officer's to answer.
    async fn waits_for(&self) -> WaitsFor {
        self.waits.into()
    }

    /// How many there are, counted up to 100.
    async fn total(&self) -> usize {
        self.rows.len().min(MOST_COMPLAINTS)
    }

    /// Whether there are more than `total` says.
    async fn more(&self) -> bool {
        self.rows.len() > MOST_COMPLAINTS
    }

    /// The one that has waited longest.
    async fn oldest(&self) -> Option<Oldest> {
        let row = self.rows.first()?;
        Some(Oldest::new(row.created_at, self.scope.now()))
    }

    /// The complaints, oldest first.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Complaint>> {
        let of = (self.place, ComplaintState::Open);
        complaint_page(ctx, &self.scope, of, (first, after.as_deref())).await
    }
}

/// What waits for somebody at one desk.
#[derive(SimpleObject)]
pub struct Inbox {
    /// Programme year.
    pub year: i32,
    /// Today, by Hanoi's calendar: ages and days left are counted from it.
    pub today: Date,
    /// What waits, in the order of the year, by title; a step where nothing waits is left out.
    pub entries: Vec<InboxEntry>,
    /// Complaints that wait for an answer; null where there are none, and for families.
    pub complaints: Option<InboxComplaints>,
}

/// A short reason to decide with.
#[derive(SimpleObject)]
pub struct CannedReason {
    /// Its stable name, for the client's own lists.
    pub code: &'static str,
    /// Where the registration stands that it is said of.
    pub state: RegistrationState,
    /// What is said, in the language of `Accept-Language`; send it as `reason`, as it is or changed.
    pub text: &'static str,
}
