//! When something may be done: the city's window for a phase, narrowed by the district and by the ward. Pure.

use chrono::{DateTime, Utc};
use entity::table::{programme_window, unit_window};
use entity::vocabulary::Phase;

use crate::error::Refusal;

/// A window as it holds in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// The part of the work.
    pub phase: Phase,
    /// First moment.
    pub opens_at: DateTime<Utc>,
    /// First moment after it.
    pub closes_at: DateTime<Utc>,
    /// Whether it may still be done afterwards, marked as late.
    pub late_allowed: bool,
}

impl From<&programme_window::Model> for Window {
    fn from(row: &programme_window::Model) -> Self {
        Self {
            phase: row.phase,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            late_allowed: row.late_allowed,
        }
    }
}

impl Window {
    /// The window narrowed by what a unit has set. What the unit set is kept though the city may have moved its window
    /// since: the two together are what holds, and they may leave nothing.
    #[must_use]
    pub fn narrowed(self, by: &unit_window::Model) -> Self {
        Self {
            opens_at: self.opens_at.max(by.opens_at),
            closes_at: self.closes_at.min(by.closes_at),
            ..self
        }
    }

    /// Whether another window lies inside this one.
    pub fn holds(&self, opens_at: DateTime<Utc>, closes_at: DateTime<Utc>) -> bool {
        self.opens_at <= opens_at && closes_at <= self.closes_at
    }

    /// Whether something done at a moment is late.
    ///
    /// # Errors
    /// Why it may not be done.
    pub fn check(&self, now: DateTime<Utc>) -> Result<bool, Refusal> {
        if now < self.opens_at {
            return Err(Refusal::WindowNotOpen);
        }
        match (now < self.closes_at, self.late_allowed) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) => Err(Refusal::WindowClosed),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hour)
    }

    fn window(late_allowed: bool) -> Window {
        Window {
            phase: Phase::Registration,
            opens_at: at(0),
            closes_at: at(10),
            late_allowed,
        }
    }

    #[test]
    fn the_first_moment_is_in_and_the_last_is_out() {
        let window = window(false);
        assert_eq!(
            window.check(at(0) - TimeDelta::microseconds(1)),
            Err(Refusal::WindowNotOpen)
        );
        assert_eq!(window.check(at(0)), Ok(false));
        assert_eq!(window.check(at(10) - TimeDelta::microseconds(1)), Ok(false));
        assert_eq!(window.check(at(10)), Err(Refusal::WindowClosed));
    }

    #[test]
    fn late_is_allowed_after_never_before() {
        assert_eq!(window(true).check(at(10)), Ok(true));
        assert_eq!(window(true).check(at(-1)), Err(Refusal::WindowNotOpen));
    }

    #[test]
    fn a_unit_narrows_and_never_widens() {
        let row = |opens, closes| unit_window::Model {
            tenant_id: uuid::Uuid::nil().into(),
            id: uuid::Uuid::nil().into(),
            unit_id: uuid::Uuid::nil().into(),
            year: 2026,
            phase: Phase::Registration,
            opens_at: at(opens),
            closes_at: at(closes),
            set_by: uuid::Uuid::nil().into(),
            set_at: at(0),
        };
        let narrowed = window(false).narrowed(&row(2, 8));
        assert_eq!((narrowed.opens_at, narrowed.closes_at), (at(2), at(8)));
        let wider = window(false).narrowed(&row(-5, 20));
        assert_eq!((wider.opens_at, wider.closes_at), (at(0), at(10)));
        // the city has moved its window away from the unit's: nothing is left, and nothing may be done
        let nothing = window(false).narrowed(&row(11, 20));
        assert_eq!(nothing.check(at(12)), Err(Refusal::WindowClosed));
    }
}
