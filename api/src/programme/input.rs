//! What years, windows and targets are set from.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::id::{TenantId, UnitId};
use entity::value::{LongText, ProgrammeYear, Rule};
use uuid::Uuid;

use super::model::Phase;
use super::window::Window;
use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// When one part of the work may be done.
#[derive(InputObject)]
pub struct ProgrammeWindowInput {
    /// The part of the work.
    pub phase: Phase,
    /// First moment at which it may be done.
    pub opens_at: DateTime<Utc>,
    /// First moment at which it may not any more; after the opening.
    pub closes_at: DateTime<Utc>,
    /// Whether it may still be done afterwards, marked as late, until the year is closed.
    #[graphql(default)]
    pub late_allowed: bool,
}

/// A programme year to be opened.
#[derive(InputObject)]
pub struct OpenProgrammeYearInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Calendar year, 2014 to 2100.
    pub year: i32,
    /// One window for each part of the work, that of REGISTRATION at least; the others can be set later.
    pub windows: Vec<ProgrammeWindowInput>,
}

/// Windows of a programme year to be set anew.
#[derive(InputObject)]
pub struct ChangeProgrammeYearInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Calendar year.
    pub year: i32,
    /// The windows that change; the others stay as they are.
    pub windows: Vec<ProgrammeWindowInput>,
    /// Why, up to 2000 characters.
    pub reason: String,
}

/// A programme year to be closed, or opened again.
#[derive(InputObject)]
pub struct CloseProgrammeYearInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// Calendar year.
    pub year: i32,
    /// Why, up to 2000 characters.
    pub reason: String,
}

/// A window to be narrowed for one unit.
#[derive(InputObject)]
pub struct NarrowWindowInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The district or ward; it holds for the units below it too.
    pub unit_id: ID,
    /// Programme year.
    pub year: i32,
    /// The part of the work.
    pub phase: Phase,
    /// First moment at which it may be done there; not before the window above it.
    pub opens_at: DateTime<Utc>,
    /// First moment at which it may not any more; not after the window above it.
    pub closes_at: DateTime<Utc>,
}

/// Windows of a year, parsed.
pub struct SetWindows {
    /// The year.
    pub year: ProgrammeYear,
    /// The windows, each phase once.
    pub windows: Vec<Window>,
    /// Why; only for a change.
    pub reason: Option<LongText>,
}

/// A closing or reopening, parsed.
pub struct CloseYear {
    /// The year.
    pub year: ProgrammeYear,
    /// Why.
    pub reason: LongText,
}

/// A narrowing, parsed.
pub struct NarrowWindow {
    /// Association and id of the unit.
    pub unit: (TenantId, UnitId),
    /// The year.
    pub year: ProgrammeYear,
    /// The part of the work.
    pub phase: entity::vocabulary::Phase,
    /// First moment.
    pub opens_at: DateTime<Utc>,
    /// First moment after it.
    pub closes_at: DateTime<Utc>,
}

pub(super) fn programme_year(year: i32) -> Result<ProgrammeYear> {
    ProgrammeYear::parse(year).map_err(|rule| Error::invalid("year", rule))
}

fn reason(text: &str) -> Result<LongText> {
    let reason = LongText::parse(text).map_err(|rule| Error::invalid("reason", rule))?;
    if reason.as_str().is_empty() {
        return Err(Error::invalid("reason", Rule::Required));
    }
    Ok(reason)
}

fn windows(windows: &[ProgrammeWindowInput]) -> Result<Vec<Window>> {
    let mut parsed: Vec<Window> = Vec::new();
    for (at, window) in windows.iter().enumerate() {
        let phase = window.phase.into();
        if parsed.iter().any(|known| known.phase == phase) {
            return Err(Error::invalid(format!("windows.{at}.phase"), Rule::Repeated));
        }
        if window.closes_at <= window.opens_at {
            return Err(Error::invalid(
                format!("windows.{at}.closesAt"),
                Rule::EndsBeforeItBegins,
            ));
        }
        parsed.push(Window {
            phase,
            opens_at: window.opens_at,
            closes_at: window.closes_at,
            late_allowed: window.late_allowed,
        });
    }
    if parsed.is_empty() {
        return Err(Error::invalid("windows", Rule::Required));
    }
    Ok(parsed)
}

impl OpenProgrammeYearInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SetWindows> {
        let windows = windows(&self.windows)?;
        let registration = entity::vocabulary::Phase::Registration;
        if !windows.iter().any(|window| window.phase == registration) {
            return Err(Error::invalid("windows", Rule::Required));
        }
        Ok(SetWindows {
            year: programme_year(self.year)?,
            windows,
            reason: None,
        })
    }
}

impl ChangeProgrammeYearInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<SetWindows> {
        Ok(SetWindows {
            year: programme_year(self.year)?,
            windows: windows(&self.windows)?,
            reason: Some(reason(&self.reason)?),
        })
    }
}

impl CloseProgrammeYearInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<CloseYear> {
        Ok(CloseYear {
            year: programme_year(self.year)?,
            reason: reason(&self.reason)?,
        })
    }
}

impl NarrowWindowInput {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID.
    pub fn parse(&self) -> Result<NarrowWindow> {
        if self.closes_at <= self.opens_at {
            return Err(Error::invalid("closesAt", Rule::EndsBeforeItBegins));
        }
        Ok(NarrowWindow {
            unit: decode_as(NodeKind::Unit, &self.unit_id, "unitId")?,
            year: programme_year(self.year)?,
            phase: self.phase.into(),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
        })
    }
}
