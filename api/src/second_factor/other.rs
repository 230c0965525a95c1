//! Removing the second factor of somebody whose phone and recovery codes are gone: by an officer whose own post is above every
//! post of the account.
//!
//! A recovery code resets the password and leaves the factor; this removes the factor and leaves the password. So neither act
//! alone opens an account, each is asked for by name, and each is told to the owner. Roles that need a factor enrol again at
//! the next sign-in.

use async_graphql::{Context, Enum, ID, InputObject, SimpleObject};
use entity::id::{AccountId, PostId, SecurityEventId};
use entity::query::ColumnTrait;
use entity::scope::PersonalWriter;
use entity::table::{security_event, session};
use entity::vocabulary::{NoticeKind, SecurityEventKind, SessionEnd};
use uuid::Uuid;

use super::store;
use crate::access::below::account_below;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};
use crate::notice;
use crate::replay::WriteOutcome;
use crate::request::RequestInfo;
use crate::session::end_where;
use crate::session::journal::{self, Entry};

/// Why a second factor is removed: a word of this list and no more, because it stands in the security journal for ever.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    /// The phone with the authenticator app is lost.
    PhoneLost,
    /// It was stolen.
    PhoneStolen,
    /// It is broken, or was set up anew without the app's secrets.
    PhoneBroken,
    /// Anything else.
    Other,
}

impl RemovalReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PhoneLost => "PHONE_LOST",
            Self::PhoneStolen => "PHONE_STOLEN",
            Self::PhoneBroken => "PHONE_BROKEN",
            Self::Other => "OTHER",
        }
    }
}

/// Whose second factor is to be removed.
#[derive(InputObject)]
pub struct RemoveSecondFactorOfInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The account; every post of it must be below the acting post.
    pub account_id: ID,
    /// Why.
    pub reason: RemovalReason,
}

/// The answer to `removeSecondFactorOf`.
#[derive(SimpleObject)]
pub struct RemoveSecondFactorOfPayload {
    /// What became of it: APPLIED, REPLAYED or KEY_REUSED.
    pub outcome: WriteOutcome,
}

/// See [`super::SecondFactorMutation`].
pub(super) async fn remove_of(
    ctx: &Context<'_>,
    input: &RemoveSecondFactorOfInput,
) -> Result<RemoveSecondFactorOfPayload> {
    let (_, account) = decode_as(NodeKind::Account, &input.account_id, "accountId")?;
    ctx.stepped_up()?;
    let below = account_below(ctx, Permission::AccountManage, account).await?;
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let by = (viewer.account, viewer.acting()?.id);
    let wish = (below.account.id, input.reason, input.idempotency_key);
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| remove(app, tx, request, wish, by).await);
    Ok(RemoveSecondFactorOfPayload {
        outcome: removed.await?,
    })
}

/// The entry in the journal is the mark of what was done under a key: its id follows from who did it and the key.
async fn remove(
    app: &App,
    tx: &PersonalWriter,
    request: &RequestInfo,
    (account, reason, key): (AccountId, RemovalReason, Uuid),
    (officer, post): (AccountId, PostId),
) -> Result<WriteOutcome> {
    let id = SecurityEventId(app.codes.id("second factor removed", &format!("{officer} {key}")));
    // two sendings of one key, and two officers, take turns here
    let is_there = store::is_in_force(tx, account).await?;
    let earlier = tx
        .find::<security_event::Entity>()
        .filter(security_event::Column::Id.eq(id));
    if let Some(earlier) = earlier.one().await? {
        let same = (earlier.account_id, earlier.detail.as_deref()) == (Some(account), Some(reason.as_str()));
        return Ok(if same {
            WriteOutcome::Replayed
        } else {
            WriteOutcome::KeyReused
        });
    }
    if !is_there {
        return Err(Error::NotFound);
    }
    store::take_away(tx, account).await?;
    let entry = Entry::of(SecurityEventKind::SecondFactorRemoved, account).by(officer, post);
    let address = request.address.map(|address| address.to_string());
    journal::record_once(tx, (id, request.now), address, entry.detail(reason.as_str())).await?;
    let all = session::Column::AccountId.eq(account).into();
    end_where(
        app,
        tx,
        request,
        all,
        SessionEnd::SecondFactorRemoved,
        Some((officer, post)),
    )
    .await?;
    notice::tell(app, tx, account, NoticeKind::SecondFactorRemoved, request.now).await?;
    Ok(WriteOutcome::Applied)
}
