//! Staying signed in, and signing out.
//!
//! These mutations take no `idempotencyKey`: a refresh is made safe to repeat by the chain of its tokens, and a session
//! that has ended stays so.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::id::SessionId;
use entity::query::{ColumnTrait, Condition};
use entity::scope::PersonalWriter;
use entity::table::session;
use entity::value::{Rule, ShortText};
use entity::vocabulary::{NoticeKind, SessionEnd};
use secrecy::{ExposeSecret, SecretString};

use super::store;
use crate::access::below::account_answerable;
use crate::access::{Access, Permission};
use crate::account::token::Bearer;
use crate::app::App;
use crate::clock::HANOI;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::notice;
use crate::request::RequestInfo;

/// The most sessions ended by one request.
const MAX_LISTED: usize = 100;

/// What keeps a phone signed in.
#[derive(SimpleObject)]
pub struct Tokens {
    /// Send it as `Authorization: Bearer ..`.
    pub access_token: String,
    /// First moment at which the access token does not work any more.
    pub expires_at: DateTime<FixedOffset>,
    /// Exchange it by `refresh` for the next tokens; it works once. Keep it in the device's key store.
    pub refresh_token: String,
    /// First moment at which the refresh token does not work any more.
    pub refresh_expires_at: DateTime<FixedOffset>,
}

impl Tokens {
    /// The tokens of a session that was just opened or refreshed.
    ///
    /// # Errors
    /// INTERNAL when the access token cannot be signed.
    pub fn of(app: &App, request: &RequestInfo, granted: &store::Granted) -> Result<Self> {
        let session = &granted.session;
        let bearer = Bearer {
            account: session.account_id.0,
            session: session.id.0,
            generation: session.token_id.0,
            post: session.post_id.map(|post| post.0),
        };
        let issued = app.tokens.issue(bearer, app.new_id(), request.now);
        let (access_token, expires_at) = issued.map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self {
            access_token,
            expires_at: expires_at.with_timezone(&HANOI),
            refresh_token: granted.refresh_token.expose_secret().to_owned(),
            refresh_expires_at: session.idle_expires_at.with_timezone(&HANOI),
        })
    }
}

/// A refresh token to be exchanged.
#[derive(InputObject)]
pub struct RefreshInput {
    /// The newest one the phone has.
    pub refresh_token: String,
    /// The app's version, if it has changed; up to 200 characters.
    pub app_version: Option<String>,
}

/// Which sessions are to end.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionChoice {
    /// The one that asks: signing out.
    Current,
    /// All but the one that asks.
    Others,
    /// All.
    All,
    /// Those in `ids`.
    Listed,
}

/// Sessions to be ended.
#[derive(InputObject)]
pub struct EndSessionsInput {
    /// Which ones.
    pub which: SessionChoice,
    /// With LISTED: the sessions, up to 100.
    pub ids: Option<Vec<ID>>,
}

/// The answer to `endSessions`.
#[derive(SimpleObject)]
pub struct EndSessionsPayload {
    /// How many sessions have ended by this; none when they were over already.
    pub ended: i32,
}

impl EndSessionsPayload {
    fn of(ended: usize) -> Self {
        Self {
            ended: i32::try_from(ended).unwrap_or(i32::MAX),
        }
    }
}

/// An account whose sessions are to be ended.
#[derive(InputObject)]
pub struct EndSessionsOfInput {
    /// The account; a post of it must be within reach, and none in the viewer's association as high as the acting post.
    pub account_id: ID,
}

/// Staying signed in, and signing out.
#[derive(Default)]
pub struct SessionMutation;

/// Staying signed in, and signing out.
#[Object]
impl SessionMutation {
    /// Exchanges a refresh token for new tokens. An answer that is lost can be asked for again with the same token.
    ///
    /// UNAUTHENTICATED with the rule SESSION_ENDED: sign in again. CONFLICT with the rule REFRESH_RACE: the same token was
    /// exchanged a moment ago; use that answer, or come again after `retryAfter` seconds. Everything else: come again.
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshInput,
    ) -> Result<Tokens> {
        let version = input.app_version.as_deref().map(ShortText::parse).transpose();
        let version = version.map_err(|rule| Error::invalid("appVersion", rule))?;
        let token = SecretString::from(input.refresh_token);
        let (app, request) = (ctx.app(), ctx.request());
        let (granted, _) = store::refresh(app, request, &token, version.as_ref()).await?;
        Tokens::of(app, request, &granted)
    }

    /// Ends sessions of the viewer's own account. Their access tokens stop at once.
    async fn end_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: EndSessionsInput,
    ) -> Result<EndSessionsPayload> {
        use session::Column::{AccountId, Id};
        let viewer = ctx.viewer()?;
        let own = Condition::all().add(AccountId.eq(viewer.account));
        let which = match (input.which, input.ids) {
            (SessionChoice::Current, None) => own.add(Id.eq(viewer.session.id)),
            (SessionChoice::Others, None) => own.add(Id.ne(viewer.session.id)),
            (SessionChoice::All, None) => own,
            (SessionChoice::Listed, Some(ids)) => own.add(Id.is_in(listed(&ids)?)),
            (SessionChoice::Listed, None) => return Err(Error::invalid("ids", Rule::Required)),
            (_, Some(_)) => return Err(Error::invalid("ids", Rule::TooMany { max: 0 })),
        };
        let (app, request) = (ctx.app(), ctx.request());
        let door = app.db.sign_in();
        let ended = door.write(async |tx: &PersonalWriter| {
            store::end_where(app, tx, request, which, SessionEnd::SignedOut, None).await
        });
        Ok(EndSessionsPayload::of(ended.await?))
    }

    /// Ends all sessions of somebody the viewer is responsible for: a lost phone, a volunteer who has left. Asks for a fresh
    /// proof of who is signed in.
    async fn end_sessions_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: EndSessionsOfInput,
    ) -> Result<EndSessionsPayload> {
        ctx.stepped_up()?;
        let (_, account) = decode_as(NodeKind::Account, &input.account_id, "accountId")?;
        let owner = account_answerable(ctx, Permission::AccountManage, account).await?;
        let viewer = ctx.viewer()?;
        let by = Some((viewer.account, viewer.acting()?.id));
        let which = session::Column::AccountId.eq(owner.id).into();
        let (app, request) = (ctx.app(), ctx.request());
        let door = app.db.sign_in();
        let ended = door.write(async |tx: &PersonalWriter| {
            let ended = store::end_where(app, tx, request, which, SessionEnd::EndedByOfficer, by).await?;
            if ended > 0 {
                let kind = NoticeKind::SessionsEndedByOfficer;
                notice::tell(app, tx, owner.id, kind, request.now).await?;
            }
            Ok::<usize, Error>(ended)
        });
        Ok(EndSessionsPayload::of(ended.await?))
    }
}

fn listed(ids: &[ID]) -> Result<Vec<SessionId>> {
    if ids.len() > MAX_LISTED {
        return Err(Error::invalid("ids", Rule::TooMany { max: MAX_LISTED }));
    }
    let id = |(at, id)| decode_as(NodeKind::Session, id, &format!("ids.{at}")).map(|(_, id)| id);
    ids.iter().enumerate().map(id).collect()
}
