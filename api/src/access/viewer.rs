//! Who asks.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, PostId, RefreshTokenId, SessionId, TenantId, UnitId};
use entity::scope::Actor;
use entity::table::{account, post, session};
use entity::vocabulary::{AuthenticationLevel, Role};

use super::gate::needs_second_factor;
use crate::account::token::Claims;
use crate::app::App;
use crate::config::SecondFactor;
use crate::error::{Error, Result};
use crate::session::note_use;

/// How long a proof of who is signed in counts as fresh.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// Who asks: somebody signed in, or nobody known.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// No token was sent.
    Anonymous,
    /// A valid token of an account that may still sign in.
    SignedIn(Box<SignedIn>),
}

/// A signed-in account with the posts it holds at this moment.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// Their phone number, E.164.
    pub phone: Option<String>,
    /// The session they are signed in with.
    pub session: session::Model,
    /// The posts in force, oldest first.
    pub posts: Vec<Post>,
    acting: Acting,
    asked: SecondFactor,
}

/// A post in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Its association.
    pub tenant: TenantId,
    /// Its role.
    pub role: Role,
    /// Its unit.
    pub unit: UnitId,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, if that is known.
    pub valid_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acting {
    Under(Post),
    NotChosen,
    /// No post in force, or the chosen one is over.
    Nothing,
}

impl Viewer {
    /// The signed-in account.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub fn signed_in(&self) -> Result<&SignedIn> {
        match self {
            Self::SignedIn(viewer) => Ok(viewer),
            Self::Anonymous => Err(Error::Unauthenticated),
        }
    }

    /// Reads the account, its session and its posts: what has ended gives nothing from that moment, whatever the token
    /// says.
    ///
    /// `chosen` is the post asked for, by header or at sign-in; without it the only post in force is acted under.
    ///
    /// # Errors
    /// UNAUTHENTICATED: `SESSION_ENDED` when the session is over or the account gone or disabled, without a rule when
    /// the token was replaced by newer ones. UNAVAILABLE when the database is away.
    pub async fn load(app: &App, claims: &Claims, chosen: Option<PostId>, now: DateTime<Utc>) -> Result<SignedIn> {
        let sign_in = app.db.sign_in();
        let (account, session) = (AccountId(claims.sub), SessionId(claims.sid));
        // independent reads: one wait instead of three
        let (row, session, posts) = tokio::try_join!(
            sign_in.account_by_id(account),
            sign_in.session_by_id(session),
            sign_in.posts_of(account, now)
        )?;
        let row = row.filter(|row| may_sign_in(row, now)).ok_or(Error::SessionEnded)?;
        let session = session
            .filter(|session| session.account_id == account && session.is_alive(now))
            .ok_or(Error::SessionEnded)?;
        let generation = RefreshTokenId(claims.generation);
        let newest = generation == session.token_id;
        if !newest && session.previous_token_id != Some(generation) {
            return Err(Error::Unauthenticated);
        }
        if newest && session.token_used_at.is_none() {
            note_use(&app.db, session.id, generation, now).await?;
        }
        Ok(SignedIn::new(row, session, &posts, chosen, app.config.second_factor))
    }
}

impl SignedIn {
    /// The person whom a link was made for, while the session it was made in lives: under the post of then, if it is still
    /// held. For links of a few minutes that carry no token.
    ///
    /// # Errors
    /// UNAUTHENTICATED `SESSION_ENDED`, or what the database answers.
    pub async fn of_session(
        app: &App,
        (account, session): (AccountId, SessionId),
        post: PostId,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let sign_in = app.db.sign_in();
        let (row, session, posts) = tokio::try_join!(
            sign_in.account_by_id(account),
            sign_in.session_by_id(session),
            sign_in.posts_of(account, now)
        )?;
        let row = row.filter(|row| may_sign_in(row, now)).ok_or(Error::SessionEnded)?;
        let session = session
            .filter(|session| session.account_id == account && session.is_alive(now))
            .ok_or(Error::SessionEnded)?;
        Ok(Self::new(row, session, &posts, Some(post), app.config.second_factor))
    }
}

/// Whether an account may sign in, and use what it has signed.
pub fn may_sign_in(account: &account::Model, now: DateTime<Utc>) -> bool {
    account.disabled_at.is_none_or(|disabled| now < disabled)
}

impl SignedIn {
    /// From rows already read. `asked` says whether the second factor is asked of those whose role needs one.
    pub fn new(
        account: account::Model,
        session: session::Model,
        posts: &[post::Model],
        chosen: Option<PostId>,
        asked: SecondFactor,
    ) -> Self {
        let posts: Vec<Post> = posts
            .iter()
            .map(|row| Post {
                id: row.id,
                tenant: row.tenant_id,
                role: row.role,
                unit: row.unit_id,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
            })
            .collect();
        let acting = match (chosen, posts.as_slice()) {
            (Some(chosen), posts) => posts
                .iter()
                .find(|post| post.id == chosen)
                .map_or(Acting::Nothing, |post| Acting::Under(*post)),
            (None, []) => Acting::Nothing,
            (None, [only]) => Acting::Under(*only),
            (None, _) => Acting::NotChosen,
        };
        Self {
            account: account.id,
            name: account.name,
            phone: account.phone,
            session,
            posts,
            acting,
            asked,
        }
    }

    /// The post acted under. Whatever is done under a post asks here, so this is where a role's second factor is asked for.
    ///
    /// # Errors
    /// FORBIDDEN, with the rule `POST_NEEDED` when there are several and none was chosen, `SECOND_FACTOR_NEEDED` when the
    /// post needs a session with a second factor.
    pub fn acting(&self) -> Result<&Post> {
        let post = self.chosen()?;
        let proven = self.session.level == AuthenticationLevel::SecondFactor;
        if self.asks_second_factor(post) && !proven {
            return Err(Error::SecondFactorNeeded);
        }
        Ok(post)
    }

    /// The post to act under, to be shown: it gives no right, because nobody has asked for its second factor.
    ///
    /// # Errors
    /// As [`SignedIn::acting`], without the second factor.
    pub fn chosen(&self) -> Result<&Post> {
        match &self.acting {
            Acting::Under(post) => Ok(post),
            Acting::NotChosen => Err(Error::PostNeeded),
            Acting::Nothing => Err(Error::Forbidden),
        }
    }

    /// Whether any post in force needs a second factor.
    pub fn holds_post_with_second_factor(&self) -> bool {
        self.posts.iter().any(|post| self.asks_second_factor(post))
    }

    fn asks_second_factor(&self, post: &Post) -> bool {
        self.asked == SecondFactor::Required && needs_second_factor(post.role)
    }

    /// Whether the owner has proven lately who they are.
    ///
    /// # Errors
    /// FORBIDDEN `STEP_UP_NEEDED`.
    pub fn stepped_up(&self, now: DateTime<Utc>) -> Result<()> {
        if now < self.session.authenticated_at + FRESH {
            Ok(())
        } else {
            Err(Error::StepUpNeeded)
        }
    }

    /// The same person acting under one of their posts.
    #[must_use]
    pub fn acting_under(&self, post: Post) -> Self {
        Self {
            acting: Acting::Under(post),
            ..self.clone()
        }
    }

    /// As journals know them.
    ///
    /// # Errors
    /// As [`SignedIn::acting`].
    pub fn actor(&self) -> Result<Actor> {
        Ok(self.actor_under(self.acting()?))
    }

    pub(super) fn actor_under(&self, post: &Post) -> Actor {
        Actor {
            account: self.account,
            name: self.name.clone(),
            phone: self.phone.clone(),
            post: post.id,
            role: post.role,
            unit: post.unit,
        }
    }
}
