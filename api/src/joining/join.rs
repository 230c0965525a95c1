//! Joining: by an invitation, or by a code sent to a telephone.
//!
//! These mutations take no `idempotencyKey`: the code is the key. It works once, and the same request sent again with
//! the same password ends in the same account.

use async_graphql::{Context, Object, SimpleObject};
use chrono::TimeDelta;
use entity::id::{AccountId, UnitId};
use entity::scope::{PersonalWriter, Writer};
use entity::table::{account, invitation, one_time_code, post};
use entity::vocabulary::{AuthenticationLevel, Role, SecurityEventKind};

use super::account::{Way, account_for, by_password};
use super::input::{AcceptInvitationInput, JoinByPhone, JoinByPhoneInput, Newcomer, RequestPhoneCodeInput};
use super::model::InvitationState;
use super::{phone, store};
use crate::access::Access;
use crate::access::joining::{is_branch, scope_joining};
use crate::access::viewer::SignedIn;
use crate::account::ViewerObject;
use crate::account::throttle::{self, Subject, Turn, rule};
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Refusal, Result};
use crate::post::give_family;
use crate::request::RequestInfo;
use crate::session::journal::{self, Entry};
use crate::session::{self, SessionObject, Tokens};
use crate::session::{Device, Granted};

/// A code that was used is accepted again for so long from whoever knows the account's password: an answer was lost.
const REPEATED_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// The answer to `acceptInvitation`.
#[derive(SimpleObject)]
pub struct AcceptInvitationPayload {
    /// What keeps the phone signed in; null for whoever was signed in already.
    pub tokens: Option<Tokens>,
    /// The session that has begun; null for whoever was signed in already.
    pub session: Option<SessionObject>,
    /// Who has joined.
    pub viewer: ViewerObject,
}

/// The answer to `requestPhoneCode`: the same whether a message goes out or a limit is reached.
#[derive(SimpleObject)]
pub struct RequestPhoneCodePayload {
    /// For how many seconds a code holds.
    pub expires_in_seconds: i64,
    /// After how many seconds another can be asked for.
    pub resend_after_seconds: i64,
}

/// The answer to `joinByPhone`.
#[derive(SimpleObject)]
pub struct JoinPayload {
    /// What keeps the phone signed in.
    #[graphql(flatten)]
    pub tokens: Tokens,
    /// The session that has begun.
    pub session: SessionObject,
    /// Who has joined.
    pub viewer: ViewerObject,
}

/// Mutations of joining.
#[derive(Default)]
pub struct JoiningMutation;

/// Mutations of joining.
#[Object]
impl JoiningMutation {
    /// Joins the household of an invitation: makes an account and signs it in, or adds household and post to the
    /// signed-in account, which needs a proof of who it is from the last five minutes. Sent again with the same password, or by
    /// the same account, it ends the same.
    ///
    /// UNAUTHENTICATED with the rule WRONG_CODE: unknown, revoked or expired. REFUSED with the rule INVITATION_USED: another
    /// account has joined by it. REFUSED with the rule ACCOUNT_EXISTS, UNAUTHENTICATED with the rule SECOND_FACTOR_NEEDED: sign
    /// in, and send the code again.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code, and who joins.")] input: AcceptInvitationInput,
    ) -> Result<AcceptInvitationPayload> {
        let (app, request) = (ctx.app(), ctx.request());
        let code = input.code()?;
        if let Ok(viewer) = ctx.viewer() {
            // a household of a stranger's choice, on a phone that was left lying about
            ctx.stepped_up()?;
            let (invitation, turn) = known_invitation(app, request, &code).await?;
            return add_household(app, request, viewer, (&invitation, turn)).await;
        }
        let (newcomer, device) = input.newcomer()?;
        let (invitation, turn) = known_invitation(app, request, &code).await?;
        let joined = accept(app, request, (&newcomer, &device), &invitation).await;
        if let Err(Error::Refused(Refusal::AccountExists | Refusal::InvitationUsed) | Error::TooManyAttempts(_)) =
            &joined
        {
            store::count_try(app, &invitation, request.now).await?;
        }
        let (account, branch, proven) = joined?;
        let proof = (both(turn, proven), None);
        let (granted, viewer) = sign_in(app, request, account, (branch, "INVITATION"), &device, proof).await?;
        Ok(AcceptInvitationPayload {
            tokens: Some(Tokens::of(app, request, &granted)?),
            session: Some(SessionObject::new(granted.session.clone(), granted.session.id)),
            viewer: ViewerObject(viewer),
        })
    }

    /// Sends a one-time code to a telephone, to join a branch with. The answer is the same whether a message goes out or
    /// not: a number gets one a minute and five a day.
    ///
    /// REFUSED with the rule NO_SENDER: this installation sends no messages. UNAVAILABLE: it could not be sent, try again.
    async fn request_phone_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The telephone.")] input: RequestPhoneCodeInput,
    ) -> Result<RequestPhoneCodePayload> {
        let (number, branch) = input.parse()?;
        phone::send_code(ctx.app(), ctx.request(), number, branch).await?;
        Ok(RequestPhoneCodePayload {
            expires_in_seconds: phone::LIFETIME.num_seconds(),
            resend_after_seconds: phone::PAUSE.num_seconds(),
        })
    }

    /// Joins a branch as a family with a code sent to its telephone: makes an account and signs it in. The family enters
    /// its household afterwards. Sent again with the same password, it ends the same.
    ///
    /// UNAUTHENTICATED with the rule WRONG_CODE: wrong, used up or expired. REFUSED with the rule ACCOUNT_EXISTS: there is an
    /// account with this number, and this is not its password. UNAUTHENTICATED with the rule SECOND_FACTOR_NEEDED: it has a second
    /// factor; sign in, and join by an invitation.
    async fn join_by_phone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code, and who joins.")] input: JoinByPhoneInput,
    ) -> Result<JoinPayload> {
        let (app, request) = (ctx.app(), ctx.request());
        let command = input.parse()?;
        if !is_branch(app, command.branch, request.now).await? {
            return Err(Error::NotFound);
        }
        let turn = take_turn(app, request).await?;
        let (account, code, proven) = join_by_phone(app, request, &command).await?;
        let (place, proof) = ((command.branch.1, "PHONE"), (both(turn, proven), Some(&code)));
        let (granted, viewer) = sign_in(app, request, account, place, &command.device, proof).await?;
        Ok(JoinPayload {
            tokens: Tokens::of(app, request, &granted)?,
            session: SessionObject::new(granted.session.clone(), granted.session.id),
            viewer: ViewerObject(viewer),
        })
    }
}

/// A turn at trying a code, counted by network address.
async fn take_turn(app: &App, request: &RequestInfo) -> Result<Turn> {
    let counted = request
        .address
        .map(|address| rule::CODE_ADDRESS.on(app, Subject::Address(address)));
    throttle::take(app, request, counted.as_slice()).await
}

fn both(code: Turn, password: Option<Turn>) -> Turn {
    match password {
        Some(password) => code.and(password),
        None => code,
    }
}

/// The invitation with this code, if it can be used or was used, and the turn at trying it.
async fn known_invitation(app: &App, request: &RequestInfo, code: &Code) -> Result<(invitation::Model, Turn)> {
    let turn = take_turn(app, request).await?;
    let found = app.db.sign_in().invitation_by_hash(&store::hash(app, code)).await?;
    let known = found.filter(|row| {
        let state = InvitationState::of(row, request.now);
        row.tries < store::MAX_TRIES && matches!(state, InvitationState::Open | InvitationState::Used)
    });
    Ok((known.ok_or(Error::WrongCode)?, turn))
}

/// The account that has joined, the branch, and the turn that its password has taken.
async fn accept(
    app: &App,
    request: &RequestInfo,
    (newcomer, device): (&Newcomer, &Device),
    invitation: &invitation::Model,
) -> Result<(account::Model, UnitId, Option<Turn>)> {
    let who = (newcomer, device);
    let (account, turn) = match (invitation.used_by, invitation.used_at) {
        (Some(by), Some(at)) if request.now < at + REPEATED_WITHIN => repeated(app, request, who, by).await?,
        (Some(_), _) => return Err(Refusal::InvitationUsed.into()),
        (None, _) => {
            let own = store::account_id(app, invitation.id);
            account_for(app, request, who, own, Way::Invitation).await?
        }
    };
    let branch = store::join_household(app, &account, invitation, request.now).await?;
    store::tell_of_joining(app, &account, (invitation, branch), request.now).await?;
    Ok((account, branch, turn))
}

/// The account that has used an invitation, if this is its password.
async fn repeated(
    app: &App,
    request: &RequestInfo,
    who: (&Newcomer, &Device),
    by: AccountId,
) -> Result<(account::Model, Option<Turn>)> {
    let row = app.db.sign_in().account_by_id(by).await?;
    let row = row.ok_or(Refusal::InvitationUsed)?;
    let proven = by_password(app, request, row, who, Refusal::InvitationUsed).await?;
    Ok((proven.account, Some(proven.turn)))
}

/// Adds household and post to whoever is signed in.
async fn add_household(
    app: &App,
    request: &RequestInfo,
    viewer: &SignedIn,
    (invitation, turn): (&invitation::Model, Turn),
) -> Result<AcceptInvitationPayload> {
    let row = app.db.sign_in().account_by_id(viewer.account).await?;
    let row = row.ok_or(Error::SessionEnded)?;
    let branch = store::join_household(app, &row, invitation, request.now).await?;
    store::tell_of_joining(app, &row, (invitation, branch), request.now).await?;
    let entry = Entry::of(SecurityEventKind::Joined, row.id).in_session(viewer.session.id);
    let door = app.db.sign_in();
    let recorded = door.write(async |tx: &PersonalWriter| {
        turn.forgive(tx).await?;
        journal::record(app, tx, request, entry.detail("INVITATION")).await
    });
    recorded.await?;
    let posts = app.db.sign_in().posts_of(row.id, request.now).await?;
    let chosen = viewer.acting().ok().map(|post| post.id);
    Ok(AcceptInvitationPayload {
        tokens: None,
        session: None,
        viewer: ViewerObject(SignedIn::new(
            row,
            viewer.session.clone(),
            &posts,
            chosen,
            app.config.second_factor,
        )),
    })
}

/// The account that has joined, the code by which it did, and the turn that its password has taken.
async fn join_by_phone(
    app: &App,
    request: &RequestInfo,
    command: &JoinByPhone,
) -> Result<(account::Model, one_time_code::Model, Option<Turn>)> {
    let (tenant, branch) = command.branch;
    let code = phone::proven(app, request, (&command.phone, &command.code), tenant).await?;
    let own = phone_account(app, command).await?;
    let who = (&command.newcomer, &command.device);
    let (account, turn) = account_for(app, request, who, own, Way::Phone).await?;
    let scope = scope_joining(app, Some(&account), command.branch, request.now);
    let joined = scope.write(async |tx: &Writer<'_>| give_family(app, tx, account.id, branch).await);
    joined.await?;
    Ok((account, code, turn))
}

/// The id of the account that a number makes: the same each time, unless the account it made has another number by now.
async fn phone_account(app: &App, command: &JoinByPhone) -> Result<AccountId> {
    let own = AccountId(app.codes.id("phone account", command.phone.as_str()));
    let known = app.db.sign_in().account_by_id(own).await?;
    Ok(match known {
        Some(row) if row.phone.as_deref() != Some(command.phone.as_str()) => app.new_account_id(),
        _ => own,
    })
}

/// Opens a session for whoever has joined, acting under the new post.
async fn sign_in(
    app: &App,
    request: &RequestInfo,
    account: account::Model,
    (branch, how): (UnitId, &str),
    device: &Device,
    (turn, code): (Turn, Option<&one_time_code::Model>),
) -> Result<(Granted, SignedIn)> {
    let posts = app.db.sign_in().posts_of(account.id, request.now).await?;
    let joined = |post: &&post::Model| post.unit_id == branch && post.role == Role::Family;
    // whoever holds one post need not choose
    let chosen = (posts.len() > 1)
        .then(|| posts.iter().find(joined).map(|post| post.id))
        .flatten();
    let proven = (account.id, AuthenticationLevel::Password);
    let door = app.db.sign_in();
    let opened = door.write(async |tx: &PersonalWriter| {
        turn.forgive(tx).await?;
        if let Some(code) = code {
            phone::mark_used(tx, code.id, request.now).await?;
        }
        let granted = session::open(app, tx, request, proven, chosen, device).await?;
        let entry = Entry::of(SecurityEventKind::Joined, account.id).in_session(granted.session.id);
        journal::record(app, tx, request, entry.detail(how)).await?;
        Ok::<Granted, Error>(granted)
    });
    let granted = opened.await?;
    let viewer = SignedIn::new(
        account,
        granted.session.clone(),
        &posts,
        chosen,
        app.config.second_factor,
    );
    Ok((granted, viewer))
}
