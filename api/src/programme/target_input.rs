//! What targets are set from.

use async_graphql::{ID, InputObject};
use entity::id::{TenantId, UnitId};
use entity::value::{ProgrammeYear, Rule};
use uuid::Uuid;

use super::input::programme_year;
use super::model::{LearningModel, TargetMeasure};
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// A unit's target to be set.
#[derive(InputObject)]
pub struct SetTargetInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The unit.
    pub unit_id: ID,
    /// The title.
    #[graphql(default_with = "LearningModel::LearningFamily")]
    pub model: LearningModel,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// Which share is meant.
    #[graphql(default_with = "TargetMeasure::Recognised")]
    pub measure: TargetMeasure,
    /// The share, in hundredths of a per cent, 0 to 10000.
    pub basis_points: i32,
}

/// A target to be set for all units right below one.
#[derive(InputObject)]
pub struct CascadeTargetInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The unit above: the city, a district or a ward.
    pub unit_id: ID,
    /// The title.
    #[graphql(default_with = "LearningModel::LearningFamily")]
    pub model: LearningModel,
    /// Programme year, 2014 to 2100.
    pub year: i32,
    /// Which share is meant.
    #[graphql(default_with = "TargetMeasure::Recognised")]
    pub measure: TargetMeasure,
    /// The share, in hundredths of a per cent, 0 to 10000.
    pub basis_points: i32,
    /// Set it also for units that have one of their own, set by hand.
    #[graphql(default)]
    pub overwrite: bool,
}

/// A target, parsed.
#[derive(Debug, Clone, Copy)]
pub struct SetTarget {
    /// Association and id of the unit: the one it is for, or the one above those it is for.
    pub unit: (TenantId, UnitId),
    /// The title.
    pub model: entity::vocabulary::LearningModel,
    /// The year.
    pub year: ProgrammeYear,
    /// Which share.
    pub measure: entity::vocabulary::TargetMeasure,
    /// The share.
    pub basis_points: i32,
}

fn share(basis_points: i32) -> Result<i32> {
    if (0..=10_000).contains(&basis_points) {
        Ok(basis_points)
    } else {
        Err(Error::invalid("basisPoints", Rule::OutOfRange { min: 0, max: 10_000 }))
    }
}

impl SetTargetInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SetTarget> {
        Ok(SetTarget {
            unit: decode_as(NodeKind::Unit, &self.unit_id, "unitId")?,
            basis_points: share(self.basis_points)?,
            model: self.model.into(),
            measure: self.measure.into(),
            year: programme_year(self.year)?,
        })
    }
}

impl CascadeTargetInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SetTarget> {
        Ok(SetTarget {
            unit: decode_as(NodeKind::Unit, &self.unit_id, "unitId")?,
            basis_points: share(self.basis_points)?,
            model: self.model.into(),
            measure: self.measure.into(),
            year: programme_year(self.year)?,
        })
    }
}
