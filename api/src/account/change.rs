//! Changing one's password.
//!
//! It takes no `idempotencyKey`: sent again after a lost answer, it changes nothing, because the current password is
//! another by then.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::query::{ColumnTrait, Condition};
use entity::scope::PersonalWriter;
use entity::table::{account, session};
use entity::value::Rule;
use entity::vocabulary::{SecurityEventKind, SessionEnd};
use secrecy::SecretString;

use super::password::{About, MIN_LENGTH, NewPassword, Verdict};
use super::proof::{note_failure, unproven};
use super::throttle::{self, Subject, Turn, rule};
use crate::access::Access;
use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::session::journal::{self, Entry};
use crate::session::store;

/// A change of one's password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password until now.
    pub current_password: String,
    /// The password from now on: 15 to 128 characters, any of them; several words are good. Not common, and without the
    /// person's own name and number.
    pub new_password: String,
}

/// The answer to `changePassword`.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// How many other sessions of the account have ended by this. The one that asks goes on.
    pub ended: i32,
}

/// Changing one's password.
#[derive(Default)]
pub struct PasswordMutation;

/// Changing one's password.
#[Object]
impl PasswordMutation {
    /// Changes the viewer's password and ends all other sessions of the account.
    ///
    /// INVALID with the rule WRONG_PASSWORD at `currentPassword`: counted as a wrong password at sign-in is, so after some
    /// of them RATE_LIMITED. When an answer was lost, try the new password.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Both passwords.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
        let current = SecretString::from(input.current_password);
        let new = SecretString::from(input.new_password);
        let account = app.db.sign_in().account_by_id(viewer.account).await?;
        let account = account.ok_or(Error::Unauthenticated)?;
        let new = NewPassword::parse(&new, &About::from(&account), MIN_LENGTH)
            .map_err(|rule| Error::invalid("newPassword", rule))?;
        let turn = prove_current(app, request, &account, current).await?;
        let hash = app.passwords.hash(new).await.map_err(unproven)?;
        let ended = replace(app, request, viewer, &account, (hash, turn)).await?;
        Ok(ChangePasswordPayload {
            ended: i32::try_from(ended).unwrap_or(i32::MAX),
        })
    }
}

/// Compares the current password, after a turn against guessing: whoever holds an open phone is not its owner yet.
async fn prove_current(
    app: &App,
    request: &RequestInfo,
    account: &account::Model,
    password: SecretString,
) -> Result<Turn> {
    let place = app.passwords.enter().map_err(unproven)?;
    let counted = rule::CURRENT_PASSWORD.on(app, Subject::Account(account.id));
    let worker = app.passwords.turn(place).await.map_err(unproven)?;
    let turn = throttle::take(app, request, &[counted]).await?;
    let compared = app.passwords.verify_in(worker, account.password_hash.clone(), password);
    match compared.await.map_err(unproven)? {
        Verdict::Right { .. } => Ok(turn),
        Verdict::Wrong => {
            note_failure(app, request, Some(account.id), "CHANGE_PASSWORD").await?;
            Err(wrong_password())
        }
    }
}

/// Stores the new hash and ends the other sessions; how many.
async fn replace(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    account: &account::Model,
    (hash, turn): (String, Turn),
) -> Result<usize> {
    use account::Column::{Id, PasswordHash};
    let others = Condition::all()
        .add(session::Column::AccountId.eq(account.id))
        .add(session::Column::Id.ne(viewer.session.id));
    let door = app.db.sign_in();
    let replaced = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<account::Entity>().set(PasswordHash, hash);
        let unchanged = PasswordHash.eq(account.password_hash.clone());
        if change.filter(Id.eq(account.id)).filter(unchanged).run().await? == 0 {
            // another device was faster: what was proven is the password no more
            return Err(wrong_password());
        }
        turn.forgive(tx).await?;
        let entry = Entry::of(SecurityEventKind::PasswordChanged, account.id).in_session(viewer.session.id);
        journal::record(app, tx, request, entry).await?;
        store::end_where(app, tx, request, others, SessionEnd::PasswordChanged, None).await
    });
    replaced.await
}

fn wrong_password() -> Error {
    Error::invalid("currentPassword", Rule::WrongPassword)
}
