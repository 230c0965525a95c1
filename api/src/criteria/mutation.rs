//! Publishing criteria sets.

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::id::CriteriaSetId;
use entity::scope::Writer;
use entity::table::criteria_set;

use super::check;
use super::input::PublishCriteriaSetInput;
use super::model::{CriteriaProblem, CriteriaSet};
use super::store::{self, Publishing};
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::replay::{Effect, Key, Once, once};

/// What became of a document.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishOutcome {
    /// Published.
    Applied,
    /// Sent before with this key: published then, not again.
    Replayed,
    /// The key was used for something else; nothing was done. A client meets this only by a fault of its own.
    KeyReused,
    /// The very same document had been published before; it comes with the answer.
    AlreadyPublished,
    /// The document does not add up; `problems` says where and why. Nothing was done.
    Inconsistent,
}

/// The answer to `publishCriteriaSet`.
#[derive(SimpleObject)]
pub struct PublishCriteriaSetPayload {
    /// What became of it.
    pub outcome: PublishOutcome,
    /// The published set; null when nothing was published.
    pub criteria_set: Option<CriteriaSet>,
    /// What to mend, in the order of lines; empty unless the document is inconsistent.
    pub problems: Vec<CriteriaProblem>,
}

impl PublishCriteriaSetPayload {
    const fn without_set(outcome: PublishOutcome, problems: Vec<CriteriaProblem>) -> Self {
        Self {
            outcome,
            criteria_set: None,
            problems,
        }
    }
}

/// Mutations of criteria sets.
#[derive(Default)]
pub struct CriteriaMutation;

/// Mutations of criteria sets.
#[Object]
impl CriteriaMutation {
    /// Publishes a criteria set for all districts. What is published never changes: to mend it, publish a higher version.
    async fn publish_criteria_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] input: PublishCriteriaSetInput,
    ) -> Result<PublishCriteriaSetPayload> {
        let scope = ctx.scope(Permission::CriteriaPublish)?;
        let (app, document) = (ctx.app(), input.document.as_str());
        let set = match check::read(document) {
            Ok(set) => set,
            Err(problems) => {
                let language = ctx.request().language;
                let problems = problems.iter().map(|problem| CriteriaProblem::new(problem, language));
                return Ok(PublishCriteriaSetPayload::without_set(
                    PublishOutcome::Inconsistent,
                    problems.collect(),
                ));
            }
        };
        let key = Key {
            key: input.idempotency_key,
            operation: "publishCriteriaSet",
        };
        let done = once(app, &scope, key, &document, async |tx: &Writer<'_>| {
            Ok(match store::publish(app, tx, document, &set).await? {
                Publishing::Done(id) => Effect::Done((id, true)),
                Publishing::There(id) => Effect::Nothing((id, false)),
            })
        })
        .await?;
        let (outcome, id): (PublishOutcome, CriteriaSetId) = match done {
            Once::First((id, true)) => (PublishOutcome::Applied, id),
            Once::First((id, false)) => (PublishOutcome::AlreadyPublished, id),
            Once::Replayed((id, _)) => (PublishOutcome::Replayed, id),
            Once::KeyReused => {
                return Ok(PublishCriteriaSetPayload::without_set(
                    PublishOutcome::KeyReused,
                    Vec::new(),
                ));
            }
        };
        let find = scope.find_shared::<criteria_set::Entity>();
        let published = store::sets_by_id(app, find, [id]).await?.remove(&id);
        Ok(PublishCriteriaSetPayload {
            outcome,
            criteria_set: Some(CriteriaSet(published.ok_or(Error::NotFound)?)),
            problems: Vec::new(),
        })
    }
}
