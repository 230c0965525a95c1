//! Signing in.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::AccountId;
use entity::scope::PersonalWriter;
use entity::vocabulary::AuthenticationLevel;

use super::input::SignInInput;
use super::model::ViewerObject;
use super::proof::{self, Proven};
use crate::access::Access;
use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::second_factor::Claimant;
use crate::second_factor::{self, Code};
use crate::session::{self, SessionObject, Tokens};

/// The answer to `signIn`.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// What keeps the phone signed in.
    #[graphql(flatten)]
    pub tokens: Tokens,
    /// The session that has begun.
    pub session: SessionObject,
    /// Who has signed in.
    pub viewer: ViewerObject,
}

/// Signing in.
#[derive(Default)]
pub struct AccountMutation;

/// Signing in.
#[Object]
impl AccountMutation {
    /// Signs in with phone number or user name and password. An unknown account and a wrong password get the same answer
    /// in the same time. After some wrong ones RATE_LIMITED says how long to wait; a device that has been signed in before,
    /// known by `device.id`, does not wait for the mistakes of others.
    ///
    /// UNAUTHENTICATED with the rule SECOND_FACTOR_NEEDED: the password is right; send it again with `code`.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name and password.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let (app, request) = (ctx.app(), ctx.request());
        let (login, password, wishes) = input.parse()?;
        let proven = proof::by_password(app, request, &login, password, wishes.device.id).await;
        let Proven { account, turn } = proven.inspect_err(|error| {
            tracing::info!(outcome = %error, "sign-in refused");
        })?;
        let posts = app.db.sign_in().posts_of(account.id, request.now).await?;
        if wishes
            .post
            .is_some_and(|chosen| posts.iter().all(|post| post.id != chosen))
        {
            return Err(Error::Forbidden);
        }
        let code = wishes.code.as_deref().map(Code::parse);
        if let Some(Some(code)) = &code
            && second_factor::in_force(&app.db, account.id).await?.is_some()
        {
            second_factor::admit(app, request, account.id, code).await?;
        }
        let door = app.db.sign_in();
        let opened = door.write(async |tx: &PersonalWriter| -> Result<_> {
            let level = match level(app, tx, request, account.id, code.as_ref()).await? {
                Ok(level) => level,
                Err(refused) => {
                    // a password without its code is no guess; with a wrong one the whole attempt stays counted
                    if code.is_none() {
                        turn.give_back(tx).await?;
                    }
                    // answered, not failed with: what was written about it is kept
                    return Ok(Err(refused));
                }
            };
            turn.forgive(tx).await?;
            let proven = (account.id, level);
            let granted = session::open(app, tx, request, proven, wishes.post, &wishes.device).await?;
            Ok(Ok(granted))
        });
        let granted = opened.await??;
        let asked = app.config.second_factor;
        let viewer = SignedIn::new(account, granted.session.clone(), &posts, wishes.post, asked);
        Ok(SignInPayload {
            tokens: Tokens::of(app, request, &granted)?,
            session: SessionObject::new(granted.session.clone(), granted.session.id),
            viewer: ViewerObject(viewer),
        })
    }
}

/// How sure it is, after the right password, who signs in: by the code where the account has a second factor.
async fn level(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    account: AccountId,
    code: Option<&Option<Code>>,
) -> Result<Result<AuthenticationLevel>> {
    if !second_factor::is_in_force(tx, account).await? {
        return Ok(Ok(AuthenticationLevel::Password));
    }
    let Some(code) = code else {
        return Ok(Err(Error::CodeNeeded));
    };
    let Some(code) = code else {
        return Ok(Err(Error::WrongCode));
    };
    let claimant = Claimant { account, session: None };
    let verdict = second_factor::prove(app, tx, request, claimant, code).await?;
    Ok(verdict.accepted().map(|()| AuthenticationLevel::SecondFactor))
}
