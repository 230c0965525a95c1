//! Lists and decisions as GraphQL shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::{RegistrationId, TenantId};
use entity::table::{decision, registration, submission};

use crate::access::{Access, Permission};
use crate::global_id::{NodeKind, encode};
use crate::loader::Shared;
use crate::page::{Page, Window};
use crate::programme::LearningModel;
use crate::registration::bulk::DecisionResult;
use crate::registration::{Paper, Registration, StandingOn};
use crate::replay::WriteOutcome;
use crate::scalar::Date;
use crate::unit::{Unit, unit_of};

/// What a People's Committee decides.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::DecisionKind")]
pub enum DecisionKind {
    /// Gives titles.
    Recognition,
    /// Takes titles away.
    Revocation,
}

/// A ward association's list to its People's Committee.
pub struct Submission(pub submission::Model);

/// A ward association's list to its People's Committee (tờ trình), as everybody sees it who sees a registration on it.
#[Object]
impl Submission {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Submission, self.0.tenant_id, self.0.id.0)
    }

    /// The ward.
    async fn ward(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.ward_id).await
    }

    /// The registrations on it now that the viewer sees, in the order in which they were begun. What was returned from it
    /// stands on it no more.
    async fn registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Registration>, Shared> {
        standing(ctx, self.0.tenant_id, Paper::List(self.0.id), first, after.as_deref()).await
    }

    /// The title proposed.
    async fn model(&self) -> LearningModel {
        self.0.model.into()
    }

    /// Programme year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Its number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The day it was signed.
    async fn submitted_on(&self) -> Date {
        Date(self.0.submitted_on)
    }

    /// Who signed it.
    async fn signer_name(&self) -> &str {
        &self.0.signer_name
    }

    /// As what.
    async fn signer_title(&self) -> &str {
        &self.0.signer_title
    }
}

/// A decision of a ward's People's Committee.
pub struct CommitteeDecision(pub decision::Model);

/// A decision of a ward's People's Committee that gives titles or takes them away, as everybody sees it who sees a
/// registration that stands by it.
#[Object]
impl CommitteeDecision {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Decision, self.0.tenant_id, self.0.id.0)
    }

    /// The ward.
    async fn ward(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.ward_id).await
    }

    /// The registrations that stand by it now and that the viewer sees, in the order in which they were begun. One whose title
    /// was taken away stands by the later decision only.
    async fn registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Registration>, Shared> {
        standing(
            ctx,
            self.0.tenant_id,
            Paper::Decision(self.0.id),
            first,
            after.as_deref(),
        )
        .await
    }

    /// What it does.
    async fn kind(&self) -> DecisionKind {
        self.0.kind.into()
    }

    /// Programme year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Its number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The day it was signed.
    async fn decided_on(&self) -> Date {
        Date(self.0.decided_on)
    }

    /// Who decided.
    async fn authority(&self) -> &str {
        &self.0.authority
    }

    /// Who signed it.
    async fn signer_name(&self) -> &str {
        &self.0.signer_name
    }

    /// As what.
    async fn signer_title(&self) -> &str {
        &self.0.signer_title
    }
}

/// A page of the registrations that stand on a paper.
async fn standing(
    ctx: &Context<'_>,
    tenant: TenantId,
    paper: Paper,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Page<Registration>, Shared> {
    let cursors = &ctx.app().cursors;
    let list = format!("registrations on {tenant} {paper:?}");
    let window = Window::<RegistrationId>::parse(cursors, list, first, after)?;
    let rows = ctx.rows(Permission::RegistrationRead, tenant)?;
    let asked = StandingOn {
        paper,
        after: window.after,
        limit: window.limit(),
    };
    let found = rows.load_one(asked).await?.unwrap_or_default();
    Ok(window.page(cursors, found, None, |row: &registration::Model| row.id, Registration)?)
}

/// The answer to a list.
#[derive(SimpleObject)]
pub struct ProposalPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// The list; null when no registration went on it, for then nothing was kept.
    pub submission: Option<Submission>,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}

/// The answer to a decision of the People's Committee.
#[derive(SimpleObject)]
pub struct RecognitionPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// The decision; null when no registration stands by it, for then nothing was kept.
    pub decision: Option<CommitteeDecision>,
    /// A result for each item, in the order sent.
    pub results: Vec<DecisionResult>,
}
