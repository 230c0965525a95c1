//! Rows on their way into the database.

use std::collections::BTreeMap;

use entity::id::{TenantId, UnitId};
use entity::scope::NewAccount;
use entity::table::{
    household, household_account, household_member, household_word, post, registration, registration_count,
    registration_event, subject, subject_count, target, unit, unit_version,
};
use entity::vocabulary::{LearningModel, RegistrationState, SubjectKind};

/// Rows of one association, table by table; written in the order of the fields, so that whatever a row refers to is
/// there before it.
#[derive(Default)]
pub(super) struct Rows {
    /// People who hold posts.
    pub(super) accounts: Vec<NewAccount>,
    /// Units.
    pub(super) units: Vec<unit::Model>,
    /// Their names and places.
    pub(super) unit_versions: Vec<unit_version::Model>,
    /// Targets of units.
    pub(super) targets: Vec<target::Model>,
    /// Appointments.
    pub(super) posts: Vec<post::Model>,
    /// What is registered.
    pub(super) subjects: Vec<subject::Model>,
    /// Families.
    pub(super) households: Vec<household::Model>,
    /// Their people.
    pub(super) members: Vec<household_member::Model>,
    /// What they are found by.
    pub(super) words: Vec<household_word::Model>,
    /// The phones that manage them.
    pub(super) household_accounts: Vec<household_account::Model>,
    /// Registrations.
    pub(super) registrations: Vec<registration::Model>,
    /// Their journal.
    pub(super) events: Vec<registration_event::Model>,
}

impl Rows {
    /// Adds other rows of the same association.
    pub(super) fn append(&mut self, mut other: Self) {
        self.accounts.append(&mut other.accounts);
        self.units.append(&mut other.units);
        self.unit_versions.append(&mut other.unit_versions);
        self.targets.append(&mut other.targets);
        self.posts.append(&mut other.posts);
        self.subjects.append(&mut other.subjects);
        self.households.append(&mut other.households);
        self.members.append(&mut other.members);
        self.words.append(&mut other.words);
        self.household_accounts.append(&mut other.household_accounts);
        self.registrations.append(&mut other.registrations);
        self.events.append(&mut other.events);
    }
}

/// Where something is counted: a unit, and its ward if it has one.
type Cell = (UnitId, Option<UnitId>);

/// The counters of one association, kept while its rows are made.
pub(super) struct Tally {
    root: UnitId,
    households: BTreeMap<Cell, i64>,
    registrations: BTreeMap<(Cell, i32, RegistrationState), i64>,
}

impl Tally {
    /// Nothing counted yet in the association with this root.
    pub(super) const fn new(root: UnitId) -> Self {
        Self {
            root,
            households: BTreeMap::new(),
            registrations: BTreeMap::new(),
        }
    }

    /// Counts a household.
    pub(super) fn household(&mut self, branch: UnitId, ward: UnitId) {
        for cell in self.cells(branch, ward) {
            *self.households.entry(cell).or_default() += 1;
        }
    }

    /// Counts a registration.
    pub(super) fn registration(&mut self, branch: UnitId, ward: UnitId, year: i32, state: RegistrationState) {
        for cell in self.cells(branch, ward) {
            *self.registrations.entry((cell, year, state)).or_default() += 1;
        }
    }

    /// The counters as rows of `tenant`.
    pub(super) fn rows(self, tenant: TenantId) -> (Vec<subject_count::Model>, Vec<registration_count::Model>) {
        let households = self
            .households
            .into_iter()
            .map(|((unit, ward), count)| subject_count::Model {
                tenant_id: tenant,
                unit_id: unit,
                ward_id: ward,
                kind: SubjectKind::Household,
                count,
            });
        let registrations = self.registrations.into_iter();
        let registrations = registrations.map(|(((unit, ward), year, state), count)| registration_count::Model {
            tenant_id: tenant,
            unit_id: unit,
            ward_id: ward,
            model: LearningModel::LearningFamily,
            year,
            state,
            count,
        });
        (households.collect(), registrations.collect())
    }

    fn cells(&self, branch: UnitId, ward: UnitId) -> [Cell; 3] {
        [(branch, Some(ward)), (ward, Some(ward)), (self.root, None)]
    }
}
