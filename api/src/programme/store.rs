//! Reading and writing programme years, their windows, and targets.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::id::{TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, Scope, View, Writer};
use entity::table::{programme_event, programme_window, programme_year, tenant, unit, unit_window};
use entity::vocabulary::{Phase, ProgrammeAction, UnitKind};

use super::deadline::{Pressed, Timing};
use super::input::{CloseYear, NarrowWindow, SetWindows};
use super::window::Window;
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Conflict, Error, Refusal, Result};

/// The most years of a city that are shown.
const MAX_YEARS: u64 = 100;

/// A programme year with its windows.
pub type Year = (programme_year::Model, Vec<programme_window::Model>);

/// All programme years of a city with their windows, newest first.
///
/// # Errors
/// What the database answers.
pub async fn programme_years(view: &View, city: TenantId) -> Result<Vec<Year>> {
    let years = view
        .find_shared::<programme_year::Entity>()
        .filter(programme_year::Column::CityId.eq(city))
        .order_by(programme_year::Column::Year, Order::Desc)
        .limit(MAX_YEARS)
        .all()
        .await?;
    let windows = view
        .find_shared::<programme_window::Entity>()
        .filter(programme_window::Column::CityId.eq(city))
        .filter(programme_window::Column::Year.is_in(years.iter().map(|row| row.year)))
        .all()
        .await?;
    let mut by_year: HashMap<i32, Vec<programme_window::Model>> = HashMap::new();
    for window in windows {
        by_year.entry(window.year).or_default().push(window);
    }
    let with_windows = |row: programme_year::Model| {
        let mut windows = by_year.remove(&row.year).unwrap_or_default();
        windows.sort_by_key(|window| window.phase);
        (row, windows)
    };
    Ok(years.into_iter().map(with_windows).collect())
}

/// The city whose years and criteria hold for an association.
///
/// # Errors
/// What the database answers.
pub async fn city_of(scope: &Scope) -> Result<TenantId> {
    let association = scope.association().await?.ok_or(Error::NotFound)?;
    Ok(association.parent_id.unwrap_or(association.id))
}

/// How something that belongs to a phase of a year stands to its window in a ward at this moment.
///
/// # Errors
/// REFUSED with the reason when it may not be done.
pub async fn check_window(
    tx: &Writer<'_>,
    ward: UnitId,
    (year, phase): (i32, Phase),
    pressed: Pressed,
) -> Result<Timing> {
    let window = window_in(tx, ward, (year, phase)).await?;
    Ok(pressed.timing(&window, tx.scope().now())?)
}

/// As [`check_window`], for something that happened on a day before it is entered: not before the window's first day.
///
/// # Errors
/// As [`check_window`].
pub async fn check_window_since(
    tx: &Writer<'_>,
    ward: UnitId,
    (year, phase): (i32, Phase),
    (day, pressed): (NaiveDate, Pressed),
) -> Result<Timing> {
    let window = window_in(tx, ward, (year, phase)).await?;
    let timing = pressed.timing(&window, tx.scope().now())?;
    if day < hanoi_date(window.opens_at) {
        return Err(Refusal::WindowNotOpen.into());
    }
    Ok(timing)
}

/// That a year is open at all: for what belongs to no window, such as a complaint or a revocation.
///
/// # Errors
/// REFUSED with the reason.
pub async fn check_open(tx: &Writer<'_>, year: i32) -> Result<()> {
    let city = city_of(tx.scope()).await?;
    let find = tx
        .find_shared::<programme_year::Entity>()
        .filter(programme_year::Column::CityId.eq(city))
        .filter(programme_year::Column::Year.eq(year));
    let row = find.one().await?.ok_or(Refusal::YearNotOpened)?;
    if row.closed_at.is_some() {
        return Err(Refusal::YearClosed.into());
    }
    Ok(())
}

/// Which of these years nothing may be changed in: closed, or never opened.
///
/// # Errors
/// What the database answers.
pub async fn closed_among(tx: &Writer<'_>, years: impl Iterator<Item = i32>) -> Result<HashSet<i32>> {
    let mut years: HashSet<i32> = years.collect();
    let city = city_of(tx.scope()).await?;
    let open = tx
        .find_shared::<programme_year::Entity>()
        .filter(programme_year::Column::CityId.eq(city))
        .filter(programme_year::Column::Year.is_in(years.iter().copied()))
        .filter(programme_year::Column::ClosedAt.is_null())
        .all()
        .await?;
    for row in open {
        years.remove(&row.year);
    }
    Ok(years)
}

/// The window of a phase as it holds in a ward.
async fn window_in(tx: &Writer<'_>, ward: UnitId, (year, phase): (i32, Phase)) -> Result<Window> {
    let windows = windows_in(tx, ward, year).await?;
    let window = windows.into_iter().find(|window| window.phase == phase);
    Ok(window.ok_or(Refusal::WindowNotOpen)?)
}

/// The windows of a year as they hold in a ward.
async fn windows_in(tx: &Writer<'_>, ward: UnitId, year: i32) -> Result<Vec<Window>> {
    check_open(tx, year).await?;
    let city = city_of(tx.scope()).await?;
    let windows = tx
        .find_shared::<programme_window::Entity>()
        .filter(programme_window::Column::CityId.eq(city))
        .filter(programme_window::Column::Year.eq(year))
        .all()
        .await?;
    let root = tx.scope().association().await?.ok_or(Error::NotFound)?.root_unit_id;
    let narrowed = tx
        .find::<unit_window::Entity>()
        .filter(unit_window::Column::UnitId.is_in([root, ward]))
        .filter(unit_window::Column::Year.eq(year))
        .all()
        .await?;
    Ok(narrow(&windows, &narrowed))
}

/// The windows of a year as they hold in a unit: a district's own, or a ward's with those of its district.
///
/// # Errors
/// NOT_FOUND where the city has not opened the year, or what the database answers.
pub async fn windows_of(
    view: &View,
    association: &tenant::Model,
    (ward, year): (Option<UnitId>, i32),
) -> Result<Vec<Window>> {
    let city = association.parent_id.unwrap_or(association.id);
    let windows = view
        .find_shared::<programme_window::Entity>()
        .filter(programme_window::Column::CityId.eq(city))
        .filter(programme_window::Column::Year.eq(year))
        .all()
        .await?;
    if windows.is_empty() {
        return Err(Error::NotFound);
    }
    let units = std::iter::once(association.root_unit_id).chain(ward);
    let narrowed = view
        .find::<unit_window::Entity>()
        .filter(unit_window::Column::UnitId.is_in(units))
        .filter(unit_window::Column::Year.eq(year))
        .all()
        .await?;
    Ok(narrow(&windows, &narrowed))
}

/// The city's windows of a year, narrowed by what units have set.
pub fn narrow(windows: &[programme_window::Model], by: &[unit_window::Model]) -> Vec<Window> {
    let mut windows: Vec<Window> = windows
        .iter()
        .map(|row| {
            let of_phase = by.iter().filter(|narrower| narrower.phase == row.phase);
            of_phase.fold(Window::from(row), Window::narrowed)
        })
        .collect();
    windows.sort_by_key(|window| window.phase);
    windows
}

/// Opens a year.
///
/// # Errors
/// CONFLICT when it is open already.
pub async fn open_year(app: &App, tx: &Writer<'_>, command: &SetWindows) -> Result<()> {
    let row = programme_year::Model {
        city_id: tx.scope().tenant(),
        year: command.year.value(),
        created_at: tx.scope().now(),
        closed_at: None,
    };
    tx.insert_of_city::<programme_year::Entity>(vec![row])
        .await
        .map_err(|error| match error {
            DbError::Unique(_) => Error::Conflict(Conflict::YearIsOpen),
            other => other.into(),
        })?;
    let windows = command
        .windows
        .iter()
        .map(|window| row_of(tx, command.year.value(), *window));
    tx.insert_of_city::<programme_window::Entity>(windows.collect()).await?;
    journal(app, tx, (command.year.value(), ProgrammeAction::Open), None).await
}

fn row_of(tx: &Writer<'_>, year: i32, window: Window) -> programme_window::Model {
    programme_window::Model {
        city_id: tx.scope().tenant(),
        year,
        phase: window.phase,
        opens_at: window.opens_at,
        closes_at: window.closes_at,
        late_allowed: window.late_allowed,
    }
}

/// Sets windows of an open year anew. What was done in time stays in time.
///
/// # Errors
/// REFUSED when the year is not open.
pub async fn change_year(app: &App, tx: &Writer<'_>, command: &SetWindows) -> Result<()> {
    use programme_window::Column::{ClosesAt, LateAllowed, OpensAt, Phase, Year};
    let year = command.year.value();
    check_open(tx, year).await?;
    for window in &command.windows {
        let changed = tx
            .update_of_city::<programme_window::Entity>()
            .set(OpensAt, window.opens_at)
            .set(ClosesAt, window.closes_at)
            .set(LateAllowed, window.late_allowed)
            .filter(Year.eq(year))
            .filter(Phase.eq(window.phase))
            .run()
            .await?;
        if changed == 0 {
            let row = row_of(tx, year, *window);
            tx.insert_of_city::<programme_window::Entity>(vec![row]).await?;
        }
    }
    let reason = command.reason.as_ref().map(entity::value::LongText::as_str);
    journal(app, tx, (year, ProgrammeAction::Change), reason).await
}

/// Closes a year, or opens it again; whether anything changed.
///
/// # Errors
/// REFUSED when the city has not opened it.
pub async fn close_year(app: &App, tx: &Writer<'_>, command: &CloseYear, action: ProgrammeAction) -> Result<bool> {
    use programme_year::Column::{CityId, ClosedAt, Year};
    let year = command.year.value();
    let find = tx
        .find_shared::<programme_year::Entity>()
        .filter(CityId.eq(tx.scope().tenant()))
        .filter(Year.eq(year))
        .for_update();
    let row = find.one().await?.ok_or(Refusal::YearNotOpened)?;
    let closing = action == ProgrammeAction::Close;
    if row.closed_at.is_some() == closing {
        return Ok(false);
    }
    tx.update_of_city::<programme_year::Entity>()
        .set(ClosedAt, closing.then(|| tx.scope().now()))
        .filter(Year.eq(year))
        .run()
        .await?;
    journal(app, tx, (year, action), Some(command.reason.as_str())).await?;
    Ok(true)
}

async fn journal(
    app: &App,
    tx: &Writer<'_>,
    (year, action): (i32, ProgrammeAction),
    reason: Option<&str>,
) -> Result<()> {
    let scope = tx.scope();
    let row = programme_event::Model {
        city_id: scope.tenant(),
        id: app.new_id(),
        year,
        action,
        reason: reason.map(ToOwned::to_owned),
        account_id: scope.actor().account,
        actor_name: scope.actor().name.clone(),
        at: scope.now(),
    };
    Ok(tx.insert_of_city::<programme_event::Entity>(vec![row]).await?)
}

/// Narrows a window for a district or ward, for the first time or anew.
///
/// # Errors
/// NOT_FOUND for a unit out of reach, INVALID for one that has no windows, REFUSED when it would widen what holds above.
pub async fn narrow_window(app: &App, tx: &Writer<'_>, command: &NarrowWindow) -> Result<()> {
    use unit_window::Column::{ClosesAt, OpensAt, Phase, SetAt, SetBy, TenantId, UnitId, Year};
    let find = tx.find::<unit::Entity>().filter(unit::Column::Id.eq(command.unit.1));
    let found = find.one().await?.ok_or(Error::NotFound)?;
    let root = tx.scope().association().await?.ok_or(Error::NotFound)?.root_unit_id;
    if found.kind == UnitKind::Branch {
        return Err(Refusal::NoWindowsThere.into());
    }
    let year = command.year.value();
    // what holds above: the city's alone for the district, the district's for a ward
    let above = windows_in(tx, root, year).await?;
    let above = above.into_iter().find(|window| window.phase == command.phase);
    let holds = if command.unit.1 == root {
        let city = city_of(tx.scope()).await?;
        let find = tx
            .find_shared::<programme_window::Entity>()
            .filter(programme_window::Column::CityId.eq(city))
            .filter(programme_window::Column::Year.eq(year))
            .filter(programme_window::Column::Phase.eq(command.phase));
        find.one().await?.as_ref().map(Window::from)
    } else {
        above
    };
    let holds = holds.ok_or(Refusal::WindowNotOpen)?;
    if !holds.holds(command.opens_at, command.closes_at) {
        return Err(Refusal::WindowWider.into());
    }
    let row = unit_window::Model {
        tenant_id: tx.scope().tenant(),
        id: app.new_id(),
        unit_id: command.unit.1,
        year,
        phase: command.phase,
        opens_at: command.opens_at,
        closes_at: command.closes_at,
        set_by: tx.scope().actor().account,
        set_at: tx.scope().now(),
    };
    let key = [TenantId, UnitId, Year, Phase];
    if tx.insert_if_new::<unit_window::Entity>(row, &key).await? {
        return Ok(());
    }
    tx.update::<unit_window::Entity>()
        .set(OpensAt, command.opens_at)
        .set(ClosesAt, command.closes_at)
        .set(SetBy, tx.scope().actor().account)
        .set(SetAt, tx.scope().now())
        .filter(UnitId.eq(command.unit.1))
        .filter(Year.eq(year))
        .filter(Phase.eq(command.phase))
        .run()
        .await?;
    Ok(())
}
