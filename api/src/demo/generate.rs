//! From a seed and a moment to the rows of the demo city: associations, wards and branches with the people in charge.
//!
//! Nothing here asks the clock, the machine or the database. Every association and every ward has dice of its own, so a
//! ward comes out the same whichever was made before it.

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, TargetId, TenantId, UnitId, UnitVersionId};
use entity::scope::NewAccount;
use entity::table::{criteria_set, post, programme_window, programme_year, target, tenant, unit, unit_version};
use entity::value::{PersonName, PhoneNumber, UnitName};
use entity::vocabulary::{BranchKind, LearningModel, Role, TargetMeasure, TenantKind, UnitKind};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::calendar::{Calendar, id};
use super::geography::{BA_DINH, District, HANG_BONG, HOAN_KIEM};
use super::household::Households;
use super::journal::{Deck, LAST_YEAR, TO_TRY, this_year};
use super::names;
use super::plan::{BRANCH_TO_TRY, WardPlan};
use super::rows::{Rows, Tally};
use super::{BA_DINH_BRANCH_HEAD, BRANCH_HEAD, CITY_LEADER, CITY_OFFICER, DISTRICT_OFFICER, DemoAccount, WARD_OFFICER};
use crate::criteria::check::read;
use crate::criteria::row_of;
use crate::criteria::shipped::SHIPPED;

/// What every district and some wards are to reach: 85 families in a hundred, in hundredths of a per cent.
const TARGET: i32 = 8_500;

/// What the whole city is made with.
pub(super) struct Setting {
    /// Same seed and calendar, same rows.
    pub(super) seed: u64,
    /// When things happen.
    pub(super) calendar: Calendar,
    /// The password of the accounts that can sign in, hashed.
    pub(super) password_hash: String,
}

/// An association without what is below its root.
pub(super) struct Association {
    /// Its own row.
    pub(super) tenant: tenant::Model,
    /// The programme years it opened; only the city does.
    pub(super) years: Vec<programme_year::Model>,
    /// The windows of those years.
    pub(super) windows: Vec<programme_window::Model>,
    /// The criteria sets it published: those that come with the program.
    pub(super) criteria: Vec<criteria_set::Model>,
    /// Its root unit, officers and targets.
    pub(super) rows: Rows,
}

/// Somebody in charge, as journals name them.
pub(super) struct Holder {
    /// Their account.
    pub(super) account: AccountId,
    /// Their post.
    pub(super) post: PostId,
    /// Their name.
    pub(super) name: String,
    /// The post's role.
    pub(super) role: Role,
}

/// A unit to be made.
struct NewUnit {
    kind: UnitKind,
    branch_kind: Option<BranchKind>,
    parent: Option<UnitId>,
    name: String,
    code: Option<&'static str>,
}

/// Rows of one association in the making.
pub(super) struct Maker<'a> {
    /// What the city is made with.
    pub(super) setting: &'a Setting,
    /// The association.
    pub(super) tenant: TenantId,
    /// Chance.
    pub(super) dice: StdRng,
    /// What has been made.
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
        closed_at: None,
    });
    let windows = setting.calendar.windows().map(|window| programme_window::Model {
        city_id: tenant,
        year: window.year,
        phase: entity::vocabulary::Phase::Registration,
        opens_at: window.opens,
        closes_at: window.closes,
        late_allowed: false,
    });
    let criteria = criteria(&mut maker, &officer);
    Association {
        criteria,
        ..maker.association(TenantKind::City, None, root, (years.into(), windows.into()))
    }
}

/// The criteria sets that come with the program, published by the officer when the city begins.
fn criteria(maker: &mut Maker<'_>, officer: &Holder) -> Vec<criteria_set::Model> {
    let start = maker.setting.calendar.start;
    let sound = SHIPPED.iter().filter_map(|(_, text)| Some((text, read(text).ok()?)));
    sound
        .map(|(text, set)| {
            let place = (maker.tenant, id(&mut maker.dice, start));
            row_of(place, text, &set, (officer.account, &officer.name), start)
        })
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
        name,
        code: plan.known.map(|known| known.code),
    });
    let to_try = plan.known.is_some_and(|known| known.code == HANG_BONG);
    maker.holder(ward, Role::WardOfficer, to_try.then_some(&WARD_OFFICER));
    if plan.number % 3 == 1 {
        maker.targets(ward);
    }
    let mut last = Deck::new(&mut maker.dice, &LAST_YEAR);
    // some districts are further on than others
    let district: usize = plan.district.code.parse().unwrap_or(0);
    let mut this = Deck::new(&mut maker.dice, &this_year(28 + district * 11 % 29));
    for (number, size) in (1..).zip(&plan.branches) {
        let (kind, name) = branch_name(plan, number);
        let branch = maker.unit(NewUnit {
            kind: UnitKind::Branch,
            branch_kind: Some(kind),
            parent: Some(ward),
            name,
            code: None,
        });
        let known = match (number, plan.number, plan.district.code) {
            (1, _, _) if to_try => Some(&BRANCH_HEAD),
            (1, 1, BA_DINH) => Some(&BA_DINH_BRANCH_HEAD),
            _ => None,
        };
        let head = maker.holder(branch, Role::BranchHead, known);
        let mut households = Households {
            maker: &mut maker,
            tally: &mut *tally,
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
    maker.rows
}

/// What the `number`th branch of a ward is and is called. One in eight, the last ones, is not a residential group.
fn branch_name(plan: &WardPlan, number: u64) -> (BranchKind, String) {
    let branches = u64::try_from(plan.branches.len()).unwrap_or(u64::MAX);
    let from_end = branches - number;
    let place = match plan.known {
        Some(known) => known.name.to_owned(),
        None => format!("{} {}", plan.district.ward_word.to_lowercase(), plan.number),
    };
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

impl<'a> Maker<'a> {
    fn new(setting: &'a Setting, tenant: TenantId, dice: StdRng) -> Self {
        Self {
            setting,
            tenant,
            dice,
            rows: Rows::default(),
        }
    }

    fn association(
        self,
        kind: TenantKind,
        parent_id: Option<TenantId>,
        root_unit_id: UnitId,
        (years, windows): (Vec<programme_year::Model>, Vec<programme_window::Model>),
    ) -> Association {
        Association {
            tenant: tenant::Model {
                id: self.tenant,
                kind,
                parent_id,
                root_unit_id,
                created_at: self.setting.calendar.start,
            },
            years,
            windows,
            criteria: Vec::new(),
            rows: self.rows,
        }
    }

    /// Makes a unit that begins with the associations.
    fn unit(&mut self, new: NewUnit) -> UnitId {
        let start = self.setting.calendar.start;
        let unit: UnitId = id(&mut self.dice, start);
        let version: UnitVersionId = id(&mut self.dice, start);
        self.rows.units.push(unit::Model {
            tenant_id: self.tenant,
            id: unit,
            kind: new.kind,
            branch_kind: new.branch_kind,
            created_at: start,
        });
        let name = UnitName::from_stored(new.name);
        self.rows.unit_versions.push(unit_version::Model {
            tenant_id: self.tenant,
            id: version,
            unit_id: unit,
            parent_id: new.parent,
            name_key: name.key(),
            sort_key: name.sort_key(),
            name: name.into_string(),
            official_code: new.code.map(ToOwned::to_owned),
            valid_from: self.setting.calendar.start_day,
            valid_until: None,
        });
        unit
    }

    /// Sets a unit's target for both years.
    fn targets(&mut self, unit: UnitId) {
        for window in self.setting.calendar.windows() {
            let target: TargetId = id(&mut self.dice, window.opens);
            self.rows.targets.push(target::Model {
                tenant_id: self.tenant,
                id: target,
                unit_id: unit,
                model: LearningModel::LearningFamily,
                year: window.year,
                basis_points: TARGET,
                set_at: window.opens,
                measure: TargetMeasure::Approved,
                cascaded: false,
            });
        }
    }

    /// Puts somebody in charge of a unit from the start: one who can sign in, or anybody.
    fn holder(&mut self, unit: UnitId, role: Role, known: Option<&DemoAccount>) -> Holder {
        let start = self.setting.calendar.start;
        let account = if let Some(known) = known {
            self.known_account(known, start)
        } else {
            let name = names::anybody(&mut self.dice);
            self.account(name, None, None, start)
        };
        let name = self
            .rows
            .accounts
            .last()
            .map_or_else(String::new, |account| account.name.to_string());
        let post = self.post(account, role, unit, start);
        Holder {
            account,
            post,
            name,
            role,
        }
    }

    /// Makes an account that can sign in.
    pub(super) fn known_account(&mut self, known: &DemoAccount, at: DateTime<Utc>) -> AccountId {
        let hash = self.setting.password_hash.clone();
        self.account(
            known.name.to_owned(),
            PhoneNumber::parse(known.phone).ok(),
            Some(hash),
            at,
        )
    }

    /// Makes an account.
    pub(super) fn account(
        &mut self,
        name: String,
        phone: Option<PhoneNumber>,
        password_hash: Option<String>,
        at: DateTime<Utc>,
    ) -> AccountId {
        let account = id(&mut self.dice, at);
        self.rows.accounts.push(NewAccount {
            id: account,
            name: PersonName::from_stored(name),
            phone,
            is_phone_proven: true,
            user_name: None,
            password_hash,
            created_at: at,
        });
        account
    }

    /// Makes a post without an end.
    pub(super) fn post(&mut self, account: AccountId, role: Role, unit: UnitId, at: DateTime<Utc>) -> PostId {
        let post = id(&mut self.dice, at);
        self.rows.posts.push(post::Model {
            tenant_id: self.tenant,
            id: post,
            account_id: account,
            role,
            unit_id: unit,
            valid_from: at,
            valid_until: None,
            decision_number: None,
            created_at: at,
        });
        post
    }
}
