//! Entering and correcting households.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::HouseholdId;
use entity::scope::{Scope, Writer};
use serde::{Deserialize, Serialize};

use super::input::{CreateHousehold, CreateHouseholdInput, NewMember, UpdateHousehold, UpdateHouseholdInput};
use super::model::{DuplicateCandidate, DuplicateReason, Household};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::replay::{Asked, Effect, Key, Once, WriteOutcome, once, once_if_fresh};
use crate::sent::Sent;
use crate::subject::branch_to_enter;
use crate::unit::ward_of_branch;

/// The answer to `createHousehold`.
#[derive(SimpleObject)]
pub struct CreateHouseholdPayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or DUPLICATE_CANDIDATES.
    pub outcome: WriteOutcome,
    /// The household; null unless it was made.
    pub household: Option<Household>,
    /// Households that may be the same family.
    pub duplicates: Vec<DuplicateCandidate>,
}

/// The answer to `updateHousehold`.
#[derive(SimpleObject)]
pub struct UpdateHouseholdPayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or STALE.
    pub outcome: WriteOutcome,
    /// The household as it is now; null when the key was used for something else.
    pub household: Option<Household>,
}

/// What is kept under the key of `createHousehold`.
#[derive(Serialize, Deserialize)]
enum Created {
    Household(HouseholdId),
    Candidates(Vec<(DuplicateReason, HouseholdId)>),
}

/// Mutations of households.
#[derive(Default)]
pub struct HouseholdMutation;

/// Mutations of households.
#[Object]
impl HouseholdMutation {
    /// Enters a household into a branch: a family its own, a branch head one of the branch's. Very like one that is there
    /// already, it is not made but the candidates are shown; send again with `confirmDistinct` to insist.
    async fn create_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household.")] input: CreateHouseholdInput,
    ) -> Result<CreateHouseholdPayload> {
        create_household(ctx, &Sent::by_field(ctx), input).await
    }

    /// Corrects a household within the viewer's reach.
    async fn update_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateHouseholdInput,
    ) -> Result<UpdateHouseholdPayload> {
        update_household(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `createHousehold`.
///
/// # Errors
/// As the field.
pub async fn create_household(
    ctx: &Context<'_>,
    sent: &Sent,
    input: CreateHouseholdInput,
) -> Result<CreateHouseholdPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "createHousehold",
    };
    let command = input.parse(hanoi_date(ctx.request().now))?;
    let scope = match command.branch {
        Some((tenant, _)) => ctx.scope_in(Permission::HouseholdWrite, tenant)?,
        None => ctx.scope(Permission::HouseholdWrite)?,
    };
    let (outcome, created) = create(ctx.app(), &scope, (key, sent), &command).await?.told();
    let mut payload = CreateHouseholdPayload {
        outcome,
        household: None,
        duplicates: Vec::new(),
    };
    let read = ctx.scope_in(Permission::HouseholdRead, scope.tenant())?;
    match created {
        Some(Created::Household(id)) => {
            payload.household = Some(Household(store::household_by_id(&read, id).await?));
        }
        Some(Created::Candidates(found)) => {
            payload.outcome = WriteOutcome::DuplicateCandidates;
            payload.duplicates = visible(&read, found).await?;
        }
        None => {}
    }
    Ok(payload)
}

/// `updateHousehold`.
///
/// # Errors
/// As the field.
pub async fn update_household(
    ctx: &Context<'_>,
    sent: &Sent,
    input: UpdateHouseholdInput,
) -> Result<UpdateHouseholdPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "updateHousehold",
    };
    let command = input.parse(hanoi_date(ctx.request().now))?;
    let scope = ctx.scope_in(Permission::HouseholdWrite, command.household.0)?;
    let app = ctx.app();
    let asked = update_payload(&command);
    let outcome = once_if_fresh(app, &scope, (key, sent), &asked, async |tx: &Writer<'_>| {
        store::update_household(app, tx, &command).await
    })
    .await?;
    let row = match outcome {
        WriteOutcome::KeyReused => None,
        _ => Some(store::household_by_id(&scope, command.household.1).await?),
    };
    Ok(UpdateHouseholdPayload {
        outcome,
        household: row.map(Household),
    })
}

async fn create(app: &App, scope: &Scope, key: (Key<'_>, &Sent), command: &CreateHousehold) -> Result<Once<Created>> {
    let branch = branch_to_enter(scope, command.branch)?;
    let payload = (
        branch,
        command.head.as_str(),
        command.phone.as_ref().map(entity::value::PhoneNumber::as_str),
        command.address.as_str(),
        members_payload(&command.members),
        command.confirm_distinct,
    );
    let payload = Asked::of(payload, command.id);
    once(app, scope, key, &payload, async |tx: &Writer<'_>| {
        store::check_may_enter(tx).await?;
        let ward = ward_of_branch(tx, branch, hanoi_date(scope.now())).await?;
        if !command.confirm_distinct {
            let candidates = store::duplicate_candidates(tx, ward, command).await?;
            if !candidates.is_empty() {
                return Ok(Effect::Nothing(Created::Candidates(candidates)));
            }
        }
        let id = store::insert_household(app, tx, (branch, ward), command).await?;
        Ok(Effect::Done(Created::Household(id)))
    })
    .await
}

/// Candidates with those households the viewer may see.
async fn visible(scope: &Scope, found: Vec<(DuplicateReason, HouseholdId)>) -> Result<Vec<DuplicateCandidate>> {
    let ids: Vec<HouseholdId> = found.iter().map(|(_, id)| *id).collect();
    let mut rows = store::households_by_id(scope, &ids).await?;
    let candidate = |(reason, id)| DuplicateCandidate {
        reason,
        household: rows.remove(&id).map(Household),
    };
    Ok(found.into_iter().map(candidate).collect())
}

fn members_payload(members: &[NewMember]) -> Vec<(&str, Option<&str>, entity::vocabulary::Relation)> {
    members
        .iter()
        .map(|member| {
            (
                member.name.as_str(),
                member.birth.as_ref().map(entity::value::PartialDate::as_str),
                member.relation,
            )
        })
        .collect()
}

fn update_payload(command: &UpdateHousehold) -> impl Serialize + Sync + '_ {
    (
        command.household,
        command.expected_version,
        command.head.as_ref().map(entity::value::PersonName::as_str),
        command
            .phone
            .as_ref()
            .map(|phone| phone.as_ref().map(entity::value::PhoneNumber::as_str)),
        command.address.as_ref().map(entity::value::Address::as_str),
        command.members.as_deref().map(members_payload),
    )
}
