//! Where an account is signed in: one row for each device and sign-in. Belongs to no tenant, as accounts do.

use sea_orm::entity::prelude::*;

use crate::id::{AccountId, PostId, RefreshTokenId, SessionId};
use crate::scope::Personal;
use crate::vocabulary::{AuthenticationLevel, Platform, SessionEnd};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Its id; access tokens carry it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The post chosen to act under, if one was.
    pub post_id: Option<PostId>,
    /// The device, as made up by the app when it was installed; the same for all sessions on it.
    pub device_id: Option<Uuid>,
    /// What the device is called.
    #[sea_orm(column_type = "Text", nullable)]
    pub device_name: Option<String>,
    /// What it runs.
    pub platform: Platform,
    /// The app's version.
    #[sea_orm(column_type = "Text", nullable)]
    pub app_version: Option<String>,
    /// The network address it was last refreshed from.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// How sure we are who it is.
    pub level: AuthenticationLevel,
    /// When that was last proven, by password or second factor.
    pub authenticated_at: DateTimeUtc,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was last refreshed.
    pub last_seen_at: DateTimeUtc,
    /// It ends at this moment unless it is refreshed before.
    pub idle_expires_at: DateTimeUtc,
    /// It ends at this moment whatever happens.
    pub expires_at: DateTimeUtc,
    /// The refresh token given out last.
    pub token_id: RefreshTokenId,
    /// The one before it, whose access token may still be on its way.
    pub previous_token_id: Option<RefreshTokenId>,
    /// When an access token given out with [`Model::token_id`] was first used; the phone has the answer then.
    pub token_used_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it ended.
    pub ended_because: Option<SessionEnd>,
}

/// Relations are not declared: composite foreign keys live in the schema, and joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Personal for Entity {}

impl Model {
    /// Whether it may be used at `now`.
    pub fn is_alive(&self, now: DateTimeUtc) -> bool {
        self.ended_at.is_none() && now < self.idle_expires_at && now < self.expires_at
    }
}

/// Of those that are over at `now`: the other side of [`Model::is_alive`].
pub fn is_over(now: DateTimeUtc) -> sea_orm::Condition {
    sea_orm::Condition::any()
        .add(Column::EndedAt.is_not_null())
        .add(Column::IdleExpiresAt.lte(now))
        .add(Column::ExpiresAt.lte(now))
}

/// The sessions that are over at `now`, as a sub-select.
pub fn over_at(now: DateTimeUtc) -> sea_orm::sea_query::SelectStatement {
    sea_orm::sea_query::Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(is_over(now))
        .take()
}
