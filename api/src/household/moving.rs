//! Moving a household to another branch.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use entity::id::{HouseholdId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Reach, Writer};
use entity::table::{citizen, household, household_word, invitation};
use entity::vocabulary::SubjectKind;

use super::input::{MoveHousehold, MoveHouseholdInput};
use super::model::Household;
use super::mutation::UpdateHouseholdPayload;
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::post::{Doer, bring_family, doer, tell};
use crate::registration::move_along;
use crate::replay::{Key, WriteOutcome, once_if_fresh};
use crate::unit::ward_of_branch;

/// Moving households.
#[derive(Default)]
pub struct MovingMutation;

/// Moving households.
#[Object]
impl MovingMutation {
    /// Moves a household to another branch of the same association: a ward officer within the ward, a district officer within
    /// the district. Its registrations under way go along as they stand; those of past years, and one that was decided this
    /// year, stay with the branch they were made in, and in the household's history. Once the family has handed its marks in,
    /// it moves after the decision.
    async fn move_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and where to.")] input: MoveHouseholdInput,
    ) -> Result<UpdateHouseholdPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::HouseholdMove, command.household.0)?;
        let key = Key {
            key: input.idempotency_key,
            operation: "moveHousehold",
        };
        let payload = (
            command.household,
            command.branch,
            command.expected_version,
            command.device_time,
        );
        let app = ctx.app();
        let doer = doer(ctx)?;
        let outcome = once_if_fresh(app, &scope, key, &payload, async |tx: &Writer<'_>| {
            relocate(doer, tx, &command).await
        })
        .await?;
        tell(app, &scope).await;
        let row = match outcome {
            WriteOutcome::KeyReused => None,
            _ => Some(store::household_by_id(&scope, command.household.1).await?),
        };
        Ok(UpdateHouseholdPayload {
            outcome,
            household: row.map(Household),
        })
    }
}

/// Moves a household; whether it still was at the version the client had read.
async fn relocate(doer: Doer<'_>, tx: &Writer<'_>, command: &MoveHousehold) -> Result<bool> {
    let find = tx
        .find::<household::Entity>()
        .filter(household::Column::Id.eq(command.household.1));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    let there = place(tx, command).await?;
    if row.version != command.expected_version {
        return Ok(false);
    }
    let here = (row.branch_id, row.ward_id);
    if here == there {
        return Err(Refusal::AlreadyThere.into());
    }
    move_along(doer.app, tx, row.id.into(), there, command.device_time).await?;
    let (branch, ward) = there;
    {
        use household::Column::{BranchId, Id, Version, WardId};
        tx.update::<household::Entity>()
            .set(BranchId, branch.0)
            .set(WardId, ward.0)
            .raise(Version)
            .filter(Id.eq(row.id))
            .run()
            .await?;
    }
    {
        use household_word::Column::{BranchId, HouseholdId, WardId};
        tx.update::<household_word::Entity>()
            .set(BranchId, branch.0)
            .set(WardId, ward.0)
            .filter(HouseholdId.eq(row.id))
            .run()
            .await?;
    }
    {
        // a paper that is still out leads into the new branch
        use invitation::Column::{BranchId, HouseholdId, UsedAt, WardId};
        tx.update::<invitation::Entity>()
            .set(BranchId, branch.0)
            .set(WardId, ward.0)
            .filter(HouseholdId.eq(row.id))
            .filter(UsedAt.is_null())
            .run()
            .await?;
    }
    tx.count_subject(here, SubjectKind::Household, -1);
    tx.count_subject(there, SubjectKind::Household, 1);
    citizens_along(doer.app, tx, row.id, there, command.device_time).await?;
    bring_family(doer, tx, row.id, (here.0, branch)).await?;
    Ok(true)
}

/// Brings the citizens of a household to its new branch, with what is under way for them.
async fn citizens_along(
    app: &App,
    tx: &Writer<'_>,
    household: HouseholdId,
    there: (UnitId, UnitId),
    device_time: Option<DateTime<Utc>>,
) -> Result<()> {
    use citizen::Column::{BranchId, HouseholdId as Home, Id, Version, WardId};
    let find = tx.find::<citizen::Entity>().filter(Home.eq(household));
    let citizens = find.order_by(Id, Order::Asc).for_update().all().await?;
    for row in &citizens {
        move_along(app, tx, row.id.into(), there, device_time).await?;
        tx.count_subject((row.branch_id, row.ward_id), SubjectKind::Citizen, -1);
        tx.count_subject(there, SubjectKind::Citizen, 1);
    }
    tx.update::<citizen::Entity>()
        .set(BranchId, there.0.0)
        .set(WardId, there.1.0)
        .raise(Version)
        .filter(Home.eq(household))
        .run()
        .await?;
    Ok(())
}

/// The branch and its ward, if the mover reaches it.
async fn place(tx: &Writer<'_>, command: &MoveHousehold) -> Result<(UnitId, UnitId)> {
    let (scope, (tenant, branch)) = (tx.scope(), command.branch);
    if tenant != scope.tenant() {
        return Err(Error::NotFound);
    }
    let ward = ward_of_branch(tx, branch, hanoi_date(scope.now())).await?;
    let reached = match scope.reach() {
        Reach::Tenant => true,
        Reach::Ward(own) => ward == *own,
        Reach::Branch(_) | Reach::Own(_) => false,
    };
    if reached {
        Ok((branch, ward))
    } else {
        Err(Error::NotFound)
    }
}
