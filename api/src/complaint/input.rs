//! What complaints are entered and answered from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{ComplaintId, RegistrationId, TenantId};
use serde::Serialize;
use uuid::Uuid;

use super::model::ComplaintState;
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::signed;

/// A complaint.
#[derive(InputObject)]
pub struct EnterComplaintInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The registration it is about.
    pub registration_id: ID,
    /// What is said, up to 2000 characters.
    pub words: String,
    /// Who complains, where an officer or a branch head enters it for somebody; shown to the ward officer only. A family
    /// complains for itself: what it sends here is left out.
    pub complainant_name: Option<String>,
}

/// The ward's answer to a complaint.
#[derive(InputObject)]
pub struct AnswerComplaintInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The complaint.
    pub complaint_id: ID,
    /// Whether the ward agrees: then the registration is returned to the step before, with the answer as the reason.
    pub upheld: bool,
    /// The answer, up to 2000 characters.
    pub answer: String,
    /// The state the client has read.
    pub expected_state: ComplaintState,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

/// A complaint, parsed.
#[derive(Serialize)]
pub struct Complain {
    /// Association and id of the registration.
    pub registration: (TenantId, RegistrationId),
    /// What is said.
    pub words: String,
    /// Who complains.
    pub complainant_name: Option<String>,
}

/// An answer, parsed.
#[derive(Serialize)]
pub struct Answer {
    /// Association and id of the complaint.
    pub complaint: (TenantId, ComplaintId),
    /// Whether the ward agrees.
    pub upheld: bool,
    /// What it says.
    pub words: String,
    /// The state read.
    pub expected_state: entity::vocabulary::ComplaintState,
    /// The phone's own clock when the button was pressed. It decides deadlines in `syncBatch` only; elsewhere the server's alone
    /// does.
    pub device_time: Option<DateTime<Utc>>,
}

impl EnterComplaintInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Complain> {
        Ok(Complain {
            registration: decode_as(NodeKind::Registration, &self.registration_id, "registrationId")?,
            words: signed::words("words", &self.words)?,
            complainant_name: signed::if_any("complainantName", self.complainant_name.as_deref(), signed::name)?,
        })
    }
}

impl AnswerComplaintInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<Answer> {
        Ok(Answer {
            complaint: decode_as(NodeKind::Complaint, &self.complaint_id, "complaintId")?,
            upheld: self.upheld,
            words: signed::words("answer", &self.answer)?,
            expected_state: self.expected_state.into(),
            device_time: self.device_time,
        })
    }
}
