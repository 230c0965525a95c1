//! What a batch is made of.

use async_graphql::{InputObject, OneofObject};
use chrono::{DateTime, Utc};
use entity::value::Rule;

use crate::assessment::EnterAssessmentInput;
use crate::citizen::{CreateCitizenInput, UpdateCitizenInput};
use crate::collective::{CreateCollectiveInput, UpdateCollectiveInput};
use crate::complaint::{AnswerComplaintInput, EnterComplaintInput};
use crate::error::{Error, Result};
use crate::evidence::{BeginUploadInput, RemoveEvidenceInput};
use crate::household::{CreateHouseholdInput, UpdateHouseholdInput};
use crate::registration::{
    ApproveRegistrationsInput, RefuseRegistrationsInput, RegisterAgainInput, RegisterHouseholdInput,
    RegisterSubjectInput, SubmitRegistrationInput, UndoDecisionInput, WithdrawRegistrationInput,
};
use crate::score::{SaveScoreSheetInput, SubmitScoreSheetInput};

/// The most items of one batch.
const MAX_ITEMS: usize = 100;

/// What a phone has kept while it was offline.
#[derive(InputObject)]
pub struct SyncBatchInput {
    /// The phone's own clock when this very request is sent, new at each sending: it tells how far that clock is off.
    pub sent_at: DateTime<Utc>,
    /// What is to be done, 1 to 100, in this order.
    pub items: Vec<SyncItemInput>,
}

/// One thing to be done: the input of the mutation of that name.
#[derive(OneofObject)]
pub enum SyncItemInput {
    /// Enters a household.
    CreateHousehold(CreateHouseholdInput),
    /// Corrects a household.
    UpdateHousehold(UpdateHouseholdInput),
    /// Enters a clan, institution or community.
    CreateCollective(CreateCollectiveInput),
    /// Corrects a clan, institution or community.
    UpdateCollective(UpdateCollectiveInput),
    /// Enters a citizen.
    CreateCitizen(CreateCitizenInput),
    /// Corrects a citizen.
    UpdateCitizen(UpdateCitizenInput),
    /// Registers a household.
    RegisterHousehold(RegisterHouseholdInput),
    /// Registers a subject of any kind.
    RegisterSubject(RegisterSubjectInput),
    /// Registers again who was registered the year before.
    RegisterAgain(RegisterAgainInput),
    /// Sends a registration in.
    SubmitRegistration(SubmitRegistrationInput),
    /// Takes a registration back.
    WithdrawRegistration(WithdrawRegistrationInput),
    /// Approves registrations.
    ApproveRegistrations(ApproveRegistrationsInput),
    /// Returns registrations to their families.
    ReturnRegistrations(RefuseRegistrationsInput),
    /// Rejects registrations.
    RejectRegistrations(RefuseRegistrationsInput),
    /// Returns registrations from the ward's desk.
    SendBackRegistrations(RefuseRegistrationsInput),
    /// Enters that registrations are not recognised.
    DeclineRegistrations(RefuseRegistrationsInput),
    /// Takes decisions back.
    UndoDecision(UndoDecisionInput),
    /// Writes a draft of a score sheet.
    SaveScoreSheet(SaveScoreSheetInput),
    /// Signs a score sheet.
    SubmitScoreSheet(SubmitScoreSheetInput),
    /// Tells of a photo or paper.
    BeginUpload(BeginUploadInput),
    /// Takes a photo or paper away.
    RemoveEvidence(RemoveEvidenceInput),
    /// Enters the minutes of a branch meeting.
    EnterAssessment(EnterAssessmentInput),
    /// Enters a complaint.
    EnterComplaint(EnterComplaintInput),
    /// Answers a complaint.
    AnswerComplaint(AnswerComplaintInput),
}

impl SyncBatchInput {
    /// Checks how many there are; each item is checked when its turn comes.
    ///
    /// # Errors
    /// INVALID.
    pub fn check(&self) -> Result<()> {
        if self.items.is_empty() {
            return Err(Error::invalid("items", Rule::Required));
        }
        if self.items.len() > MAX_ITEMS {
            return Err(Error::invalid("items", Rule::TooMany { max: MAX_ITEMS }));
        }
        Ok(())
    }
}
