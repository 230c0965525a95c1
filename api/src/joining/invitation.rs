//! Inviting families, and taking invitations back.
//!
//! A code is not stored: it follows from the invitation's id, so a repeated request shows the officer who made the list
//! the same codes again for as long as they can be used. Nobody else is shown one.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::InvitationId;
use entity::scope::{PersonalWriter, Scope, Writer};
use entity::vocabulary::SecurityEventKind;

use super::input::{CreateInvitationsInput, RevokeInvitationsInput};
use super::model::{Invitation, InvitationState};
use super::store::{self, Kept};
use crate::access::{Access, Permission};
use crate::error::{Error, Refusal, Result};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};
use crate::session::journal::{Entry, record_once};

/// Beyond so many households at once a list is a way to a whole branch, and asks for a fresh proof.
const A_FEW: usize = 20;

/// What became of one household, or of one invitation.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationOutcome {
    /// Done.
    Applied,
    /// There is none, or none within the viewer's reach.
    NotFound,
    /// The rules do not allow it; `rule` says which.
    Refused,
}

/// What became of one household or invitation of a request.
#[derive(SimpleObject)]
pub struct InvitationResult {
    /// The id as it was sent.
    pub id: ID,
    /// What became of it.
    pub outcome: InvitationOutcome,
    /// The rule that says no: `REPEATED` or `INVITATION_NOT_OPEN`.
    pub rule: Option<String>,
    /// Why a rule says no, as a sentence for the person; null where none does.
    pub message: Option<String>,
    /// The code to be printed, as `7K3M-9QXT-4WHC`. Only where it was just made or the request is repeated, and for as
    /// long as it can be used.
    pub code: Option<String>,
    /// The text of a QR code with the same.
    pub qr_text: Option<String>,
    /// The invitation as it is now; null when it was not found.
    pub invitation: Option<Invitation>,
}

/// The answer to a mutation of invitations.
#[derive(SimpleObject)]
pub struct InvitationsPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// A result for each item, in the order sent.
    pub results: Vec<InvitationResult>,
}

/// Mutations of invitations.
#[derive(Default)]
pub struct InvitationMutation;

/// Mutations of invitations.
#[Object]
impl InvitationMutation {
    /// Makes an invitation for each of up to 200 households: a code with which one phone of the family joins. An earlier
    /// one of the same household that is still open is revoked. More than 20 at once need a proof of who it is from the last
    /// five minutes.
    async fn create_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The households.")] input: CreateInvitationsInput,
    ) -> Result<InvitationsPayload> {
        let (app, wanted) = (ctx.app(), input.parse()?);
        let scope = ctx.scope(Permission::FamilyInvite)?;
        if wanted.len() > A_FEW {
            ctx.stepped_up()?;
        }
        let key = Key {
            key: input.idempotency_key,
            operation: "createInvitations",
        };
        let done = once(app, &scope, key, &wanted, async |tx: &Writer<'_>| {
            Ok(effect(store::create(app, tx, &wanted).await?))
        });
        let done = done.await?;
        journalled(ctx, SecurityEventKind::InvitationsCreated, key, &done).await?;
        answer(ctx, &scope, input.household_ids, done, true).await
    }

    /// Takes invitations back that nobody has used, up to 200 at once.
    async fn revoke_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitations.")] input: RevokeInvitationsInput,
    ) -> Result<InvitationsPayload> {
        let (app, wanted) = (ctx.app(), input.parse()?);
        let scope = ctx.scope(Permission::FamilyInvite)?;
        let key = Key {
            key: input.idempotency_key,
            operation: "revokeInvitations",
        };
        let done = once(app, &scope, key, &wanted, async |tx: &Writer<'_>| {
            Ok(effect(store::revoke(tx, &wanted).await?))
        });
        let done = done.await?;
        journalled(ctx, SecurityEventKind::InvitationsRevoked, key, &done).await?;
        answer(ctx, &scope, input.ids, done, false).await
    }
}

/// Tells the officer's security journal, once for a key. The journal is another role's, so this is a transaction of its own:
/// what is lost in a crash is made good by the second sending, and who made an invitation stands in its own row besides.
async fn journalled(ctx: &Context<'_>, kind: SecurityEventKind, key: Key<'_>, done: &Once<Vec<Kept>>) -> Result<()> {
    let (Once::First(kept) | Once::Replayed(kept)) = done else {
        return Ok(());
    };
    let many = kept.iter().filter(|kept| matches!(kept, Kept::Done(_))).count();
    if many == 0 {
        return Ok(());
    }
    let (app, request, viewer) = (ctx.app(), ctx.request(), ctx.viewer()?);
    let id = app.codes.id(kind.as_str(), &format!("{} {}", viewer.account, key.key));
    let many = many.to_string();
    let entry = Entry::of(kind, viewer.account)
        .in_session(viewer.session.id)
        .by(viewer.account, viewer.acting()?.id)
        .detail(&many);
    let address = request.address.map(|address| address.to_string());
    let door = app.db.sign_in();
    let told = door.write(async |tx: &PersonalWriter| record_once(tx, (id.into(), request.now), address, entry).await);
    told.await
}

fn effect(kept: Vec<Kept>) -> Effect<Vec<Kept>> {
    if kept.iter().any(|item| matches!(item, Kept::Done(_))) {
        Effect::Done(kept)
    } else {
        Effect::Nothing(kept)
    }
}

async fn answer(
    ctx: &Context<'_>,
    scope: &Scope,
    sent: Vec<ID>,
    done: Once<Vec<Kept>>,
    with_codes: bool,
) -> Result<InvitationsPayload> {
    let (outcome, kept) = done.told();
    let kept = kept.unwrap_or_default();
    let ids: Vec<InvitationId> = kept
        .iter()
        .filter_map(|kept| match kept {
            Kept::Done(id) | Kept::NotOpen(id) => Some(*id),
            Kept::NotFound | Kept::Repeated => None,
        })
        .collect();
    let rows = store::by_id(scope, &ids).await?;
    let (app, request) = (ctx.app(), ctx.request());
    let result = |(sent, kept): (ID, Kept)| {
        let (outcome, refusal, id) = match kept {
            Kept::Done(id) => (InvitationOutcome::Applied, None, Some(id)),
            Kept::NotFound => (InvitationOutcome::NotFound, None, None),
            Kept::Repeated => (InvitationOutcome::Refused, Some(Refusal::Repeated), None),
            Kept::NotOpen(id) => (InvitationOutcome::Refused, Some(Refusal::InvitationNotOpen), Some(id)),
        };
        let not_found = (outcome == InvitationOutcome::NotFound).then(|| Error::NotFound.message(request.language));
        let row = id.and_then(|id| rows.get(&id));
        let open = row.filter(|row| with_codes && InvitationState::of(row, request.now) == InvitationState::Open);
        let code = open.map(|row| store::code(app, row.id));
        InvitationResult {
            id: sent,
            outcome,
            rule: refusal.map(|refusal| refusal.rule().to_owned()),
            message: refusal.map(|refusal| refusal.message(request.language)).or(not_found),
            qr_text: code.as_ref().map(store::qr_text),
            code: code.map(|code| code.shown()),
            invitation: row.cloned().map(Invitation),
        }
    };
    let results = sent.into_iter().zip(kept).map(result).collect();
    Ok(InvitationsPayload { outcome, results })
}
