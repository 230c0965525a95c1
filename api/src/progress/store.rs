//! Reading counters.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::id::UnitId;
use entity::query::ColumnTrait;
use entity::scope::View;
use entity::table::{registration_count, subject_count, target};
use entity::vocabulary::{LearningModel, RegistrationState, SubjectKind, TargetMeasure, UnitKind};

use crate::app::App;
use crate::error::{Error, Result};
use crate::programme;
use crate::unit::UnitRow;

/// A title in a year.
pub type Title = (LearningModel, i32);

/// The counters of one unit for a title, its year and the year before.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The unit.
    pub unit: UnitRow,
    /// The title's subjects known to it now: what its shares are of.
    pub subjects: i64,
    /// Registrations by state, this year.
    pub this_year: Cells,
    /// Registrations by state, the year before.
    pub last_year: Cells,
    /// Its target this year, or that of the nearest unit above.
    pub target: Option<target::Model>,
}

/// Numbers of registrations by state.
#[derive(Debug, Clone, Default)]
pub struct Cells(HashMap<RegistrationState, i64>);

impl Cells {
    /// How many there are in a state.
    pub fn count(&self, state: RegistrationState) -> i64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// How many have sent a registration in and not taken it back, whatever has become of it since.
    pub fn registered(&self) -> i64 {
        self.sum(RegistrationState::is_sent_in)
    }

    /// How many were accepted by their branch, whatever has become of them since.
    pub fn accepted(&self) -> i64 {
        self.sum(RegistrationState::is_accepted)
    }

    fn sum(&self, counts: fn(RegistrationState) -> bool) -> i64 {
        let counted = self.0.iter().filter(|(state, _)| counts(**state));
        counted.map(|(_, count)| count).sum()
    }

    /// How many count for a measure.
    pub fn reached(&self, measure: TargetMeasure) -> i64 {
        match measure {
            TargetMeasure::Approved => self.accepted(),
            TargetMeasure::Recognised => self.count(RegistrationState::Recognised),
        }
    }

    /// Adds another unit's numbers.
    pub fn add(&mut self, other: &Self) {
        for (state, count) in &other.0 {
            *self.0.entry(*state).or_default() += count;
        }
    }
}

/// The units above each of some, nearest first, as far as the view sees targets there. Associations are remembered, so this
/// reads nothing.
///
/// # Errors
/// What the database answers.
pub async fn units_above(app: &App, view: &View, units: &[UnitRow]) -> Result<Above> {
    let mut above = Above::new();
    for unit in units {
        let association = app.db.tenant(unit.tenant).await?.ok_or(Error::NotFound)?;
        let mut line: Vec<UnitId> = unit.parent.into_iter().collect();
        if unit.kind == UnitKind::Branch {
            line.push(association.root_unit_id);
        }
        // the city's own target is a row of the city's association
        if let Some(city) = association.parent_id.filter(|_| view.sees_all()) {
            line.extend(app.db.tenant(city).await?.map(|city| city.root_unit_id));
        }
        above.insert(unit.id, line);
    }
    Ok(above)
}

/// The units above others, nearest first.
pub type Above = HashMap<UnitId, Vec<UnitId>>;

/// The figures of units, in their order: three statements, however many units and families.
///
/// # Errors
/// What the database answers.
pub async fn figures_of(view: &View, units: Vec<UnitRow>, title: Title, above: &Above) -> Result<Vec<Figures>> {
    Ok(read(view, units, title, (above, None)).await?.0)
}

/// As [`figures_of`], with the target of the unit above them all.
///
/// # Errors
/// What the database answers.
pub async fn figures_below(
    view: &View,
    units: Vec<UnitRow>,
    title: Title,
    (above, root): (&Above, UnitId),
) -> Result<(Vec<Figures>, Option<target::Model>)> {
    read(view, units, title, (above, Some(root))).await
}

async fn read(
    view: &View,
    units: Vec<UnitRow>,
    (model, year): Title,
    (above, root): (&Above, Option<UnitId>),
) -> Result<(Vec<Figures>, Option<target::Model>)> {
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    let registrations = view
        .find::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.is_in(ids.iter().copied()))
        .filter(registration_count::Column::Model.eq(model))
        .filter(registration_count::Column::Year.is_in([year, year - 1]))
        .all();
    let subjects = view
        .find::<subject_count::Entity>()
        .filter(subject_count::Column::UnitId.is_in(ids.iter().copied()))
        .filter(subject_count::Column::Kind.eq(model.subject()))
        .all();
    let with_targets: HashSet<UnitId> = ids
        .iter()
        .chain(above.values().flatten())
        .copied()
        .chain(root)
        .collect();
    let with_targets: Vec<UnitId> = with_targets.into_iter().collect();
    let everywhere = view.turned_to(None);
    let targets = programme::targets_of(&everywhere, &with_targets, model, year);
    let (registrations, subjects) = tokio::try_join!(registrations, subjects)?;
    let targets = targets.await?;
    let nearest = |unit: UnitId| {
        let line = above.get(&unit).into_iter().flatten();
        std::iter::once(&unit).chain(line).find_map(|unit| targets.get(unit))
    };
    let mut cells: HashMap<(UnitId, i32), Cells> = HashMap::new();
    for row in registrations {
        cells
            .entry((row.unit_id, row.year))
            .or_default()
            .0
            .insert(row.state, row.count);
    }
    let subjects: HashMap<UnitId, i64> = subjects.into_iter().map(|row| (row.unit_id, row.count)).collect();
    let of_root = root.and_then(|root| targets.get(&root)).cloned();
    let figures = units
        .into_iter()
        .map(|unit| Figures {
            subjects: subjects.get(&unit.id).copied().unwrap_or(0),
            this_year: cells.remove(&(unit.id, year)).unwrap_or_default(),
            last_year: cells.remove(&(unit.id, year - 1)).unwrap_or_default(),
            target: nearest(unit.id).cloned(),
            unit,
        })
        .collect();
    Ok((figures, of_root))
}

/// How many registrations of a state a unit has, from its counter.
///
/// # Errors
/// What the database answers.
pub async fn registration_total(
    view: &View,
    unit: UnitId,
    (model, year): Title,
    state: RegistrationState,
) -> Result<i64> {
    let row = view
        .find::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.eq(unit))
        .filter(registration_count::Column::Model.eq(model))
        .filter(registration_count::Column::Year.eq(year))
        .filter(registration_count::Column::State.eq(state))
        .one()
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// How many have sent a registration in and not taken it back, in a unit, from its counters.
///
/// # Errors
/// What the database answers.
pub async fn registered_total(view: &View, unit: UnitId, (model, year): Title) -> Result<i64> {
    let rows = view
        .find::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.eq(unit))
        .filter(registration_count::Column::Model.eq(model))
        .filter(registration_count::Column::Year.eq(year))
        .all()
        .await?;
    let sent_in = rows.iter().filter(|row| row.state.is_sent_in());
    Ok(sent_in.map(|row| row.count).sum())
}

/// How many subjects of a kind a unit has, from its counter.
///
/// # Errors
/// What the database answers.
pub async fn subject_total(view: &View, unit: UnitId, kind: SubjectKind) -> Result<i64> {
    let row = view
        .find::<subject_count::Entity>()
        .filter(subject_count::Column::UnitId.eq(unit))
        .filter(subject_count::Column::Kind.eq(kind))
        .one()
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// How many subjects of a unit have not sent a registration in, from its counters.
///
/// # Errors
/// What the database answers.
pub async fn not_registered_total(view: &View, unit: UnitId, (model, year): Title) -> Result<i64> {
    let states = RegistrationState::ALL.iter().copied();
    let sent_in: Vec<RegistrationState> = states.filter(|state| state.is_sent_in()).collect();
    let registered = state_totals(view, unit, year, &sent_in).await?;
    let of_model = registered.iter().filter(|((of, _), _)| *of == model);
    let registered: i64 = of_model.map(|(_, count)| count).sum();
    Ok((subject_total(view, unit, model.subject()).await? - registered).max(0))
}

/// How many registrations of a year a unit has in some states, by title and state, from its counters; what is 0 is left
/// out.
///
/// # Errors
/// What the database answers.
pub async fn state_totals(
    view: &View,
    unit: UnitId,
    year: i32,
    states: &[RegistrationState],
) -> Result<BTreeMap<(LearningModel, RegistrationState), i64>> {
    let rows = view
        .find::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.eq(unit))
        .filter(registration_count::Column::Year.eq(year))
        .filter(registration_count::Column::State.is_in(states.iter().copied()))
        .all()
        .await?;
    let waiting = rows.into_iter().filter(|row| row.count > 0);
    Ok(waiting.map(|row| ((row.model, row.state), row.count)).collect())
}
