mod ended;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, RegistrationId, SubjectId, UnitId};
use entity::table::registration_event;
use entity::value::{PersonName, PhoneNumber};
use entity::vocabulary::{
    BranchKind, Channel, LearningModel, RegistrationAction as Action, RegistrationState as State, Role, SubjectKind,
    UnitKind,
};

use super::calendar::{Calendar, Window};
use super::generate::{self, Setting};
use super::plan::{self, WardPlan};
use super::rows::{Rows, Tally};
use super::{ACCOUNTS, BRANCH_HEAD, FAMILY_RETURNED, FAMILY_UNREGISTERED, FAMILY_WITHOUT_HOUSEHOLD};
use crate::registration::phase;

const SEED: u64 = 42;

fn setting(now: &str) -> Setting {
    Setting::new(SEED, Calendar::at(now.parse().unwrap()), "$argon2id$".to_owned())
}

/// Rows of one ward after the other, with their plans and the tally of their district.
fn wards(setting: &Setting, code: &str) -> (Vec<(WardPlan, Rows)>, Tally) {
    let plans = plan::city(SEED, None)
        .into_iter()
        .find(|wards| wards[0].district.code == code)
        .unwrap();
    let city = generate::city(setting).tenant.id;
    let district = generate::district(setting, city, plans[0].district).tenant;
    let mut tally = Tally::new(district.root_unit_id);
    let rows = plans.into_iter().map(|plan| {
        let rows = generate::ward(setting, &district, &plan, &mut tally);
        (plan, rows)
    });
    (rows.collect(), tally)
}

const MIDDAY: &str = "2026-11-20T05:00:00Z";

#[test]
fn hoan_kiem_is_there_in_full() {
    let (wards, _) = wards(&setting(MIDDAY), "002");
    assert_eq!(wards.len(), 18);
    let units = || wards.iter().flat_map(|(_, rows)| &rows.units);
    assert_eq!(units().filter(|unit| unit.kind == UnitKind::Branch).count(), 698);
    let kinds: BTreeSet<_> = units().filter_map(|unit| unit.branch_kind).collect();
    assert_eq!(kinds.len(), BranchKind::ALL.len());
    let names: Vec<_> = wards
        .iter()
        .map(|(_, rows)| rows.unit_versions[0].name.as_str())
        .collect();
    assert!(
        names.contains(&"Phường Hàng Bông") && names.contains(&"Phường Lý Thái Tổ"),
        "{names:?}"
    );
    for (_, rows) in &wards {
        let branches = rows.unit_versions.iter().map(|version| &version.name);
        assert_eq!(
            branches.clone().collect::<BTreeSet<_>>().len(),
            branches.count(),
            "two branches of one name"
        );
        let inhabited: BTreeSet<_> = rows.households.iter().map(|household| household.branch_id).collect();
        assert_eq!(inhabited.len() + 1, rows.units.len(), "a branch without a household");
    }
}

#[test]
fn every_state_occurs_in_every_ward_of_hoan_kiem() {
    for (plan, rows) in wards(&setting(MIDDAY), "002").0 {
        for year in [2025, 2026] {
            let ends = (year == 2025).then_some([State::Recognised, State::NotRecognised, State::Revoked]);
            let states: BTreeSet<_> = rows
                .registrations
                .iter()
                .filter(|row| row.year == year && row.model == LearningModel::LearningFamily)
                .map(|row| row.state)
                .collect();
            // this year waits for the branch head; last year has come to its end
            let expected = [
                State::Draft,
                State::Submitted,
                State::Returned,
                State::Approved,
                State::Rejected,
                State::Withdrawn,
            ];
            assert_eq!(
                states,
                expected.into_iter().chain(ends.into_iter().flatten()).collect(),
                "{:?} {year}",
                plan.known.map(|ward| ward.name)
            );
        }
    }
}

#[test]
fn same_seed_and_moment_same_rows() {
    let (first, second) = (wards(&setting(MIDDAY), "001").0, wards(&setting(MIDDAY), "001").0);
    for ((_, first), (_, second)) in first.iter().zip(&second) {
        assert_eq!(first.units, second.units);
        assert_eq!(first.unit_versions, second.unit_versions);
        assert_eq!(first.targets, second.targets);
        assert_eq!(first.posts, second.posts);
        assert_eq!(first.households, second.households);
        assert_eq!(first.members, second.members);
        assert_eq!(first.words, second.words);
        assert_eq!(first.household_accounts, second.household_accounts);
        assert_eq!(first.registrations, second.registrations);
        assert_eq!(first.events, second.events);
        assert_eq!(first.collectives, second.collectives);
        assert_eq!(first.citizens, second.citizens);
        assert_eq!(first.sheets, second.sheets);
        assert_eq!(first.items, second.items);
        assert_eq!(first.certificates, second.certificates);
        let accounts = |rows: &Rows| {
            rows.accounts
                .iter()
                .map(|row| (row.id, row.name.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(accounts(first), accounts(second));
    }
    // a ward is the same whichever was made before it
    let mut other = setting(MIDDAY);
    other.seed += 1;
    assert_ne!(wards(&other, "001").0[0].1.households, first[0].1.households);
}

/// The workflow, said once more in another way.
fn leads_to(from: Option<State>, action: Action) -> Option<State> {
    match (from, action) {
        (None, Action::SaveDraft) => Some(State::Draft),
        (None | Some(State::Draft | State::Returned | State::Withdrawn), Action::Submit) => Some(State::Submitted),
        (Some(State::Submitted), Action::Approve) => Some(State::Approved),
        (Some(State::Submitted), Action::Return) => Some(State::Returned),
        (Some(State::Submitted), Action::Reject) => Some(State::Rejected),
        (Some(State::Draft | State::Submitted | State::Returned), Action::Withdraw) => Some(State::Withdrawn),
        (Some(State::Approved), Action::SelfScore) => Some(State::SelfScored),
        (Some(State::SelfScored), Action::Assess) => Some(State::BranchAssessed),
        (Some(State::BranchAssessed), Action::Propose) => Some(State::WardProposed),
        (Some(State::BranchAssessed), Action::Decline) => Some(State::NotRecognised),
        (Some(State::WardProposed), Action::Recognise) => Some(State::Recognised),
        (Some(State::Recognised), Action::Revoke) => Some(State::Revoked),
        _ => None,
    }
}

/// Checks that a step was taken when steps of its kind may be taken.
fn assert_in_its_window(setting: &Setting, window: &Window, event: &registration_event::Model) {
    let closes = match phase(event.from_state, event.action) {
        Some(part) => {
            let windows = setting.calendar.phases(window);
            let (_, opens, closes) = windows.iter().find(|(phase, ..)| *phase == part).unwrap();
            assert!(*opens <= event.at, "{event:?}");
            *closes
        }
        None if event.action == Action::Revoke => setting.calendar.closed(),
        None => window.closes,
    };
    assert!(window.opens <= event.at && event.at < closes, "{event:?}");
}

/// Checks every journal of some rows.
fn assert_legal(setting: &Setting, now: DateTime<Utc>, rows: &Rows) {
    let posts: BTreeMap<PostId, _> = rows.posts.iter().map(|post| (post.id, post)).collect();
    let names: BTreeMap<AccountId, _> = rows.accounts.iter().map(|row| (row.id, row.name.as_str())).collect();
    let homes = rows
        .households
        .iter()
        .map(|row| (row.id.into(), (row.branch_id, row.ward_id)));
    let collectives = rows.collectives.iter();
    let collectives = collectives.map(|row| (row.id.into(), (row.branch_id, row.ward_id)));
    let citizens = rows
        .citizens
        .iter()
        .map(|row| (row.id.into(), (row.branch_id, row.ward_id)));
    let places: BTreeMap<SubjectId, _> = homes.chain(collectives).chain(citizens).collect();
    let since: BTreeMap<SubjectId, _> = rows.subjects.iter().map(|row| (row.id, row.created_at)).collect();
    assert_eq!((places.len(), since.len()), (rows.subjects.len(), rows.subjects.len()));
    let own: BTreeSet<(AccountId, SubjectId)> = rows
        .household_accounts
        .iter()
        .map(|link| (link.account_id, link.household_id.into()))
        .collect();
    let mut journals = BTreeMap::<RegistrationId, Vec<_>>::new();
    for event in &rows.events {
        journals.entry(event.registration_id).or_default().push(event);
    }
    assert_eq!(journals.len(), rows.registrations.len());
    for registration in &rows.registrations {
        let window = setting
            .calendar
            .windows()
            .into_iter()
            .find(|window| window.year == registration.year)
            .unwrap();
        let journal = &journals[&registration.id];
        let mut before = None;
        let mut last_at = since[&registration.subject_id];
        for (version, event) in (1..).zip(journal) {
            assert_eq!((event.version, event.from_state), (version, before));
            assert_eq!(leads_to(before, event.action), Some(event.to_state), "{event:?}");
            assert_eq!(
                event.reason.is_some(),
                match event.action {
                    Action::Return | Action::Reject | Action::Decline | Action::Revoke => true,
                    Action::Withdraw => event.reason.is_some(),
                    _ => false,
                }
            );
            assert!(last_at <= event.at && event.at < now, "{event:?}");
            assert_in_its_window(setting, window, event);
            let post = posts[&event.post_id];
            let by_ward = matches!(
                event.action,
                Action::Propose | Action::Decline | Action::Recognise | Action::Revoke
            );
            let unit = if by_ward { event.ward_id } else { event.branch_id };
            assert_eq!(
                (post.account_id, post.role, post.unit_id),
                (event.account_id, event.role, unit)
            );
            assert_eq!(by_ward, event.role == Role::WardOfficer);
            assert!(post.valid_from <= event.at);
            assert_eq!(names[&event.account_id], event.actor_name);
            let decision = matches!(
                event.action,
                Action::Approve | Action::Return | Action::Reject | Action::Assess
            );
            assert_eq!(
                event.role == Role::BranchHead,
                decision || !by_ward && registration.channel == Channel::Paper
            );
            assert!(
                !decision && !by_ward || !own.contains(&(event.account_id, registration.subject_id)),
                "decided on their own household"
            );
            assert!(
                event
                    .device_at
                    .is_none_or(|device| device <= event.at && event.role == Role::Family)
            );
            before = Some(event.to_state);
            last_at = event.at;
        }
        let last = journal.last().unwrap();
        assert_eq!(
            (registration.version, registration.state),
            (last.version, last.to_state)
        );
        assert_eq!(
            (registration.state_since, &registration.reason),
            (last.at, &last.reason)
        );
        assert_eq!(
            (registration.branch_id, registration.ward_id),
            places[&registration.subject_id]
        );
    }
}

#[test]
fn every_journal_is_a_path_of_the_workflow() {
    // any day of the year, its first second among them
    for now in [
        MIDDAY,
        "2025-12-31T17:00:01Z",
        "2026-01-03T02:00:00Z",
        "2026-12-31T16:59:59.999Z",
    ] {
        let setting = setting(now);
        for code in ["002", "016"] {
            for (_, rows) in wards(&setting, code).0 {
                assert_legal(&setting, now.parse().unwrap(), &rows);
            }
        }
    }
}

#[test]
fn about_nine_in_ten_registered_last_year_and_eight_this_year() {
    let (wards, tally) = wards(&setting(MIDDAY), "002");
    let households: usize = wards.iter().map(|(_, rows)| rows.households.len()).sum();
    let all = || wards.iter().flat_map(|(_, rows)| &rows.registrations);
    let registrations = || all().filter(|row| row.model == LearningModel::LearningFamily);
    let share = |count: usize| count * 100 / households;
    assert!((90..94).contains(&share(registrations().filter(|row| row.year == 2025).count())));
    assert!((72..92).contains(&share(registrations().filter(|row| row.year == 2026).count())));
    let phones = registrations().filter(|row| row.channel == Channel::Phone).count();
    assert!((20..30).contains(&(phones * 100 / registrations().count())));
    let (counts, _) = tally.rows(generate::city(&setting(MIDDAY)).tenant.id);
    let largest = counts.iter().map(|row| row.count).max();
    assert_eq!(largest, i64::try_from(households).ok());
    let counts = counts.iter().filter(|row| row.kind == SubjectKind::Household);
    assert_eq!(counts.count(), 698 + 18 + 1);
}

#[test]
fn the_branch_to_try_has_what_there_is_to_be_seen() {
    let setting = setting(MIDDAY);
    let (wards, _) = wards(&setting, "002");
    let (_, rows) = wards
        .iter()
        .find(|(plan, _)| plan.known.unwrap().name == "Hàng Bông")
        .unwrap();
    let account = |phone: &str| {
        let phone = PhoneNumber::parse(phone).unwrap();
        rows.accounts
            .iter()
            .find(|account| account.phone.as_ref() == Some(&phone))
            .unwrap()
    };
    let household_of = |phone: &str| {
        let id = account(phone).id;
        rows.household_accounts
            .iter()
            .find(|link| link.account_id == id)
            .map(|link| link.household_id)
    };
    let post = rows
        .posts
        .iter()
        .find(|post| post.account_id == account(BRANCH_HEAD.phone).id)
        .unwrap();
    let branch: UnitId = post.unit_id;
    assert_eq!(post.role, Role::BranchHead);
    let here: Vec<_> = rows
        .registrations
        .iter()
        .filter(|row| row.branch_id == branch && row.year == 2026 && row.model == LearningModel::LearningFamily)
        .collect();
    assert_eq!(rows.households.iter().filter(|row| row.branch_id == branch).count(), 60);
    assert_eq!(here.iter().filter(|row| row.state == State::Submitted).count(), 35);
    let of = |phone: &str| {
        let household = household_of(phone).unwrap();
        here.iter()
            .find(|row| row.subject_id == household.into())
            .map(|row| (row.state, row.reason.is_some()))
    };
    assert_eq!(of(FAMILY_RETURNED.phone), Some((State::Returned, true)));
    assert_eq!(of(FAMILY_UNREGISTERED.phone), None);
    assert_eq!(of(BRANCH_HEAD.phone), Some((State::Submitted, false)));
    assert_eq!(household_of(FAMILY_WITHOUT_HOUSEHOLD.phone), None);
    for family in [FAMILY_RETURNED, FAMILY_UNREGISTERED, FAMILY_WITHOUT_HOUSEHOLD] {
        let id = account(family.phone).id;
        let posts: Vec<_> = rows.posts.iter().filter(|post| post.account_id == id).collect();
        assert_eq!(posts.len(), 1);
        assert_eq!((posts[0].role, posts[0].unit_id), (Role::Family, branch));
    }
}

#[test]
fn only_the_listed_accounts_have_a_password() {
    let setting = setting(MIDDAY);
    let mut accounts = generate::city(&setting).rows.accounts;
    let city = generate::city(&setting).tenant.id;
    for code in ["001", "002"] {
        let (wards, _) = wards(&setting, code);
        accounts.extend(generate::district(&setting, city, wards[0].0.district).rows.accounts);
        accounts.extend(wards.into_iter().flat_map(|(_, rows)| rows.accounts));
    }
    let with_password = accounts.iter().filter(|account| account.password_hash.is_some());
    let named: BTreeSet<_> = with_password.map(|account| account.name.as_str().to_owned()).collect();
    assert_eq!(named, ACCOUNTS.iter().map(|account| account.name.to_owned()).collect());
    let phones: Vec<_> = accounts.iter().filter_map(|account| account.phone.clone()).collect();
    assert_eq!(
        phones.iter().collect::<BTreeSet<_>>().len(),
        phones.len(),
        "phone numbers of accounts are unique"
    );
    for account in ACCOUNTS {
        assert!(PhoneNumber::parse(account.phone).is_ok() && PersonName::parse(account.name).is_ok());
    }
}
