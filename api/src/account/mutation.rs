//! Signing in.

use async_graphql::{Context, Object, SimpleObject};
use chrono::DateTime;
use entity::scope::PersonalWriter;
use entity::table::account;
use entity::vocabulary::AuthenticationLevel;
use secrecy::SecretString;

use super::input::{Login, SignInInput};
use super::model::ViewerObject;
use super::password::{PasswordError, Verdict};
use crate::access::Access;
use crate::access::viewer::{SignedIn, may_sign_in};
use crate::app::App;
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
    /// in the same time.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name and password.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let app = ctx.app();
        let now = ctx.request().now;
        let (login, password, wishes) = input.parse()?;
        let account = find_account(app, &login).await?;
        let account = check(app, account, password, now).await.inspect_err(|error| {
            tracing::info!(outcome = %error, "sign-in refused");
        })?;
        let posts = app.db.sign_in().posts_of(account.id, now).await?;
        if wishes
            .post
            .is_some_and(|chosen| posts.iter().all(|post| post.id != chosen))
        {
            return Err(Error::Forbidden);
        }
        let request = ctx.request();
        let proven = (account.id, AuthenticationLevel::Password);
        let door = app.db.sign_in();
        let opened = door.write(async |tx: &PersonalWriter| {
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

async fn find_account(app: &App, login: &Login) -> Result<Option<account::Model>> {
    Ok(match login {
        Login::Phone(phone) => app.db.sign_in().account_by_phone(phone).await?,
        Login::UserName(name) => app.db.sign_in().account_by_user_name(name).await?,
        Login::Nobody => None,
    })
}

/// The account if the password is right; raises the cost of an old hash on the way.
async fn check(
    app: &App,
    account: Option<account::Model>,
    password: SecretString,
    now: DateTime<chrono::Utc>,
) -> Result<account::Model> {
    let account = account.filter(|account| may_sign_in(account, now));
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let verdict = app
        .passwords
        .verify(stored.clone(), password.clone())
        .await
        .map_err(busy)?;
    let (Verdict::Right { outdated }, Some(account)) = (verdict, account) else {
        return Err(Error::WrongCredentials);
    };
    if outdated {
        // signing in does not fail because the new hash could not be made or kept: the next time will do
        let sign_in = app.db.sign_in();
        match app.passwords.hash(password).await {
            Ok(new) => {
                sign_in
                    .replace_password_hash(account.id, stored.as_deref(), &new)
                    .await?;
            }
            Err(error) => tracing::warn!(%error, "password hash was not renewed"),
        }
    }
    Ok(account)
}

fn busy(error: PasswordError) -> Error {
    match error {
        PasswordError::Busy { retry_after } => Error::RateLimited(retry_after),
        other => Error::Internal(other.to_string()),
    }
}
