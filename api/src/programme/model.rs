//! Programme years and targets as GraphQL shows them.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::{programme_year, target};

use crate::clock::HANOI;

/// The titles of the programme.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::LearningModel")]
pub enum LearningModel {
    /// Gia đình học tập: the learning family.
    LearningFamily,
}

/// A programme year.
#[derive(SimpleObject, Debug, Clone)]
pub struct ProgrammeYear {
    /// Calendar year.
    pub year: i32,
    /// First moment at which a registration may be sent in.
    pub registration_opens_at: DateTime<FixedOffset>,
    /// First moment at which it may not any more.
    pub registration_closes_at: DateTime<FixedOffset>,
    /// Whether a registration may be sent in now.
    pub registration_open: bool,
}

impl ProgrammeYear {
    /// As it stands at a moment.
    pub fn at(row: &programme_year::Model, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            year: row.year,
            registration_opens_at: row.registration_opens_at.with_timezone(&HANOI),
            registration_closes_at: row.registration_closes_at.with_timezone(&HANOI),
            registration_open: row.registration_opens_at <= now && now < row.registration_closes_at,
        }
    }
}

/// The share of its households that a unit is to bring to a title in a year.
#[derive(SimpleObject, Debug, Clone)]
pub struct Target {
    /// Approved families among all households of the unit, in hundredths of a per cent: 8500 is 85 %.
    pub basis_points: i32,
    /// When it was last set.
    pub set_at: DateTime<FixedOffset>,
}

impl From<&target::Model> for Target {
    fn from(row: &target::Model) -> Self {
        Self {
            basis_points: row.basis_points,
            set_at: row.set_at.with_timezone(&HANOI),
        }
    }
}
