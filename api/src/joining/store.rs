//! Invitations: making, revoking, finding and using them.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use entity::id::{AccountId, HouseholdId, InvitationId, TenantId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{PersonalWriter, Scope, Writer};
use entity::table::{account, household, household_account, invitation};
use entity::vocabulary::{NoticeKind, Role};
use serde::{Deserialize, Serialize};

use super::model::InvitationState;
use crate::access::joining::scope_joining;
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Refusal, Result};
use crate::household::link_household;
use crate::notice;
use crate::post::give_family;

/// Keeps the codes of invitations from being any other's.
const PURPOSE: &str = "invitation";
/// What a QR code says before the code: capitals, digits and colons make a small one.
const QR_PREFIX: &str = "KHUYENHOC:JOIN:";
/// So often somebody may know the code and be refused all the same: with another account's phone number, or a wrong
/// password after it was used.
pub(super) const MAX_TRIES: i32 = 20;

/// The most heads of one branch that are told.
const MOST_HEADS: u64 = 20;

/// What became of one household or invitation, as it is kept.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Done(InvitationId),
    NotFound,
    Repeated,
    NotOpen(InvitationId),
}

/// The code of an invitation.
pub(super) fn code(app: &App, id: InvitationId) -> Code {
    app.codes.code(PURPOSE, id.0)
}

/// The text of its QR code.
pub(super) fn qr_text(code: &Code) -> String {
    format!("{QR_PREFIX}{}", code.as_str())
}

/// What an invitation is found by.
pub(super) fn hash(app: &App, code: &Code) -> Vec<u8> {
    app.codes.hash("invitation hash", code.as_str())
}

/// The id of the account that an invitation makes.
pub(super) fn account_id(app: &App, id: InvitationId) -> AccountId {
    AccountId(app.codes.id("invited account", &id.to_string()))
}

fn open(now: DateTime<Utc>) -> Condition {
    use invitation::Column::{ExpiresAt, RevokedAt, UsedAt};
    Condition::all()
        .add(UsedAt.is_null())
        .add(RevokedAt.is_null())
        .add(ExpiresAt.gt(now))
}

/// Makes an invitation for each household that the scope reaches; one that is open already is revoked. Three
/// statements, however many households.
///
/// # Errors
/// What the database answers.
pub(super) async fn create(app: &App, tx: &Writer<'_>, wanted: &[(TenantId, HouseholdId)]) -> Result<Vec<Kept>> {
    use invitation::Column::{HouseholdId as Household, RevokedAt, RevokedBy};
    let scope = tx.scope();
    let ids = wanted.iter().filter(|(tenant, _)| *tenant == scope.tenant());
    // in the order of ids: two officers who print the same list wait for each other instead of locking crosswise
    let rows = tx
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(ids.map(|(_, id)| *id)))
        .order_by(household::Column::Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    tx.update::<invitation::Entity>()
        .set(RevokedAt, scope.now())
        .set(RevokedBy, scope.actor().account.0)
        .filter(Household.is_in(rows.iter().map(|row| row.id)))
        .filter(open(scope.now()))
        .run()
        .await?;
    let rows: HashMap<HouseholdId, household::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let (mut seen, mut made, mut kept) = (HashSet::new(), Vec::new(), Vec::with_capacity(wanted.len()));
    for (tenant, id) in wanted {
        let row = rows.get(id).filter(|_| *tenant == scope.tenant());
        kept.push(match row {
            None => Kept::NotFound,
            Some(_) if !seen.insert(*id) => Kept::Repeated,
            Some(row) => {
                let invitation = new_row(app, scope, row);
                let id = invitation.id;
                made.push(invitation);
                Kept::Done(id)
            }
        });
    }
    tx.insert_all::<invitation::Entity>(made).await?;
    Ok(kept)
}

fn new_row(app: &App, scope: &Scope, household: &household::Model) -> invitation::Model {
    let id: InvitationId = app.new_id();
    invitation::Model {
        tenant_id: scope.tenant(),
        id,
        household_id: household.id,
        branch_id: household.branch_id,
        ward_id: household.ward_id,
        code_hash: hash(app, &code(app, id)),
        tries: 0,
        created_by: scope.actor().account,
        created_at: scope.now(),
        expires_at: scope.now() + Duration::days(app.config.invitation_days.into()),
        revoked_by: None,
        revoked_at: None,
        used_by: None,
        used_at: None,
    }
}

/// Revokes those invitations that are open.
///
/// # Errors
/// What the database answers.
pub(super) async fn revoke(tx: &Writer<'_>, wanted: &[(TenantId, InvitationId)]) -> Result<Vec<Kept>> {
    use invitation::Column::{Id, RevokedAt, RevokedBy};
    let scope = tx.scope();
    let ids = wanted.iter().filter(|(tenant, _)| *tenant == scope.tenant());
    let rows = tx
        .find::<invitation::Entity>()
        .filter(Id.is_in(ids.map(|(_, id)| *id)))
        .order_by(Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    let states: HashMap<InvitationId, InvitationState> = rows
        .iter()
        .map(|row| (row.id, InvitationState::of(row, scope.now())))
        .collect();
    let mut seen = HashSet::new();
    let kept: Vec<Kept> = wanted
        .iter()
        .map(
            |(tenant, id)| match states.get(id).filter(|_| *tenant == scope.tenant()) {
                None => Kept::NotFound,
                Some(_) if !seen.insert(*id) => Kept::Repeated,
                Some(InvitationState::Open) => Kept::Done(*id),
                Some(_) => Kept::NotOpen(*id),
            },
        )
        .collect();
    let revoked = kept.iter().filter_map(|kept| match kept {
        Kept::Done(id) => Some(*id),
        _ => None,
    });
    tx.update::<invitation::Entity>()
        .set(RevokedAt, scope.now())
        .set(RevokedBy, scope.actor().account.0)
        .filter(Id.is_in(revoked))
        .run()
        .await?;
    Ok(kept)
}

/// Invitations by id, as far as the scope reaches.
///
/// # Errors
/// What the database answers.
pub(super) async fn by_id(scope: &Scope, ids: &[InvitationId]) -> Result<HashMap<InvitationId, invitation::Model>> {
    let find = scope.find::<invitation::Entity>();
    let find = find.filter(invitation::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Which part of the association a list is asked of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// All that the scope reaches.
    Everywhere,
    /// One ward.
    Ward(UnitId),
    /// One branch.
    Branch(UnitId),
}

/// Invitations, newest first.
///
/// # Errors
/// What the database answers.
pub(super) async fn list(
    scope: &Scope,
    place: Place,
    after: Option<InvitationId>,
    limit: u64,
) -> Result<Vec<invitation::Model>> {
    use invitation::Column::{BranchId, Id, WardId};
    let mut find = scope.find::<invitation::Entity>();
    find = match place {
        Place::Everywhere => find,
        Place::Ward(ward) => find.filter(WardId.eq(ward)),
        Place::Branch(branch) => find.filter(BranchId.eq(branch)),
    };
    if let Some(after) = after {
        find = find.filter(Id.lt(after));
    }
    Ok(find.order_by(Id, Order::Desc).limit(limit).all().await?)
}

/// Joins an account to the household of an invitation: post, household and invitation in one transaction. Done before
/// by the same account, it does nothing. Answers the household's branch.
///
/// # Errors
/// UNAUTHENTICATED `WRONG_CODE` when it was revoked or has expired meanwhile, REFUSED `INVITATION_USED` when another
/// account has joined by it, REFUSED `TOO_MANY_HOUSEHOLDS`.
pub(super) async fn join_household(
    app: &App,
    account: &account::Model,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<UnitId> {
    use invitation::Column::{Id, UsedAt, UsedBy};
    let scope = scope_joining(app, Some(account), (invitation.tenant_id, invitation.branch_id), now);
    let joined = scope.write(async |tx: &Writer<'_>| {
        let find = tx.find::<invitation::Entity>().filter(Id.eq(invitation.id));
        let row = find.for_update().one().await?.ok_or(Error::WrongCode)?;
        let find = tx.find::<household::Entity>();
        let find = find.filter(household::Column::Id.eq(row.household_id));
        let household = find.one().await?.ok_or(Error::WrongCode)?;
        match InvitationState::of(&row, now) {
            InvitationState::Used if row.used_by == Some(account.id) => return Ok(household.branch_id),
            InvitationState::Used => return Err(Refusal::InvitationUsed.into()),
            InvitationState::Revoked | InvitationState::Expired => return Err(Error::WrongCode),
            InvitationState::Open => {}
        }
        give_family(app, tx, account.id, household.branch_id).await?;
        link_household(app, tx, account.id, household.id).await?;
        tx.update::<invitation::Entity>()
            .set(UsedAt, now)
            .set(UsedBy, account.id.0)
            .filter(Id.eq(row.id))
            .run()
            .await?;
        Ok(household.branch_id)
    });
    joined.await
}

/// Tells the other accounts of a household, and the head of its branch, that one more has joined; once, however often the request
/// is sent. Nobody is told of the first.
///
/// # Errors
/// What the database answers.
pub(super) async fn tell_of_joining(
    app: &App,
    account: &account::Model,
    (invitation, branch): (&invitation::Model, UnitId),
    now: DateTime<Utc>,
) -> Result<()> {
    let scope = scope_joining(app, Some(account), (invitation.tenant_id, branch), now);
    let links = scope.find::<household_account::Entity>();
    let links = links.filter(household_account::Column::HouseholdId.eq(invitation.household_id));
    let mut told: BTreeSet<AccountId> = links.all().await?.iter().map(|link| link.account_id).collect();
    told.remove(&account.id);
    if told.is_empty() {
        return Ok(());
    }
    let place = (invitation.tenant_id, [branch]);
    let sign_in = app.db.sign_in();
    let heads = sign_in.posts_held((place.0, &place.1), &[Role::BranchHead], now, MOST_HEADS);
    told.extend(heads.await?.iter().map(|post| post.account_id));
    told.remove(&account.id);
    let door = app.db.sign_in();
    let written = door.write(async |tx: &PersonalWriter| {
        for reader in &told {
            let id = app.codes.id("household joined", &format!("{} {reader}", invitation.id));
            let once = (id.into(), now);
            notice::tell_about_once(tx, once, *reader, (account.id, NoticeKind::HouseholdJoined)).await?;
        }
        Ok::<(), Error>(())
    });
    written.await
}

/// Notes that somebody knew the code and was refused.
///
/// # Errors
/// What the database answers.
pub(super) async fn count_try(app: &App, row: &invitation::Model, now: DateTime<Utc>) -> Result<()> {
    let scope = scope_joining(app, None, (row.tenant_id, row.branch_id), now);
    let counted = scope.write(async |tx: &Writer<'_>| {
        let change = tx.update::<invitation::Entity>().raise(invitation::Column::Tries);
        change.filter(invitation::Column::Id.eq(row.id)).run().await
    });
    counted.await?;
    Ok(())
}
