//! Rows of one association in the making: its units, the people in charge of them, their accounts and posts.

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, TargetId, TenantId, UnitId, UnitVersionId};
use entity::scope::NewAccount;
use entity::table::{post, programme_window, programme_year, target, tenant, unit, unit_version};
use entity::value::{PersonName, PhoneNumber, UnitName};
use entity::vocabulary::{BranchKind, LearningModel, Role, TargetMeasure, TenantKind, UnitKind};
use rand::rngs::StdRng;

use super::calendar::id;
use super::generate::{Association, Setting};
use super::rows::Rows;
use super::{DemoAccount, names};

/// What every district and some wards are to reach: 85 families in a hundred, in hundredths of a per cent.
const TARGET: i32 = 8_500;

/// Somebody in charge, as journals name them.
#[derive(Clone)]
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
pub(super) struct NewUnit {
    /// Its level.
    pub(super) kind: UnitKind,
    /// What kind of branch it is.
    pub(super) branch_kind: Option<BranchKind>,
    /// The unit above.
    pub(super) parent: Option<UnitId>,
    /// What it is called.
    pub(super) name: String,
    /// Its official code.
    pub(super) code: Option<&'static str>,
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

impl<'a> Maker<'a> {
    /// Nothing made yet.
    pub(super) fn new(setting: &'a Setting, tenant: TenantId, dice: StdRng) -> Self {
        Self {
            setting,
            tenant,
            dice,
            rows: Rows::default(),
        }
    }

    /// The association with what was made of it.
    pub(super) fn association(
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
            acts: Vec::new(),
            criteria: Vec::new(),
            rows: self.rows,
        }
    }

    /// Makes a unit that begins with the associations.
    pub(super) fn unit(&mut self, new: NewUnit) -> UnitId {
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
    pub(super) fn targets(&mut self, unit: UnitId) {
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
                // last year's was of titles given; this year's is of what the branches have accepted, which can be seen grow
                measure: if window.year == self.setting.calendar.last.year {
                    TargetMeasure::Recognised
                } else {
                    TargetMeasure::Approved
                },
                cascaded: false,
            });
        }
    }

    /// Puts somebody in charge of a unit from the start: one who can sign in, or anybody.
    pub(super) fn holder(&mut self, unit: UnitId, role: Role, known: Option<&DemoAccount>) -> Holder {
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
