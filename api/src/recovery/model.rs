//! People below an officer as GraphQL shows them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, FixedOffset, Utc};
use entity::id::TenantId;
use entity::table::post;
use entity::value::PhoneNumber;
use uuid::Uuid;

use super::below::Person;
use crate::account::Role;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::loader::Shared;
use crate::unit::{Unit, unit_of};

/// A post of somebody below the viewer.
pub struct PostBelow(post::Model);

/// A post of somebody below the viewer.
#[Object]
impl PostBelow {
    /// What it lets the person do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Where.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit, Shared> {
        unit_of(ctx, self.0.tenant_id, self.0.unit_id).await
    }
}

/// Somebody with posts below the viewer.
pub struct AccountBelow {
    pub(super) person: Person,
    pub(super) seen: Option<DateTime<Utc>>,
}

/// Somebody with posts below the viewer: enough to know the person again, no more.
#[Object]
impl AccountBelow {
    /// Global id of the account.
    async fn id(&self) -> ID {
        encode(NodeKind::Account, TenantId(Uuid::nil()), self.person.account.id.0)
    }

    /// The person's name; until they accept their post, the one it was given under.
    async fn name(&self) -> &str {
        &self.person.name
    }

    /// The last three digits of the phone number they sign in with: `***678`.
    async fn masked_phone(&self) -> Option<String> {
        let phone = self.person.account.phone.clone()?;
        Some(PhoneNumber::from_stored(phone).masked())
    }

    /// Their posts in the unit and at the head of the units right below it. They may hold others elsewhere.
    async fn posts(&self) -> Vec<PostBelow> {
        self.person.posts.iter().cloned().map(PostBelow).collect()
    }

    /// When a phone of theirs was last refreshed; null when they have never signed in, or have not accepted their post.
    async fn last_seen_at(&self) -> Option<DateTime<FixedOffset>> {
        self.seen
            .filter(|_| self.person.is_known)
            .map(|seen| seen.with_timezone(&HANOI))
    }
}
