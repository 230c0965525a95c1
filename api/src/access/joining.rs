//! The way into an association for somebody who belongs to none yet: with an invitation or a telephone number, already
//! proven by whoever calls this.

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, TenantId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::{Actor, CityScope, Reach, Scope};
use entity::table::{account, unit};
use entity::vocabulary::{Role, UnitKind};
use uuid::Uuid;

use super::viewer::{Post, SignedIn};
use crate::app::App;
use crate::error::Result;
use crate::request::RequestInfo;

/// A scope in which an account is given its family's post and household. It covers the association, because who joins
/// has no reach of their own before they have joined; nothing read in it is shown. None: nobody has
/// joined, and only that is noted.
pub fn scope_joining(
    app: &App,
    account: Option<&account::Model>,
    (tenant, branch): (TenantId, UnitId),
    now: DateTime<Utc>,
) -> Scope {
    let actor = Actor {
        account: account.map_or(AccountId(Uuid::nil()), |row| row.id),
        name: account.map(|row| row.name.clone()).unwrap_or_default(),
        phone: account.and_then(|row| row.phone.clone()),
        post: PostId(Uuid::nil()),
        role: Role::Family,
        unit: branch,
    };
    Scope::grant(&app.db, tenant, actor, Reach::Tenant, now)
}

/// A scope in which the holder of a post says that they take it: it reaches what is their own. No second factor is asked for,
/// because nothing is done under the post.
pub fn scope_of_holder(app: &App, request: &RequestInfo, viewer: &SignedIn, post: &Post) -> Scope {
    let reach = Reach::Own(viewer.account);
    Scope::grant(&app.db, post.tenant, viewer.actor_under(post), reach, request.now)
}

/// Whether there is such a branch. Names and places of units are no secret.
///
/// # Errors
/// What the database answers.
pub async fn is_branch(app: &App, (tenant, branch): (TenantId, UnitId), now: DateTime<Utc>) -> Result<bool> {
    let units = CityScope::grant(&app.db, now);
    let found = units
        .find::<unit::Entity>()
        .filter(unit::Column::TenantId.eq(tenant))
        .filter(unit::Column::Id.eq(branch))
        .filter(unit::Column::Kind.eq(UnitKind::Branch));
    Ok(found.exists().await?)
}
