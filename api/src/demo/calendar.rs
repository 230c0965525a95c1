//! When things happen in the demo city: all moments hang on the one `now` it is made for.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use entity::vocabulary::Phase;
use rand::Rng;
use rand::rngs::StdRng;
use uuid::{Builder, Uuid};

use crate::clock::{HANOI, hanoi_date};

/// The window of a programme year.
pub(super) struct Window {
    /// The programme year.
    pub(super) year: i32,
    /// First moment at which a registration may be sent in.
    pub(super) opens: DateTime<Utc>,
    /// First moment at which it may not any more.
    pub(super) closes: DateTime<Utc>,
    /// Nothing has happened from here on: the window's end, or now.
    pub(super) until: DateTime<Utc>,
}

/// The moments everything hangs on.
pub(super) struct Calendar {
    /// When the associations and their units begin: 1 January two years ago, in Hanoi.
    pub(super) start: DateTime<Utc>,
    /// The same as a day.
    pub(super) start_day: NaiveDate,
    /// Last year: January to April, as communes really set it.
    pub(super) last: Window,
    /// This year, open to its end so that the demo can be used on every day of it.
    pub(super) this: Window,
}

impl Calendar {
    /// The calendar for a demo begun at `now`.
    pub(super) fn at(now: DateTime<Utc>) -> Self {
        let year = hanoi_date(now).year();
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MIN);
        let window = |year, opens: NaiveDate, closes: NaiveDate| {
            let (opens, closes) = (midnight(opens), midnight(closes));
            let until = closes.min(now);
            Window {
                year,
                opens,
                closes,
                until,
            }
        };
        Self {
            start: midnight(day(year - 2, 1)),
            start_day: day(year - 2, 1),
            last: window(year - 1, day(year - 1, 1), day(year - 1, 5)),
            this: window(year, day(year, 1), day(year + 1, 1)),
        }
    }

    /// Both windows, last year's first.
    pub(super) const fn windows(&self) -> [&Window; 2] {
        [&self.last, &self.this]
    }

    /// When each part of a year's work may be done. Last year had its seasons; all of this year is open from its first day to
    /// its last, so that whoever tries the demo can bring a title to its end.
    pub(super) fn phases(&self, window: &Window) -> [(Phase, DateTime<Utc>, DateTime<Utc>); 5] {
        let of = |month, day| hour(window.year, (month, day), 0);
        let (opens, closes) = (window.opens, window.closes);
        if window.year == self.this.year {
            return [
                Phase::Registration,
                Phase::SelfScoring,
                Phase::BranchAssessment,
                Phase::WardProposal,
                Phase::Recognition,
            ]
            .map(|phase| (phase, opens, closes));
        }
        [
            (Phase::Registration, opens, closes),
            (Phase::SelfScoring, of(10, 1), of(12, 10)),
            (Phase::BranchAssessment, of(11, 1), of(12, 16)),
            (Phase::WardProposal, of(11, 20), of(12, 20)),
            (Phase::Recognition, of(11, 25), of(12, 31)),
        ]
    }

    /// When last year was closed.
    pub(super) fn closed(&self) -> DateTime<Utc> {
        hour(self.last.year, (12, 31), 17)
    }
}

/// An hour of a day in Hanoi.
pub(super) fn hour(year: i32, (month, day): (u32, u32), hour: i64) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN);
    midnight(day) + TimeDelta::hours(hour)
}

impl Window {
    /// `count` moments one after the other inside the window and not after now; the first lies in its later part when
    /// what happens is to be `recent`.
    pub(super) fn moments(&self, dice: &mut StdRng, count: usize, recent: bool) -> Vec<DateTime<Utc>> {
        let span = self.until - self.opens;
        let first = if recent {
            between(dice, self.until - span / 6, self.until - span / 60)
        } else {
            between(dice, self.opens, self.until - span / 4)
        };
        std::iter::successors(Some(first), |before| {
            // half of what is left at most, so that the next moment lies inside the window too
            let wait = TimeDelta::milliseconds(dice.random_range(3_600_000..900_000_000));
            Some(*before + wait.min((self.until - *before) / 2))
        })
        .take(count)
        .collect()
    }

    /// What of it came last: a tenth of what has passed.
    pub(super) fn end(&self) -> Self {
        Self {
            opens: self.until - (self.until - self.opens) / 10,
            ..*self
        }
    }
}

/// A moment from `from` on and before `to`, in whole milliseconds after `from`; `from` itself when nothing lies between.
pub(super) fn between(dice: &mut StdRng, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let span = (to - from).num_milliseconds().max(1);
    from + TimeDelta::milliseconds(dice.random_range(0..span))
}

/// An id made at a moment: UUID version 7 (RFC 9562 section 5.7) with the dice's bits.
pub(super) fn id<T: From<Uuid>>(dice: &mut StdRng, at: DateTime<Utc>) -> T {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    T::from(Builder::from_unix_timestamp_millis(millis, &dice.random()).into_uuid())
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN)
        .and_local_timezone(HANOI)
        .single()
        .map_or(DateTime::<Utc>::MIN_UTC, |moment| moment.to_utc())
}
