//! Complaints as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, FixedOffset};
use entity::table::complaint;
use entity::vocabulary::Role;

use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::error::Error;
use crate::global_id::{NodeKind, encode};
use crate::loader::Shared;
use crate::registration::Registration;

/// Where a complaint stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::ComplaintState")]
pub enum ComplaintState {
    /// Waits for the ward.
    Open,
    /// The ward agrees: the registration was returned to the step before.
    Upheld,
    /// The ward does not agree.
    Dismissed,
}

/// A complaint about what a branch meeting has decided on a registration.
pub struct Complaint(pub complaint::Model);

/// A complaint about what a branch meeting has decided on a registration.
#[Object]
impl Complaint {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Complaint, self.0.tenant_id, self.0.id.0)
    }

    /// The registration it is about.
    async fn registration(&self, ctx: &Context<'_>) -> Result<Registration, Shared> {
        let rows = ctx.rows(Permission::RegistrationRead, self.0.tenant_id)?;
        let row = rows.load_one(self.0.registration_id).await?;
        let row = row.ok_or_else(|| Error::Internal("a registration is missing".to_owned()))?;
        Ok(Registration(row))
    }

    /// Where it stands.
    async fn state(&self) -> ComplaintState {
        self.0.state.into()
    }

    /// What is said; null for a family where it was not the family that said it.
    async fn words(&self, ctx: &Context<'_>) -> Option<&str> {
        let is_shown = ctx.viewer().is_ok_and(|viewer| {
            let by_office = viewer.acting().is_ok_and(|post| post.role != Role::Family);
            by_office || self.0.account_id == viewer.account
        });
        Some(self.0.words.as_str()).filter(|_| is_shown)
    }

    /// Who complains, where it was entered for somebody; null for everybody but the ward officer, who answers it.
    async fn complainant_name(&self, ctx: &Context<'_>) -> Option<&str> {
        let answers = ctx.scope_in(Permission::ComplaintAnswer, self.0.tenant_id).is_ok();
        self.0.complainant_name.as_deref().filter(|_| answers)
    }

    /// When it was entered.
    async fn entered_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }

    /// The ward's answer.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// When the ward answered.
    async fn answered_at(&self) -> Option<DateTime<FixedOffset>> {
        self.0.answered_at.map(|at| at.with_timezone(&HANOI))
    }
}
