//! Programme years as they hold in one place.

use chrono::{DateTime, Utc};
use entity::id::UnitId;
use entity::query::ColumnTrait;
use entity::scope::View;
use entity::table::{tenant, unit_window};

use super::store::{narrow, programme_years};
use super::window::Window;
use crate::error::Result;

/// A programme year with its windows as they hold in one place.
#[derive(Debug, Clone)]
pub struct YearHere {
    /// Calendar year.
    pub year: i32,
    /// Since when nothing changes in it any more.
    pub closed_at: Option<DateTime<Utc>>,
    /// Its windows, in the order of the year.
    pub windows: Vec<Window>,
}

/// The years of an association's city with the windows as they hold in a ward, newest first: those that are open, and the
/// newest.
///
/// # Errors
/// What the database answers.
pub async fn years_here(view: &View, association: &tenant::Model, ward: Option<UnitId>) -> Result<Vec<YearHere>> {
    use unit_window::Column::{UnitId as Unit, Year};
    let mut years = programme_years(view, association.parent_id.unwrap_or(association.id)).await?;
    let newest = years.first().map(|(row, _)| row.year);
    years.retain(|(row, _)| row.closed_at.is_none() || Some(row.year) == newest);
    let units = std::iter::once(association.root_unit_id).chain(ward);
    let narrowed = view
        .find::<unit_window::Entity>()
        .filter(Unit.is_in(units))
        .filter(Year.is_in(years.iter().map(|(row, _)| row.year)))
        .all()
        .await?;
    let here = years.iter().map(|(row, windows)| {
        let of_year: Vec<_> = narrowed.iter().filter(|by| by.year == row.year).cloned().collect();
        YearHere {
            year: row.year,
            closed_at: row.closed_at,
            windows: narrow(windows, &of_year),
        }
    });
    Ok(here.collect())
}
