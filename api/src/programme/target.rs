//! Targets: what share of its subjects a unit is to bring to a title.

use std::collections::HashMap;

use entity::id::UnitId;
use entity::query::ColumnTrait;
use entity::scope::{View, Writer};
use entity::table::{target, unit};
use entity::vocabulary::{LearningModel, UnitKind};

use super::input::SetTarget;
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

/// Sets a unit's target, for the first time or anew. A district does not set its own: that is the city's.
///
/// # Errors
/// NOT_FOUND for a unit that is not there, FORBIDDEN for one's own district.
pub async fn set_target(app: &App, tx: &Writer<'_>, command: &SetTarget, by_city: bool) -> Result<()> {
    let found = tx
        .find::<unit::Entity>()
        .filter(unit::Column::Id.eq(command.unit.1))
        .one()
        .await?;
    let found = found.ok_or(Error::NotFound)?;
    if !by_city && found.kind == UnitKind::District {
        return Err(Error::Forbidden);
    }
    let row = target::Model {
        tenant_id: tx.scope().tenant(),
        id: app.new_id(),
        unit_id: command.unit.1,
        model: command.model,
        year: command.year.value(),
        basis_points: command.basis_points,
        set_at: tx.scope().now(),
    };
    use target::Column::{BasisPoints, Model, SetAt, TenantId, UnitId, Year};
    if tx
        .insert_if_new::<target::Entity>(row, &[TenantId, UnitId, Model, Year])
        .await?
    {
        return Ok(());
    }
    tx.update::<target::Entity>()
        .set(BasisPoints, command.basis_points)
        .set(SetAt, tx.scope().now())
        .filter(UnitId.eq(command.unit.1))
        .filter(Model.eq(command.model))
        .filter(Year.eq(command.year.value()))
        .run()
        .await?;
    Ok(())
}
