//! What is read beside the items themselves.

use chrono::NaiveDate;
use entity::id::UnitId;
use entity::query::ColumnTrait;
use entity::scope::Scope;
use entity::table::unit_version;

use crate::error::Result;

/// Whether one of these units is no more, or has been another since a day: merged, moved below another, renamed. One that never
/// was in the association has not changed.
///
/// # Errors
/// What the database answers.
pub async fn any_unit_changed(
    scope: &Scope,
    units: Vec<UnitId>,
    (since, today): (Option<NaiveDate>, NaiveDate),
) -> Result<bool> {
    let versions = scope
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::UnitId.is_in(units))
        .all()
        .await?;
    let changed = |row: &unit_version::Model| {
        let over = row.valid_until.is_some_and(|until| until <= today);
        let followed = versions.iter().any(|other| {
            other.unit_id == row.unit_id && other.valid_from > row.valid_from && other.valid_from <= today
        });
        let since_then = since.is_some_and(|since| since < row.valid_from) && row.valid_from <= today;
        // the first version of a unit is no change, however late it was made
        let first = !versions
            .iter()
            .any(|other| other.unit_id == row.unit_id && other.valid_from < row.valid_from);
        (over && !followed) || (since_then && !first)
    };
    Ok(versions.iter().any(changed))
}
