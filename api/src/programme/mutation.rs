//! Opening years and setting targets.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::Writer;
use entity::vocabulary::Role;

use super::input::{OpenProgrammeYearInput, SetTargetInput};
use super::model::{ProgrammeYear, Target};
use super::store;
use crate::access::{Access, Permission};
use crate::error::{Error, Result};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};

/// The answer to `openProgrammeYear`.
#[derive(SimpleObject)]
pub struct OpenProgrammeYearPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The year; null when the key was used for something else.
    pub programme_year: Option<ProgrammeYear>,
}

/// The answer to `setTarget`.
#[derive(SimpleObject)]
pub struct SetTargetPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The target; null when the key was used for something else.
    pub target: Option<Target>,
}

/// Mutations of the programme.
#[derive(Default)]
pub struct ProgrammeMutation;

/// Mutations of the programme.
#[Object]
impl ProgrammeMutation {
    /// Opens a programme year for all districts.
    async fn open_programme_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year and its window.")] input: OpenProgrammeYearInput,
    ) -> Result<OpenProgrammeYearPayload> {
        let command = input.parse()?;
        let scope = ctx.scope(Permission::ProgrammeYearOpen)?;
        let key = Key {
            key: input.idempotency_key,
            operation: "openProgrammeYear",
        };
        let payload = (command.year.value(), command.opens_at, command.closes_at);
        let done = once(ctx.app(), &scope, key, &payload, async |tx: &Writer<'_>| {
            store::open_year(tx, &command).await?;
            Ok(Effect::Done(()))
        })
        .await?;
        let Some(outcome) = outcome(&done) else {
            return Ok(OpenProgrammeYearPayload {
                outcome: WriteOutcome::KeyReused,
                programme_year: None,
            });
        };
        let view = ctx.view_in(Permission::ProgrammeYearRead, scope.tenant())?;
        let years = store::programme_years(&view, scope.tenant()).await?;
        let row = years
            .iter()
            .find(|row| row.year == command.year.value())
            .ok_or(Error::NotFound)?;
        Ok(OpenProgrammeYearPayload {
            outcome,
            programme_year: Some(ProgrammeYear::at(row, scope.now())),
        })
    }

    /// Sets the share of its households that a unit is to bring to a title: the city for any unit, a district for its
    /// wards and branches.
    async fn set_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit and its target.")] input: SetTargetInput,
    ) -> Result<SetTargetPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::TargetSet, command.unit.0)?;
        let by_city = scope.actor().role == Role::CityOfficer;
        let key = Key {
            key: input.idempotency_key,
            operation: "setTarget",
        };
        let payload = (command.unit, command.model, command.year.value(), command.basis_points);
        let app = ctx.app();
        let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
            store::set_target(app, tx, &command, by_city).await?;
            Ok(Effect::Done(()))
        })
        .await?;
        let Some(outcome) = outcome(&done) else {
            return Ok(SetTargetPayload {
                outcome: WriteOutcome::KeyReused,
                target: None,
            });
        };
        let view = ctx.view_in(Permission::ProgressRead, scope.tenant())?;
        let targets = store::targets_of(&view, &[command.unit.1], command.model, command.year.value()).await?;
        Ok(SetTargetPayload {
            outcome,
            target: targets.get(&command.unit.1).map(Target::from),
        })
    }
}

/// What the client is told; none when the key was used for something else.
fn outcome<T>(done: &Once<T>) -> Option<WriteOutcome> {
    match done {
        Once::First(_) => Some(WriteOutcome::Applied),
        Once::Replayed(_) => Some(WriteOutcome::Replayed),
        Once::KeyReused => None,
    }
}
