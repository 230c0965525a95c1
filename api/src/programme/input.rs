//! What years and targets are set from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{TenantId, UnitId};
use entity::value::{ProgrammeYear, Rule};
use uuid::Uuid;

use super::model::LearningModel;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// A programme year to be opened.
#[derive(InputObject)]
pub struct OpenProgrammeYearInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Calendar year, 2014 to 2100.
    pub year: i32,
    /// First moment at which a registration may be sent in.
    pub registration_opens_at: DateTime<Utc>,
    /// First moment at which it may not any more; after the opening.
    pub registration_closes_at: DateTime<Utc>,
}

/// A programme year, parsed.
pub struct OpenYear {
    /// The year.
    pub year: ProgrammeYear,
    /// First moment.
    pub opens_at: DateTime<Utc>,
    /// First moment after it.
    pub closes_at: DateTime<Utc>,
}

impl OpenProgrammeYearInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<OpenYear> {
        let year = ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?;
        if self.registration_closes_at <= self.registration_opens_at {
            return Err(Error::invalid("registrationClosesAt", Rule::NotADate));
        }
        Ok(OpenYear {
            year,
            opens_at: self.registration_opens_at,
            closes_at: self.registration_closes_at,
        })
    }
}

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
    /// Approved families among all households, in hundredths of a per cent, 0 to 10000.
    pub basis_points: i32,
}

/// A target, parsed.
pub struct SetTarget {
    /// Association and id of the unit.
    pub unit: (TenantId, UnitId),
    /// The title.
    pub model: entity::vocabulary::LearningModel,
    /// The year.
    pub year: ProgrammeYear,
    /// The share.
    pub basis_points: i32,
}

impl SetTargetInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SetTarget> {
        let unit = decode_as(NodeKind::Unit, &self.unit_id, "unitId")?;
        let year = ProgrammeYear::parse(self.year).map_err(|rule| Error::invalid("year", rule))?;
        if !(0..=10_000).contains(&self.basis_points) {
            return Err(Error::invalid("basisPoints", Rule::OutOfRange { min: 0, max: 10_000 }));
        }
        Ok(SetTarget {
            unit,
            model: self.model.into(),
            year,
            basis_points: self.basis_points,
        })
    }
}
