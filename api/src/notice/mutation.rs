//! Noting that notices were read. It takes no `idempotencyKey`: what is read stays so, however often it is said.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::id::NoticeId;
use entity::value::Rule;

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
        let viewer = ctx.viewer()?;
        let ids = input.ids.as_deref().map(parsed).transpose()?;
        let marked = store::mark_read(&ctx.app().db, viewer.account, ids, ctx.request().now).await?;
        Ok(MarkNoticesReadPayload {
            marked: i32::try_from(marked).unwrap_or(i32::MAX),
        })
    }
}

fn parsed(ids: &[ID]) -> Result<Vec<NoticeId>> {
    if ids.len() > MOST {
        return Err(Error::invalid("ids", Rule::TooMany { max: MOST }));
    }
    let id = |(at, id)| decode_as(NodeKind::Notice, id, &format!("ids.{at}")).map(|(_, id)| id);
    ids.iter().enumerate().map(id).collect()
}
