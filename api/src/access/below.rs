//! Whom an officer is responsible for: accounts whose every post is below their own.
//!
//! An account holds posts in several places. Whoever helps it back in holds all of them for a moment, so it is not enough
//! that one of its posts is within reach: none may be outside, and none may let its holder do as much as the officer.
//!
//! Nor is it enough that an officer has given somebody a post. Anybody's telephone number can be appointed; were the account
//! below the officer by that alone, they could let themselves in. A post given to an account that was somebody's already
//! makes nobody responsible for it until its owner has taken the post ([`crate::post`], `acceptPost`).

use chrono::{DateTime, Utc};
use entity::id::{AccountId, TenantId};
use entity::table::{account, post};
use entity::vocabulary::{Role, UnitKind};

use super::above::unit_above;
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

/// The level of unit a role belongs to.
pub const fn level(role: Role) -> UnitKind {
    match role {
        Role::Family | Role::BranchHead => UnitKind::Branch,
        Role::WardOfficer => UnitKind::Ward,
        Role::DistrictOfficer => UnitKind::District,
        Role::CityOfficer | Role::CityLeader => UnitKind::City,
    }
}

/// The account with this id, if it is below the viewer's acting post by this permission.
///
/// # Errors
/// NOT_FOUND when none of its posts is within reach, as for an account that does not exist; FORBIDDEN when another of its
/// posts is outside or as high as the viewer's, for one's own account, and for a role that this permission never reaches;
/// FORBIDDEN `POST_NOT_ACCEPTED` when its owner has taken none of the posts within reach.
pub async fn account_below(ctx: &impl Access, permission: Permission, account: AccountId) -> Result<Below> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let known = Known::read(app, request, viewer, permission, account).await?;
    known.check_below(viewer, |post| in_force(post, request.now))?;
    let posts = known.posts.into_iter().map(|held| held.post);
    Ok(Below {
        account: known.account,
        posts: posts.filter(|post| in_force(post, request.now)).collect(),
    })
}

/// Whether an account is below somebody by a permission, under the post they act under; as [`account_below`].
///
/// # Errors
/// As [`account_below`].
pub async fn is_below(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    permission: Permission,
    account: AccountId,
) -> Result<()> {
    let known = Known::read(app, request, viewer, permission, account).await?;
    known.check_below(viewer, |post| in_force(post, request.now))
}

/// An account with a post in force within reach, and none as high as the viewer's in their own association, whatever posts there
/// are elsewhere: for what ends something and opens nothing.
///
/// # Errors
/// As [`account_below`].
pub async fn account_answerable(
    ctx: &impl Access,
    permission: Permission,
    account: AccountId,
) -> Result<account::Model> {
    let viewer = ctx.viewer()?;
    let known = Known::read(ctx.app(), ctx.request(), viewer, permission, account).await?;
    known.check_answerable(viewer)?;
    Ok(known.account)
}

/// Whether all posts of an account that are not over are below a post by a permission, as the tree stands today.
///
/// # Errors
/// What the database answers.
pub async fn all_below(
    app: &App,
    (officer, permission): (&post::Model, Permission),
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool> {
    for post in app.db.sign_in().posts_not_over(account, now).await? {
        let reached = match super::gate::reach(permission, officer.role) {
            Reach::Never | Reach::Own => false,
            Reach::City => true,
            _ if post.tenant_id != officer.tenant_id => false,
            Reach::Tenant => true,
            Reach::Branch => post.unit_id == officer.unit_id,
            Reach::Ward => {
                post.unit_id == officer.unit_id || unit_above(app, &post, now).await? == Some(officer.unit_id)
            }
        };
        if !reached || rank(post.role) >= rank(officer.role) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// As [`account_below`], also for who holds no post any more, or none yet: the posts are all that lie within reach, of
/// whatever time.
///
/// # Errors
/// As [`account_below`].
pub async fn account_once_below(ctx: &impl Access, permission: Permission, account: AccountId) -> Result<Below> {
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let known = Known::read(app, request, viewer, permission, account).await?;
    known.check_below(viewer, |_| true)?;
    Ok(known.into_reached())
}

/// An account whose owner has, had or is to have a post within reach, and has taken it, whatever other posts there are; with
/// those within reach.
///
/// # Errors
/// NOT_FOUND for any other, as for an account that does not exist; FORBIDDEN `POST_NOT_ACCEPTED`, because the account's name
/// is not for whoever has only appointed it.
pub async fn account_within(ctx: &impl Access, permission: Permission, account: AccountId) -> Result<Below> {
    let known = Known::read(ctx.app(), ctx.request(), ctx.viewer()?, permission, account).await?;
    known.check_bound(|_| true)?;
    Ok(known.into_reached())
}

/// One that was ended before it began never gives anything, so it is over.
fn is_over(post: &post::Model, now: DateTime<Utc>) -> bool {
    post.valid_until
        .is_some_and(|until| until <= now || until <= post.valid_from)
}

fn in_force(post: &post::Model, now: DateTime<Utc>) -> bool {
    post.valid_from <= now && !is_over(post, now)
}

/// A post as the officer stands to it.
struct Held {
    post: post::Model,
    /// Whether it lies within reach.
    reached: bool,
    /// Whether its holder has taken it, or had no account before it.
    taken: bool,
}

/// An account with its posts of all times.
struct Known {
    account: account::Model,
    posts: Vec<Held>,
    now: DateTime<Utc>,
}

impl Known {
    async fn read(
        app: &App,
        request: &RequestInfo,
        viewer: &SignedIn,
        permission: Permission,
        account: AccountId,
    ) -> Result<Self> {
        // before anything is read: a role without this permission learns nothing of any account
        if super::gate::reach(permission, viewer.acting()?.role) == Reach::Never {
            return Err(Error::Forbidden);
        }
        let sign_in = app.db.sign_in();
        let accounts = [account];
        let (row, past, not_over, not_taken) = tokio::try_join!(
            sign_in.account_by_id(account),
            sign_in.posts_ever_of(account),
            sign_in.posts_not_over(account, request.now),
            sign_in.posts_not_taken(&accounts)
        )?;
        let account = row.ok_or(Error::NotFound)?;
        // the history may be cut; what is not over is all there
        let past = past.into_iter().filter(|post| is_over(post, request.now));
        let mut posts = Vec::with_capacity(not_over.len());
        for post in past.chain(not_over) {
            let reached = covers(app, request, viewer, permission, (post.tenant_id, &post)).await?;
            let taken = !not_taken.contains_key(&post.id);
            posts.push(Held { post, reached, taken });
        }
        Ok(Self {
            account,
            posts,
            now: request.now,
        })
    }

    /// The account with its posts within reach.
    fn into_reached(self) -> Below {
        let reached = self.posts.into_iter().filter(|held| held.reached);
        Below {
            account: self.account,
            posts: reached.map(|held| held.post).collect(),
        }
    }

    /// `counts` are the posts of which one must be within reach. Of those that are not over, all must be within reach and
    /// below: one that is still to begin is held tomorrow by whoever is let into the account today.
    fn check_below(&self, viewer: &SignedIn, counts: impl Fn(&post::Model) -> bool) -> Result<()> {
        let acting = viewer.acting()?;
        if self.account.id == viewer.account {
            return Err(Error::Forbidden);
        }
        let bound = self.check_bound(counts);
        if matches!(bound, Err(Error::NotFound)) {
            return bound;
        }
        let mut held = self.posts.iter().filter(|held| !is_over(&held.post, self.now));
        if held.all(|held| held.reached && rank(held.post.role) < rank(acting.role)) {
            bound
        } else {
            Err(Error::Forbidden)
        }
    }

    /// As [`Known::check_below`], but only inside the association acted in: a post elsewhere keeps nobody's own officers from
    /// what does not let them into the account.
    fn check_answerable(&self, viewer: &SignedIn) -> Result<()> {
        let acting = viewer.acting()?;
        if self.account.id == viewer.account {
            return Err(Error::Forbidden);
        }
        let bound = self.check_bound(|post| in_force(post, self.now));
        let mut inside = self.posts.iter().filter(|held| held.post.tenant_id == acting.tenant);
        if bound.is_ok()
            && inside.any(|held| !is_over(&held.post, self.now) && rank(held.post.role) >= rank(acting.role))
        {
            return Err(Error::Forbidden);
        }
        bound
    }

    /// One of the posts that count must be within reach, and taken by its holder.
    fn check_bound(&self, counts: impl Fn(&post::Model) -> bool) -> Result<()> {
        let mut reached = self
            .posts
            .iter()
            .filter(|held| held.reached && counts(&held.post))
            .peekable();
        if reached.peek().is_none() {
            Err(Error::NotFound)
        } else if reached.any(|held| held.taken) {
            Ok(())
        } else {
            Err(Error::PostNotAccepted)
        }
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
