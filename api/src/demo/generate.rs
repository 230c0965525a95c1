//! From a seed and a moment to the rows of the demo city: associations, wards and branches with the people in charge.
//!
//! Nothing here asks the clock, the machine or the database. Every association and every ward has dice of its own, so a
//! ward comes out the same whichever was made before it.

use entity::id::{ProgrammeEventId, TenantId};
use entity::table::{criteria_set, programme_event, programme_window, programme_year, tenant};
use entity::vocabulary::{BranchKind, ProgrammeAction, Role, TenantKind, UnitKind};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::calendar::{Calendar, id};
use super::forms::Forms;
use super::geography::{BA_DINH, District, HANG_BONG, HOAN_KIEM};
use super::household::Households;
use super::journal::{Deck, LAST_YEAR, OTHERS, TO_TRY, this_year};
use super::known::Known;
use super::maker::{Holder, Maker, NewUnit};
use super::neighbour::{Branch, Neighbours};
use super::plan::{BRANCH_TO_TRY, WardPlan};
use super::rows::{Rows, Tally};
use super::year_end::YearEnd;
use super::{BA_DINH_BRANCH_HEAD, BRANCH_HEAD, CITY_LEADER, CITY_OFFICER, DISTRICT_OFFICER, WARD_OFFICER};
use crate::criteria::row_of;

/// What the whole city is made with.
pub(super) struct Setting {
    /// Same seed and calendar, same rows.
    pub(super) seed: u64,
    /// When things happen.
    pub(super) calendar: Calendar,
    /// The criteria sets.
    pub(super) forms: Forms,
    /// The password of the accounts that can sign in, hashed.
    pub(super) password_hash: String,
}

impl Setting {
    /// What a city is made with.
    pub(super) fn new(seed: u64, calendar: Calendar, password_hash: String) -> Self {
        Self {
            seed,
            forms: Forms::new(seed, calendar.start),
            calendar,
            password_hash,
        }
    }
}

/// An association without what is below its root.
pub(super) struct Association {
    /// Its own row.
    pub(super) tenant: tenant::Model,
    /// The programme years it opened; only the city does.
    pub(super) years: Vec<programme_year::Model>,
    /// The windows of those years.
    pub(super) windows: Vec<programme_window::Model>,
    /// What it did on those years.
    pub(super) acts: Vec<programme_event::Model>,
    /// The criteria sets it published: those that come with the program.
    pub(super) criteria: Vec<criteria_set::Model>,
    /// Its root unit, officers and targets.
    pub(super) rows: Rows,
}

/// The city association with its two accounts and both programme years.
pub(super) fn city(setting: &Setting) -> Association {
    let mut dice = dice(setting.seed, 0, 0);
    let tenant = id(&mut dice, setting.calendar.start);
    let mut maker = Maker::new(setting, tenant, dice);
    let root = maker.unit(NewUnit {
        kind: UnitKind::City,
        branch_kind: None,
        parent: None,
        name: "Thành phố Hà Nội".to_owned(),
        code: Some("01"),
    });
    let officer = maker.holder(root, Role::CityOfficer, Some(&CITY_OFFICER));
    maker.holder(root, Role::CityLeader, Some(&CITY_LEADER));
    let years = setting.calendar.windows().map(|window| programme_year::Model {
        city_id: tenant,
        year: window.year,
        created_at: setting.calendar.start,
        closed_at: (window.year == setting.calendar.last.year).then(|| setting.calendar.closed()),
    });
    let windows = setting.calendar.windows().into_iter().flat_map(|window| {
        let of = |(phase, opens_at, closes_at)| programme_window::Model {
            city_id: tenant,
            year: window.year,
            phase,
            opens_at,
            closes_at,
            late_allowed: false,
        };
        setting.calendar.phases(window).map(of)
    });
    let criteria = criteria(&maker, &officer);
    let acts = acts(&mut maker, &officer);
    Association {
        acts,
        criteria,
        ..maker.association(TenantKind::City, None, root, (years.into(), windows.collect()))
    }
}

/// The years as the officer opened and closed them.
fn acts(maker: &mut Maker<'_>, officer: &Holder) -> Vec<programme_event::Model> {
    let calendar = &maker.setting.calendar;
    let acts = [
        (calendar.last.year, ProgrammeAction::Open, calendar.start),
        (calendar.this.year, ProgrammeAction::Open, calendar.start),
        (calendar.last.year, ProgrammeAction::Close, calendar.closed()),
    ];
    let act = |(year, action, at)| {
        let id: ProgrammeEventId = id(&mut maker.dice, at);
        programme_event::Model {
            city_id: maker.tenant,
            id,
            year,
            action,
            reason: None,
            account_id: officer.account,
            actor_name: officer.name.clone(),
            at,
        }
    };
    acts.map(act).into()
}

/// The criteria sets that come with the program, published by the officer when the city begins.
fn criteria(maker: &Maker<'_>, officer: &Holder) -> Vec<criteria_set::Model> {
    let start = maker.setting.calendar.start;
    let forms = maker.setting.forms.all.iter();
    let by = (officer.account, officer.name.as_str());
    forms
        .map(|form| row_of((maker.tenant, form.id), form.text, &form.set, by, start))
        .collect()
}

/// A district association with its officer and its targets.
pub(super) fn district(setting: &Setting, city: TenantId, district: &'static District) -> Association {
    let number = district.code.parse().unwrap_or(0);
    let mut dice = dice(setting.seed, 1, number);
    let tenant = id(&mut dice, setting.calendar.start);
    let mut maker = Maker::new(setting, tenant, dice);
    let root = maker.unit(NewUnit {
        kind: UnitKind::District,
        branch_kind: None,
        parent: None,
        name: district.name.to_owned(),
        code: Some(district.code),
    });
    let known = (district.code == HOAN_KIEM).then_some(&DISTRICT_OFFICER);
    maker.holder(root, Role::DistrictOfficer, known);
    maker.targets(root);
    maker.association(TenantKind::District, Some(city), root, (Vec::new(), Vec::new()))
}

/// A ward with everything in it, counted in `tally`.
pub(super) fn ward(setting: &Setting, above: &tenant::Model, plan: &WardPlan, tally: &mut Tally) -> Rows {
    let mut maker = Maker::new(setting, above.id, dice(setting.seed, 2, plan.index));
    let name = match plan.known {
        Some(known) => format!("Phường {}", known.name),
        None => format!("{} {}", plan.district.ward_word, plan.number),
    };
    let ward = maker.unit(NewUnit {
        kind: UnitKind::Ward,
        branch_kind: None,
        parent: Some(above.root_unit_id),
        name: name.clone(),
        code: plan.known.map(|known| known.code),
    });
    let to_try = plan.known.is_some_and(|known| known.code == HANG_BONG);
    let officer = maker.holder(ward, Role::WardOfficer, to_try.then_some(&WARD_OFFICER));
    let mut year_end = YearEnd::new(&mut maker, (ward, name), officer);
    let mut known = Known::default();
    let mut branches = Vec::new();
    if plan.number % 3 == 1 {
        maker.targets(ward);
    }
    let mut last = Deck::new(&mut maker.dice, &LAST_YEAR);
    // some districts are further on than others
    let district: usize = plan.district.code.parse().unwrap_or(0);
    let mut this = Deck::new(&mut maker.dice, &this_year(28 + district * 11 % 29));
    for (number, size) in (1..).zip(&plan.branches) {
        let (kind, branch_name) = what_and_name(plan, number);
        let branch = maker.unit(NewUnit {
            kind: UnitKind::Branch,
            branch_kind: Some(kind),
            parent: Some(ward),
            name: branch_name.clone(),
            code: None,
        });
        let to_sign_in = match (number, plan.number, plan.district.code) {
            (1, _, _) if to_try => Some(&BRANCH_HEAD),
            (1, 1, BA_DINH) => Some(&BA_DINH_BRANCH_HEAD),
            _ => None,
        };
        let head = maker.holder(branch, Role::BranchHead, to_sign_in);
        branches.push(Branch {
            id: branch,
            kind,
            name: branch_name,
            head: head.clone(),
        });
        let mut households = Households {
            maker: &mut maker,
            tally: &mut *tally,
            year_end: &mut year_end,
            known: &mut known,
            plan,
            ward,
            branch,
            head,
        };
        if to_try && number == 1 {
            households.offer_to_try();
            let mut first = Deck::new(&mut households.maker.dice, &TO_TRY);
            let filled = BRANCH_TO_TRY.min(*size);
            households.some(3..filled, &mut last, &mut first);
            households.some(filled..*size, &mut last, &mut this);
        } else {
            households.some(0..*size, &mut last, &mut this);
        }
    }
    let others = Deck::new(&mut maker.dice, &OTHERS);
    let mut neighbours = Neighbours {
        maker: &mut maker,
        tally,
        year_end: &mut year_end,
        plan,
        ward,
        this: others,
    };
    neighbours.all(&branches, &known);
    year_end.finish(&mut maker);
    maker.rows
}

/// What the `number`th branch of a ward is and is called. One in eight, the last ones, is not a residential group.
fn what_and_name(plan: &WardPlan, number: u64) -> (BranchKind, String) {
    let branches = u64::try_from(plan.branches.len()).unwrap_or(u64::MAX);
    let from_end = branches - number;
    let place = plan.place();
    if from_end >= branches / 8 {
        let group = if plan.district.ward_word == "Xã" {
            "thôn"
        } else {
            "tổ dân phố"
        };
        return (BranchKind::Residential, format!("Chi hội {group} số {number}"));
    }
    // neighbouring wards do not have the same ones
    match (from_end + plan.number * 3) % 9 {
        0 | 4 => (BranchKind::School, format!("Chi hội Trường Tiểu học {place}")),
        1 => (BranchKind::School, format!("Chi hội Trường THCS {place}")),
        2 => (BranchKind::School, format!("Chi hội Trường Mầm non {place}")),
        3 => (BranchKind::Agency, format!("Chi hội Ủy ban nhân dân {place}")),
        5 => (BranchKind::Agency, format!("Chi hội Trạm Y tế {place}")),
        6 => (BranchKind::Enterprise, format!("Chi hội Hợp tác xã Dịch vụ {place}")),
        7 => (BranchKind::ArmedForces, format!("Chi hội Ban Chỉ huy Quân sự {place}")),
        _ => (BranchKind::Clan, format!("Chi hội dòng họ Nguyễn {place}")),
    }
}

/// Dice for one part of the city.
fn dice(seed: u64, level: u64, number: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ (level << 32) ^ (number << 40))
}
