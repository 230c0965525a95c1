//! What registrations are made and decided from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{RegistrationId, SubjectId, TenantId};
use entity::value::{LongText, ProgrammeYear, Rule};
use serde::Serialize;
use uuid::Uuid;

use super::bulk::{self, Item};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode, decode_as, made_on_device};
use crate::subject::parse_id;

/// A household to be registered.
#[derive(InputObject)]
pub struct RegisterHouseholdInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration's id, made on the device (UUID version 7), so that what is done offline next can name it; the server's
    /// unless said. Where there is a draft, or one that was taken back, that one's id stands.
    pub id: Option<Uuid>,
    /// The household.
    pub household_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// What the family wants to say, up to 2000 characters.
    pub note: Option<String>,
    /// Keep it as a draft, do not send it in yet.
    #[graphql(default)]
    pub as_draft: bool,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A subject to be registered for its title.
#[derive(InputObject)]
pub struct RegisterSubjectInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration's id, made on the device (UUID version 7), so that what is done offline next can name it; the server's
    /// unless said. Where there is a draft, or one that was taken back, that one's id stands.
    pub id: Option<Uuid>,
    /// A household, clan, institution, community or citizen.
    pub subject_id: ID,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// What they want to say, up to 2000 characters.
    pub note: Option<String>,
    /// Keep it as a draft, do not send it in yet.
    #[graphql(default)]
    pub as_draft: bool,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A registration to be sent in, or sent in again.
#[derive(InputObject)]
pub struct SubmitRegistrationInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration.
    pub id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// What the family wants to say, up to 2000 characters; as it was unless said.
    pub note: Option<String>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A registration to be taken back.
#[derive(InputObject)]
pub struct WithdrawRegistrationInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration.
    pub id: ID,
    /// The version the client has read.
    pub expected_version: i32,
    /// Why, up to 2000 characters.
    pub reason: Option<String>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// One registration to be decided on.
#[derive(InputObject)]
pub struct DecisionItemInput {
    /// The registration.
    pub id: ID,
    /// The version the client has read; without it whatever is there now is decided on.
    pub expected_version: Option<i32>,
}

/// A subject to be registered again.
#[derive(InputObject)]
pub struct RegisterAgainItemInput {
    /// The household, clan, institution, community or citizen, or its registration of the year before.
    pub id: ID,
    /// The subject's version the client has read; without it the subject is registered as it is now.
    pub expected_version: Option<i32>,
}

/// Subjects to be registered again.
#[derive(InputObject)]
pub struct RegisterAgainInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The subjects, 1 to 200.
    pub items: Vec<RegisterAgainItemInput>,
    /// Programme year to register for, 2014 to 2100.
    pub year: i32,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// What an item of `registerAgain` names.
#[derive(Debug, Clone, Copy, Serialize)]
pub enum Before {
    /// The subject.
    Subject(SubjectId),
    /// Its registration of the year before.
    Registration(RegistrationId),
}

/// One subject to be registered again, parsed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AgainItem {
    /// The association the id claims.
    pub tenant: TenantId,
    /// What was named.
    pub before: Before,
    /// The subject's version read.
    pub expected_version: Option<i32>,
}

/// A registering again, parsed.
pub struct Again {
    /// What was named, in the order sent.
    pub items: Vec<AgainItem>,
    /// The year.
    pub year: ProgrammeYear,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

impl RegisterAgainInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Again> {
        if self.items.is_empty() {
            return Err(Error::invalid("items", Rule::Required));
        }
        if self.items.len() > bulk::MAX_ITEMS {
            return Err(Error::invalid("items", Rule::TooMany { max: bulk::MAX_ITEMS }));
        }
        let item = |(at, item): (usize, &RegisterAgainItemInput)| {
            let path = format!("items.{at}.id");
            let found = decode(&item.id, &path)?;
            let before = match found.kind {
                NodeKind::Household | NodeKind::Collective | NodeKind::Citizen => Before::Subject(found.id.into()),
                NodeKind::Registration => Before::Registration(found.id.into()),
                _ => return Err(Error::invalid(path, Rule::NotAnId)),
            };
            Ok(AgainItem {
                tenant: found.tenant,
                before,
                expected_version: item.expected_version,
            })
        };
        Ok(Again {
            items: self.items.iter().enumerate().map(item).collect::<Result<_>>()?,
            year: ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?,
            device_time: self.device_time,
        })
    }
}

/// Registrations whose last decision is to be taken back.
#[derive(InputObject)]
pub struct UndoDecisionInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// Registrations to be approved.
#[derive(InputObject)]
pub struct ApproveRegistrationsInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// Registrations to be returned or rejected with a reason.
#[derive(InputObject)]
pub struct RefuseRegistrationsInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registrations, 1 to 200.
    pub items: Vec<DecisionItemInput>,
    /// Why, in words the family understands, up to 2000 characters.
    pub reason: String,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A registering, parsed.
pub struct Register {
    /// The id made on the device.
    pub id: Option<Uuid>,
    /// Association, kind and id of the subject.
    pub subject: (TenantId, NodeKind, SubjectId),
    /// The year.
    pub year: ProgrammeYear,
    /// The family's words.
    pub note: Option<LongText>,
    /// Whether it stays a draft.
    pub as_draft: bool,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A step of one registration, parsed.
pub struct Step {
    /// Association and id of the registration.
    pub registration: (TenantId, RegistrationId),
    /// The version read.
    pub expected_version: i32,
    /// The family's words.
    pub text: Option<LongText>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A decision on many, parsed.
pub struct Decision {
    /// The registrations as they were sent, in their order.
    pub items: Vec<Item>,
    /// Why.
    pub reason: Option<LongText>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

fn text(path: &str, text: Option<&str>) -> Result<Option<LongText>> {
    let given = text.filter(|text| !text.trim().is_empty());
    given
        .map(LongText::parse)
        .transpose()
        .map_err(|rule| Error::invalid(path, rule))
}

impl RegisterHouseholdInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Register> {
        Ok(Register {
            id: made_on_device(self.id).map_err(|rule| Error::invalid("id", rule))?,
            subject: {
                let (tenant, id) = decode_as(NodeKind::Household, &self.household_id, "householdId")?;
                (tenant, NodeKind::Household, id)
            },
            year: ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?,
            note: text("note", self.note.as_deref())?,
            as_draft: self.as_draft,
            device_time: self.device_time,
        })
    }
}

impl RegisterSubjectInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Register> {
        Ok(Register {
            id: made_on_device(self.id).map_err(|rule| Error::invalid("id", rule))?,
            subject: parse_id(&self.subject_id, "subjectId")?,
            year: ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?,
            note: text("note", self.note.as_deref())?,
            as_draft: self.as_draft,
            device_time: self.device_time,
        })
    }
}

impl SubmitRegistrationInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Step> {
        Ok(Step {
            registration: decode_as(NodeKind::Registration, &self.id, "id")?,
            expected_version: self.expected_version,
            text: text("note", self.note.as_deref())?,
            device_time: self.device_time,
        })
    }
}

impl WithdrawRegistrationInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Step> {
        Ok(Step {
            registration: decode_as(NodeKind::Registration, &self.id, "id")?,
            expected_version: self.expected_version,
            text: text("reason", self.reason.as_deref())?,
            device_time: self.device_time,
        })
    }
}

fn items(items: &[DecisionItemInput]) -> Result<Vec<Item>> {
    bulk::parse(items.iter().map(|item| (&item.id, item.expected_version)), "id")
}

impl ApproveRegistrationsInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Decision> {
        Ok(Decision {
            items: items(&self.items)?,
            reason: None,
            device_time: self.device_time,
        })
    }
}

impl UndoDecisionInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Decision> {
        Ok(Decision {
            items: items(&self.items)?,
            reason: None,
            device_time: self.device_time,
        })
    }
}

impl RefuseRegistrationsInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID; a reason is always needed.
    pub fn parse(&self) -> Result<Decision> {
        let reason = text("reason", Some(&self.reason))?.ok_or_else(|| Error::invalid("reason", Rule::Required))?;
        Ok(Decision {
            items: items(&self.items)?,
            reason: Some(reason),
            device_time: self.device_time,
        })
    }
}
