//! Lists and decisions as GraphQL shows them.

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::NaiveDate;
use entity::table::{decision, submission};

use crate::global_id::{NodeKind, encode};
use crate::programme::LearningModel;
use crate::registration::bulk::DecisionResult;
use crate::replay::WriteOutcome;

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
    async fn submitted_on(&self) -> NaiveDate {
        self.0.submitted_on
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
    async fn decided_on(&self) -> NaiveDate {
        self.0.decided_on
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
