//! What is written alike for every kind of subject, and what is asked before.

use chrono::Datelike;
use entity::id::{CitizenId, CollectiveId, SubjectId, TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Reach, Scope, Writer};
use entity::table::{citizen, collective, post, registration, subject, subject_account};
use entity::value::Rule;
use entity::vocabulary::{CriteriaVariant, RegistrationState, SubjectKind};

use super::lock::Locked;
use super::owner::own_among;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::global_id::NodeKind;

/// The most subjects beside households that one family account may enter: a clan or two, and the adults of the families.
const MAX_ENTERED: usize = 30;

/// Whether a clan, institution, community or citizen is within the scope.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn seen(scope: &Scope, (kind, id): (NodeKind, SubjectId)) -> Result<()> {
    let there = match kind {
        NodeKind::Collective => {
            let find = scope.find::<collective::Entity>();
            find.filter(collective::Column::Id.eq(CollectiveId::from(id)))
                .exists()
                .await?
        }
        NodeKind::Citizen => {
            let find = scope.find::<citizen::Entity>();
            find.filter(citizen::Column::Id.eq(CitizenId::from(id)))
                .exists()
                .await?
        }
        _ => false,
    };
    if there { Ok(()) } else { Err(Error::NotFound) }
}

/// The branch that something is entered into: the acting post's own unless said, and never one out of reach. Asked before
/// anything is looked up past the reach.
///
/// # Errors
/// NOT_FOUND.
pub fn branch_to_enter(scope: &Scope, branch: Option<(TenantId, UnitId)>) -> Result<UnitId> {
    let branch = branch.map_or(scope.actor().unit, |(_, branch)| branch);
    let reached = match scope.reach() {
        Reach::Own(_) => branch == scope.actor().unit,
        Reach::Branch(own) => branch == *own,
        Reach::Ward(_) | Reach::Tenant => true,
    };
    reached.then_some(branch).ok_or(Error::NotFound)
}

/// Whether a family's account may enter another subject. Its posts are locked, so that many requests at once are counted
/// one after the other.
///
/// # Errors
/// REFUSED `TOO_MANY_SUBJECTS`.
pub async fn check_may_enter(tx: &Writer<'_>) -> Result<()> {
    let Reach::Own(account) = tx.scope().reach() else {
        return Ok(());
    };
    let posts = tx.find::<post::Entity>().filter(post::Column::AccountId.eq(*account));
    posts.order_by(post::Column::Id, Order::Asc).for_update().all().await?;
    let links = tx.find::<subject_account::Entity>();
    let links = links.filter(subject_account::Column::AccountId.eq(*account));
    if links.all().await?.len() >= MAX_ENTERED {
        return Err(Refusal::TooManySubjects.into());
    }
    Ok(())
}

/// Makes the subject of something that is being entered into a branch, and counts it.
///
/// # Errors
/// INVALID `ID_TAKEN` where the association has one of this id already, or what the database answers.
pub async fn insert(tx: &Writer<'_>, id: SubjectId, kind: SubjectKind, place: (UnitId, UnitId)) -> Result<()> {
    let scope = tx.scope();
    let row = subject::Model {
        tenant_id: scope.tenant(),
        id,
        kind,
        created_at: scope.now(),
    };
    let key = [subject::Column::TenantId, subject::Column::Id];
    if !tx.insert_if_new::<subject::Entity>(row, &key).await? {
        return Err(Error::invalid("id", Rule::IdTaken));
    }
    tx.count_subject(place, kind, 1);
    Ok(())
}

/// What a correction must not be used for: people changing what is theirs while it is being decided on or has been approved this
/// year, whatever post they act under; an officer taking their own phone number off what is their own so as to decide on it.
///
/// # Errors
/// REFUSED `SUBJECT_IS_REGISTERED`, `HOUSEHOLD_IS_REGISTERED` or `OWN_HOUSEHOLD`.
pub async fn check_correction(tx: &Writer<'_>, subject: Locked, phone_changes: bool) -> Result<()> {
    let scope = tx.scope();
    let by_family = matches!(scope.reach(), Reach::Own(_));
    let actor = scope.actor();
    let who = (actor.account, actor.phone.as_deref());
    let own = by_family
        || own_among(tx, who, [(subject.kind, subject.id)])
            .await?
            .contains(&subject.id);
    if !own {
        return Ok(());
    }
    if phone_changes && !by_family {
        return Err(Refusal::OwnHousehold.into());
    }
    let states = RegistrationState::ALL.iter().copied();
    let being_decided = states.filter(|state| *state == RegistrationState::Submitted || state.is_accepted());
    if stands_in(tx, subject.id, being_decided).await? {
        return Err(match subject.kind {
            SubjectKind::Household => Refusal::HouseholdIsRegistered.into(),
            _ => Refusal::SubjectIsRegistered.into(),
        });
    }
    Ok(())
}

/// Changes the form of the criteria for what is not approved yet.
///
/// # Errors
/// REFUSED `SUBJECT_IS_REGISTERED` where this year's registration has been approved by the form of then.
pub async fn set_variant(tx: &Writer<'_>, subject: Locked, variant: CriteriaVariant) -> Result<()> {
    use registration::Column::{State, SubjectId as Of, Variant, Year};
    if subject.variant == Some(variant) {
        return Ok(());
    }
    let states = || RegistrationState::ALL.iter().copied();
    if stands_in(tx, subject.id, states().filter(|state| state.is_accepted())).await? {
        return Err(Refusal::SubjectIsRegistered.into());
    }
    tx.update::<registration::Entity>()
        .set(Variant, variant)
        .filter(Of.eq(subject.id))
        .filter(Year.gte(hanoi_date(tx.scope().now()).year()))
        .filter(State.is_in(states().filter(|state| !state.is_accepted())))
        .run()
        .await?;
    Ok(())
}

/// Whether a registration of the subject stands in one of these states, this year or later.
async fn stands_in(
    tx: &Writer<'_>,
    subject: SubjectId,
    states: impl Iterator<Item = RegistrationState>,
) -> Result<bool> {
    use registration::Column::{State, SubjectId as Of, Year};
    let find = tx
        .find::<registration::Entity>()
        .filter(Of.eq(subject))
        .filter(Year.gte(hanoi_date(tx.scope().now()).year()))
        .filter(State.is_in(states));
    Ok(find.exists().await?)
}
