//! Targets: what share of its subjects a unit is to bring to a title.

use std::collections::{HashMap, HashSet};

use entity::id::UnitId;
use entity::query::{ColumnTrait, Order};
use entity::scope::{View, Writer};
use entity::table::{target, unit};
use entity::vocabulary::{LearningModel, Role, UnitKind};
use serde::{Deserialize, Serialize};

use super::target_input::SetTarget;
use crate::app::App;
use crate::error::{Error, Result};

/// The targets of units for a title and year.
///
/// # Errors
/// What the database answers.
pub async fn targets_of(
    view: &View,
    units: &[UnitId],
    model: LearningModel,
    year: i32,
) -> Result<HashMap<UnitId, target::Model>> {
    let rows = view
        .find::<target::Entity>()
        .filter(target::Column::UnitId.is_in(units.iter().copied()))
        .filter(target::Column::Model.eq(model))
        .filter(target::Column::Year.eq(year))
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row)).collect())
}

/// Whether a unit is the level of whoever asks: nobody sets the target of their own district or ward, that is for the
/// level above. The city has none above it.
pub const fn is_own_level(role: Role, kind: UnitKind) -> bool {
    matches!(
        (role, kind),
        (Role::DistrictOfficer, UnitKind::District) | (Role::WardOfficer, UnitKind::Ward)
    )
}

/// Sets a unit's target by hand, for the first time or anew.
///
/// # Errors
/// NOT_FOUND for a unit that is not there.
pub async fn set_target(app: &App, tx: &Writer<'_>, command: &SetTarget) -> Result<()> {
    if lock(tx, &[command.unit.1]).await? == 0 {
        return Err(Error::NotFound);
    }
    write(app, tx, (command, false), &[command.unit.1]).await
}

/// What became of a target for many units.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cascaded {
    /// Units that have it now.
    pub set: usize,
    /// Units that keep one that was set by hand.
    pub kept: usize,
}

/// Sets a target for many units at once. What was set by hand stays unless it is to be overwritten.
///
/// # Errors
/// What the database answers.
pub async fn cascade(
    app: &App,
    tx: &Writer<'_>,
    command: &SetTarget,
    (units, overwrite): (&[UnitId], bool),
) -> Result<Cascaded> {
    lock(tx, units).await?;
    let by_hand: HashSet<UnitId> = of_units(tx, command, units)
        .await?
        .into_iter()
        .filter(|row| !row.cascaded && !overwrite)
        .map(|row| row.unit_id)
        .collect();
    let set: Vec<UnitId> = units.iter().copied().filter(|unit| !by_hand.contains(unit)).collect();
    write(app, tx, (command, true), &set).await?;
    Ok(Cascaded {
        set: set.len(),
        kept: by_hand.len(),
    })
}

/// Locks units, in the order of their ids, so that two who set their targets wait for each other; how many there are.
async fn lock(tx: &Writer<'_>, units: &[UnitId]) -> Result<usize> {
    let rows = tx
        .find::<unit::Entity>()
        .filter(unit::Column::Id.is_in(units.iter().copied()))
        .order_by(unit::Column::Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    Ok(rows.len())
}

async fn of_units(tx: &Writer<'_>, command: &SetTarget, units: &[UnitId]) -> Result<Vec<target::Model>> {
    use target::Column::{Model, UnitId as Unit, Year};
    let rows = tx
        .find::<target::Entity>()
        .filter(Unit.is_in(units.iter().copied()))
        .filter(Model.eq(command.model))
        .filter(Year.eq(command.year.value()));
    Ok(rows.all().await?)
}

/// Writes the target of units that are locked: those that have one get it anew, the others for the first time.
async fn write(app: &App, tx: &Writer<'_>, (command, cascaded): (&SetTarget, bool), units: &[UnitId]) -> Result<()> {
    use target::Column::{BasisPoints, Cascaded, Id, Measure, SetAt};
    let known = of_units(tx, command, units).await?;
    if !known.is_empty() {
        tx.update::<target::Entity>()
            .set(BasisPoints, command.basis_points)
            .set(Measure, command.measure)
            .set(Cascaded, cascaded)
            .set(SetAt, tx.scope().now())
            .filter(Id.is_in(known.iter().map(|row| row.id)))
            .run()
            .await?;
    }
    let known: HashSet<UnitId> = known.into_iter().map(|row| row.unit_id).collect();
    let new = units
        .iter()
        .filter(|unit| !known.contains(unit))
        .map(|unit| target::Model {
            tenant_id: tx.scope().tenant(),
            id: app.new_id(),
            unit_id: *unit,
            model: command.model,
            year: command.year.value(),
            basis_points: command.basis_points,
            set_at: tx.scope().now(),
            measure: command.measure,
            cascaded,
        });
    Ok(tx.insert_all::<target::Entity>(new.collect()).await?)
}
