//! Taking a post: the holder's own word that an appointment is theirs.
//!
//! Anybody's telephone number can be appointed. Whoever has a post above somebody may end their sessions, give them a recovery
//! code and remove their second factor; that must not come of an appointment that the person has never heard of. So a post
//! given to an account that was somebody's already has to be taken by its owner, signed in by themselves, before anybody is
//! responsible for the account by it. The post itself gives its rights at once: nothing of the person's is touched by that.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use entity::id::PostId;
use entity::query::ColumnTrait;
use entity::scope::Writer;
use entity::table::post_event;
use entity::vocabulary::SecurityEventKind;
use uuid::Uuid;

use super::journal::{self, Deed, Doer};
use super::mutation::{doer, told};
use crate::access::Access;
use crate::access::joining::scope_of_holder;
use crate::account::ViewerObject;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::replay::{Effect, Key, WriteOutcome, once};

/// A post to be taken.
#[derive(InputObject)]
pub struct AcceptPostInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// One of the viewer's own posts in force.
    pub post_id: ID,
}

/// The answer to `acceptPost`.
#[derive(SimpleObject)]
pub struct AcceptPostPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// Who has taken it.
    pub viewer: ViewerObject,
}

/// See [`super::PostMutation`].
pub(super) async fn accept(ctx: &Context<'_>, input: &AcceptPostInput) -> Result<AcceptPostPayload> {
    let (tenant, id): (_, PostId) = decode_as(NodeKind::Post, &input.post_id, "postId")?;
    let viewer = ctx.viewer()?;
    let own = viewer.posts.iter().find(|post| (post.tenant, post.id) == (tenant, id));
    let own = own.ok_or(Error::NotFound)?;
    ctx.stepped_up()?;
    let scope = scope_of_holder(ctx.app(), ctx.request(), viewer, own);
    let key = Key {
        key: input.idempotency_key,
        operation: "acceptPost",
    };
    let (doer, payload) = (doer(ctx)?, (tenant, id));
    let done = once(doer.app, &scope, key, &payload, async |tx: &Writer<'_>| {
        take(doer, tx, id).await.map(Effect::Done)
    });
    let (outcome, _) = told(ctx, &scope, done.await?).await;
    Ok(AcceptPostPayload {
        outcome,
        viewer: ViewerObject(viewer.clone()),
    })
}

/// Notes that the holder takes a post, unless they have, or need not.
async fn take(doer: Doer<'_>, tx: &Writer<'_>, id: PostId) -> Result<()> {
    use post_event::Column::{Kind, PostId};
    let kinds = [SecurityEventKind::PostGranted, SecurityEventKind::PostAccepted];
    let find = tx.find::<post_event::Entity>().filter(PostId.eq(id));
    let events = find.filter(Kind.is_in(kinds)).all().await?;
    let is_taken = events.iter().any(|event| event.kind == SecurityEventKind::PostAccepted);
    if is_taken || !events.iter().any(|event| event.awaits_holder) {
        return Ok(());
    }
    let deed = Deed::of(SecurityEventKind::PostAccepted, tx.scope().actor().account, id);
    journal::write(doer, tx, deed).await
}
