//! Accounts and posts as GraphQL shows them.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::{PostId, TenantId};
use uuid::Uuid;

use crate::access::context::{scope_of, view_of_place};
use crate::access::viewer::{Post, SignedIn};
use crate::access::{Access, Permission};
use crate::clock::HANOI;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, encode};
use crate::household::{Household, managed_households};
use crate::loader::Shared;
use crate::second_factor::{self, SecondFactorObject};
use crate::unit::Unit;

/// What a post lets a person do.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::Role")]
pub enum Role {
    /// A family's phone: its own household.
    Family,
    /// Chi hội trưởng: decides on the registrations of one branch.
    BranchHead,
    /// Ward association officer.
    WardOfficer,
    /// District association officer.
    DistrictOfficer,
    /// City association officer: reads everywhere, sets up the year.
    CityOfficer,
    /// City leadership: figures only, never a person.
    CityLeader,
}

/// A dated appointment of a person to a role in a unit.
pub struct PostObject {
    post: Post,
    holder: SignedIn,
}

/// A dated appointment of a person to a role in a unit. It gives rights from its first moment to its last, whatever a
/// token says.
#[Object(name = "Post")]
impl PostObject {
    /// Global id; send it as `X-Acting-Post`, or as `actingPostId` when signing in.
    async fn id(&self) -> ID {
        encode(NodeKind::Post, self.post.tenant, self.post.id.0)
    }

    /// What it lets the person do.
    async fn role(&self) -> Role {
        self.post.role.into()
    }

    /// Where.
    async fn unit(&self, ctx: &Context<'_>) -> std::result::Result<Unit, Shared> {
        // by this post's own rights: it may be in another association than the one acted in
        let holder = self.holder.acting_under(self.post);
        let view = view_of_place(ctx.app(), ctx.request(), &holder, &self.post)?;
        let row = ctx.units(&view).load_one(self.post.unit).await?;
        let row = row.ok_or(Error::NotFound)?;
        Ok(match holder.acting() {
            Ok(_) => Unit::new(row, &view),
            Err(_) => Unit::alone(row, &view),
        })
    }

    /// From when.
    async fn valid_from(&self) -> DateTime<FixedOffset> {
        self.post.valid_from.with_timezone(&HANOI)
    }

    /// Until when, if that is known; from that moment it gives nothing.
    async fn valid_until(&self) -> Option<DateTime<FixedOffset>> {
        self.post.valid_until.map(|until| until.with_timezone(&HANOI))
    }
}

/// The person who asks.
pub struct ViewerObject(pub SignedIn);

/// The person who asks, with their posts.
#[Object(name = "Viewer")]
impl ViewerObject {
    /// Global id of the account.
    async fn id(&self) -> ID {
        encode(NodeKind::Account, TenantId(Uuid::nil()), self.0.account.0)
    }

    /// The person's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Phone number for signing in, E.164.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// The posts in force, oldest first.
    async fn posts(&self) -> Vec<PostObject> {
        self.0
            .posts
            .iter()
            .map(|post| PostObject {
                post: *post,
                holder: self.0.clone(),
            })
            .collect()
    }

    /// The post acted under; null when there is none, or several and none was chosen.
    async fn acting_post(&self) -> Option<PostObject> {
        let post = self.0.chosen().ok()?;
        Some(PostObject {
            post: *post,
            holder: self.0.clone(),
        })
    }

    /// Global ids of the posts in force that the viewer, who had an account before, has not accepted yet. They give their
    /// rights all the same; by `acceptPost` the officers above them become responsible for helping the account back in.
    async fn posts_to_accept(&self, ctx: &Context<'_>) -> Option<Result<Vec<ID>>> {
        let waiting = ctx.app().db.sign_in().posts_not_taken(&[self.0.account]).await;
        let ids = |waiting: HashMap<PostId, String>| {
            let own = self.0.posts.iter().filter(|post| waiting.contains_key(&post.id));
            own.map(|post| encode(NodeKind::Post, post.tenant, post.id.0)).collect()
        };
        Some(waiting.map(ids).map_err(Error::from))
    }

    /// The account's second factor; null when it has none.
    async fn second_factor(&self, ctx: &Context<'_>) -> Option<Result<SecondFactorObject>> {
        let found = second_factor::in_force(&ctx.app().db, self.0.account).await;
        let shown = |(since, left): (DateTime<Utc>, usize)| SecondFactorObject {
            confirmed_at: since.with_timezone(&HANOI),
            recovery_codes_left: i32::try_from(left).unwrap_or(i32::MAX),
        };
        found.map(|found| found.map(shown)).transpose()
    }

    /// The households this account manages in the association of the acting post.
    async fn households(&self, ctx: &Context<'_>) -> Result<Vec<Household>> {
        let Ok(post) = self.0.acting() else {
            return Ok(Vec::new());
        };
        match scope_of(
            ctx.app(),
            ctx.request(),
            &self.0,
            Permission::HouseholdRead,
            post.tenant,
        ) {
            Ok(scope) => Ok(managed_households(&scope).await?.into_iter().map(Household).collect()),
            // whoever may see no household has none to show
            Err(Error::Forbidden) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
