//! The households of a made-up branch, their registrations and what became of them.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, HouseholdAccountId, HouseholdId, MemberId, UnitId};
use entity::table::{household, household_account, household_member, household_word, subject};
use entity::value::{Address, PersonName, PhoneNumber, word_suffixes};
use entity::vocabulary::{LearningModel, RegistrationState, Relation, Role, SubjectKind};
use rand::Rng;

use super::calendar::{between, id};
use super::family::{self, Person};
use super::forms::Members;
use super::journal::{self, Deck};
use super::known::Known;
use super::maker::{Holder, Maker};
use super::plan::WardPlan;
use super::rows::Tally;
use super::title::{self, Registered};
use super::year_end::YearEnd;
use super::{BRANCH_HEAD, DemoAccount, FAMILY_RETURNED, FAMILY_UNREGISTERED, FAMILY_WITHOUT_HOUSEHOLD, names};

/// Phone numbers set aside for each ward; the biggest has fewer households.
const NUMBERS_PER_WARD: u64 = 19_000;

/// Makes the households of one branch.
pub(super) struct Households<'a, 'b> {
    /// Where the rows go.
    pub(super) maker: &'a mut Maker<'b>,
    /// Where they are counted.
    pub(super) tally: &'a mut Tally,
    /// How last year ended here.
    pub(super) year_end: &'a mut YearEnd,
    /// Whom to remember of the ward.
    pub(super) known: &'a mut Known,
    /// The branch's ward as planned.
    pub(super) plan: &'a WardPlan,
    /// The ward.
    pub(super) ward: UnitId,
    /// The branch.
    pub(super) branch: UnitId,
    /// Its head.
    pub(super) head: Holder,
}

/// Whose household it is.
enum Owner<'a> {
    /// Anybody's; one in four is entered by the family's own phone.
    Anybody,
    /// A family's whose phone can sign in.
    Phone(&'a DemoAccount),
    /// The branch head's own, entered by themselves: somebody else must decide on it.
    Head,
}

impl Households<'_, '_> {
    /// Makes households, last year's and this year's states dealt from the decks.
    pub(super) fn some(&mut self, numbers: Range<u64>, last: &mut Deck, this: &mut Deck) {
        for _ in numbers {
            self.household(&Owner::Anybody, [last.deal(), this.deal()]);
        }
    }

    /// Makes the three households whose people can sign in, and the account of a family that has none yet.
    pub(super) fn offer_to_try(&mut self) {
        let recognised = Some(RegistrationState::Recognised);
        self.household(
            &Owner::Phone(&FAMILY_RETURNED),
            [recognised, Some(RegistrationState::Returned)],
        );
        self.household(&Owner::Phone(&FAMILY_UNREGISTERED), [recognised, None]);
        self.household(&Owner::Head, [None, Some(RegistrationState::Submitted)]);
        let setting = self.maker.setting;
        let window = &setting.calendar.this;
        let at = between(&mut self.maker.dice, window.opens, window.until);
        let account = self.maker.known_account(&FAMILY_WITHOUT_HOUSEHOLD, at);
        self.maker.post(account, Role::Family, self.branch, at);
    }

    fn household(&mut self, owner: &Owner<'_>, states: [Option<RegistrationState>; 2]) {
        let setting = self.maker.setting;
        let calendar = &setting.calendar;
        let known = match owner {
            Owner::Anybody => None,
            Owner::Phone(account) => Some(account.name),
            Owner::Head => Some(BRANCH_HEAD.name),
        };
        let people = family::draw(&mut self.maker.dice, calendar.this.year, known);
        let mut histories = Vec::new();
        for (window, state) in calendar.windows().into_iter().zip(states) {
            if let Some(state) = state {
                let ending = journal::is_late(state).then(|| {
                    let branch = (self.branch, &self.head);
                    self.year_end.next(self.maker, branch, LearningModel::LearningFamily)
                });
                // what nobody may approve of their own is not what waits longest: that is what is tried first
                let end = window.end();
                let within = if matches!(owner, Owner::Head) { &end } else { window };
                let steps = journal::draw(&mut self.maker.dice, within, state, ending.as_ref());
                histories.push((window, steps));
            }
        }
        let dice = &mut self.maker.dice;
        let begun = histories.iter().flat_map(|(_, steps)| steps).map(|step| step.at).min();
        let created_at = match begun {
            // the family is entered, then registered
            Some(begun) => (begun - TimeDelta::minutes(dice.random_range(2..10))).max(calendar.start),
            None => between(dice, calendar.last.opens, calendar.last.until),
        };
        let phone = self.phone(owner);
        let author = self.author(owner, &people, phone.as_ref(), created_at);
        let author = author.as_ref().unwrap_or(&self.head);
        let household = Self::family_rows(
            self.maker,
            (self.plan, self.ward, self.branch),
            (&people, phone, author.account),
            created_at,
        );
        match owner {
            Owner::Head => Self::link(self.maker, household, self.head.account, created_at),
            _ if author.role == Role::Family => Self::link(self.maker, household, author.account, created_at),
            _ => {}
        }
        let place = (self.branch, self.ward);
        self.tally.subject(place, SubjectKind::Household);
        let (head, address) = match self.maker.rows.households.last() {
            Some(row) => (row.head_name.clone(), row.address.clone()),
            None => (String::new(), String::new()),
        };
        let who = Registered {
            model: LearningModel::LearningFamily,
            subject: household.into(),
            variant: None,
            place,
            author,
            head: &self.head,
            card: (&head, &address),
        };
        for (window, steps) in &histories {
            let is_good = |state| state != RegistrationState::NotRecognised;
            let sheet = steps.last().filter(|end| journal::is_late(end.to)).and_then(|end| {
                let members = members(&people, window.year);
                setting.forms.family(&mut self.maker.dice, members, is_good(end.to))
            });
            let into = (&mut *self.maker, &mut *self.tally, &mut *self.year_end);
            title::write(into, &who, (window, steps), sheet.as_ref());
        }
        let recognised = states.first() == Some(&Some(RegistrationState::Recognised));
        self.known
            .note((self.branch, household), (&people, &address, created_at), recognised);
    }

    /// The household's phone number; three in ten have none, and then they have no account either.
    fn phone(&mut self, owner: &Owner<'_>) -> Option<PhoneNumber> {
        let number = match owner {
            Owner::Anybody if self.maker.dice.random_ratio(3, 10) => return None,
            Owner::Anybody => {
                let made = u64::try_from(self.maker.rows.households.len()).unwrap_or(0);
                names::phone(self.plan.index * NUMBERS_PER_WARD + made)
            }
            Owner::Phone(account) => account.phone.to_owned(),
            Owner::Head => BRANCH_HEAD.phone.to_owned(),
        };
        PhoneNumber::parse(&number).ok()
    }

    /// The family's own account with its post, if it enters everything by itself.
    fn author(
        &mut self,
        owner: &Owner<'_>,
        people: &[Person],
        phone: Option<&PhoneNumber>,
        at: DateTime<Utc>,
    ) -> Option<Holder> {
        let name = people.first().map(|head| head.name.clone()).unwrap_or_default();
        let account = match (owner, phone) {
            (Owner::Phone(known), _) => self.maker.known_account(known, at),
            // of the seven in ten with a number, so many that it is one in four of all
            (Owner::Anybody, Some(phone)) if self.maker.dice.random_ratio(5, 14) => {
                self.maker.account(name.clone(), Some(phone.clone()), None, at)
            }
            _ => return None,
        };
        Some(Holder {
            account,
            post: self.maker.post(account, Role::Family, self.branch, at),
            name,
            role: Role::Family,
        })
    }

    /// The household itself, its people and the words it is found by.
    fn family_rows(
        maker: &mut Maker<'_>,
        (plan, ward_id, branch_id): (&WardPlan, UnitId, UnitId),
        (people, phone, created_by): (&[Person], Option<PhoneNumber>, AccountId),
        created_at: DateTime<Utc>,
    ) -> HouseholdId {
        let tenant_id = maker.tenant;
        let household: HouseholdId = id(&mut maker.dice, created_at);
        let head = people.first().map(|person| person.name.clone()).unwrap_or_default();
        let head = PersonName::from_stored(head);
        let address = Address::from_stored(plan.address(&mut maker.dice));
        let head_key = head.search_key();
        maker.rows.subjects.push(subject::Model {
            tenant_id,
            id: household.into(),
            kind: SubjectKind::Household,
            created_at,
        });
        maker
            .rows
            .words
            .extend(word_suffixes(&head_key).into_iter().map(|word| household_word::Model {
                tenant_id,
                household_id: household,
                word,
                branch_id,
                ward_id,
            }));
        maker.rows.households.push(household::Model {
            tenant_id,
            id: household,
            branch_id,
            ward_id,
            sort_key: head.sort_key(),
            head_name: head.into_string(),
            head_key,
            phone: phone.map(PhoneNumber::into_string),
            address_key: address.key(),
            address: address.into_string(),
            version: 1,
            created_by,
            created_at,
        });
        for (position, person) in (0..).zip(people) {
            let member: MemberId = id(&mut maker.dice, created_at);
            maker.rows.members.push(household_member::Model {
                tenant_id,
                id: member,
                household_id: household,
                position,
                name: person.name.clone(),
                birth: Some(person.birth.clone()),
                relation: person.relation,
            });
        }
        household
    }

    /// Lets an account manage a household.
    fn link(maker: &mut Maker<'_>, household: HouseholdId, account_id: AccountId, created_at: DateTime<Utc>) {
        let link: HouseholdAccountId = id(&mut maker.dice, created_at);
        maker.rows.household_accounts.push(household_account::Model {
            tenant_id: maker.tenant,
            id: link,
            household_id: household,
            account_id,
            created_at,
        });
    }
}

/// Who of a family its sheet of a year is about.
fn members(people: &[Person], year: i32) -> Members {
    let age = |person: &Person| {
        let born = person.birth.split('-').next().and_then(|born| born.parse::<i32>().ok());
        born.map_or(0, |born| year - born)
    };
    Members {
        children: people
            .iter()
            .any(|person| person.relation != Relation::Head && (6..=17).contains(&age(person))),
        adults: people.iter().any(|person| (19..=60).contains(&age(person))),
    }
}
