//! Figures as GraphQL shows them.

use async_graphql::{Context, Enum, MergedObject, Object, SimpleObject};
use entity::id::UnitId;
use entity::scope::View;
use entity::vocabulary::RegistrationState;

use super::store::{Cells, Figures, Title, figures_of};
use crate::access::Access;
use crate::loader::Shared;
use crate::page::{Page, Window};
use crate::programme::Target;
use crate::unit::{Below, Part, Unit, UnitRow};

/// The most units right below one that are compared at once; a district has up to 30 wards, a ward under 200 branches.
const SIBLINGS: u64 = 1000;

/// What a share is made of; the same for all units, so that their shares can be compared.
const DEFINITION: &str = "registrations accepted by the branch / households known to the branch today";

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
    /// Households without a registration sent in: households less registered, at least 0.
    pub not_registered: i64,
}

impl Counts {
    fn new(cells: &Cells, households: i64) -> Self {
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
            not_registered: (households - registered).max(0),
        }
    }
}

/// A part of a whole, with both and their meaning.
#[derive(SimpleObject)]
pub struct Share {
    /// The part.
    pub numerator: i64,
    /// The whole.
    pub denominator: i64,
    /// The part in hundredths of a per cent of the whole, rounded down; null when the whole is 0.
    pub basis_points: Option<i64>,
    /// What part and whole are.
    pub definition: &'static str,
}

impl Share {
    fn new(numerator: i64, denominator: i64) -> Self {
        let basis_points = (denominator > 0).then(|| numerator.saturating_mul(10_000) / denominator);
        Self {
            numerator,
            denominator,
            basis_points,
            definition: DEFINITION,
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
    /// Approved families among the households known today: households of past years are not kept.
    pub share: Share,
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
}

/// A unit's figures for a title and year, exact at this moment.
#[Object]
impl UnitFigures {
    /// The unit.
    async fn unit(&self) -> Unit {
        Unit::new(self.figures.unit.clone(), &self.view)
    }

    /// Households known to the unit today.
    async fn households(&self) -> i64 {
        self.figures.households
    }

    /// Registrations by state.
    async fn counts(&self) -> Counts {
        Counts::new(&self.figures.this_year, self.figures.households)
    }

    /// Approved families among all households.
    async fn share(&self) -> Share {
        Share::new(self.figures.this_year.accepted(), self.figures.households)
    }

    /// The share the unit is to reach; null where none is set.
    async fn target(&self) -> Option<Target> {
        self.figures.target.as_ref().map(Target::from)
    }

    /// The year before, beside it.
    async fn previous_year(&self) -> YearFigures {
        YearFigures {
            year: self.title.1 - 1,
            counts: Counts::new(&self.figures.last_year, self.figures.households),
            share: Share::new(self.figures.last_year.accepted(), self.figures.households),
        }
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
        let mut all = figures_of(&self.view.turned_to(None), units, self.title).await?;
        sort(&mut all, order_by);
        let after = window.after.as_ref();
        let beyond = |figures: &Figures| after.is_none_or(|after| rank(figures, order_by) > *after);
        let rows = all.into_iter().filter(beyond).take(window.first + 1).collect();
        let key = |figures: &Figures| rank(figures, order_by);
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
    /// Households of all districts.
    pub households: i64,
    /// Registrations of all districts by state.
    pub counts: Counts,
    /// Approved families among all households.
    pub share: Share,
    /// The year before, beside it.
    pub previous_year: YearFigures,
    /// Every district's figures, in the order asked for.
    pub districts: Vec<UnitFigures>,
}

impl CityOverview {
    /// The sum of all districts, and each of them.
    pub fn new(mut districts: Vec<Figures>, title: Title, view: &View, order: ProgressOrder) -> Self {
        sort(&mut districts, order);
        let households = districts.iter().map(|district| district.households).sum();
        let (mut this_year, mut last_year) = (Cells::default(), Cells::default());
        for district in &districts {
            this_year.add(&district.this_year);
            last_year.add(&district.last_year);
        }
        Self {
            households,
            counts: Counts::new(&this_year, households),
            share: Share::new(this_year.accepted(), households),
            previous_year: YearFigures {
                year: title.1 - 1,
                counts: Counts::new(&last_year, households),
                share: Share::new(last_year.accepted(), households),
            },
            districts: districts
                .into_iter()
                .map(|row| UnitFigures::new(row, title, view.clone()))
                .collect(),
        }
    }
}

/// Where a unit stands in an order: by a figure, then by name. A cursor keeps all of it, so that the next page goes on
/// from there though the figures have changed meanwhile.
type Rank = (i64, Vec<u8>, UnitId);

fn rank(row: &Figures, order: ProgressOrder) -> Rank {
    let share = || {
        let approved = row.this_year.accepted();
        Share::new(approved, row.households).basis_points.unwrap_or(-1)
    };
    let figure = match order {
        ProgressOrder::Name => 0,
        ProgressOrder::ShareDesc => -share(),
        ProgressOrder::ShareAsc => share(),
        ProgressOrder::RegisteredDesc => -row.this_year.registered(),
    };
    (figure, row.unit.sort_key.clone(), row.unit.id)
}

fn sort(figures: &mut [Figures], order: ProgressOrder) {
    figures.sort_by_cached_key(|row| rank(row, order));
}
