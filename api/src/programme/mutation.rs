//! Opening and closing years, their windows, and setting targets.

use async_graphql::{Context, Object, SimpleObject};
use entity::scope::{View, Writer};
use entity::value::ProgrammeYear as Year;
use entity::vocabulary::ProgrammeAction;
use serde::Serialize;
use uuid::Uuid;

use super::input::{ChangeProgrammeYearInput, CloseProgrammeYearInput, NarrowWindowInput, OpenProgrammeYearInput};
use super::model::{ProgrammeWindow, ProgrammeYear};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Result};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};

/// The answer to a mutation of a programme year.
#[derive(SimpleObject)]
pub struct ProgrammeYearPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The year as it is now; null when the key was used for something else.
    pub programme_year: Option<ProgrammeYear>,
}

/// The answer to `narrowWindow`.
#[derive(SimpleObject)]
pub struct NarrowWindowPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// All windows as they hold in the unit now; empty when the key was used for something else.
    pub windows: Vec<ProgrammeWindow>,
}

/// Mutations of the programme.
#[derive(Default)]
pub struct ProgrammeMutation;

/// Mutations of the programme.
#[Object]
impl ProgrammeMutation {
    /// Opens a programme year for all districts, with its windows.
    async fn open_programme_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year and its windows.")] input: OpenProgrammeYearInput,
    ) -> Result<ProgrammeYearPayload> {
        let command = input.parse()?;
        let payload = (command.year.value(), &command.windows);
        let act = async |app: &App, tx: &Writer<'_>| {
            store::open_year(app, tx, &command).await?;
            Ok(true)
        };
        on_year(ctx, (input.idempotency_key, command.year), &payload, act).await
    }

    /// Sets windows of an open programme year anew, for all districts. What was done in time stays in time.
    async fn change_programme_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, its windows, and why.")] input: ChangeProgrammeYearInput,
    ) -> Result<ProgrammeYearPayload> {
        let command = input.parse()?;
        let reason = command.reason.as_ref().map(entity::value::LongText::as_str);
        let payload = (command.year.value(), &command.windows, reason);
        let act = async |app: &App, tx: &Writer<'_>| {
            store::change_year(app, tx, &command).await?;
            Ok(true)
        };
        on_year(ctx, (input.idempotency_key, command.year), &payload, act).await
    }

    /// Closes a programme year: nothing changes in it any more, in any association.
    async fn close_programme_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, and why.")] input: CloseProgrammeYearInput,
    ) -> Result<ProgrammeYearPayload> {
        close(ctx, &input, ProgrammeAction::Close).await
    }

    /// Opens a closed programme year again, for what has to be put right.
    async fn reopen_programme_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, and why.")] input: CloseProgrammeYearInput,
    ) -> Result<ProgrammeYearPayload> {
        close(ctx, &input, ProgrammeAction::Reopen).await
    }

    /// Narrows a window for a district or a ward and the units below: never wider than what holds above it.
    async fn narrow_window(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit and its window.")] input: NarrowWindowInput,
    ) -> Result<NarrowWindowPayload> {
        let command = input.parse()?;
        let scope = ctx.scope_in(Permission::WindowNarrow, command.unit.0)?;
        let key = Key {
            key: input.idempotency_key,
            operation: "narrowWindow",
        };
        let payload = (
            command.unit,
            command.year.value(),
            command.phase,
            command.opens_at,
            command.closes_at,
        );
        let app = ctx.app();
        let done = once(app, &scope, key, &payload, async |tx: &Writer<'_>| {
            store::narrow_window(app, tx, &command).await?;
            Ok(Effect::Done(()))
        })
        .await?;
        let Some(outcome) = outcome(&done) else {
            return Ok(NarrowWindowPayload {
                outcome: WriteOutcome::KeyReused,
                windows: Vec::new(),
            });
        };
        let association = scope.association().await?.ok_or(Error::NotFound)?;
        let place = (Some(command.unit.1), command.year.value());
        let windows = store::windows_of(&View::Tenant(scope.clone()), &association, place).await?;
        let at = |window| ProgrammeWindow::at(window, scope.now());
        Ok(NarrowWindowPayload {
            outcome,
            windows: windows.iter().map(at).collect(),
        })
    }
}

/// What the city does with a year, once.
async fn on_year(
    ctx: &Context<'_>,
    (key, year): (Uuid, Year),
    payload: &(impl Serialize + Sync),
    act: impl AsyncFnOnce(&App, &Writer<'_>) -> Result<bool>,
) -> Result<ProgrammeYearPayload> {
    let scope = ctx.scope(Permission::ProgrammeYearOpen)?;
    let app = ctx.app();
    let operation = ctx.field().name();
    let done = once(app, &scope, Key { key, operation }, payload, async |tx: &Writer<'_>| {
        let changed = act(app, tx).await?;
        Ok(if changed { Effect::Done(()) } else { Effect::Nothing(()) })
    })
    .await?;
    let Some(outcome) = outcome(&done) else {
        return Ok(ProgrammeYearPayload {
            outcome: WriteOutcome::KeyReused,
            programme_year: None,
        });
    };
    let view = ctx.view_in(Permission::ProgrammeYearRead, scope.tenant())?;
    let years = store::programme_years(&view, scope.tenant()).await?;
    let year = years.iter().find(|(row, _)| row.year == year.value());
    Ok(ProgrammeYearPayload {
        outcome,
        programme_year: Some(ProgrammeYear::at(year.ok_or(Error::NotFound)?, scope.now())),
    })
}

async fn close(
    ctx: &Context<'_>,
    input: &CloseProgrammeYearInput,
    action: ProgrammeAction,
) -> Result<ProgrammeYearPayload> {
    let command = input.parse()?;
    let payload = (command.year.value(), command.reason.as_str());
    let act = async |app: &App, tx: &Writer<'_>| store::close_year(app, tx, &command, action).await;
    on_year(ctx, (input.idempotency_key, command.year), &payload, act).await
}

/// What the client is told; none when the key was used for something else.
fn outcome<T>(done: &Once<T>) -> Option<WriteOutcome> {
    match done {
        Once::First(_) => Some(WriteOutcome::Applied),
        Once::Replayed(_) => Some(WriteOutcome::Replayed),
        Once::KeyReused => None,
    }
}
