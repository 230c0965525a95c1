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
    /// Whether every post of the person is below the viewer's.
    pub(super) is_all_below: bool,
}

impl AccountBelow {
    /// Whether the officer is to know what is the account's own, and no association's.
    fn is_the_officers(&self) -> bool {
        self.is_all_below && self.person.is_known
    }
}

/// Somebody with posts below the viewer: enough to know the person again, no more.
#[Object]
impl AccountBelow {
    /// Global id of the account.
    async fn id(&self) -> ID {
        encode(NodeKind::Account, TenantId(Uuid::nil()), self.person.account.id.0)
    }

    /// The person's name: the one their post was given under, or the account's where none was given.
    async fn name(&self) -> &str {
        &self.person.name
    }

    /// The last three digits of the phone number they sign in with: `***678`; null as long as they have not accepted their post,
    /// or hold one that is not below the viewer's.
    async fn masked_phone(&self) -> Option<String> {
        let phone = self.person.account.phone.clone().filter(|_| self.is_the_officers())?;
        Some(PhoneNumber::from_stored(phone).masked())
    }

    /// Their posts in the unit and at the head of the units right below it. They may hold others elsewhere.
    async fn posts(&self) -> Vec<PostBelow> {
        self.person.posts.iter().cloned().map(PostBelow).collect()
    }

    /// When a phone of theirs was last refreshed; null when they have never signed in, and where `maskedPhone` is.
    async fn last_seen_at(&self) -> Option<DateTime<FixedOffset>> {
        self.seen
            .filter(|_| self.is_the_officers())
            .map(|seen| seen.with_timezone(&HANOI))
    }
}
