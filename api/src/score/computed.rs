//! The lines that take their points from results of another title.

use std::collections::HashMap;

use entity::id::UnitId;
use entity::query::ColumnTrait;
use entity::scope::Writer;
use entity::table::{household_count, registration, registration_count};
use entity::vocabulary::{LearningModel, RegistrationState};

use super::sheet::Sheet;
use crate::criteria::score::computed;
use crate::criteria::set::{CriteriaSet, Indicator};
use crate::error::Result;

/// How many reached a title, of how many who could, by branch and year.
type Reached = HashMap<(UnitId, i32), (i64, i64)>;

/// What the results of other titles come to for some registrations.
#[derive(Debug, Default)]
pub(super) struct Results {
    families: Reached,
}

impl Results {
    /// Reads what these registrations' sets count: at most two statements, however many there are.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn read(tx: &Writer<'_>, sheets: &[(&registration::Model, &CriteriaSet)]) -> Result<Self> {
        let counts_families = |(row, set): &&(&registration::Model, &CriteriaSet)| {
            row.model == LearningModel::LearningCommunity
                && set
                    .indicators()
                    .any(|line| line.from == Some(LearningModel::LearningFamily))
        };
        let places: Vec<(UnitId, i32)> = sheets
            .iter()
            .filter(counts_families)
            .map(|(row, _)| (row.branch_id, row.year))
            .collect();
        if places.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            families: families_of(tx, &places).await?,
        })
    }

    /// Puts the counted lines of a sheet in their places.
    pub(super) fn put(&self, sheet: &mut Sheet, registration: &registration::Model, set: &CriteriaSet) {
        sheet.put_computed(set, |line| {
            let (reached, of) = self.of(registration, line);
            Some(computed(line, reached, of))
        });
    }

    /// Where nobody is known who could have reached the other title, it is nobody of nobody: the set's own rule says what
    /// counts then.
    fn of(&self, registration: &registration::Model, line: &Indicator) -> (i64, i64) {
        let place = (registration.branch_id, registration.year);
        match (registration.model, line.from) {
            (LearningModel::LearningCommunity, Some(LearningModel::LearningFamily)) => {
                self.families.get(&place).copied().unwrap_or_default()
            }
            _ => (0, 0),
        }
    }
}

/// The recognised families of branches, of all their households, from the counters.
async fn families_of(tx: &Writer<'_>, places: &[(UnitId, i32)]) -> Result<Reached> {
    let units = || places.iter().map(|(unit, _)| *unit);
    // the counters lie beyond a family's reach; what is shown is a number of points
    let recognised = tx
        .find_beyond_reach::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.is_in(units()))
        .filter(registration_count::Column::Year.is_in(places.iter().map(|(_, year)| *year)))
        .filter(registration_count::Column::Model.eq(LearningModel::LearningFamily))
        .filter(registration_count::Column::State.eq(RegistrationState::Recognised))
        .all()
        .await?;
    let households = tx
        .find_beyond_reach::<household_count::Entity>()
        .filter(household_count::Column::UnitId.is_in(units()))
        .all()
        .await?;
    let recognised: HashMap<(UnitId, i32), i64> = recognised
        .into_iter()
        .map(|row| ((row.unit_id, row.year), row.count))
        .collect();
    let households: HashMap<UnitId, i64> = households.into_iter().map(|row| (row.unit_id, row.count)).collect();
    let reached = |place: &(UnitId, i32)| {
        let of = households.get(&place.0).copied().unwrap_or_default();
        (*place, (recognised.get(place).copied().unwrap_or_default(), of))
    };
    Ok(places.iter().map(reached).collect())
}
