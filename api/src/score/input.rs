//! What score sheets are made from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{RegistrationId, TenantId};
use entity::value::{LongText, Points, Rule};
use uuid::Uuid;

use super::sheet::Change;
use crate::criteria::score::Mark;
use crate::error::{Error, Problem, Result};
use crate::global_id::{NodeKind, decode_as};

/// The most lines: a set has no more indicators.
const MAX_MARKS: usize = 100;
/// The longest code of an indicator.
const MAX_CODE: usize = 40;

/// One line of a score sheet. Without points and without `notApplicable` it is left empty.
#[derive(InputObject)]
pub struct MarkInput {
    /// Code of the indicator, such as `2.1`.
    pub indicator: String,
    /// Points, with at most two decimal places.
    pub points: Option<f64>,
    /// It does not apply to this subject.
    #[graphql(default)]
    pub not_applicable: bool,
    /// What is written beside it, up to 2000 characters.
    pub note: Option<String>,
}

/// A draft of a subject's own score sheet.
#[derive(InputObject)]
pub struct SaveScoreSheetInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration.
    pub registration_id: ID,
    /// The version of the draft the client has read; null where there is none yet.
    pub expected_version: Option<i32>,
    /// All lines, at most 100; what is not named is left empty.
    pub marks: Vec<MarkInput>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A score sheet to be signed and handed in.
#[derive(InputObject)]
pub struct SubmitScoreSheetInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration.
    pub registration_id: ID,
    /// The version of the draft the client has read.
    pub expected_version: i32,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A draft, parsed.
pub struct SaveSheet {
    /// Association and id of the registration.
    pub registration: (TenantId, RegistrationId),
    /// The version read.
    pub expected_version: Option<i32>,
    /// Its lines.
    pub marks: Vec<Change>,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A sheet to be signed, parsed.
pub struct SubmitSheet {
    /// Association and id of the registration.
    pub registration: (TenantId, RegistrationId),
    /// The version read.
    pub expected_version: i32,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

impl SaveScoreSheetInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SaveSheet> {
        Ok(SaveSheet {
            registration: decode_as(NodeKind::Registration, &self.registration_id, "registrationId")?,
            expected_version: self.expected_version,
            marks: changes("marks", &self.marks)?,
            device_time: self.device_time,
        })
    }
}

impl SubmitScoreSheetInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SubmitSheet> {
        Ok(SubmitSheet {
            registration: decode_as(NodeKind::Registration, &self.registration_id, "registrationId")?,
            expected_version: self.expected_version,
            device_time: self.device_time,
        })
    }
}

/// Lines as they were sent; `path` says where the list stands in the input.
///
/// # Errors
/// INVALID with everything that no set could take.
pub fn changes(path: &str, marks: &[MarkInput]) -> Result<Vec<Change>> {
    if marks.len() > MAX_MARKS {
        return Err(Error::invalid(path, Rule::TooMany { max: MAX_MARKS }));
    }
    let (mut changes, mut problems) = (Vec::with_capacity(marks.len()), Vec::new());
    for (at, mark) in marks.iter().enumerate() {
        match change(mark) {
            Ok(change) => changes.push(change),
            Err((field, rule)) => problems.push(Problem {
                path: format!("{path}.{at}{field}"),
                rule,
            }),
        }
    }
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(Error::Invalid(problems))
    }
}

fn change(input: &MarkInput) -> std::result::Result<Change, (&'static str, Rule)> {
    let mark = match (input.points, input.not_applicable) {
        (Some(_), true) => return Err(("", Rule::PointsAndNotApplicable)),
        (None, true) => Some(Mark::NotApplicable),
        (None, false) => None,
        (Some(number), false) => {
            let points = Points::parse(number).map_err(|rule| (".points", rule))?;
            Some(Mark::Points(points))
        }
    };
    if input.indicator.len() > MAX_CODE {
        return Err((".indicator", Rule::NotAnIndicator));
    }
    let note = input.note.as_deref().filter(|note| !note.trim().is_empty());
    let note = note.map(LongText::parse).transpose().map_err(|rule| (".note", rule))?;
    Ok(Change {
        indicator: input.indicator.clone(),
        mark,
        note: note.map(|note| note.as_str().to_owned()),
    })
}
