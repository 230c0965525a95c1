//! Programme years and targets as GraphQL shows them.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, FixedOffset, Utc};
use entity::table::target;

use super::store::Year;
use super::window::Window;
use crate::clock::HANOI;

/// The titles of the programme.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::LearningModel")]
pub enum LearningModel {
    /// Gia đình học tập: the learning family.
    LearningFamily,
    /// Dòng họ học tập: the learning clan.
    LearningClan,
    /// Đơn vị học tập: a school, agency or enterprise that learns.
    LearningUnit,
    /// Cộng đồng học tập: a residential group that learns.
    LearningCommunity,
    /// Công dân học tập: the learning citizen.
    LearningCitizen,
}

/// A part of the programme year, with a window of its own.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::Phase")]
pub enum Phase {
    /// Registering, and approving what was registered.
    Registration,
    /// Subjects mark themselves.
    SelfScoring,
    /// Branch meetings assess.
    BranchAssessment,
    /// Wards submit their lists.
    WardProposal,
    /// Decisions of recognition are entered.
    Recognition,
}

/// When one part of the work may be done, by the server's clock.
#[derive(SimpleObject, Debug, Clone)]
pub struct ProgrammeWindow {
    /// The part of the work.
    pub phase: Phase,
    /// First moment at which it may be done.
    pub opens_at: DateTime<FixedOffset>,
    /// First moment at which it may not any more, or only late.
    pub closes_at: DateTime<FixedOffset>,
    /// Whether it may still be done afterwards, marked as late, until the year is closed.
    pub late_allowed: bool,
    /// Whether it may be done now and in time.
    pub open: bool,
}

impl ProgrammeWindow {
    /// As it stands at a moment.
    pub fn at(window: &Window, now: DateTime<Utc>) -> Self {
        Self {
            phase: window.phase.into(),
            opens_at: window.opens_at.with_timezone(&HANOI),
            closes_at: window.closes_at.with_timezone(&HANOI),
            late_allowed: window.late_allowed,
            open: window.check(now) == Ok(false),
        }
    }
}

/// A programme year.
#[derive(SimpleObject, Debug, Clone)]
pub struct ProgrammeYear {
    /// Calendar year.
    pub year: i32,
    /// The city's windows, in the order of the year; a part of the work without one cannot be done yet. A district or ward may
    /// have narrowed them: ask `programmeWindows`.
    pub windows: Vec<ProgrammeWindow>,
    /// Whether a registration may be sent in now, as far as the city is concerned.
    pub registration_open: bool,
    /// Since when nothing changes in it any more; null while it is open.
    pub closed_at: Option<DateTime<FixedOffset>>,
}

impl ProgrammeYear {
    /// As it stands at a moment.
    pub fn at((row, windows): &Year, now: DateTime<Utc>) -> Self {
        let windows = windows.iter().map(|window| ProgrammeWindow::at(&window.into(), now));
        let windows: Vec<_> = windows.collect();
        let may_register = |window: &ProgrammeWindow| window.phase == Phase::Registration && window.open;
        Self {
            year: row.year,
            registration_open: row.closed_at.is_none() && windows.iter().any(may_register),
            windows,
            closed_at: row.closed_at.map(|at| at.with_timezone(&HANOI)),
        }
    }
}

/// Which share of its subjects a target is for.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::TargetMeasure")]
pub enum TargetMeasure {
    /// Those whose registration the branch has accepted, whatever has become of it since.
    Approved,
    /// Those that are recognised.
    Recognised,
}

/// The share of its subjects that a unit is to bring to a title in a year.
#[derive(SimpleObject, Debug, Clone)]
pub struct Target {
    /// The share, in hundredths of a per cent: 8500 is 85 %.
    pub basis_points: i32,
    /// Which share it is.
    pub measure: TargetMeasure,
    /// When it was last set.
    pub set_at: DateTime<FixedOffset>,
}

impl From<&target::Model> for Target {
    fn from(row: &target::Model) -> Self {
        Self {
            basis_points: row.basis_points,
            measure: row.measure.into(),
            set_at: row.set_at.with_timezone(&HANOI),
        }
    }
}
