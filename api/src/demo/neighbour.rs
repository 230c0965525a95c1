//! Who else is registered in a made-up ward: clans, institutions, communities and citizens, few of each.

use chrono::{DateTime, Utc};
use entity::id::{CitizenId, ClanHouseholdId, CollectiveId, HouseholdId, SubjectId, UnitId};
use entity::table::{citizen, clan_household, collective, subject};
use entity::value::{PersonName, UnitName};
use entity::vocabulary::{BranchKind, CriteriaVariant, LearningModel, RegistrationState, SubjectKind};
use rand::Rng;

use super::calendar::{Window, between, id};
use super::journal::{self, Deck};
use super::known::{Family, Known};
use super::maker::{Holder, Maker};
use super::names;
use super::plan::WardPlan;
use super::rows::Tally;
use super::title::{self, Registered};
use super::year_end::YearEnd;

/// A ward with so few branches has one clan, one institution and few citizens: the demo starts quickly.
const THIN: usize = 2;

/// A branch with its head.
pub(super) struct Branch {
    /// Its id.
    pub(super) id: UnitId,
    /// What it is.
    pub(super) kind: BranchKind,
    /// What it is called.
    pub(super) name: String,
    /// Its head.
    pub(super) head: Holder,
}

/// Makes the others of one ward, when its families are there.
pub(super) struct Neighbours<'a, 'b> {
    /// Where the rows go.
    pub(super) maker: &'a mut Maker<'b>,
    /// Where they are counted.
    pub(super) tally: &'a mut Tally,
    /// How last year ended.
    pub(super) year_end: &'a mut YearEnd,
    /// The ward as planned.
    pub(super) plan: &'a WardPlan,
    /// The ward.
    pub(super) ward: UnitId,
    /// This year's states.
    pub(super) this: Deck,
}

/// Somebody new.
struct New<'a> {
    id: SubjectId,
    model: LearningModel,
    variant: Option<CriteriaVariant>,
    branch: &'a Branch,
    name: &'a str,
    address: &'a str,
    since: DateTime<Utc>,
}

impl Neighbours<'_, '_> {
    /// All of them: citizens first, for institutions count theirs, communities last.
    pub(super) fn all(&mut self, branches: &[Branch], known: &Known) {
        let families = known.families();
        let is_thin = branches.len() <= THIN;
        let at_home = families.filter(|family| family.recognised);
        let at_home = at_home.take(if is_thin { 1 } else { 3 });
        for family in at_home {
            if let Some(branch) = branches.iter().find(|branch| branch.id == family.branch) {
                self.citizen_at_home(branch, family);
            }
        }
        let school = branches.iter().find(|branch| branch.kind == BranchKind::School);
        let has_school = !is_thin || self.plan.number % 2 == 1;
        if let Some(branch) = school.or(branches.first()).filter(|_| has_school) {
            self.school(branch, if is_thin { 1 } else { 2 });
        }
        let office = branches.iter().find(|branch| branch.kind == BranchKind::Agency);
        let has_office = !is_thin || !has_school;
        if let Some(branch) = office.or(branches.first()).filter(|_| has_office) {
            self.office(branch);
        }
        for (name, families) in known.clans().into_iter().take(if is_thin { 1 } else { 2 }) {
            if let Some(branch) = branches
                .iter()
                .find(|branch| Some(branch.id) == families.first().map(|one| one.branch))
            {
                self.clan(branch, name, families);
            }
        }
        for branch in branches.iter().filter(|branch| branch.kind == BranchKind::Residential) {
            self.community(branch);
        }
    }

    fn citizen_at_home(&mut self, branch: &Branch, family: &Family) {
        let variant = if self.plan.district.ward_word == "Xã" {
            CriteriaVariant::Farmer
        } else {
            CriteriaVariant::Worker
        };
        let home = (Some(family.household), None);
        let person = (family.head.as_str(), family.birth.clone(), variant);
        self.citizen(branch, home, person, (&family.address, family.since));
    }

    fn citizen(
        &mut self,
        branch: &Branch,
        (household_id, institution_id): (Option<HouseholdId>, Option<CollectiveId>),
        (name, birth, variant): (&str, String, CriteriaVariant),
        (address, since): (&str, DateTime<Utc>),
    ) -> Option<RegistrationState> {
        let id: CitizenId = self.subject(branch, SubjectKind::Citizen, since);
        let name = PersonName::from_stored(name.to_owned());
        self.maker.rows.citizens.push(citizen::Model {
            tenant_id: self.maker.tenant,
            id,
            branch_id: branch.id,
            ward_id: self.ward,
            household_id,
            institution_id,
            name_key: name.search_key(),
            sort_key: name.sort_key(),
            name: name.as_str().to_owned(),
            birth,
            phone: None,
            variant,
            version: 1,
            created_by: branch.head.account,
            created_at: since,
        });
        let new = New {
            id: id.into(),
            model: LearningModel::LearningCitizen,
            variant: Some(variant),
            branch,
            name: name.as_str(),
            address,
            since,
        };
        self.register(&new, (0, 0))
    }

    /// A school with some of its teachers.
    fn school(&mut self, branch: &Branch, teachers: i64) {
        let name = format!("Trường Tiểu học {}", self.plan.place());
        let address = self.address();
        let since = self.since();
        let variant = CriteriaVariant::WardManaged;
        let id = self.collective(
            branch,
            (SubjectKind::Institution, &name, &address),
            Some(variant),
            since,
        );
        let mut reached = 0;
        for _ in 0..teachers {
            let teacher = names::anybody(&mut self.maker.dice);
            let born = self.maker.setting.calendar.this.year - self.maker.dice.random_range(25..55);
            let person = (teacher.as_str(), born.to_string(), CriteriaVariant::Official);
            let state = self.citizen(branch, (None, Some(id)), person, (&address, since));
            reached += i64::from(state == Some(RegistrationState::Recognised));
        }
        let new = New {
            id: id.into(),
            model: LearningModel::LearningUnit,
            variant: Some(variant),
            branch,
            name: &name,
            address: &address,
            since,
        };
        self.register(&new, (reached, teachers));
    }

    fn office(&mut self, branch: &Branch) {
        let name = format!("Trạm Y tế {}", self.plan.place());
        let (address, since) = (self.address(), self.since());
        let variant = CriteriaVariant::StateManaged;
        let id = self.collective(
            branch,
            (SubjectKind::Institution, &name, &address),
            Some(variant),
            since,
        );
        let new = New {
            id: id.into(),
            model: LearningModel::LearningUnit,
            variant: Some(variant),
            branch,
            name: &name,
            address: &address,
            since,
        };
        self.register(&new, (0, 0));
    }

    fn clan(&mut self, branch: &Branch, family_name: &str, families: &[Family]) {
        let name = format!("Dòng họ {family_name} {}", self.plan.place());
        let (address, since) = (self.address(), self.since());
        let clan = self.collective(branch, (SubjectKind::Clan, &name, &address), None, since);
        for family in families {
            let at = family.since;
            let link: ClanHouseholdId = id(&mut self.maker.dice, at);
            self.maker.rows.clan_households.push(clan_household::Model {
                tenant_id: self.maker.tenant,
                id: link,
                clan_tenant_id: self.maker.tenant,
                clan_id: clan,
                household_id: family.household,
                added_by: branch.head.account,
                created_at: at,
            });
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let recognised = families.iter().filter(|family| family.recognised).count();
        let new = New {
            id: clan.into(),
            model: LearningModel::LearningClan,
            variant: None,
            branch,
            name: &name,
            address: &address,
            since,
        };
        self.register(&new, (count(recognised), count(families.len())));
    }

    /// What lives around a residential branch: "Chi hội tổ dân phố số 3" is that of "Tổ dân phố số 3".
    fn community(&mut self, branch: &Branch) {
        let group = branch.name.trim_start_matches("Chi hội ");
        let mut letters = group.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let name = format!("{first}{}", letters.as_str());
        let (address, since) = (self.address(), self.since());
        let id = self.collective(branch, (SubjectKind::Community, &name, &address), None, since);
        let new = New {
            id: id.into(),
            model: LearningModel::LearningCommunity,
            variant: None,
            branch,
            name: &name,
            address: &address,
            since,
        };
        let year = self.maker.setting.calendar.last.year;
        let families = self
            .tally
            .recognised((branch.id, self.ward), LearningModel::LearningFamily, year);
        self.register(&new, families);
    }

    fn subject<T: From<uuid::Uuid> + Copy + Into<SubjectId>>(
        &mut self,
        branch: &Branch,
        kind: SubjectKind,
        created_at: DateTime<Utc>,
    ) -> T {
        let new: T = id(&mut self.maker.dice, created_at);
        self.maker.rows.subjects.push(subject::Model {
            tenant_id: self.maker.tenant,
            id: new.into(),
            kind,
            created_at,
        });
        self.tally.subject((branch.id, self.ward), kind);
        new
    }

    fn collective(
        &mut self,
        branch: &Branch,
        (kind, name, address): (SubjectKind, &str, &str),
        variant: Option<CriteriaVariant>,
        since: DateTime<Utc>,
    ) -> CollectiveId {
        let id: CollectiveId = self.subject(branch, kind, since);
        let name = UnitName::from_stored(name.to_owned());
        self.maker.rows.collectives.push(collective::Model {
            tenant_id: self.maker.tenant,
            id,
            kind,
            branch_id: branch.id,
            ward_id: self.ward,
            name_key: name.key(),
            sort_key: name.sort_key(),
            name: name.into_string(),
            head_name: names::anybody(&mut self.maker.dice),
            phone: None,
            address: address.to_owned(),
            variant,
            people: None,
            version: 1,
            created_by: branch.head.account,
            created_at: since,
        });
        id
    }

    /// Registers somebody on paper: most of them last year, with the end that their sheet deserved, and this year as the deck
    /// says. `counted` is how many reached the title that theirs counts. Answers how last year ended.
    fn register(&mut self, new: &New<'_>, counted: (i64, i64)) -> Option<RegistrationState> {
        let setting = self.maker.setting;
        let who = Registered {
            model: new.model,
            subject: new.id,
            variant: new.variant,
            place: (new.branch.id, self.ward),
            author: &new.branch.head,
            head: &new.branch.head,
            card: (new.name, new.address),
        };
        let mut ended = None;
        if self.maker.dice.random_ratio(3, 5) {
            let last = Window {
                opens: setting.calendar.last.opens.max(new.since),
                ..setting.calendar.last
            };
            let good = self.maker.dice.random_ratio(9, 10);
            // titles that are decided on at the same time do not count for each other yet
            let of = |model| match (new.model, model) {
                (LearningModel::LearningCommunity, LearningModel::LearningClan) => (0, 0),
                _ => counted,
            };
            let kind = (new.model, new.variant);
            let sheet = setting.forms.other(&mut self.maker.dice, kind, good, &of);
            let state = match &sheet {
                Some(sheet) if sheet.passes => RegistrationState::Recognised,
                _ => RegistrationState::NotRecognised,
            };
            let branch = (new.branch.id, &new.branch.head);
            let ending = self.year_end.next(self.maker, branch, new.model);
            let steps = journal::draw(&mut self.maker.dice, &last, state, Some(&ending));
            let into = (&mut *self.maker, &mut *self.tally, &mut *self.year_end);
            title::write(into, &who, (&last, &steps), sheet.as_ref());
            ended = Some(state);
        }
        if let Some(state) = self.this.deal() {
            let this = &setting.calendar.this;
            let steps = journal::draw(&mut self.maker.dice, this, state, None);
            let into = (&mut *self.maker, &mut *self.tally, &mut *self.year_end);
            title::write(into, &who, (this, &steps), None);
        }
        ended
    }

    fn address(&mut self) -> String {
        self.plan.address(&mut self.maker.dice)
    }

    /// A moment before last year's registration opened.
    fn since(&mut self) -> DateTime<Utc> {
        let calendar = &self.maker.setting.calendar;
        between(&mut self.maker.dice, calendar.start, calendar.last.opens)
    }
}
