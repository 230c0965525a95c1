//! Changes as GraphQL shows them.

use async_graphql::{Enum, ID, SimpleObject, Union};
use chrono::{DateTime, FixedOffset, Utc};
use entity::table::record_change::{self, Standing};

use super::cursor::CopyReset;
use super::store::Record;
use crate::citizen::Citizen;
use crate::clock::HANOI;
use crate::collective::Collective;
use crate::criteria::CriteriaSet;
use crate::global_id::{NodeKind, encode};
use crate::household::Household;
use crate::programme::{ProgrammeWindow, YearHere};
use crate::registration::Registration;
use crate::unit::Unit;

/// What a record of a copy is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::table::record_change::RecordKind")]
pub enum CopyRecordKind {
    /// A household, with its members.
    Household,
    /// A clan, institution or community.
    Collective,
    /// A citizen.
    Citizen,
    /// A registration, with its score sheets, its evidence and its certificate.
    Registration,
}

/// How a record is gone from a copy.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyGone {
    /// It is elsewhere, where the post does not see it.
    LeftScope,
    /// It is nowhere any more.
    Removed,
}

/// A record that has changed since the copy was last brought up to date.
#[derive(SimpleObject)]
pub struct CopyChange {
    /// What it is.
    kind: CopyRecordKind,
    /// Its global id.
    id: ID,
    /// The record as it is now, to be put in the place of the one the phone has; null when it is gone.
    record: Option<CopyRecord>,
    /// How it is gone: remove it from the copy, if it is there. Null when it is not gone.
    gone: Option<CopyGone>,
}

impl CopyChange {
    /// Of a row, with its record as far as it is seen.
    pub fn new(row: &record_change::Model, record: Option<Record>) -> Self {
        use entity::table::record_change::RecordKind::{Citizen as OfCitizen, Collective as OfCollective};
        use entity::table::record_change::RecordKind::{Household as OfHousehold, Registration as OfRegistration};
        let node = match row.kind {
            OfHousehold => NodeKind::Household,
            OfCollective => NodeKind::Collective,
            OfCitizen => NodeKind::Citizen,
            OfRegistration => NodeKind::Registration,
        };
        let gone = match row.standing {
            _ if record.is_some() => None,
            Standing::Here | Standing::Left => Some(CopyGone::LeftScope),
            Standing::Removed => Some(CopyGone::Removed),
        };
        Self {
            kind: row.kind.into(),
            id: encode(node, row.tenant_id, row.record_id),
            record: record.map(CopyRecord::from),
            gone,
        }
    }
}

/// A record of a copy, by its kind.
#[derive(Union)]
pub enum CopyRecord {
    /// A household, with its members.
    Household(Household),
    /// A clan, institution or community.
    Collective(Collective),
    /// A citizen.
    Citizen(Citizen),
    /// A registration, with its score sheets, its evidence and its certificate.
    Registration(Registration),
}

impl From<Record> for CopyRecord {
    fn from(record: Record) -> Self {
        match record {
            Record::Household(row) => Self::Household(Household(row)),
            Record::Collective(row) => Self::Collective(Collective(row)),
            Record::Citizen(row) => Self::Citizen(Citizen(row)),
            Record::Registration(row) => Self::Registration(Registration(row)),
        }
    }
}

/// A programme year with its windows as they hold in the post's unit.
#[derive(SimpleObject)]
pub struct ProgrammeYearInUnit {
    /// Calendar year.
    year: i32,
    /// Since when nothing changes in it any more; null while it is open.
    closed_at: Option<DateTime<FixedOffset>>,
    /// The windows, in the order of the year. Whether one is open the phone reckons by the server's time: `open` is of the
    /// moment of the answer.
    windows: Vec<ProgrammeWindow>,
}

impl ProgrammeYearInUnit {
    /// As it stands at a moment.
    pub fn at(year: &YearHere, now: DateTime<Utc>) -> Self {
        Self {
            year: year.year,
            closed_at: year.closed_at.map(|at| at.with_timezone(&HANOI)),
            windows: year
                .windows
                .iter()
                .map(|window| ProgrammeWindow::at(window, now))
                .collect(),
        }
    }
}

/// What has changed for a copy, and where to go on.
#[derive(SimpleObject)]
pub struct CopyPage {
    /// Not null: throw away the copy of this post before this page is stored, which begins a new one. Null where no `since` was
    /// sent: who begins anew without one empties the copy first.
    pub reset: Option<CopyReset>,
    /// The units the post works in: those above its own, its own, and those right below. The whole list, in the place of the
    /// one the phone has; null where nothing has changed.
    pub units: Option<Vec<Unit>>,
    /// The criteria sets of the years below. The whole list; null where nothing has changed.
    pub criteria_sets: Option<Vec<CriteriaSet>>,
    /// The years that are open, and the newest, newest first. The whole list; null where nothing has changed.
    pub programme_years: Option<Vec<ProgrammeYearInUnit>>,
    /// What has changed, oldest change first. A record may come again; the last one counts.
    pub records: Vec<CopyChange>,
    /// To be kept with the copy and sent as `since` next time, also after a page without changes.
    pub cursor: String,
    /// Whether there is more: ask on at once.
    pub has_more: bool,
    /// What the records are reckoned to take in the answer, in bytes before compression. A page ends near 262,144.
    pub bytes: i32,
}
