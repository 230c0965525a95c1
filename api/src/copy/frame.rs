//! What stands around the records of a copy: units, criteria sets, the year. It is small and changes rarely, so each part is told
//! as a whole, when its fingerprint is not the one in the cursor.

use std::sync::Arc;

use async_graphql::Context;
use entity::id::UnitId;
use entity::scope::View;
use entity::table::criteria_set;
use entity::vocabulary::UnitKind;

use super::cursor::{Copy, fingerprint};
use super::model::ProgrammeYearInUnit;
use crate::access::viewer::Post;
use crate::access::{Access, Permission};
use crate::criteria::{CriteriaSet, Published, sets_of_city};
use crate::error::{Error, Result};
use crate::programme::{YearHere, years_here};
use crate::unit::{Below, Part, Unit, UnitRow, children_of, unit_by_id, units_seen};

/// Units below a ward that a copy holds; a ward has a few dozen branches.
const MOST_UNITS: u64 = 1_000;

/// The parts that have changed since the copy was told of them.
pub struct Frame {
    /// Units.
    pub units: Option<Vec<Unit>>,
    /// Criteria sets.
    pub criteria_sets: Option<Vec<CriteriaSet>>,
    /// Years.
    pub programme_years: Option<Vec<ProgrammeYearInUnit>>,
}

/// Reads what is asked for and has changed, and notes it in the copy. A part that is not asked for stays as it was told, so that
/// it comes when it is.
///
/// # Errors
/// What the database answers.
pub async fn frame(ctx: &Context<'_>, post: &Post, copy: &mut Copy) -> Result<Frame> {
    let view = ctx.view_in(Permission::UnitRead, post.tenant)?;
    let unit = unit_by_id(&view, post.unit).await?;
    let association = ctx.app().db.tenant(post.tenant).await?.ok_or(Error::NotFound)?;
    let ward = match unit.kind {
        UnitKind::Branch => unit.parent,
        UnitKind::Ward => Some(unit.id),
        UnitKind::City | UnitKind::District => None,
    };
    let asked = ctx.look_ahead();
    let [told_units, told_sets, told_years] = &mut copy.frame;
    let mut frame = Frame {
        units: None,
        criteria_sets: None,
        programme_years: None,
    };
    if asked.field("units").exists() {
        let rows = units_around(&view, unit, association.root_unit_id).await?;
        if news(told_units, &rows) {
            frame.units = Some(rows.into_iter().map(|row| Unit::new(row, &view)).collect());
        }
    }
    let (sets_asked, years_asked) = (
        asked.field("criteriaSets").exists(),
        asked.field("programmeYears").exists(),
    );
    if !sets_asked && !years_asked {
        return Ok(frame);
    }
    let view = ctx.view_in(Permission::ProgrammeYearRead, post.tenant)?;
    let years = years_here(&view, &association, ward).await?;
    if sets_asked {
        let view = ctx.view_in(Permission::CriteriaRead, post.tenant)?;
        let find = view.find_shared::<criteria_set::Entity>();
        let city = association.parent_id.unwrap_or(association.id);
        let sets = of_years(sets_of_city(ctx.app(), find, city, None).await?, &years);
        // a set never changes, so its id tells all
        if news(told_sets, &sets.iter().map(|set| set.id).collect::<Vec<_>>()) {
            frame.criteria_sets = Some(sets.into_iter().map(CriteriaSet).collect());
        }
    }
    if years_asked && news(told_years, &years) {
        let at = |year| ProgrammeYearInUnit::at(year, view.now());
        frame.programme_years = Some(years.iter().map(at).collect());
    }
    Ok(frame)
}

/// Whether a part is not what was told, and notes it.
fn news(told: &mut Option<u64>, part: &impl std::fmt::Debug) -> bool {
    let now = Some(fingerprint(part));
    std::mem::replace(told, now) != now
}

/// The sets that hold in one of these years.
fn of_years(mut sets: Vec<Arc<Published>>, years: &[YearHere]) -> Vec<Arc<Published>> {
    sets.retain(|published| years.iter().any(|year| published.set.is_of_year(year.year)));
    sets
}

/// From the association's top down to a unit, and what is right below it.
async fn units_around(view: &View, unit: UnitRow, root: UnitId) -> Result<Vec<UnitRow>> {
    let above: Vec<UnitId> = [Some(root), unit.parent].into_iter().flatten().collect();
    let mut rows: Vec<UnitRow> = units_seen(view, &above).await?.into_values().collect();
    rows.sort_by_key(|row| row.id != root);
    rows.retain(|row| row.id != unit.id);
    let below = Below::new(
        &unit,
        Part {
            after: None,
            limit: MOST_UNITS,
        },
    );
    let mut children = children_of(view, std::slice::from_ref(&below)).await?;
    rows.push(unit);
    rows.extend(children.remove(&below).unwrap_or_default());
    Ok(rows)
}
