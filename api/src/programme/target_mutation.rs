//! Setting targets: the city for any unit, a district for its wards and branches, a ward for its branches.

use std::collections::BTreeMap;

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{TenantId, UnitId};
use entity::scope::{View, Writer};

use super::model::Target;
use super::target::{self, Cascaded};
use super::target_input::{CascadeTargetInput, SetTargetInput};
use crate::access::{Access, Permission};
use crate::error::{Error, Refusal, Result};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};
use crate::unit::{self, Below, Part};

/// The most units right below one; a district has up to 30 wards, a ward under 200 branches.
const SIBLINGS: u64 = 1000;

/// The answer to `setTarget`.
#[derive(SimpleObject)]
pub struct SetTargetPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The target; null when the key was used for something else.
    pub target: Option<Target>,
}

/// The answer to `cascadeTarget`.
#[derive(SimpleObject)]
pub struct CascadeTargetPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// Units right below that have the target now.
    pub set: usize,
    /// Units right below that keep one that was set for them by hand.
    pub kept: usize,
}

/// Mutations of targets.
#[derive(Default)]
pub struct TargetMutation;

/// Mutations of targets.
#[Object]
impl TargetMutation {
    /// Sets the share of its subjects that a unit is to bring to a title: the city for any unit, a district for its wards and
    /// branches, a ward for its branches. Nobody sets it for their own district or ward.
    async fn set_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit and its target.")] input: SetTargetInput,
    ) -> Result<SetTargetPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::TargetSet, command.unit.0)?;
        let unit = unit::covered_unit(&View::Tenant(scope.clone()), command.unit.1).await?;
        if target::is_own_level(scope.actor().role, unit.kind) {
            return Err(Error::Forbidden);
        }
        let key = Key {
            key: input.idempotency_key,
            operation: "setTarget",
        };
        let payload = (
            command.unit,
            command.model,
            command.year.value(),
            command.measure,
            command.basis_points,
        );
        let app = ctx.app();
        let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
            target::set_target(app, tx, &command).await?;
            Ok(Effect::Done(()))
        })
        .await?;
        let outcome = match done {
            Once::First(()) => WriteOutcome::Applied,
            Once::Replayed(()) => WriteOutcome::Replayed,
            Once::KeyReused => {
                return Ok(SetTargetPayload {
                    outcome: WriteOutcome::KeyReused,
                    target: None,
                });
            }
        };
        let view = ctx.view_in(Permission::ProgressRead, scope.tenant())?;
        let targets = target::targets_of(&view, &[command.unit.1], command.model, command.year.value()).await?;
        Ok(SetTargetPayload {
            outcome,
            target: targets.get(&command.unit.1).map(Target::from),
        })
    }

    /// Sets one target for all units right below one at once; units further below inherit it from there. What was set for a
    /// unit by hand stays, unless `overwrite` says otherwise. The city's reaches every association, one after the other: when
    /// the answer was lost, the same key goes on where it stopped.
    async fn cascade_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit above and the target.")] input: CascadeTargetInput,
    ) -> Result<CascadeTargetPayload> {
        let command = input.parse()?;
        let view = ctx.view_in(Permission::TargetSet, command.unit.0)?;
        let above = unit::covered_unit(&view, command.unit.1).await?;
        let all = Part {
            after: None,
            limit: SIBLINGS,
        };
        let below = unit::children_of(&view, &[Below::new(&above, all)]).await?;
        let mut units: BTreeMap<TenantId, Vec<UnitId>> = BTreeMap::new();
        for row in below.into_values().flatten() {
            units.entry(row.tenant).or_default().push(row.id);
        }
        if units.is_empty() {
            return Err(Refusal::NoUnitsBelow.into());
        }
        let payload = (
            (command.unit, command.model, command.year.value()),
            (command.measure, command.basis_points, input.overwrite),
        );
        let app = ctx.app();
        let mut sum = Cascaded::default();
        let mut outcome = WriteOutcome::Replayed;
        for (tenant, units) in &units {
            let scope = ctx.scope_in(Permission::TargetSet, *tenant)?;
            let key = Key {
                key: input.idempotency_key,
                operation: "cascadeTarget",
            };
            let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
                let became = target::cascade(app, tx, &command, (units, input.overwrite)).await?;
                Ok(if became.set > 0 {
                    Effect::Done(became)
                } else {
                    Effect::Nothing(became)
                })
            })
            .await?;
            let became = match done {
                Once::First(became) => {
                    outcome = WriteOutcome::Applied;
                    became
                }
                Once::Replayed(became) => became,
                Once::KeyReused => {
                    return Ok(CascadeTargetPayload {
                        outcome: WriteOutcome::KeyReused,
                        set: 0,
                        kept: 0,
                    });
                }
            };
            sum.set += became.set;
            sum.kept += became.kept;
        }
        Ok(CascadeTargetPayload {
            outcome,
            set: sum.set,
            kept: sum.kept,
        })
    }
}
