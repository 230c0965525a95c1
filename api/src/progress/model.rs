//! Figures as GraphQL shows them.

use async_graphql::{Context, Enum, MergedObject, Object, SimpleObject};
use entity::id::UnitId;
use entity::scope::View;
use entity::table::target;
use entity::vocabulary::{LearningModel, RegistrationState};

use super::share::{Share, UnitTarget};
use super::store::{Cells, Figures, Title, figures_of, units_above};
use crate::access::Access;
use crate::loader::Shared;
use crate::page::{Page, Window};
use crate::unit::{Below, Part, Unit, UnitRow};

/// The most units right below one that are compared at once; a district has up to 30 wards, a ward under 200 branches.
const SIBLINGS: u64 = 1000;

/// The order in which units are compared.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressOrder {
    /// Vietnamese order of names.
    Name,
    /// Highest share first.
    ShareDesc,
    /// Lowest share first: where help is needed.
    ShareAsc,
    /// Most registered families first.
    RegisteredDesc,
}

/// Registrations by state.
#[derive(SimpleObject)]
pub struct Counts {
    /// Those that have sent a registration in and not taken it back, whatever has become of it since.
    pub registered: i64,
    /// Those whose registration the branch has accepted, whatever has become of it since.
    pub accepted: i64,
    /// Begun, not sent in.
    pub draft: i64,
    /// Waiting for the branch head.
    pub submitted: i64,
    /// Sent back for correction.
    pub returned: i64,
    /// Approved, and not yet marked by themselves.
    pub approved: i64,
    /// Refused.
    pub rejected: i64,
    /// Taken back.
    pub withdrawn: i64,
    /// Marked by themselves, waiting for the branch meeting.
    pub self_scored: i64,
    /// Assessed by the branch meeting, waiting for the ward.
    pub branch_assessed: i64,
    /// Submitted to the ward People's Committee.
    pub ward_proposed: i64,
    /// Recognised.
    pub recognised: i64,
    /// Not recognised.
    pub not_recognised: i64,
    /// Recognised once, and revoked.
    pub revoked: i64,
    /// Subjects without a registration sent in: subjects known today less registered, at least 0.
    pub not_registered: i64,
}

impl Counts {
    fn new(cells: &Cells, subjects: i64) -> Self {
        let registered = cells.registered();
        Self {
            registered,
            accepted: cells.accepted(),
            draft: cells.count(RegistrationState::Draft),
            submitted: cells.count(RegistrationState::Submitted),
            returned: cells.count(RegistrationState::Returned),
            approved: cells.count(RegistrationState::Approved),
            rejected: cells.count(RegistrationState::Rejected),
            withdrawn: cells.count(RegistrationState::Withdrawn),
            self_scored: cells.count(RegistrationState::SelfScored),
            branch_assessed: cells.count(RegistrationState::BranchAssessed),
            ward_proposed: cells.count(RegistrationState::WardProposed),
            recognised: cells.count(RegistrationState::Recognised),
            not_recognised: cells.count(RegistrationState::NotRecognised),
            revoked: cells.count(RegistrationState::Revoked),
            not_registered: (subjects - registered).max(0),
        }
    }
}

/// A year's counts and share.
#[derive(SimpleObject)]
pub struct YearFigures {
    /// The year.
    pub year: i32,
    /// Registrations by state.
    pub counts: Counts,
    /// Approved ones among the subjects known today: subjects of past years are not kept.
    pub share: Share,
    /// Recognised ones among the subjects known today.
    pub recognised_share: Share,
}

impl YearFigures {
    fn new((model, year): Title, cells: &Cells, denominator: i64) -> Self {
        Self {
            year,
            counts: Counts::new(cells, denominator),
            share: Share::approved(cells, (model, denominator)),
            recognised_share: Share::recognised(cells, (model, denominator)),
        }
    }
}

/// A unit's figures for a title and year.
pub struct UnitFigures {
    figures: Figures,
    title: Title,
    view: View,
}

impl UnitFigures {
    /// Figures as a view sees them.
    pub fn new(figures: Figures, title: Title, view: View) -> Self {
        Self { figures, title, view }
    }

    fn denominator(&self) -> i64 {
        self.figures.subjects
    }
}

/// A unit's figures for a title and year, exact at this moment.
#[Object]
impl UnitFigures {
    /// The unit.
    async fn unit(&self) -> Unit {
        Unit::new(self.figures.unit.clone(), &self.view)
    }

    /// The title's subjects known to the unit today: households for LEARNING_FAMILY, clans for LEARNING_CLAN, and so on.
    async fn subjects(&self) -> i64 {
        self.figures.subjects
    }

    /// Registrations by state.
    async fn counts(&self) -> Counts {
        Counts::new(&self.figures.this_year, self.denominator())
    }

    /// Approved ones among all subjects.
    async fn share(&self) -> Share {
        Share::approved(&self.figures.this_year, (self.title.0, self.denominator()))
    }

    /// Recognised ones among all subjects.
    async fn recognised_share(&self) -> Share {
        Share::recognised(&self.figures.this_year, (self.title.0, self.denominator()))
    }

    /// The share the unit is to reach, its own or that of the nearest unit above; null where none is set.
    async fn target(&self) -> Option<UnitTarget> {
        let row = self.figures.target.clone()?;
        let reached = Share::of(row.measure, &self.figures.this_year, (self.title.0, self.denominator()));
        Some(UnitTarget::new((row, self.figures.unit.id), reached, &self.view))
    }

    /// The year before, beside it.
    async fn previous_year(&self) -> YearFigures {
        let (model, year) = self.title;
        YearFigures::new((model, year - 1), &self.figures.last_year, self.denominator())
    }
}

/// The units right below a unit, with their figures.
pub struct BelowUnit {
    unit: UnitRow,
    title: Title,
    view: View,
}

/// The units right below a unit, with their figures.
#[Object]
impl BelowUnit {
    /// The units right below it with their figures. Ask `progress` of one of them to go further down.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order of units.", default_with = "Some(ProgressOrder::Name)")] order_by: Option<
            ProgressOrder,
        >,
        #[graphql(desc = "Rows of the page, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<UnitFigures>, Shared> {
        let order_by = order_by.unwrap_or(ProgressOrder::Name);
        let cursors = &ctx.app().cursors;
        let list = format!("progress {} {:?} {order_by:?}", self.unit.id, self.title);
        let window = Window::<Rank>::parse(cursors, list, first, after.as_deref())?;
        let siblings = Part {
            after: None,
            limit: SIBLINGS,
        };
        let below = Below::new(&self.unit, siblings);
        let units = ctx.units(&self.view).load_one(below).await?.unwrap_or_default();
        let total = i64::try_from(units.len()).ok();
        let view = self.view.turned_to(None);
        let above = units_above(ctx.app(), &view, &units).await?;
        let mut all = figures_of(&view, units, self.title, &above).await?;
        let by = (self.title.0, order_by);
        sort(&mut all, by);
        let after = window.after.as_ref();
        let beyond = |figures: &Figures| after.is_none_or(|after| rank(figures, by) > *after);
        let rows = all.into_iter().filter(beyond).take(window.first + 1).collect();
        let key = |figures: &Figures| rank(figures, by);
        let node = |figures| UnitFigures::new(figures, self.title, self.view.clone());
        Ok(window.page(cursors, rows, total, key, node)?)
    }
}

/// A unit's figures, and those of the units right below it.
#[derive(MergedObject)]
pub struct UnitProgress(UnitFigures, BelowUnit);

impl UnitProgress {
    /// As a view sees it.
    pub fn new(figures: Figures, title: Title, view: &View) -> Self {
        let below = BelowUnit {
            unit: figures.unit.clone(),
            title,
            view: view.clone(),
        };
        Self(UnitFigures::new(figures, title, view.clone()), below)
    }
}

/// All districts of the city side by side.
#[derive(SimpleObject)]
pub struct CityOverview {
    /// The title's subjects in all districts: households for LEARNING_FAMILY, clans for LEARNING_CLAN, and so on.
    pub subjects: i64,
    /// Registrations of all districts by state.
    pub counts: Counts,
    /// Approved ones among all subjects.
    pub share: Share,
    /// Recognised ones among all subjects.
    pub recognised_share: Share,
    /// The share the city is to reach; null where none is set.
    pub target: Option<UnitTarget>,
    /// The year before, beside it.
    pub previous_year: YearFigures,
    /// Every district's figures, in the order asked for.
    pub districts: Vec<UnitFigures>,
}

impl CityOverview {
    /// The sum of all districts, and each of them.
    pub fn new(
        mut districts: Vec<Figures>,
        (model, year): Title,
        (view, order): (&View, ProgressOrder),
        target: Option<target::Model>,
    ) -> Self {
        sort(&mut districts, (model, order));
        let subjects = districts.iter().map(|district| district.subjects).sum();
        let (mut this_year, mut last_year) = (Cells::default(), Cells::default());
        for district in &districts {
            this_year.add(&district.this_year);
            last_year.add(&district.last_year);
        }
        let of = (model, subjects);
        Self {
            subjects,
            counts: Counts::new(&this_year, subjects),
            share: Share::approved(&this_year, of),
            recognised_share: Share::recognised(&this_year, of),
            target: target.map(|row| {
                let (unit, reached) = (row.unit_id, Share::of(row.measure, &this_year, of));
                UnitTarget::new((row, unit), reached, view)
            }),
            previous_year: YearFigures::new((model, year - 1), &last_year, subjects),
            districts: districts
                .into_iter()
                .map(|row| UnitFigures::new(row, (model, year), view.clone()))
                .collect(),
        }
    }
}

/// Where a unit stands in an order: by a figure, then by name. A cursor keeps all of it, so that the next page goes on
/// from there though the figures have changed meanwhile.
type Rank = (i64, Vec<u8>, UnitId);

fn rank(row: &Figures, (model, order): (LearningModel, ProgressOrder)) -> Rank {
    let share = || {
        let approved = Share::approved(&row.this_year, (model, row.subjects));
        approved.in_basis_points().unwrap_or(-1)
    };
    let figure = match order {
        ProgressOrder::Name => 0,
        ProgressOrder::ShareDesc => -share(),
        ProgressOrder::ShareAsc => share(),
        ProgressOrder::RegisteredDesc => -row.this_year.registered(),
    };
    (figure, row.unit.sort_key.clone(), row.unit.id)
}

fn sort(figures: &mut [Figures], by: (LearningModel, ProgressOrder)) {
    figures.sort_by_cached_key(|row| rank(row, by));
}
