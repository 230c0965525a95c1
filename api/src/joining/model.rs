//! Invitations as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, FixedOffset, Utc};
use entity::table::invitation;

use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::error::Error;
use crate::global_id::{NodeKind, encode};
use crate::household::Household;
use crate::loader::Shared;

/// Where an invitation stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// It can be used.
    Open,
    /// Somebody has joined by it.
    Used,
    /// It was taken back, or another took its place.
    Revoked,
    /// Its time is over.
    Expired,
}

impl InvitationState {
    /// Of a row at a moment.
    pub fn of(row: &invitation::Model, now: DateTime<Utc>) -> Self {
        match row {
            row if row.used_at.is_some() => Self::Used,
            row if row.revoked_at.is_some() => Self::Revoked,
            row if row.expires_at <= now => Self::Expired,
            _ => Self::Open,
        }
    }
}

/// A paper with a code.
pub struct Invitation(pub invitation::Model);

/// A paper with a code, by which the phone of one household joins. The code itself is shown only when it is made.
#[Object]
impl Invitation {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Invitation, self.0.tenant_id, self.0.id.0)
    }

    /// Where it stands.
    async fn state(&self, ctx: &Context<'_>) -> InvitationState {
        InvitationState::of(&self.0, ctx.request().now)
    }

    /// The household; its head's name and address are what is printed beside the code.
    async fn household(&self, ctx: &Context<'_>) -> Result<Household, Shared> {
        let rows = ctx.rows(Permission::HouseholdRead, self.0.tenant_id)?;
        let row = rows.load_one(self.0.household_id).await?;
        Ok(Household(row.ok_or(Error::NotFound)?))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }

    /// First moment at which it does not work any more.
    async fn expires_at(&self) -> DateTime<FixedOffset> {
        self.0.expires_at.with_timezone(&HANOI)
    }

    /// When somebody joined by it.
    async fn used_at(&self) -> Option<DateTime<FixedOffset>> {
        self.0.used_at.map(|at| at.with_timezone(&HANOI))
    }

    /// When it was taken back.
    async fn revoked_at(&self) -> Option<DateTime<FixedOffset>> {
        self.0.revoked_at.map(|at| at.with_timezone(&HANOI))
    }
}
