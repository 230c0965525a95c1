//! From an item to the function of its mutation.

use async_graphql::Context;

use super::input::SyncItemInput as Item;
use super::model::SyncPayload;
use crate::access::Access;
use crate::assessment::enter_assessment;
use crate::citizen::{create_citizen, update_citizen};
use crate::collective::{create_collective, update_collective};
use crate::complaint::{answer_complaint, enter_complaint};
use crate::error::Result;
use crate::evidence::{begin_upload, remove_evidence};
use crate::household::{create_household, update_household};
use crate::registration::{
    approve_registrations, decline_registrations, register_again, register_household, register_subject,
    reject_registrations, return_registrations, send_back_registrations, submit_registration, undo_decision,
    withdraw_registration,
};
use crate::score::{save_score_sheet, submit_score_sheet};
use crate::sent::Sent;

/// Does what the item's mutation does, if the viewer may ask that mutation.
///
/// # Errors
/// As the mutation.
pub(super) async fn run(ctx: &Context<'_>, sent: &Sent, operation: &str, item: Item) -> Result<SyncPayload> {
    ctx.admitted(operation)?;
    // boxed: the largest of them would be reserved for each
    match item {
        Item::CreateHousehold(input) => Box::pin(create_household(ctx, sent, input)).await.map(Into::into),
        Item::UpdateHousehold(input) => Box::pin(update_household(ctx, sent, input)).await.map(Into::into),
        Item::CreateCollective(input) => Box::pin(create_collective(ctx, sent, input)).await.map(Into::into),
        Item::UpdateCollective(input) => Box::pin(update_collective(ctx, sent, input)).await.map(Into::into),
        Item::CreateCitizen(input) => Box::pin(create_citizen(ctx, sent, input)).await.map(Into::into),
        Item::UpdateCitizen(input) => Box::pin(update_citizen(ctx, sent, input)).await.map(Into::into),
        Item::RegisterHousehold(input) => Box::pin(register_household(ctx, sent, input)).await.map(Into::into),
        Item::RegisterSubject(input) => Box::pin(register_subject(ctx, sent, input)).await.map(Into::into),
        Item::RegisterAgain(input) => Box::pin(register_again(ctx, sent, input)).await.map(Into::into),
        Item::SubmitRegistration(input) => Box::pin(submit_registration(ctx, sent, input)).await.map(Into::into),
        Item::WithdrawRegistration(input) => Box::pin(withdraw_registration(ctx, sent, input)).await.map(Into::into),
        Item::ApproveRegistrations(input) => Box::pin(approve_registrations(ctx, sent, input)).await.map(Into::into),
        Item::ReturnRegistrations(input) => Box::pin(return_registrations(ctx, sent, input)).await.map(Into::into),
        Item::RejectRegistrations(input) => Box::pin(reject_registrations(ctx, sent, input)).await.map(Into::into),
        Item::SendBackRegistrations(input) => Box::pin(send_back_registrations(ctx, sent, input))
            .await
            .map(Into::into),
        Item::DeclineRegistrations(input) => Box::pin(decline_registrations(ctx, sent, input)).await.map(Into::into),
        Item::UndoDecision(input) => Box::pin(undo_decision(ctx, sent, input)).await.map(Into::into),
        Item::SaveScoreSheet(input) => Box::pin(save_score_sheet(ctx, sent, input)).await.map(Into::into),
        Item::SubmitScoreSheet(input) => Box::pin(submit_score_sheet(ctx, sent, input)).await.map(Into::into),
        Item::BeginUpload(input) => Box::pin(begin_upload(ctx, sent, input)).await.map(Into::into),
        Item::RemoveEvidence(input) => Box::pin(remove_evidence(ctx, sent, input)).await.map(Into::into),
        Item::EnterAssessment(input) => Box::pin(enter_assessment(ctx, sent, input)).await.map(Into::into),
        Item::EnterComplaint(input) => Box::pin(enter_complaint(ctx, sent, input)).await.map(Into::into),
        Item::AnswerComplaint(input) => Box::pin(answer_complaint(ctx, sent, input)).await.map(Into::into),
    }
}
