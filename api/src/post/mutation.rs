//! Appointing, ending, handing over.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::{Scope, Writer};

use super::acceptance::{self, AcceptPostInput, AcceptPostPayload};
use super::input::{AppointPostInput, EndPostInput, HandOverPostInput};
use super::journal::{self, Doer};
use super::model::{HeldPost, PostProposal};
use super::people::find_or_make;
use super::store::Made;
use super::{pair, store};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::replay::{Effect, Key, Once, Used, WriteOutcome, once, used};

/// The answer to `appointPost`.
#[derive(SimpleObject)]
pub struct AppointPostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The post; null when it is only proposed, or the key was used for something else.
    pub post: Option<HeldPost>,
    /// The proposal, for a post of the city: another city officer has to confirm it.
    pub proposal: Option<PostProposal>,
}

/// The answer to `endPost`.
#[derive(SimpleObject)]
pub struct EndPostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The post; null when its end is only proposed, or the key was used for something else.
    pub post: Option<HeldPost>,
    /// The proposal, for a post of the city: another city officer has to confirm it.
    pub proposal: Option<PostProposal>,
}

/// The answer to `handOverPost`.
#[derive(SimpleObject)]
pub struct HandOverPostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The successor's post; null when it is only proposed, or the key was used for something else.
    pub post: Option<HeldPost>,
    /// The proposal, for a post of the city: another city officer has to confirm it.
    pub proposal: Option<PostProposal>,
}

/// Mutations of posts.
#[derive(Default)]
pub struct PostMutation;

/// Mutations of posts.
#[Object]
impl PostMutation {
    /// Appoints a person to a post below the viewer's own, in the viewer's own unit or below it. Posts of the city are
    /// proposed: another city officer confirms them. Needs a proof of who it is from the last five minutes.
    async fn appoint_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, to what, where and when.")] input: AppointPostInput,
    ) -> Result<AppointPostPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::PostGrant, command.unit.0)?;
        ctx.stepped_up()?;
        let key = Key {
            key: input.idempotency_key,
            operation: "appointPost",
        };
        let may_make = async || {
            let checked = scope.write(async |tx: &Writer<'_>| store::check_appointment(tx, &command).await);
            checked.await.map(|_| ())
        };
        let payload = (
            command.holder.payload(),
            (command.role, command.unit),
            (command.span.from, command.span.until),
            command.decision.as_str(),
        );
        if used(&scope, key, &payload).await? == Used::Otherwise {
            return Ok(AppointPostPayload {
                outcome: WriteOutcome::KeyReused,
                post: None,
                proposal: None,
            });
        }
        let person = find_or_make(ctx, key.key, &command.holder, may_make).await?;
        let doer = doer(ctx)?;
        let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
            store::appoint(doer, tx, &command, &person).await.map(Effect::Done)
        });
        let (outcome, made) = told(ctx, &scope, done.await?).await;
        let (post, proposal) = shown(&scope, made).await?;
        Ok(AppointPostPayload {
            outcome,
            post,
            proposal,
        })
    }

    /// Ends a post below the viewer's own, now or later; from that moment it gives nothing. The end of a city post is
    /// proposed: another city officer confirms it. Needs a proof of who it is from the last five minutes.
    async fn end_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, when and why.")] input: EndPostInput,
    ) -> Result<EndPostPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::PostGrant, command.post.0)?;
        ctx.stepped_up()?;
        let key = Key {
            key: input.idempotency_key,
            operation: "endPost",
        };
        let reason = command.reason.as_ref().map(entity::value::LongText::as_str);
        let payload = (command.post, command.until, reason);
        let doer = doer(ctx)?;
        let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
            store::end(doer, tx, &command).await.map(Effect::Done)
        });
        let (outcome, made) = told(ctx, &scope, done.await?).await;
        let (post, proposal) = shown(&scope, made).await?;
        Ok(EndPostPayload {
            outcome,
            post,
            proposal,
        })
    }

    /// Accepts a post that was given to the viewer, who had an account before: one of `viewer.postsToAccept`. From then on
    /// the officers above it may help the account back in. Needs a proof of who it is from the last five minutes.
    async fn accept_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AcceptPostInput,
    ) -> Result<AcceptPostPayload> {
        acceptance::accept(ctx, &input).await
    }

    /// Hands a post below the viewer's own over to a successor, in one act: the one ends at the moment the other begins.
    /// For a post of the city this is proposed: another city officer confirms it. Needs a proof of who it is from the last five minutes.
    async fn hand_over_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, to whom and when.")] input: HandOverPostInput,
    ) -> Result<HandOverPostPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::PostGrant, command.post.0)?;
        ctx.stepped_up()?;
        let key = Key {
            key: input.idempotency_key,
            operation: "handOverPost",
        };
        let may_make = async || {
            let checked = scope.write(async |tx: &Writer<'_>| store::check_hand_over(tx, &command).await);
            checked.await.map(|_| ())
        };
        let payload = (
            command.post,
            command.holder.payload(),
            (command.span.from, command.span.until),
            command.decision.as_str(),
        );
        if used(&scope, key, &payload).await? == Used::Otherwise {
            return Ok(HandOverPostPayload {
                outcome: WriteOutcome::KeyReused,
                post: None,
                proposal: None,
            });
        }
        let person = find_or_make(ctx, key.key, &command.holder, may_make).await?;
        let doer = doer(ctx)?;
        let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
            store::hand_over(doer, tx, &command, &person).await.map(Effect::Done)
        });
        let (outcome, made) = told(ctx, &scope, done.await?).await;
        let (post, proposal) = shown(&scope, made).await?;
        Ok(HandOverPostPayload {
            outcome,
            post,
            proposal,
        })
    }
}

/// Who does it.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn doer<'a>(ctx: &'a Context<'_>) -> Result<Doer<'a>> {
    Ok(Doer {
        app: ctx.app(),
        request: ctx.request(),
        viewer: ctx.viewer()?,
    })
}

/// What the client is told, after the security journal has been: by a second sending too, in case the first did not come
/// so far.
pub async fn told<T>(ctx: &Context<'_>, scope: &Scope, done: Once<T>) -> (WriteOutcome, Option<T>) {
    journal::tell(ctx.app(), scope).await;
    done.told()
}

/// The post or the proposal that has come of it.
async fn shown(scope: &Scope, made: Option<Made>) -> Result<(Option<HeldPost>, Option<PostProposal>)> {
    Ok(match made {
        Some(Made::Post(id)) => (Some(HeldPost(store::post_by_id(scope, id).await?)), None),
        Some(Made::Proposal(id)) => {
            let row = pair::proposal_by_id(scope, id).await?;
            (None, Some(PostProposal::at(row, scope.now())))
        }
        None => (None, None),
    })
}
