//! Giving out a code to somebody below oneself, and coming back with it.
//!
//! `recover` takes no `idempotencyKey`: the code is the key. It works once, and sent again with the same password it signs
//! in.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};

use super::input::{IssueRecoveryCodeInput, RecoverInput};
use super::store::{self, Issued};
use crate::access::below::account_below;
use crate::access::viewer::SignedIn;
use crate::access::{Access, Permission};
use crate::account::ViewerObject;
use crate::clock::HANOI;
use crate::error::Result;
use crate::replay::WriteOutcome;
use crate::session::{SessionObject, Tokens};

/// The answer to `issueRecoveryCode`.
#[derive(SimpleObject)]
pub struct IssueRecoveryCodePayload {
    /// What became of it: APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
    /// The code to be read out or printed, as `7K3M-9QXT-4WHC`; null when it cannot be used any more.
    pub code: Option<String>,
    /// First moment at which it does not work any more.
    pub expires_at: Option<DateTime<FixedOffset>>,
}

/// The answer to `recover`.
#[derive(SimpleObject)]
pub struct RecoverPayload {
    /// What keeps the phone signed in.
    #[graphql(flatten)]
    pub tokens: Tokens,
    /// The session that has begun; all others have ended.
    pub session: SessionObject,
    /// Who has come back.
    pub viewer: ViewerObject,
}

/// Mutations of recovery.
#[derive(Default)]
pub struct RecoveryMutation;

/// Mutations of recovery.
#[Object]
impl RecoveryMutation {
    /// Gives out a one-time code for somebody who cannot get in, good for 24 hours; an earlier one ends. The owner of the
    /// account is told. Make sure who is asking before reading it out. Needs a proof of who it is from the last five minutes;
    /// RATE_LIMITED beyond thirty a day.
    async fn issue_recovery_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose account.")] input: IssueRecoveryCodeInput,
    ) -> Result<IssueRecoveryCodePayload> {
        ctx.stepped_up()?;
        let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
        let below = account_below(ctx, Permission::AccountManage, input.account()?).await?;
        let by = (viewer.account, viewer.acting()?.id);
        let issued = store::issue(app, request, below.account.id, by, input.idempotency_key).await?;
        let (outcome, row) = match issued {
            Issued::First(row) => (WriteOutcome::Applied, Some(row)),
            Issued::Replayed(row) => (WriteOutcome::Replayed, Some(row)),
            Issued::KeyReused => (WriteOutcome::KeyReused, None),
        };
        let open = row.as_ref().filter(|row| row.is_open(request.now));
        Ok(IssueRecoveryCodePayload {
            outcome,
            code: open.map(|row| store::code(app, row.id).shown()),
            expires_at: row.map(|row| row.expires_at.with_timezone(&HANOI)),
        })
    }

    /// Sets a new password with a code that an officer gave out, ends all sessions, and signs in. A second factor stays.
    ///
    /// UNAUTHENTICATED with the rule WRONG_CODE: an unknown login, a wrong code and one that has expired get the same answer
    /// in the same time. With the rule SECOND_FACTOR_NEEDED: the password is set; sign in with it and a code.
    async fn recover(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code and the new password.")] input: RecoverInput,
    ) -> Result<RecoverPayload> {
        let (app, request) = (ctx.app(), ctx.request());
        let wish = input.parse()?;
        let (account, granted) = store::recover(app, request, &wish).await.inspect_err(|error| {
            tracing::info!(outcome = %error, "recovery refused");
        })?;
        let posts = app.db.sign_in().posts_of(account.id, request.now).await?;
        let viewer = SignedIn::new(account, granted.session.clone(), &posts, None, app.config.second_factor);
        Ok(RecoverPayload {
            tokens: Tokens::of(app, request, &granted)?,
            session: SessionObject::new(granted.session.clone(), granted.session.id),
            viewer: ViewerObject(viewer),
        })
    }
}
