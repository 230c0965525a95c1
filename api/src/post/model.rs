//! Posts and proposals as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::TenantId;
use entity::table::post_proposal;
use entity::vocabulary::ProposalState as Stored;
use uuid::Uuid;

use super::store::HeldRow;
use crate::access::Access;
use crate::account::Role;
use crate::clock::HANOI;
use crate::error::Error;
use crate::global_id::{NodeKind, encode};
use crate::loader::Shared;
use crate::unit::{Unit, unit_of};

/// A post with the person who holds it.
pub struct HeldPost(pub HeldRow);

/// A dated appointment with the person who holds it, as those see it who may know who holds which post.
#[Object]
impl HeldPost {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Post, self.0.post.tenant_id, self.0.post.id.0)
    }

    /// What it lets the person do.
    async fn role(&self) -> Role {
        self.0.post.role.into()
    }

    /// Where.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.post.tenant_id, self.0.post.unit_id).await
    }

    /// Global id of the person's account.
    async fn account_id(&self) -> ID {
        encode(NodeKind::Account, TenantId(Uuid::nil()), self.0.post.account_id.0)
    }

    /// The person's name as it was given at the appointment.
    async fn holder_name(&self, ctx: &Context<'_>) -> Result<String, Shared> {
        if let Some(name) = &self.0.given_name {
            return Ok(name.clone());
        }
        let name = ctx.names().load_one(self.0.post.account_id).await?;
        name.ok_or_else(|| Error::Internal("a post without its account".to_owned()).into())
    }

    /// From when.
    async fn valid_from(&self) -> DateTime<FixedOffset> {
        self.0.post.valid_from.with_timezone(&HANOI)
    }

    /// Until when, if that is known; from that moment it gives nothing.
    async fn valid_until(&self) -> Option<DateTime<FixedOffset>> {
        self.0.post.valid_until.map(|until| until.with_timezone(&HANOI))
    }

    /// Number of the decision of appointment.
    async fn decision_number(&self) -> Option<&str> {
        self.0.post.decision_number.as_deref()
    }
}

/// Where a proposal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// Waits for a second officer.
    Open,
    /// A second officer has confirmed it.
    Confirmed,
    /// A second officer has refused it.
    Refused,
    /// Nobody has decided in time.
    Expired,
}

/// What is proposed.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalKind {
    /// A new post.
    Appointment,
    /// The end of a post.
    End,
    /// The end of a post, and at that moment the same post for somebody else.
    HandOver,
}

/// Something proposed about a post.
pub struct PostProposal {
    row: post_proposal::Model,
    now: DateTime<Utc>,
}

impl PostProposal {
    /// As it stands at a moment.
    pub fn at(row: post_proposal::Model, now: DateTime<Utc>) -> Self {
        Self { row, now }
    }
}

/// What one officer has proposed about a post of the city, and another is to confirm.
#[Object]
impl PostProposal {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::PostProposal, self.row.tenant_id, self.row.id.0)
    }

    /// Where it stands.
    async fn state(&self) -> ProposalState {
        match self.row.state {
            Stored::Open if self.now >= self.row.expires_at => ProposalState::Expired,
            Stored::Open => ProposalState::Open,
            Stored::Confirmed => ProposalState::Confirmed,
            Stored::Refused => ProposalState::Refused,
        }
    }

    /// What is proposed.
    async fn kind(&self) -> ProposalKind {
        match (self.row.ends_post_id, &self.row.decision_number) {
            (None, _) => ProposalKind::Appointment,
            (Some(_), None) => ProposalKind::End,
            (Some(_), Some(_)) => ProposalKind::HandOver,
        }
    }

    /// Global id of the post that is to end; null where none is.
    async fn ends_post_id(&self) -> Option<ID> {
        let post = self.row.ends_post_id?;
        Some(encode(NodeKind::Post, self.row.tenant_id, post.0))
    }

    /// What the post lets the person do.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// Where.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.row.tenant_id, self.row.unit_id).await
    }

    /// Global id of the account of the person: who is to hold the post, or holds the one that is to end.
    async fn account_id(&self) -> ID {
        encode(NodeKind::Account, TenantId(Uuid::nil()), self.row.account_id.0)
    }

    /// The person's name; of whoever is to hold a post as it was given.
    async fn holder_name(&self, ctx: &Context<'_>) -> Result<String, Shared> {
        if let Some(name) = &self.row.holder_name {
            return Ok(name.clone());
        }
        let name = ctx.names().load_one(self.row.account_id).await?;
        name.ok_or_else(|| Error::Internal("a proposal without its account".to_owned()).into())
    }

    /// From when; not before it is confirmed. Of a post that is to end, when it began.
    async fn valid_from(&self) -> DateTime<FixedOffset> {
        self.row.valid_from.with_timezone(&HANOI)
    }

    /// Until when, if that is known. Null for a post that is to end as soon as it is confirmed.
    async fn valid_until(&self) -> Option<DateTime<FixedOffset>> {
        self.row.valid_until.map(|until| until.with_timezone(&HANOI))
    }

    /// Number of the decision of appointment; null for a post that is only to end.
    async fn decision_number(&self) -> Option<&str> {
        self.row.decision_number.as_deref()
    }

    /// Why a post is to end.
    async fn ending_reason(&self) -> Option<&str> {
        self.row.ending_reason.as_deref()
    }

    /// The name of the officer who proposed it.
    async fn proposer_name(&self) -> &str {
        &self.row.proposer_name
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime<FixedOffset> {
        self.row.proposed_at.with_timezone(&HANOI)
    }

    /// First moment at which it cannot be confirmed any more.
    async fn expires_at(&self) -> DateTime<FixedOffset> {
        self.row.expires_at.with_timezone(&HANOI)
    }

    /// When it was confirmed or refused.
    async fn decided_at(&self) -> Option<DateTime<FixedOffset>> {
        self.row.decided_at.map(|at| at.with_timezone(&HANOI))
    }

    /// Why it was refused.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }
}
