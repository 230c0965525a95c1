//! Pulling changes.

use async_graphql::{Context, Object};

use super::cursor::{Copy, Owner};
use super::frame::frame;
use super::model::{CopyChange, CopyPage};
use super::own::Managed;
use super::size::Sizes;
use super::store::{self, Scopes};
use crate::access::{Access, Permission};
use crate::error::Result;
use crate::page::CHANGES;

/// Queries about copies.
#[derive(Default)]
pub struct CopyQuery;

/// Queries about copies.
#[Object]
impl CopyQuery {
    /// What has changed since a cursor for a phone's copy of what the acting post sees; without a cursor the whole copy, page by
    /// page. Each post has a copy of its own. A cursor that cannot be gone on with is no error: `reset` says why, and the page
    /// begins a new copy.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `cursor` of the page before; none to begin.")] since: Option<String>,
        #[graphql(desc = "Records of the page, 1 to 500; 200 unless said. It ends earlier where it grows too large.")]
        first: Option<i32>,
    ) -> Option<Result<CopyPage>> {
        Some(changes(ctx, since, first).await)
    }
}

async fn changes(ctx: &Context<'_>, since: Option<String>, first: Option<i32>) -> Result<CopyPage> {
    let first = CHANGES.parse(first)?;
    let post = *ctx.viewer()?.acting()?;
    let scopes = Scopes {
        copy: ctx.scope(Permission::CopyKeep)?,
        households: ctx.scope(Permission::HouseholdRead)?,
        subjects: ctx.scope(Permission::SubjectRead)?,
        registrations: ctx.scope(Permission::RegistrationRead)?,
    };
    let owner = Owner::new(post.tenant, post.id, scopes.copy.reach());
    let cursors = &ctx.app().cursors;
    let own = store::own(&scopes).await?;
    let known = match since {
        None => Err(None),
        Some(cursor) => match Copy::open(cursors, &owner, &cursor) {
            Err(why) => Err(Some(why)),
            Ok(copy) => match store::stale(&scopes, &copy, own.as_ref()).await? {
                Some(why) => Err(Some(why)),
                None => Ok(copy),
            },
        },
    };
    let (mut copy, reset) = match known {
        Ok(copy) => (copy, None),
        Err(reset) => (begun(&scopes, owner, own.as_ref()).await?, reset),
    };
    let frame = frame(ctx, &post, &mut copy).await?;
    let page = store::pull(&scopes, &mut copy, own, (first, &Sizes::asked(ctx))).await?;
    let mut records = store::records(&scopes, &page.rows).await?;
    let changes = page.rows.iter().map(|row| {
        let record = records.remove(&(row.kind, row.record_id));
        CopyChange::new(row, record)
    });
    Ok(CopyPage {
        reset,
        units: frame.units,
        criteria_sets: frame.criteria_sets,
        programme_years: frame.programme_years,
        records: changes.collect(),
        cursor: copy.seal(cursors)?,
        has_more: page.more,
        bytes: i32::try_from(page.bytes).unwrap_or(i32::MAX),
    })
}

/// A copy that begins now. One of what an account manages is never told what is gone, so it asks for no place.
async fn begun(scopes: &Scopes, owner: Owner, own: Option<&Managed>) -> Result<Copy> {
    let floor = match own {
        Some(_) => 0,
        None => store::newest(scopes).await?,
    };
    Ok(Copy {
        floor,
        ..Copy::empty(owner)
    })
}
