//! Enrolling, removing and proving a second factor: the owner's own account, and in one case (`other`) another's.
//!
//! These mutations take no `idempotencyKey`. A secret or a list of codes whose answer was lost is asked for again, and
//! takes the place of the lost one; what was removed stays so; a code that was accepted is refused the second time, and the
//! session shows that the first was.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::PersonalWriter;
use entity::value::Rule;
use entity::vocabulary::AuthenticationLevel;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::code::Code;
use super::input::{ConfirmSecondFactorInput, StepUpInput};
use super::other::{self, RemoveSecondFactorOfInput, RemoveSecondFactorOfPayload};
use super::store::{self, Claimant, Verdict};
use crate::access::Access;
use crate::access::viewer::SignedIn;
use crate::account::proof;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::request::RequestInfo;
use crate::session::SessionObject;

/// The answer to `beginSecondFactor`.
#[derive(SimpleObject)]
pub struct BeginSecondFactorPayload {
    /// For the authenticator app on this phone, or as a QR code for one on another: an `otpauth:` address.
    pub uri: String,
    /// The secret alone, in base32, to be typed into the app.
    pub secret: String,
}

/// Recovery codes, shown this once.
#[derive(SimpleObject)]
pub struct RecoveryCodesPayload {
    /// Ten codes for the day the authenticator app is gone; each works once. Let the owner write them down.
    pub recovery_codes: Vec<String>,
}

/// The answer to `removeSecondFactor`.
#[derive(SimpleObject)]
pub struct RemoveSecondFactorPayload {
    /// The session as it is now.
    pub session: SessionObject,
}

/// The answer to `stepUp`.
#[derive(SimpleObject)]
pub struct StepUpPayload {
    /// The session as it is now; for five minutes it may do what asks for a fresh proof.
    pub session: SessionObject,
}

/// Mutations of the second factor.
#[derive(Default)]
pub struct SecondFactorMutation;

/// Mutations of the second factor.
#[Object]
impl SecondFactorMutation {
    /// Makes a secret for an authenticator app. Nothing is in force before `confirmSecondFactor`; a factor that is in force
    /// stays so until then. Asks for a fresh proof of who is signed in.
    async fn begin_second_factor(&self, ctx: &Context<'_>) -> Result<BeginSecondFactorPayload> {
        let viewer = freshly_proven(ctx).await?;
        let app = ctx.app();
        let door = app.db.sign_in();
        let made = door.write(async |tx: &PersonalWriter| store::begin(app, tx, own(viewer)).await);
        let secret = made.await?;
        Ok(BeginSecondFactorPayload {
            uri: address(app, viewer, &secret)?,
            secret: secret.expose_secret().to_owned(),
        })
    }

    /// Puts the new second factor in force, by the first code the app shows, and answers the recovery codes. The session is
    /// then signed in with a second factor; the account's other sessions are not. Asks for a fresh proof as `beginSecondFactor`
    /// does.
    async fn confirm_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first code.")] input: ConfirmSecondFactorInput,
    ) -> Result<RecoveryCodesPayload> {
        let code = input.parse()?;
        ctx.stepped_up()?;
        let own = own(ctx.viewer()?);
        let (app, request) = (ctx.app(), ctx.request());
        store::admit(app, request, own.0, &code).await?;
        let door = app.db.sign_in();
        let confirmed = door.write(async |tx: &PersonalWriter| store::confirm(app, tx, request, own, &code).await);
        let (verdict, codes) = confirmed.await?;
        verdict.accepted()?;
        Ok(shown(&codes))
    }

    /// Removes the second factor with its recovery codes. Asks for a fresh proof by a code. REFUSED to whoever holds a post
    /// whose role needs one (SECOND_FACTOR_REQUIRED), and for a password of fewer than 15 characters
    /// (PASSWORD_TOO_SHORT_ALONE): change it first.
    async fn remove_second_factor(&self, ctx: &Context<'_>) -> Result<RemoveSecondFactorPayload> {
        let viewer = freshly_proven(ctx).await?;
        if viewer.holds_post_with_second_factor() {
            return Err(Refusal::SecondFactorRequired.into());
        }
        let (app, request) = (ctx.app(), ctx.request());
        let door = app.db.sign_in();
        let removed = door.write(async |tx: &PersonalWriter| store::remove(app, tx, request, own(viewer).into()).await);
        removed.await?;
        Ok(RemoveSecondFactorPayload {
            session: session_now(app, viewer).await?,
        })
    }

    /// Removes the second factor, with its recovery codes, of somebody below the viewer who has lost both, and ends all their
    /// sessions. The password stays. The owner is told. Make sure who is asking. Needs a proof of who it is from the last
    /// five minutes. NOT_FOUND also when the account has no second factor.
    async fn remove_second_factor_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and why.")] input: RemoveSecondFactorOfInput,
    ) -> Result<RemoveSecondFactorOfPayload> {
        other::remove_of(ctx, &input).await
    }

    /// Answers ten new recovery codes; the old ones stop working. Asks for a fresh proof by a code.
    async fn renew_recovery_codes(&self, ctx: &Context<'_>) -> Result<RecoveryCodesPayload> {
        let viewer = freshly_proven(ctx).await?;
        let (app, request) = (ctx.app(), ctx.request());
        let door = app.db.sign_in();
        let renewed = door.write(async |tx: &PersonalWriter| store::renew_codes(app, tx, request, own(viewer)).await);
        Ok(shown(&renewed.await?))
    }

    /// Proves anew who is signed in: by a code where the account has a second factor, by the password where it has none.
    /// For five minutes the session may do what answers STEP_UP_NEEDED without it.
    async fn step_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: StepUpInput,
    ) -> Result<StepUpPayload> {
        let viewer = ctx.viewer()?;
        let proof = input.parse()?;
        let (app, request) = (ctx.app(), ctx.request());
        match (
            store::in_force(&app.db, viewer.account).await?,
            proof.code,
            proof.password,
        ) {
            (Some(_), Some(code), _) => by_code(app, request, viewer, &code).await?,
            (Some(_), None, _) => return Err(Error::CodeNeeded),
            (None, _, Some(password)) => by_password(app, request, viewer, password).await?,
            (None, _, None) => return Err(Error::invalid("password", Rule::Required)),
        }
        Ok(StepUpPayload {
            session: session_now(app, viewer).await?,
        })
    }
}

fn own(viewer: &SignedIn) -> (entity::id::AccountId, entity::id::SessionId) {
    (viewer.account, viewer.session.id)
}

/// The viewer, if what they have proven lately is enough to change the factor: a code where there is one already.
async fn freshly_proven<'a>(ctx: &'a Context<'_>) -> Result<&'a SignedIn> {
    ctx.stepped_up()?;
    let viewer = ctx.viewer()?;
    let by_code = viewer.session.level == AuthenticationLevel::SecondFactor;
    if by_code || store::in_force(&ctx.app().db, viewer.account).await?.is_none() {
        Ok(viewer)
    } else {
        Err(Error::StepUpNeeded)
    }
}

async fn by_code(app: &App, request: &RequestInfo, viewer: &SignedIn, code: &Code) -> Result<()> {
    let (own, level) = (own(viewer), Some(AuthenticationLevel::SecondFactor));
    store::admit(app, request, own.0, code).await?;
    let door = app.db.sign_in();
    let proven = door.write(async |tx: &PersonalWriter| -> Result<Verdict> {
        let claimant = Claimant::in_session(own.0, own.1);
        let verdict = store::prove(app, tx, request, claimant, code).await?;
        if verdict == Verdict::Right {
            store::step_up(app, tx, request, own, level).await?;
        }
        Ok(verdict)
    });
    proven.await?.accepted()
}

async fn by_password(app: &App, request: &RequestInfo, viewer: &SignedIn, given: SecretString) -> Result<()> {
    let own = own(viewer);
    let door = app.db.sign_in();
    let account = door.account_by_id(own.0).await?.ok_or(Error::SessionEnded)?;
    let turn = proof::current_password(app, request, (&account, own.1), given, "STEP_UP").await?;
    let turn = turn.ok_or(Error::WrongCredentials)?;
    let proven = door.write(async |tx: &PersonalWriter| -> Result<()> {
        // a factor that came into force while the password was compared asks for its code
        if store::is_in_force(tx, own.0).await? {
            return Err(Error::CodeNeeded);
        }
        turn.forgive(tx).await?;
        store::step_up(app, tx, request, own, None).await
    });
    proven.await
}

async fn session_now(app: &App, viewer: &SignedIn) -> Result<SessionObject> {
    let row = app.db.sign_in().session_by_id(viewer.session.id).await?;
    Ok(SessionObject::new(row.ok_or(Error::SessionEnded)?, viewer.session.id))
}

fn shown(codes: &[SecretString]) -> RecoveryCodesPayload {
    RecoveryCodesPayload {
        recovery_codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
    }
}

/// What authenticator apps read: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>.
fn address(app: &App, viewer: &SignedIn, secret: &SecretString) -> Result<String> {
    let broken = || Error::Internal("no address for an authenticator app".to_owned());
    let mut url = Url::parse("otpauth://totp/").map_err(|_| broken())?;
    let label = viewer.phone.as_deref().unwrap_or(&viewer.name);
    url.path_segments_mut().map_err(|()| broken())?.push(label);
    url.query_pairs_mut()
        .append_pair("secret", secret.expose_secret())
        .append_pair("issuer", &app.config.token_issuer)
        .append_pair("algorithm", "SHA1")
        .append_pair("digits", "6")
        .append_pair("period", "30");
    Ok(url.into())
}
