//! What minutes are entered from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{TenantId, UnitId};
use entity::value::Rule;
use serde::Serialize;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::programme::LearningModel;
use crate::registration::bulk::{self, Item};
use crate::scalar::Date;
use crate::score::{Change, MarkInput, changes};
use crate::signed;

/// The most people at a meeting; a village may come as a whole.
const MOST_PRESENT: i32 = 10_000;

/// What the meeting decided on one registration.
#[derive(InputObject)]
pub struct AssessmentItemInput {
    /// The registration, which has marked itself.
    pub registration_id: ID,
    /// The version the client has read; without it whatever is there now is assessed.
    pub expected_version: Option<i32>,
    /// Votes for the title.
    pub votes_for: i32,
    /// Votes against it.
    pub votes_against: i32,
    /// What was said of it, up to 200 characters.
    pub remark: Option<String>,
    /// The lines of its score sheet that the meeting marked otherwise than the subject itself, at most 100; mostly none.
    #[graphql(default)]
    pub marks: Vec<MarkInput>,
}

/// The minutes of a branch meeting.
#[derive(InputObject)]
pub struct EnterAssessmentInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The branch.
    pub branch_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// The title.
    #[graphql(default_with = "LearningModel::LearningFamily")]
    pub model: LearningModel,
    /// The day of the meeting, in the window for branch meetings and not to come.
    pub held_on: Date,
    /// Where it was.
    pub place: String,
    /// Who led it.
    pub chair_name: String,
    /// Who wrote the minutes.
    pub secretary_name: String,
    /// How many were present, 1 to 10000; nothing has more votes.
    pub present: i32,
    /// What was said, up to 2000 characters.
    pub remarks: Option<String>,
    /// The last day on which the result hangs out for everybody to read; null where it does not.
    pub posted_until: Option<Date>,
    /// The registrations, 1 to 200.
    pub items: Vec<AssessmentItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// Votes on one registration, parsed.
#[derive(Serialize)]
pub struct Votes {
    /// Votes for.
    pub in_favour: i32,
    /// Votes against.
    pub against: i32,
    /// What was said of it.
    pub remark: Option<String>,
    /// The lines of its score sheet that the meeting marked otherwise.
    pub changes: Vec<Change>,
}

/// Minutes, parsed.
#[derive(Serialize)]
pub struct Minutes {
    /// Association and id of the branch.
    pub branch: (TenantId, UnitId),
    /// The year.
    pub year: i32,
    /// The title.
    pub model: entity::vocabulary::LearningModel,
    /// The day.
    pub held_on: NaiveDate,
    /// The place.
    pub place: String,
    /// Who led it.
    pub chair_name: String,
    /// Who wrote.
    pub secretary_name: String,
    /// How many came.
    pub present: i32,
    /// What was said.
    pub remarks: Option<String>,
    /// How long it hangs out.
    pub posted_until: Option<NaiveDate>,
    /// The registrations as they were sent, in their order.
    pub items: Vec<Item>,
    /// The votes on each, in the same order.
    pub votes: Vec<Votes>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

fn votes((at, item): (usize, &AssessmentItemInput), present: i32) -> Result<Votes> {
    let range = Rule::OutOfRange {
        min: 0,
        max: i64::from(present),
    };
    for (name, votes) in [("votesFor", item.votes_for), ("votesAgainst", item.votes_against)] {
        if !(0..=present).contains(&votes) {
            return Err(Error::invalid(format!("items.{at}.{name}"), range));
        }
    }
    // both lie between nothing and ten thousand
    if item.votes_for + item.votes_against > present {
        return Err(Error::invalid(format!("items.{at}.votesAgainst"), range));
    }
    Ok(Votes {
        in_favour: item.votes_for,
        against: item.votes_against,
        remark: signed::if_any(&format!("items.{at}.remark"), item.remark.as_deref(), signed::line)?,
        changes: changes(&format!("items.{at}.marks"), &item.marks)?,
    })
}

impl EnterAssessmentInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self, today: NaiveDate) -> Result<Minutes> {
        if !(1..=MOST_PRESENT).contains(&self.present) {
            let max = i64::from(MOST_PRESENT);
            return Err(Error::invalid("present", Rule::OutOfRange { min: 1, max }));
        }
        if self.posted_until.is_some_and(|until| until.0 < self.held_on.0) {
            return Err(Error::invalid("postedUntil", Rule::EndsBeforeItBegins));
        }
        let ids = self
            .items
            .iter()
            .map(|item| (&item.registration_id, item.expected_version));
        let votes = self.items.iter().enumerate().map(|item| votes(item, self.present));
        Ok(Minutes {
            branch: decode_as(NodeKind::Unit, &self.branch_id, "branchId")?,
            year: signed::year(self.year)?,
            model: self.model.into(),
            held_on: signed::past_day("heldOn", self.held_on.0, today)?,
            place: signed::line("place", &self.place)?,
            chair_name: signed::name("chairName", &self.chair_name)?,
            secretary_name: signed::name("secretaryName", &self.secretary_name)?,
            present: self.present,
            remarks: signed::if_any("remarks", self.remarks.as_deref(), signed::words)?,
            posted_until: self.posted_until.map(|until| until.0),
            items: bulk::parse(ids, "registrationId")?,
            votes: votes.collect::<Result<_>>()?,
            device_time: self.device_time,
        })
    }
}
