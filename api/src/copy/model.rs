//! Changes as GraphQL shows them.

use async_graphql::{Enum, ID, SimpleObject};
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
use crate::schema::Node;
use crate::unit::Unit;

/// What a record of a copy is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::table::record_change::RecordKind")]
pub enum RecordKind {
    /// A household, with its members.
    Household,
    /// A clan, institution or community.
    Collective,
    /// A citizen.
    Citizen,
    /// A registration, with its score sheets and its certificate.
    Registration,
}

/// How a record is gone from a copy.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// It is elsewhere, where the post does not see it.
    LeftScope,
    /// It is nowhere any more.
    Removed,
}

/// A record that has changed since the copy was last brought up to date.
#[derive(SimpleObject)]
pub struct Change {
    /// What it is.
    kind: RecordKind,
    /// Its global id.
    id: ID,
    /// The record as it is now, to be put in the place of the one the phone has; null when it is gone.
    record: Option<Node>,
    /// How it is gone: remove it from the copy, if it is there. Null when it is not gone.
    gone: Option<Going>,
}

impl Change {
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
            Standing::Here | Standing::Left => Some(Going::LeftScope),
            Standing::Removed => Some(Going::Removed),
        };
        Self {
            kind: row.kind.into(),
            id: encode(node, row.tenant_id, row.record_id),
            record: record.map(Node::from),
            gone,
        }
    }
}

impl From<Record> for Node {
    fn from(record: Record) -> Self {
        match record {
            Record::Household(row) => Household(row).into(),
            Record::Collective(row) => Collective(row).into(),
            Record::Citizen(row) => Citizen(row).into(),
            Record::Registration(row) => Registration(row).into(),
        }
    }
}

/// A programme year with its windows as they hold in the post's unit.
#[derive(SimpleObject)]
pub struct YearInUnit {
    /// Calendar year.
    year: i32,
    /// Since when nothing changes in it any more; null while it is open.
    closed_at: Option<DateTime<FixedOffset>>,
    /// The windows, in the order of the year. Whether one is open the phone reckons by the server's time: `open` is of the
    /// moment of the answer.
    windows: Vec<ProgrammeWindow>,
}

impl YearInUnit {
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
pub struct ChangesPage {
    /// Not null: throw away the copy of this post before this page is stored, which begins a new one.
    pub reset: Option<CopyReset>,
    /// The units the post works in: those above its own, its own, and those right below. The whole list, in the place of the
    /// one the phone has; null where nothing has changed.
    pub units: Option<Vec<Unit>>,
    /// The criteria sets of the years below. The whole list; null where nothing has changed.
    pub criteria_sets: Option<Vec<CriteriaSet>>,
    /// The years that are open, and the newest, newest first. The whole list; null where nothing has changed.
    pub programme_years: Option<Vec<YearInUnit>>,
    /// What has changed, oldest change first. A record may come again; the last one counts.
    pub changes: Vec<Change>,
    /// To be kept with the copy and sent as `since` next time, also after a page without changes.
    pub cursor: String,
    /// Whether there is more: ask on at once.
    pub has_more: bool,
    /// What the records are reckoned to take in the answer, in bytes before compression. A page ends near 262,144.
    pub bytes: i32,
}
