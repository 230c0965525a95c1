//! Noting that notices were read. It takes no `idempotencyKey`: what is read stays so, however often it is said.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::id::{NoticeId, TenantId};
use entity::value::Rule;
use uuid::Uuid;

use super::store;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// The most notices in one request.
const MOST: usize = 100;

/// Notices that were read.
#[derive(InputObject)]
pub struct MarkNoticesReadInput {
    /// Which ones, up to 100; all of the viewer's unless said.
    pub ids: Option<Vec<ID>>,
}

/// The answer to `markNoticesRead`.
#[derive(SimpleObject)]
pub struct MarkNoticesReadPayload {
    /// How many had not been read before.
    pub marked: i32,
}

/// Mutations of notices.
#[derive(Default)]
pub struct NoticeMutation;

/// Mutations of notices.
#[Object]
impl NoticeMutation {
    /// Notes that the viewer has read their notices.
    async fn mark_notices_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: MarkNoticesReadInput,
    ) -> Result<MarkNoticesReadPayload> {
        let marked = mark(ctx, input.ids.as_deref()).await?;
        Ok(MarkNoticesReadPayload {
            marked: i32::try_from(marked).unwrap_or(i32::MAX),
        })
    }
}

async fn mark(ctx: &Context<'_>, ids: Option<&[ID]>) -> Result<u64> {
    let (db, account, now) = (&ctx.app().db, ctx.viewer()?.account, ctx.request().now);
    let none = TenantId(Uuid::nil());
    let mut marked = 0;
    let Some(mut ids) = ids.map(parsed).transpose()? else {
        marked += store::mark_read(db, account, None, now).await?;
        for tenant in db.sign_in().tenants_with_unread(account).await? {
            marked += store::mark_steps_read(db, (tenant, account), None, now).await?;
        }
        return Ok(marked);
    };
    if let Some(own) = ids.remove(&none) {
        marked += store::mark_read(db, account, Some(own), now).await?;
    }
    if ids.is_empty() {
        return Ok(marked);
    }
    // an id may name any association; only those that have something for this account are asked
    for tenant in db.sign_in().tenants_with_unread(account).await? {
        if let Some(ids) = ids.remove(&tenant) {
            marked += store::mark_steps_read(db, (tenant, account), Some(ids), now).await?;
        }
    }
    Ok(marked)
}

/// The ids by the association they claim to be of; those of accounts' notices claim none.
fn parsed(ids: &[ID]) -> Result<BTreeMap<TenantId, Vec<NoticeId>>> {
    if ids.len() > MOST {
        return Err(Error::invalid("ids", Rule::TooMany { max: MOST }));
    }
    let mut found: BTreeMap<TenantId, Vec<NoticeId>> = BTreeMap::new();
    for (at, id) in ids.iter().enumerate() {
        let (tenant, id) = decode_as(NodeKind::Notice, id, &format!("ids.{at}"))?;
        found.entry(tenant).or_default().push(id);
    }
    Ok(found)
}
