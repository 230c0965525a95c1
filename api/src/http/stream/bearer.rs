//! Whose connection it is, for as long as it lives.

use chrono::TimeDelta;
use entity::id::PostId;

use crate::access::viewer::{SignedIn, Viewer};
use crate::account::token::Claims;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::{auth, info};
use crate::live::hub::Who;
use crate::request::RequestInfo;

/// So long after its end a token still carries a connection, for a new one that is on its way.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Who holds a connection.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    /// Where it comes from, as at its first request.
    pub caller: RequestInfo,
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
    pub(super) async fn of(app: &App, caller: RequestInfo, token: &str, named: Option<PostId>) -> Result<Self> {
        let claims = auth::verified(app, &info::anew(app, caller), token).await?;
        Ok(Self { caller, claims, named })
    }

    /// A request of theirs at this moment.
    pub(super) fn info(&self, app: &App) -> RequestInfo {
        info::anew(app, self.caller)
    }

    /// Pays for asking; see [`auth::ask`].
    ///
    /// # Errors
    /// RATE_LIMITED.
    pub(super) fn ask(&self, app: &App, info: &RequestInfo) -> Result<()> {
        auth::ask(app, &self.claims, info)
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
