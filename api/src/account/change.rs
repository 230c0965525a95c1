//! Changing one's password.
//!
//! It takes no `idempotencyKey`: sent again after a lost answer, it changes nothing, because the current password is
//! another by then.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::query::{ColumnTrait, Condition};
use entity::scope::PersonalWriter;
use entity::table::{account, session};
use entity::value::Rule;
use entity::vocabulary::{NoticeKind, SecurityEventKind, SessionEnd};
use secrecy::SecretString;

use super::password::{About, MIN_LENGTH, NewPassword, min_length};
use super::proof;
use super::throttle::Turn;
use crate::access::Access;
use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::error::{Error, Result};
use crate::notice;
use crate::recovery;
use crate::request::RequestInfo;
use crate::second_factor;
use crate::session::end_where;
use crate::session::journal::{self, Entry};

/// A change of one's password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password until now.
    pub current_password: String,
    /// The password from now on: 15 to 128 characters, any of them; several words are good. 8 are enough for an account with a
    /// second factor. Not common, and without the person's own name and number.
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
    /// Changes the viewer's password; ends all other sessions of the account, and codes of officers to get back in with.
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
        let beside = second_factor::in_force(&app.db, account.id).await?.is_some();
        let new = NewPassword::parse(&new, &About::from(&account), min_length(beside))
            .map_err(|rule| Error::invalid("newPassword", rule))?;
        let whose = (&account, viewer.session.id);
        let turn = proof::current_password(app, request, whose, current, "CHANGE_PASSWORD").await?;
        let turn = turn.ok_or_else(wrong_password)?;
        let short = new.is_short();
        let hash = app.passwords.hash(new).await?;
        let ended = replace(app, request, viewer, &account, (hash, short, turn)).await?;
        Ok(ChangePasswordPayload {
            ended: i32::try_from(ended).unwrap_or(i32::MAX),
        })
    }
}

/// Stores the new hash, ends the codes that officers gave out and the other sessions; how many of these.
async fn replace(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    account: &account::Model,
    (hash, short, turn): (String, bool, Turn),
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
        if !second_factor::note_password(tx, account.id, short).await? {
            // the second factor was removed meanwhile
            return Err(Error::invalid("newPassword", Rule::TooShort { min: MIN_LENGTH }));
        }
        turn.forgive(tx).await?;
        recovery::end_codes(tx, account.id, request.now).await?;
        let entry = Entry::of(SecurityEventKind::PasswordChanged, account.id).in_session(viewer.session.id);
        journal::record(app, tx, request, entry).await?;
        notice::tell(app, tx, account.id, NoticeKind::PasswordChanged, request.now).await?;
        end_where(app, tx, request, others, SessionEnd::PasswordChanged, None).await
    });
    replaced.await
}

fn wrong_password() -> Error {
    Error::invalid("currentPassword", Rule::WrongPassword)
}
