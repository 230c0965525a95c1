//! Whom an officer is responsible for: accounts whose every post is below their own.
//!
//! An account holds posts in several places. Whoever helps it back in holds all of them for a moment, so it is not enough
//! that one of its posts is within reach: none may be outside, and none may let its holder do as much as the officer.

use entity::id::{AccountId, TenantId};
use entity::table::{account, post};
use entity::vocabulary::Role;

use super::context::{Access, view_of};
use super::permission::Permission;
use super::policy::Reach;
use super::viewer::SignedIn;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::unit::covered_unit;

/// An account below the viewer, with its posts in force.
#[derive(Debug)]
pub struct Below {
    /// The account.
    pub account: account::Model,
    /// Its posts, oldest first; at least one.
    pub posts: Vec<post::Model>,
}

/// How much a role lets its holder do, for comparing: the steps of the association's ladder.
pub const fn rank(role: Role) -> u8 {
    match role {
        Role::Family => 0,
        Role::BranchHead => 1,
        Role::WardOfficer => 2,
        Role::DistrictOfficer => 3,
        Role::CityOfficer | Role::CityLeader => 4,
    }
}

/// The account with this id, if it is below the viewer's acting post by this permission.
///
/// # Errors
/// NOT_FOUND when none of its posts is within reach, as for an account that does not exist; FORBIDDEN when another of its
/// posts is outside or as high as the viewer's, and for one's own account.
pub async fn account_below(ctx: &impl Access, permission: Permission, account: AccountId) -> Result<Below> {
    below(ctx.app(), ctx.request(), ctx.viewer()?, permission, account).await
}

async fn below(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    permission: Permission,
    account: AccountId,
) -> Result<Below> {
    let sign_in = app.db.sign_in();
    let (row, posts) = tokio::try_join!(sign_in.account_by_id(account), sign_in.posts_of(account, request.now))?;
    let row = row.ok_or(Error::NotFound)?;
    let acting = viewer.acting()?;
    let (mut any, mut all) = (false, true);
    for post in &posts {
        let reached = covers(app, request, viewer, permission, (post.tenant_id, post)).await?;
        any |= reached;
        all &= reached && rank(post.role) < rank(acting.role);
    }
    if account == viewer.account || (any && !all) {
        return Err(Error::Forbidden);
    }
    if any {
        Ok(Below { account: row, posts })
    } else {
        Err(Error::NotFound)
    }
}

/// Whether the viewer's reach by this permission covers the unit of a post.
async fn covers(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    permission: Permission,
    (tenant, post): (TenantId, &post::Model),
) -> Result<bool> {
    let acting = viewer.acting()?;
    match super::gate::reach(permission, acting.role) {
        Reach::Never | Reach::Own => Ok(false),
        Reach::City => Ok(true),
        _ if tenant != acting.tenant => Ok(false),
        Reach::Tenant => Ok(true),
        Reach::Branch => Ok(post.unit_id == acting.unit),
        Reach::Ward => {
            let view = view_of(app, request, viewer, permission, tenant)?;
            match covered_unit(&view, post.unit_id).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound) => Ok(false),
                Err(error) => Err(error),
            }
        }
    }
}
