//! Which clock counts at a deadline. Pure.
//!
//! The server's time counts. What a phone has recorded offline before a window closed, and brings within the grace after
//! it, counts as in time all the same: by the phone's own clock, put right by how far that clock is off. Nothing counts
//! earlier than the window opens or later than it arrives, and the journal says where the phone's clock has decided.

use chrono::{DateTime, TimeDelta, Utc};

use super::window::Window;
use crate::error::Refusal;

/// When a button was pressed, as far as the phone says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressed {
    /// By the phone's own clock.
    pub device_time: Option<DateTime<Utc>>,
    /// The server's time less the phone's when the request was sent; without it the phone's clock decides nothing.
    pub skew: Option<TimeDelta>,
    /// How long after a window has closed something recorded before may still come in.
    pub grace: TimeDelta,
}

impl From<Option<DateTime<Utc>>> for Pressed {
    fn from(device_time: Option<DateTime<Utc>>) -> Self {
        Self {
            device_time,
            ..Self::default()
        }
    }
}

/// How something stands to its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// In time by the server's clock, or without a window.
    InTime,
    /// Recorded in time by the phone's clock, and brought within the grace.
    InTimeByDevice,
    /// After its window, as the city allows.
    Late,
}

impl Pressed {
    /// When the button was pressed by the server's clock, as far as that can be told; never in the future.
    pub fn corrected(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let pressed = self.device_time?.checked_add_signed(self.skew?)?;
        Some(pressed.min(now))
    }

    /// How something stands to a window when it arrives.
    ///
    /// # Errors
    /// Why it may not be done.
    pub fn timing(&self, window: &Window, now: DateTime<Utc>) -> Result<Timing, Refusal> {
        let by_server = window.check(now);
        let after = matches!(by_server, Ok(true) | Err(Refusal::WindowClosed));
        if after && self.was_inside(window, now) {
            return Ok(Timing::InTimeByDevice);
        }
        by_server.map(|late| if late { Timing::Late } else { Timing::InTime })
    }

    fn was_inside(&self, window: &Window, now: DateTime<Utc>) -> bool {
        let ends = window.closes_at.checked_add_signed(self.grace);
        let arrives = ends.is_some_and(|ends| now < ends);
        let pressed = self.corrected(now);
        arrives && pressed.is_some_and(|pressed| window.opens_at <= pressed && pressed < window.closes_at)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use entity::vocabulary::Phase;

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hour)
    }

    fn window(late_allowed: bool) -> Window {
        Window {
            phase: Phase::Registration,
            opens_at: at(0),
            closes_at: at(100),
            late_allowed,
        }
    }

    fn pressed(hour: i64, skew: i64) -> Pressed {
        Pressed {
            device_time: Some(at(hour)),
            skew: Some(TimeDelta::hours(skew)),
            grace: TimeDelta::hours(72),
        }
    }

    #[test]
    fn the_servers_clock_counts_while_the_window_is_open() {
        for device in [-50, 0, 50, 500] {
            assert_eq!(pressed(device, 0).timing(&window(false), at(99)), Ok(Timing::InTime));
            assert_eq!(
                pressed(device, 0).timing(&window(true), at(-1)),
                Err(Refusal::WindowNotOpen)
            );
        }
    }

    #[test]
    fn what_was_recorded_in_time_counts_within_the_grace_and_not_after() {
        for late in [false, true] {
            let recorded = pressed(99, 0);
            assert_eq!(recorded.timing(&window(late), at(100)), Ok(Timing::InTimeByDevice));
            assert_eq!(recorded.timing(&window(late), at(171)), Ok(Timing::InTimeByDevice));
        }
        assert_eq!(
            pressed(99, 0).timing(&window(false), at(172)),
            Err(Refusal::WindowClosed)
        );
        assert_eq!(pressed(99, 0).timing(&window(true), at(172)), Ok(Timing::Late));
    }

    #[test]
    fn a_wrong_clock_is_put_right_first() {
        // ten hours behind: it says 95 at 105, which is after the window
        assert_eq!(
            pressed(95, 10).timing(&window(false), at(110)),
            Err(Refusal::WindowClosed)
        );
        // ten hours ahead: it says 105 at 95, which is in time
        assert_eq!(
            pressed(105, -10).timing(&window(false), at(110)),
            Ok(Timing::InTimeByDevice)
        );
    }

    #[test]
    fn nothing_counts_before_the_window_opens_or_after_it_arrives() {
        assert_eq!(
            pressed(-1, 0).timing(&window(false), at(110)),
            Err(Refusal::WindowClosed)
        );
        assert_eq!(pressed(500, 0).corrected(at(110)), Some(at(110)));
        let far = Pressed {
            device_time: Some(DateTime::<Utc>::MAX_UTC),
            ..pressed(0, 1)
        };
        assert_eq!(far.timing(&window(false), at(110)), Err(Refusal::WindowClosed));
    }

    #[test]
    fn without_device_time_or_skew_the_phones_clock_decides_nothing() {
        for unknown in [
            Pressed::default(),
            Pressed::from(Some(at(50))),
            Pressed {
                device_time: None,
                ..pressed(0, 0)
            },
        ] {
            assert_eq!(unknown.timing(&window(false), at(101)), Err(Refusal::WindowClosed));
            assert_eq!(unknown.timing(&window(true), at(101)), Ok(Timing::Late));
        }
    }
}
