//! Shares, never without their numerator, their denominator and what they are; and what of a target has been reached.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, FixedOffset};
use entity::id::UnitId;
use entity::scope::View;
use entity::table::target;
use entity::value::Language;
use entity::vocabulary::{LearningModel, TargetMeasure as Measure};

use super::store::Cells;
use crate::access::Access;
use crate::clock::HANOI;
use crate::error::pick;
use crate::loader::Shared;
use crate::programme::TargetMeasure;
use crate::unit::Unit;

/// What a share is, for programs; the same for all units, so that their shares can be compared.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareDefinition {
    /// Registrations that the branch has accepted, whatever has become of them since, among the subjects of the title known
    /// today.
    ApprovedOfSubjects,
    /// Titles recognised and not revoked among the subjects of the title known today.
    RecognisedOfSubjects,
}

/// A share of all subjects of a title.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    numerator: i64,
    denominator: i64,
    measure: Measure,
    model: LearningModel,
}

impl Share {
    /// What counts for a measure, of so many subjects of a title.
    pub fn of(measure: Measure, cells: &Cells, (model, denominator): (LearningModel, i64)) -> Self {
        Self {
            numerator: cells.reached(measure),
            denominator,
            measure,
            model,
        }
    }

    /// Of what branches have accepted.
    pub fn approved(cells: &Cells, of: (LearningModel, i64)) -> Self {
        Self::of(Measure::Approved, cells, of)
    }

    /// Of what is recognised.
    pub fn recognised(cells: &Cells, of: (LearningModel, i64)) -> Self {
        Self::of(Measure::Recognised, cells, of)
    }

    /// In hundredths of a per cent, rounded down; none of nothing.
    pub fn in_basis_points(&self) -> Option<i64> {
        (self.denominator > 0).then(|| self.numerator.saturating_mul(10_000) / self.denominator)
    }
}

/// A share of all subjects of a title, with its numerator, its denominator and what they are.
#[Object]
impl Share {
    /// The part.
    async fn numerator(&self) -> i64 {
        self.numerator
    }

    /// The whole.
    async fn denominator(&self) -> i64 {
        self.denominator
    }

    /// The part in hundredths of a per cent of the whole, rounded down: 8500 is 85 %; null when the whole is 0.
    async fn basis_points(&self) -> Option<i64> {
        self.in_basis_points()
    }

    /// What it is, for programs.
    async fn code(&self) -> ShareDefinition {
        match self.measure {
            Measure::Approved => ShareDefinition::ApprovedOfSubjects,
            Measure::Recognised => ShareDefinition::RecognisedOfSubjects,
        }
    }

    /// What part and whole are, in the language of `Accept-Language`; show it beside every share.
    async fn definition(&self, ctx: &Context<'_>) -> &'static str {
        definition((self.measure, self.model), ctx.request().language)
    }
}

const fn definition((measure, model): (Measure, LearningModel), language: Language) -> &'static str {
    match (measure, model) {
        (Measure::Approved, LearningModel::LearningFamily) => pick(
            language,
            "số đăng ký đã được chi hội duyệt / số hộ chi hội đang quản lý hiện nay",
            "registrations accepted by the branch / households known to the branch today",
        ),
        (Measure::Recognised, LearningModel::LearningFamily) => pick(
            language,
            "số hộ được công nhận danh hiệu, không kể đã thu hồi / số hộ chi hội đang quản lý hiện nay",
            "households recognised, less those revoked / households known to the branch today",
        ),
        (Measure::Approved, _) => pick(
            language,
            "số đăng ký đã được duyệt / số đối tượng của danh hiệu này đang quản lý hiện nay",
            "registrations accepted / subjects of this title known today",
        ),
        (Measure::Recognised, _) => pick(
            language,
            "số được công nhận danh hiệu, không kể đã thu hồi / số đối tượng của danh hiệu này đang quản lý hiện nay",
            "titles recognised, less those revoked / subjects of this title known today",
        ),
    }
}

/// A unit's target, and what of it has been reached.
pub struct UnitTarget {
    row: target::Model,
    unit: UnitId,
    reached: Share,
    view: View,
}

impl UnitTarget {
    /// The target that holds for a unit, with the share it has reached.
    pub fn new((row, unit): (target::Model, UnitId), reached: Share, view: &View) -> Self {
        Self {
            row,
            unit,
            reached,
            view: view.turned_to(None),
        }
    }
}

/// The share of its subjects that a unit is to bring to a title in a year, and what of it has been reached.
#[Object]
impl UnitTarget {
    /// The share, in hundredths of a per cent: 8500 is 85 %.
    async fn basis_points(&self) -> i32 {
        self.row.basis_points
    }

    /// Which share it is.
    async fn measure(&self) -> TargetMeasure {
        self.row.measure.into()
    }

    /// That share as it stands.
    async fn reached(&self) -> Share {
        self.reached
    }

    /// When it was last set.
    async fn set_at(&self) -> DateTime<FixedOffset> {
        self.row.set_at.with_timezone(&HANOI)
    }

    /// Whether it was set for all units beside it at once, not for this unit by hand.
    async fn cascaded(&self) -> bool {
        self.row.cascaded
    }

    /// The nearest unit above that it was set for; null where the unit has its own.
    async fn inherited_from(&self, ctx: &Context<'_>) -> Result<Option<Unit>, Shared> {
        if self.row.unit_id == self.unit {
            return Ok(None);
        }
        let row = ctx.units(&self.view).load_one(self.row.unit_id).await?;
        Ok(row.map(|row| Unit::new(row, &self.view)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_none_of_nothing() {
        let share = |numerator, denominator| Share {
            numerator,
            denominator,
            measure: Measure::Recognised,
            model: LearningModel::LearningFamily,
        };
        assert_eq!(share(2, 3).in_basis_points(), Some(6666));
        assert_eq!(share(0, 0).in_basis_points(), None);
        // more titles than subjects known today: told as it is
        assert_eq!(share(3, 2).in_basis_points(), Some(15_000));
    }
}
