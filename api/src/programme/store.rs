//! Reading and writing programme years and targets.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, View, Writer};
use entity::table::{programme_year, target, unit};
use entity::vocabulary::{LearningModel, UnitKind};

use super::input::{OpenYear, SetTarget};
use crate::app::App;
use crate::error::{Conflict, Error, Refusal, Result};

/// All programme years of a city, newest first.
///
/// # Errors
/// What the database answers.
pub async fn programme_years(view: &View, city: TenantId) -> Result<Vec<programme_year::Model>> {
    let find = view
        .find_shared::<programme_year::Entity>()
        .filter(programme_year::Column::CityId.eq(city));
    Ok(find
        .order_by(programme_year::Column::Year, Order::Desc)
        .limit(200)
        .all()
        .await?)
}

/// One programme year.
///
/// # Errors
/// What the database answers.
pub async fn programme_year(tx: &Writer<'_>, city: TenantId, year: i32) -> Result<Option<programme_year::Model>> {
    let find = tx
        .find_shared::<programme_year::Entity>()
        .filter(programme_year::Column::CityId.eq(city));
    Ok(find.filter(programme_year::Column::Year.eq(year)).one().await?)
}

/// Whether a registration for this year may be sent in at this moment, by the server's clock.
///
/// # Errors
/// REFUSED with the reason.
pub async fn check_window(tx: &Writer<'_>, year: i32, now: DateTime<Utc>) -> Result<()> {
    let association = tx.scope().association().await?.ok_or(Error::NotFound)?;
    let city = association.parent_id.unwrap_or(association.id);
    let row = programme_year(tx, city, year).await?.ok_or(Refusal::YearNotOpened)?;
    if now < row.registration_opens_at {
        return Err(Refusal::WindowNotOpen.into());
    }
    if now >= row.registration_closes_at {
        return Err(Refusal::WindowClosed.into());
    }
    Ok(())
}

/// Opens a year.
///
/// # Errors
/// CONFLICT when it is open already.
pub async fn open_year(tx: &Writer<'_>, command: &OpenYear) -> Result<()> {
    let row = programme_year::Model {
        city_id: tx.scope().tenant(),
        year: command.year.value(),
        registration_opens_at: command.opens_at,
        registration_closes_at: command.closes_at,
        created_at: tx.scope().now(),
    };
    tx.insert_shared::<programme_year::Entity>(row)
        .await
        .map_err(|error| match error {
            DbError::Unique(_) => Error::Conflict(Conflict::YearIsOpen),
            other => other.into(),
        })
}

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
