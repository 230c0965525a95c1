//! From marks to a total, a rank and a pass: one pure function, so that a family, a branch meeting and a ward officer
//! are all counted the same way.

use entity::value::Points;
use entity::vocabulary::WhenNotApplicable;

use super::set::{CriteriaSet, Indicator};

/// What is written beside one indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Mark {
    /// So many points.
    Points(Points),
    /// It does not apply to this subject.
    NotApplicable,
}

/// Why a mark cannot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMark {
    /// Nothing is written there.
    Missing,
    /// More than the indicator gives.
    AboveMaximum,
    /// Not a multiple of the indicator's step.
    NotAStep,
    /// The indicator applies to everybody.
    AlwaysApplies,
    /// The points come from results of another title; nobody writes them.
    Computed,
}

/// Why a subject does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortfall {
    /// The total is too low.
    Total {
        /// What was reached.
        reached: Points,
        /// What passes.
        needed: Points,
    },
    /// An indicator is below the least that each needs.
    Indicator {
        /// Its number on the form.
        code: String,
        /// What was reached.
        reached: Points,
        /// What each needs.
        needed: Points,
    },
}

/// What a sheet comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// What counts of each indicator, in the order of the form; none where it is left out.
    pub counted: Vec<Option<Points>>,
    /// The total on the set's own scale.
    pub total: Points,
    /// Everything that keeps it from passing; it passes when there is nothing.
    pub shortfalls: Vec<Shortfall>,
    /// The code of the best rank reached, of those who pass.
    pub rank: Option<String>,
}

impl Score {
    /// Whether it passes.
    pub fn passes(&self) -> bool {
        self.shortfalls.is_empty()
    }
}

/// Checks one mark; `None` is a line left empty.
///
/// # Errors
/// Why it cannot stand.
pub fn check(indicator: &Indicator, mark: Option<Mark>) -> Result<Mark, BadMark> {
    match mark {
        None => Err(BadMark::Missing),
        Some(Mark::NotApplicable) if indicator.when_not_applicable.is_none() => Err(BadMark::AlwaysApplies),
        Some(Mark::Points(points)) if points > indicator.maximum => Err(BadMark::AboveMaximum),
        Some(Mark::Points(points)) if !points.is_step_of(indicator.step) => Err(BadMark::NotAStep),
        Some(mark) => Ok(mark),
    }
}

/// The points of an indicator that takes them from results: the share of those who reached the other title, rounded down
/// to a step. Where nobody could, it does not apply if the set allows that, else it gives nothing.
pub fn computed(indicator: &Indicator, reached: i64, of: i64) -> Mark {
    if of == 0 && indicator.when_not_applicable.is_some() {
        return Mark::NotApplicable;
    }
    // subjects move, and what they have reached stays where it was decided: a part is never more than the whole
    Mark::Points(indicator.maximum.share(reached.min(of), of).down_to(indicator.step))
}

/// Counts a full sheet of checked marks, one for each indicator of the set in its order.
///
/// Indicators left out are rebased: the rest is brought to the set's maximum, rounded down to a hundredth, so that
/// nobody passes by rounding. Where nothing is left to count the total is zero.
pub fn score(set: &CriteriaSet, marks: &[Mark]) -> Score {
    let counted: Vec<Option<Points>> = set
        .indicators()
        .zip(marks)
        .map(|(indicator, mark)| match (mark, indicator.when_not_applicable) {
            (Mark::Points(points), _) => Some(*points),
            (Mark::NotApplicable, Some(WhenNotApplicable::Full)) => Some(indicator.maximum),
            (Mark::NotApplicable, Some(WhenNotApplicable::Rebase)) => None,
            (Mark::NotApplicable, Some(WhenNotApplicable::Zero) | None) => Some(Points::ZERO),
        })
        .collect();
    let sum: Points = counted.iter().flatten().copied().sum();
    let left_out = set.indicators().zip(&counted).filter(|(_, counted)| counted.is_none());
    let left_out: Points = left_out.map(|(indicator, _)| indicator.maximum).sum();
    let possible = i64::from(set.maximum.hundredths() - left_out.hundredths());
    let total = if left_out == Points::ZERO {
        sum
    } else {
        sum.share(i64::from(set.maximum.hundredths()), possible)
    };
    let shortfalls = shortfalls(set, marks, &counted, total);
    let rank = set.ranks.iter().find(|rank| total >= rank.total);
    Score {
        rank: rank.filter(|_| shortfalls.is_empty()).map(|rank| rank.code.clone()),
        counted,
        total,
        shortfalls,
    }
}

fn shortfalls(set: &CriteriaSet, marks: &[Mark], counted: &[Option<Points>], total: Points) -> Vec<Shortfall> {
    let mut shortfalls = Vec::new();
    if total < set.pass_total {
        shortfalls.push(Shortfall::Total {
            reached: total,
            needed: set.pass_total,
        });
    }
    let Some(needed) = set.pass_each else {
        return shortfalls;
    };
    for ((indicator, mark), counted) in set.indicators().zip(marks).zip(counted) {
        // only what applies: an indicator that does not is no failure of the subject
        if let (Mark::Points(_), Some(reached)) = (mark, counted)
            && *reached < needed
        {
            shortfalls.push(Shortfall::Indicator {
                code: indicator.code.clone(),
                reached: *reached,
                needed,
            });
        }
    }
    shortfalls
}
