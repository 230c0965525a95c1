//! Whose connection it is, for as long as it lives.

use std::net::IpAddr;

use chrono::TimeDelta;
use entity::id::PostId;
use entity::value::Language;
use uuid::Uuid;

use crate::access::viewer::{SignedIn, Viewer};
use crate::account::token::Claims;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::auth;
use crate::live::hub::Who;
use crate::request::RequestInfo;

/// So long after its end a token still carries a connection, for a new one that is on its way.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Where a connection comes from, before anybody has said who they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// Names its first request, and all that follow on the same connection.
    pub id: Uuid,
    /// The language of messages.
    pub language: Language,
    /// Its network address.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// A request at this moment.
    pub(super) fn info(&self, app: &App) -> RequestInfo {
        RequestInfo {
            id: self.id,
            now: app.clock.now(),
            language: self.language,
            address: self.address,
        }
    }
}

/// Who holds a connection.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    /// Where it comes from.
    pub caller: Caller,
    /// What the newest token says.
    claims: Claims,
    /// The post that was named beside the token.
    named: Option<PostId>,
}

impl Bearer {
    /// Checks a token.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub(super) async fn of(app: &App, caller: Caller, token: &str, named: Option<PostId>) -> Result<Self> {
        let claims = auth::verified(app, &caller.info(app), token).await?;
        Ok(Self { caller, claims, named })
    }

    /// The viewer as they are at this moment.
    ///
    /// # Errors
    /// As [`Viewer::load`].
    pub(super) async fn viewer(&self, app: &App, info: &RequestInfo) -> Result<SignedIn> {
        let chosen = self.named.or(self.claims.post.map(PostId));
        Viewer::load(app, &self.claims, chosen, info.now).await
    }

    /// The same connection with a newer token of the same session.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub(super) async fn renewed(&self, app: &App, token: &str) -> Result<Self> {
        let newer = Self::of(app, self.caller, token, self.named).await?;
        if (newer.claims.sub, newer.claims.sid) == (self.claims.sub, self.claims.sid) {
            Ok(newer)
        } else {
            Err(Error::Unauthenticated)
        }
    }

    /// Whether the token has ended, and nobody has sent another.
    pub(super) fn is_over(&self, app: &App) -> bool {
        (app.clock.now() - GRACE).timestamp() >= self.claims.exp
    }
}

/// As the hub knows a viewer.
pub(super) fn who(viewer: &SignedIn) -> Who {
    Who {
        account: viewer.account,
        session: viewer.session.id,
        post: viewer.chosen().ok().map(|post| post.id),
    }
}
