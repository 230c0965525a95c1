//! Posts of the city take two officers, to give them, end them and hand them over: what one proposes, another confirms or
//! refuses.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::PostProposalId;
use entity::scope::{Scope, Writer};
use entity::value::LongText;

use super::input::{ConfirmPostInput, RefusePostInput};
use super::model::{HeldPost, PostProposal};
use super::mutation::{doer, told};
use super::{pair, store};
use crate::access::viewer::may_sign_in;
use crate::access::{Access, Permission};
use crate::error::{Error, Refusal, Result};
use crate::replay::{Effect, Key, WriteOutcome, once};

/// The answer to `confirmPost`.
#[derive(SimpleObject)]
pub struct ConfirmPostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The post that has come of the proposal, or has ended by it; null when the key was used for something else.
    pub post: Option<HeldPost>,
}

/// The answer to `refusePost`.
#[derive(SimpleObject)]
pub struct RefusePostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The proposal; null when the key was used for something else.
    pub proposal: Option<PostProposal>,
}

/// Queries about proposals.
#[derive(Default)]
pub struct ProposalQuery;

/// Queries about proposals.
#[Object]
impl ProposalQuery {
    /// What has been proposed about posts of the city, newest first, at most 100, for the city's officers.
    async fn post_proposals(&self, ctx: &Context<'_>) -> Option<Result<Vec<PostProposal>>> {
        Some(post_proposals(ctx).await)
    }
}

/// See [`ProposalQuery`].
async fn post_proposals(ctx: &Context<'_>) -> Result<Vec<PostProposal>> {
    let scope = city_scope(ctx)?;
    let rows = pair::proposals(&scope).await?;
    let proposal = |row| PostProposal::at(row, scope.now());
    Ok(rows.into_iter().map(proposal).collect())
}

/// Mutations of proposals.
#[derive(Default)]
pub struct ProposalMutation;

/// Mutations of proposals.
#[Object]
impl ProposalMutation {
    /// Confirms what another officer has proposed: a post, the end of one, or both. Whoever is to get the post does not
    /// confirm it; whoever is to lose it may. The city keeps at least one officer. Needs a proof of who it is from the last
    /// five minutes.
    async fn confirm_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ConfirmPostInput,
    ) -> Result<ConfirmPostPayload> {
        let (tenant, id) = input.parse()?;
        let scope = city_scope(ctx)?;
        ctx.stepped_up()?;
        let key = Key {
            key: input.idempotency_key,
            operation: "confirmPost",
        };
        let proposer_is_there = proposer_is_there(ctx, &scope, id).await?;
        let doer = doer(ctx)?;
        let able = pair::able_officers(doer.app, &scope).await?;
        let payload = (tenant, id);
        let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
            if tenant != scope.tenant() {
                return Err(Error::NotFound);
            }
            let post = pair::confirm(doer, tx, id, &able).await?;
            if proposer_is_there {
                Ok(Effect::Done(post))
            } else {
                Err(Refusal::ProposalClosed.into())
            }
        });
        let (outcome, post) = told(ctx, &scope, done.await?).await;
        let post = match post {
            Some(id) => Some(HeldPost(store::post_by_id(&scope, id).await?)),
            None => None,
        };
        Ok(ConfirmPostPayload { outcome, post })
    }

    /// Refuses what another officer has proposed, unless one is to get or to lose the post oneself.
    async fn refuse_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: RefusePostInput,
    ) -> Result<RefusePostPayload> {
        let ((tenant, id), reason) = input.parse()?;
        let scope = city_scope(ctx)?;
        let key = Key {
            key: input.idempotency_key,
            operation: "refusePost",
        };
        let reason = reason.as_ref().map(LongText::as_str);
        let doer = doer(ctx)?;
        let payload = (tenant, id, reason);
        let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
            if tenant != scope.tenant() {
                return Err(Error::NotFound);
            }
            pair::refuse(doer, tx, id, reason).await?;
            Ok(Effect::Done(id))
        });
        let (outcome, refused) = told(ctx, &scope, done.await?).await;
        let proposal = match refused {
            Some(id) => Some(pair::proposal_by_id(&scope, id).await?),
            None => None,
        };
        Ok(RefusePostPayload {
            outcome,
            proposal: proposal.map(|row| PostProposal::at(row, scope.now())),
        })
    }
}

/// The city's own association, for its officers.
fn city_scope(ctx: &Context<'_>) -> Result<Scope> {
    ctx.city_view(Permission::PostGrant)?;
    ctx.scope(Permission::PostGrant)
}

/// Whether the account that proposed may still sign in; what nobody has proposed is found out by who decides.
async fn proposer_is_there(ctx: &Context<'_>, scope: &Scope, id: PostProposalId) -> Result<bool> {
    let proposer = match pair::proposal_by_id(scope, id).await {
        Ok(row) => row.proposed_by,
        Err(Error::NotFound) => return Ok(true),
        Err(error) => return Err(error),
    };
    let account = ctx.app().db.sign_in().account_by_id(proposer).await?;
    Ok(account.is_some_and(|account| may_sign_in(&account, ctx.request().now)))
}
