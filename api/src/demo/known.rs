//! What is remembered of a ward's families until those are made who belong to some of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::id::{HouseholdId, UnitId};

use super::family::Person;

/// Families of a clan at most.
const FAMILIES_OF_A_CLAN: usize = 6;
/// A family that is remembered.
pub(super) struct Family {
    /// Its branch.
    pub(super) branch: UnitId,
    /// Its household.
    pub(super) household: HouseholdId,
    /// Who heads it.
    pub(super) head: String,
    /// When they were born.
    pub(super) birth: String,
    /// Where it lives.
    pub(super) address: String,
    /// Since when it is known.
    pub(super) since: DateTime<Utc>,
    /// Whether it was recognised last year.
    pub(super) recognised: bool,
}

/// What is remembered of a ward's families: a few of each family name.
#[derive(Default)]
pub(super) struct Known(BTreeMap<String, Vec<Family>>);

impl Known {
    /// Remembers a family, if there is room for one of its name.
    pub(super) fn note(
        &mut self,
        (branch, household): (UnitId, HouseholdId),
        (people, address, since): (&[Person], &str, DateTime<Utc>),
        recognised: bool,
    ) {
        let Some(head) = people.first() else { return };
        let name = head.name.split(' ').next().unwrap_or_default();
        if self.0.get(name).is_some_and(|known| known.len() >= FAMILIES_OF_A_CLAN) {
            return;
        }
        self.0.entry(name.to_owned()).or_default().push(Family {
            branch,
            household,
            head: head.name.clone(),
            birth: head.birth.clone(),
            address: address.to_owned(),
            since,
            recognised,
        });
    }

    /// Names with their families, those of most families first.
    pub(super) fn clans(&self) -> Vec<(&str, &[Family])> {
        let mut clans: Vec<_> = self
            .0
            .iter()
            .map(|(name, families)| (name.as_str(), families.as_slice()))
            .collect();
        clans.sort_by_key(|(_, families)| std::cmp::Reverse(families.len()));
        clans
    }

    /// All of them, by their names.
    pub(super) fn families(&self) -> impl Iterator<Item = &Family> {
        self.0.values().flatten()
    }
}
