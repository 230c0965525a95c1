//! Rows on their way into the database.

use std::collections::BTreeMap;

use entity::id::{TenantId, UnitId};
use entity::scope::NewAccount;
use entity::table::{
    assessment, assessment_item, certificate, certificate_series, citizen, clan_household, collective, decision,
    household, household_account, household_member, household_word, post, registration, registration_count,
    registration_event, score_sheet, subject, subject_count, submission, target, unit, unit_version,
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
    /// Clans, institutions and communities.
    pub(super) collectives: Vec<collective::Model>,
    /// Families of clans.
    pub(super) clan_households: Vec<clan_household::Model>,
    /// Citizens.
    pub(super) citizens: Vec<citizen::Model>,
    /// Registrations.
    pub(super) registrations: Vec<registration::Model>,
    /// Their journal.
    pub(super) events: Vec<registration_event::Model>,
    /// Their score sheets.
    pub(super) sheets: Vec<score_sheet::Model>,
    /// Minutes of branch meetings.
    pub(super) assessments: Vec<assessment::Model>,
    /// Votes on registrations.
    pub(super) items: Vec<assessment_item::Model>,
    /// Lists of wards.
    pub(super) submissions: Vec<submission::Model>,
    /// Decisions of People's Committees.
    pub(super) decisions: Vec<decision::Model>,
    /// Certificates.
    pub(super) certificates: Vec<certificate::Model>,
    /// How far the numbers of certificates went.
    pub(super) series: Vec<certificate_series::Model>,
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
        self.collectives.append(&mut other.collectives);
        self.clan_households.append(&mut other.clan_households);
        self.citizens.append(&mut other.citizens);
        self.registrations.append(&mut other.registrations);
        self.events.append(&mut other.events);
        self.sheets.append(&mut other.sheets);
        self.assessments.append(&mut other.assessments);
        self.items.append(&mut other.items);
        self.submissions.append(&mut other.submissions);
        self.decisions.append(&mut other.decisions);
        self.certificates.append(&mut other.certificates);
        self.series.append(&mut other.series);
    }
}

/// Where something is counted: a unit, and its ward if it has one.
type Cell = (UnitId, Option<UnitId>);

/// What of registrations is counted: the title, the year and the state.
type Kind = (LearningModel, i32, RegistrationState);

/// The counters of one association, kept while its rows are made.
pub(super) struct Tally {
    root: UnitId,
    subjects: BTreeMap<(Cell, SubjectKind), i64>,
    registrations: BTreeMap<(Cell, Kind), i64>,
}

impl Tally {
    /// Nothing counted yet in the association with this root.
    pub(super) const fn new(root: UnitId) -> Self {
        Self {
            root,
            subjects: BTreeMap::new(),
            registrations: BTreeMap::new(),
        }
    }

    /// Counts a household, or another that can be registered, of a branch and ward.
    pub(super) fn subject(&mut self, place: (UnitId, UnitId), kind: SubjectKind) {
        for cell in self.cells(place) {
            *self.subjects.entry((cell, kind)).or_default() += 1;
        }
    }

    /// Counts a registration of a branch and ward.
    pub(super) fn registration(&mut self, place: (UnitId, UnitId), kind: Kind) {
        for cell in self.cells(place) {
            *self.registrations.entry((cell, kind)).or_default() += 1;
        }
    }

    /// How many in a branch are recognised for a title in a year, of how many who could be.
    pub(super) fn recognised(&self, (branch, ward): (UnitId, UnitId), model: LearningModel, year: i32) -> (i64, i64) {
        let cell = (branch, Some(ward));
        let kind = (model, year, RegistrationState::Recognised);
        let reached = self.registrations.get(&(cell, kind)).copied();
        let of = self.subjects.get(&(cell, model.subject())).copied();
        (reached.unwrap_or_default(), of.unwrap_or_default())
    }

    /// The counters as rows of `tenant`.
    pub(super) fn rows(self, tenant: TenantId) -> (Vec<subject_count::Model>, Vec<registration_count::Model>) {
        let subjects = self.subjects.into_iter();
        let subjects = subjects.map(|(((unit, ward), kind), count)| subject_count::Model {
            tenant_id: tenant,
            unit_id: unit,
            ward_id: ward,
            kind,
            count,
        });
        let registrations = self.registrations.into_iter();
        let registrations =
            registrations.map(
                |(((unit, ward), (model, year, state)), count)| registration_count::Model {
                    tenant_id: tenant,
                    unit_id: unit,
                    ward_id: ward,
                    model,
                    year,
                    state,
                    count,
                },
            );
        (subjects.collect(), registrations.collect())
    }

    const fn cells(&self, (branch, ward): (UnitId, UnitId)) -> [Cell; 3] {
        [(branch, Some(ward)), (ward, Some(ward)), (self.root, None)]
    }
}
