//! What lists and decisions are entered from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{DecisionId, SubmissionId, TenantId, UnitId};
use entity::vocabulary::DecisionKind;
use serde::Serialize;
use uuid::Uuid;

use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::programme::LearningModel;
use crate::registration::DecisionItemInput;
use crate::registration::bulk::{self, Item};
use crate::scalar::Date;
use crate::score::{Change, MarkInput, changes};
use crate::signed;

/// A registration that goes on a ward's list.
#[derive(InputObject)]
pub struct ProposalItemInput {
    /// The registration.
    pub id: ID,
    /// The version the client has read; without it whatever is there now goes on the list.
    pub expected_version: Option<i32>,
    /// The lines that the ward marks otherwise than the branch meeting did; mostly none.
    #[graphql(default)]
    pub marks: Vec<MarkInput>,
}

/// A ward's list to its People's Committee, with its first registrations.
#[derive(InputObject)]
pub struct SubmitProposalInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The ward.
    pub ward_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// The title.
    #[graphql(default_with = "LearningModel::LearningFamily")]
    pub model: LearningModel,
    /// The number of the list, such as 05/TTr-HKH; a ward gives each only once in a year.
    pub number: String,
    /// The day it was signed, not to come.
    pub submitted_on: Date,
    /// Who signed it.
    pub signer_name: String,
    /// As what.
    pub signer_title: String,
    /// What it says besides, up to 2000 characters.
    pub remarks: Option<String>,
    /// The registrations, 1 to 200.
    pub items: Vec<ProposalItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// More registrations for a list.
#[derive(InputObject)]
pub struct AddToProposalInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The list.
    pub submission_id: ID,
    /// The registrations, 1 to 200.
    pub items: Vec<ProposalItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A decision of recognition, with its first registrations.
#[derive(InputObject)]
pub struct EnterRecognitionInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The ward.
    pub ward_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// The number of the decision, such as 123/QĐ-UBND; a ward has each only once on a day.
    pub number: String,
    /// The day it was signed, not to come.
    pub decided_on: Date,
    /// Who decided, such as the ward People's Committee.
    pub authority: String,
    /// Who signed it.
    pub signer_name: String,
    /// As what.
    pub signer_title: String,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// More registrations that a decision recognises.
#[derive(InputObject)]
pub struct AddToRecognitionInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The decision.
    pub decision_id: ID,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A decision that takes titles away.
#[derive(InputObject)]
pub struct RevokeTitlesInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The ward.
    pub ward_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// The number of the decision; a ward has each only once on a day.
    pub number: String,
    /// The day it was signed, not to come.
    pub decided_on: Date,
    /// Who decided, such as the ward People's Committee.
    pub authority: String,
    /// Who signed it.
    pub signer_name: String,
    /// As what.
    pub signer_title: String,
    /// Why, in words the family understands, up to 2000 characters.
    pub reason: String,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// The head of a list, parsed.
#[derive(Serialize)]
pub struct ListHead {
    /// Association and id of the ward.
    pub ward: (TenantId, UnitId),
    /// The year.
    pub year: i32,
    /// The title.
    pub model: entity::vocabulary::LearningModel,
    /// Its number.
    pub number: String,
    /// Its day.
    pub submitted_on: NaiveDate,
    /// Who signed.
    pub signer_name: String,
    /// As what.
    pub signer_title: String,
    /// What it says besides.
    pub remarks: Option<String>,
}

/// The head of a decision, parsed.
#[derive(Serialize)]
pub struct DecisionHead {
    /// Association and id of the ward.
    pub ward: (TenantId, UnitId),
    /// The year.
    pub year: i32,
    /// What it does.
    pub kind: DecisionKind,
    /// Its number.
    pub number: String,
    /// Its day.
    pub decided_on: NaiveDate,
    /// Who decided.
    pub authority: String,
    /// Who signed.
    pub signer_name: String,
    /// As what.
    pub signer_title: String,
}

/// What a paper says of registrations, parsed: its head `P`, or the id of one that is there.
#[derive(Serialize)]
pub struct OnPaper<P> {
    /// The paper.
    pub paper: P,
    /// The registrations as they were sent, in their order.
    pub items: Vec<Item>,
    /// Why, where it needs a reason.
    pub reason: Option<String>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// What a ward puts on a list, parsed, with the lines that it marks otherwise.
#[derive(Serialize)]
pub struct OnList<P> {
    /// The list, and the registrations.
    pub on: OnPaper<P>,
    /// The lines of each, in the order of the registrations.
    pub changes: Vec<Vec<Change>>,
}

fn list_items(items: &[ProposalItemInput]) -> Result<(Vec<Item>, Vec<Vec<Change>>)> {
    let parsed = bulk::parse(items.iter().map(|item| (&item.id, item.expected_version)), "id")?;
    let lines = |(at, item): (usize, &ProposalItemInput)| changes(&format!("items.{at}.marks"), &item.marks);
    Ok((parsed, items.iter().enumerate().map(lines).collect::<Result<_>>()?))
}

fn items(items: &[DecisionItemInput]) -> Result<Vec<Item>> {
    bulk::parse(items.iter().map(|item| (&item.id, item.expected_version)), "id")
}

impl SubmitProposalInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self, today: NaiveDate) -> Result<OnList<ListHead>> {
        let (items, changes) = list_items(&self.items)?;
        let on = OnPaper {
            paper: ListHead {
                ward: decode_as(NodeKind::Unit, &self.ward_id, "wardId")?,
                year: signed::year(self.year)?,
                model: self.model.into(),
                number: signed::line("number", &self.number)?,
                submitted_on: signed::past_day("submittedOn", self.submitted_on.0, today)?,
                signer_name: signed::name("signerName", &self.signer_name)?,
                signer_title: signed::line("signerTitle", &self.signer_title)?,
                remarks: signed::if_any("remarks", self.remarks.as_deref(), signed::words)?,
            },
            items,
            reason: None,
            device_time: self.device_time,
        };
        Ok(OnList { on, changes })
    }
}

impl AddToProposalInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<OnList<(TenantId, SubmissionId)>> {
        let (items, changes) = list_items(&self.items)?;
        let on = OnPaper {
            paper: decode_as(NodeKind::Submission, &self.submission_id, "submissionId")?,
            items,
            reason: None,
            device_time: self.device_time,
        };
        Ok(OnList { on, changes })
    }
}

impl EnterRecognitionInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self, today: NaiveDate) -> Result<OnPaper<DecisionHead>> {
        Ok(OnPaper {
            paper: DecisionHead {
                ward: decode_as(NodeKind::Unit, &self.ward_id, "wardId")?,
                year: signed::year(self.year)?,
                kind: DecisionKind::Recognition,
                number: signed::line("number", &self.number)?,
                decided_on: signed::past_day("decidedOn", self.decided_on.0, today)?,
                authority: signed::line("authority", &self.authority)?,
                signer_name: signed::name("signerName", &self.signer_name)?,
                signer_title: signed::line("signerTitle", &self.signer_title)?,
            },
            items: items(&self.items)?,
            reason: None,
            device_time: self.device_time,
        })
    }
}

impl AddToRecognitionInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<OnPaper<(TenantId, DecisionId)>> {
        Ok(OnPaper {
            paper: decode_as(NodeKind::Decision, &self.decision_id, "decisionId")?,
            items: items(&self.items)?,
            reason: None,
            device_time: self.device_time,
        })
    }
}

impl RevokeTitlesInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID; a reason is always needed.
    pub fn parse(&self, today: NaiveDate) -> Result<OnPaper<DecisionHead>> {
        Ok(OnPaper {
            paper: DecisionHead {
                ward: decode_as(NodeKind::Unit, &self.ward_id, "wardId")?,
                year: signed::year(self.year)?,
                kind: DecisionKind::Revocation,
                number: signed::line("number", &self.number)?,
                decided_on: signed::past_day("decidedOn", self.decided_on.0, today)?,
                authority: signed::line("authority", &self.authority)?,
                signer_name: signed::name("signerName", &self.signer_name)?,
                signer_title: signed::line("signerTitle", &self.signer_title)?,
            },
            items: items(&self.items)?,
            reason: Some(signed::words("reason", &self.reason)?),
            device_time: self.device_time,
        })
    }
}
