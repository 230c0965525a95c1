//! A subject's titles over the years, wherever it was registered, and how many years running it has been recognised.

use std::collections::{BTreeSet, HashMap};

use async_graphql::{Enum, SimpleObject};
use entity::id::{RegistrationId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Scope;
use entity::table::{certificate_history, registration_history, unit_version};
use entity::vocabulary::{LearningModel as Title, RegistrationState as State};

use super::model::RegistrationState;
use crate::certificate;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::programme::LearningModel;

/// Recognised so many years running that people honour it.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// Three years running or four.
    ThreeYears,
    /// Five years running or more.
    FiveYears,
}

impl Milestone {
    /// The one that so many years running have reached.
    pub const fn of(years_running: i32) -> Option<Self> {
        match years_running {
            5.. => Some(Self::FiveYears),
            3.. => Some(Self::ThreeYears),
            _ => None,
        }
    }
}

/// One year of a subject's history.
#[derive(SimpleObject, Debug, Clone)]
pub struct TitleYear {
    /// Programme year.
    pub year: i32,
    /// The title.
    pub model: LearningModel,
    /// How far the registration came.
    pub state: RegistrationState,
    /// What the branch it was registered in was called then; the subject may have moved since.
    pub branch_name: String,
    /// The number of the decision that recognised; null where it was not recognised.
    pub decision_number: Option<String>,
    /// The number of the certificate as the paper shows it: `0012/2026`.
    pub certificate_number: Option<String>,
    /// The number of the decision that took the title away; null while it holds.
    pub revoked_by_decision: Option<String>,
    /// Recognised years in a row that end with this one; 0 where this one is not recognised. A year that is missing or was
    /// revoked breaks the row.
    pub years_running: i32,
    /// What that has reached.
    pub milestone: Option<Milestone>,
    #[graphql(skip)]
    registration: RegistrationId,
}

/// The histories of subjects, newest year first: three statements, however many subjects. Drafts and what was taken back
/// are no part of a history.
///
/// # Errors
/// What the database answers.
pub async fn histories_of(scope: &Scope, subjects: &[SubjectId]) -> Result<HashMap<SubjectId, Vec<TitleYear>>> {
    use registration_history::Column::{Model, State as Stands, SubjectId as Subject, Year};
    let states = State::ALL.iter().copied().filter(|state| state.is_sent_in());
    let rows = scope
        .find::<registration_history::Entity>()
        .filter(Subject.is_in(subjects.iter().copied()))
        .filter(Stands.is_in(states))
        .order_by(Year, Order::Desc)
        .order_by(Model, Order::Asc)
        .all()
        .await?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let certificates = scope
        .find::<certificate_history::Entity>()
        .filter(certificate_history::Column::RegistrationId.is_in(rows.iter().map(|row| row.id)))
        .all();
    let branches: BTreeSet<UnitId> = rows.iter().map(|row| row.branch_id).collect();
    let names = scope
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::UnitId.is_in(branches))
        .order_by(unit_version::Column::ValidFrom, Order::Asc)
        .all();
    let (certificates, names) = tokio::try_join!(certificates, names)?;
    let certificates: HashMap<RegistrationId, certificate_history::Model> =
        certificates.into_iter().map(|row| (row.registration_id, row)).collect();
    let mut recognised: HashMap<(SubjectId, Title), BTreeSet<i32>> = HashMap::new();
    for row in rows.iter().filter(|row| row.state == State::Recognised) {
        recognised
            .entry((row.subject_id, row.model))
            .or_default()
            .insert(row.year);
    }
    let mut histories: HashMap<SubjectId, Vec<TitleYear>> = HashMap::new();
    for row in &rows {
        let certificate = certificates.get(&row.id);
        let years_running = recognised
            .get(&(row.subject_id, row.model))
            .map_or(0, |years| running(years, row.year));
        histories.entry(row.subject_id).or_default().push(TitleYear {
            year: row.year,
            model: row.model.into(),
            state: row.state.into(),
            branch_name: name_then(&names, row),
            decision_number: certificate.map(|row| row.decision_number.clone()),
            certificate_number: certificate.map(|row| certificate::number_of(row.number, row.year)),
            revoked_by_decision: certificate.and_then(|row| row.revoked_by_decision.clone()),
            years_running,
            milestone: Milestone::of(years_running),
            registration: row.id,
        });
    }
    Ok(histories)
}

/// A registration's line in its subject's history, if the history is in sight.
pub fn line_of(history: &[TitleYear], registration: RegistrationId) -> Option<&TitleYear> {
    history.iter().find(|line| line.registration == registration)
}

/// Years in a row that end with one.
fn running(years: &BTreeSet<i32>, last: i32) -> i32 {
    let mut count = 0;
    while years.contains(&(last - count)) {
        count += 1;
    }
    count
}

/// What a registration's branch was called on the day it came to where it stands; `names` are oldest first.
fn name_then(names: &[unit_version::Model], row: &registration_history::Model) -> String {
    let day = hanoi_date(row.state_since);
    let of_branch = names.iter().filter(|name| name.unit_id == row.branch_id);
    let held = of_branch.clone().rfind(|name| name.valid_from <= day);
    held.or_else(|| of_branch.clone().next())
        .map_or_else(String::new, |name| name.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_year_breaks_the_row() {
        let years = BTreeSet::from([2020, 2022, 2023, 2024]);
        for (year, expected) in [(2020, 1), (2021, 0), (2022, 1), (2023, 2), (2024, 3), (2025, 0)] {
            assert_eq!(running(&years, year), expected, "{year}");
        }
    }

    #[test]
    fn three_and_five_years_are_milestones() {
        let reached: Vec<_> = (0..8).map(Milestone::of).collect();
        let (three, five) = (Some(Milestone::ThreeYears), Some(Milestone::FiveYears));
        assert_eq!(reached, [None, None, None, three, three, five, five, five]);
    }
}
