//! Signing in.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::PersonalWriter;
use entity::vocabulary::AuthenticationLevel;

use super::input::SignInInput;
use super::model::ViewerObject;
use super::proof::{self, Proven};
use crate::access::Access;
use crate::access::viewer::SignedIn;
use crate::error::{Error, Result};
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
        let proven = (account.id, AuthenticationLevel::Password);
        let door = app.db.sign_in();
        let opened = door.write(async |tx: &PersonalWriter| {
            turn.forgive(tx).await?;
            session::store::open(app, tx, request, proven, wishes.post, &wishes.device).await
        });
        let granted = opened.await?;
        let viewer = SignedIn::new(account, granted.session.clone(), &posts, wishes.post);
        Ok(SignInPayload {
            tokens: Tokens::of(app, request, &granted)?,
            session: SessionObject::new(granted.session.clone(), granted.session.id),
            viewer: ViewerObject(viewer),
        })
    }
}
