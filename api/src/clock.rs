//! Time and randomness, the only place that asks the machine for either.
//!
//! Everything else takes them as parameters, so that a test can stand at the last second of a registration period and a
//! failed run can be repeated exactly.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment, without anything finer than a microsecond.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock. It is cut to microseconds, because that is what `PostgreSQL` keeps: a moment read back equals
/// the one written, on both databases.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine for the time"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// A clock that moves only when told to, for tests and for made-up histories.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock standing at a moment, cut to microseconds.
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self(Mutex::new(moment.trunc_subsecs(6)))
    }

    /// Moves it to a moment, which may lie before the present one.
    pub fn set(&self, moment: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment.trunc_subsecs(6);
    }

    /// Moves it by a span, backwards if that is negative.
    pub fn advance(&self, by: TimeDelta) {
        let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *moment = (*moment + by).trunc_subsecs(6);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, through the generator of AWS-LC; fit for keys and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system has no randomness to give. Nothing that follows could be trusted.
    fn fill(&self, bytes: &mut [u8]) {
        assert!(
            aws_lc_rs::rand::fill(bytes).is_ok(),
            "the operating system gives no randomness"
        );
    }
}

/// Randomness that repeats itself, for tests and demo data. Never a source of keys.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<StdRng>);

impl SeededEntropy {
    /// The sequence that belongs to a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// A random part of a span, so that those who wait alike do not all come back together.
pub fn part_of(span: Duration, entropy: &dyn Entropy) -> Duration {
    let mut random = [0; 2];
    entropy.fill(&mut random);
    span.saturating_mul(u16::from_le_bytes(random).into()) / u32::from(u16::MAX)
}

/// A fresh id in time order (UUID version 7, RFC 9562 section 5.7): 48 bits of milliseconds, 74 random bits.
pub fn uuid_v7(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    uuid_v7_at(clock.now(), entropy)
}

/// As [`uuid_v7`], where the moment is already known. A moment before 1970 counts as 1970.
pub fn uuid_v7_at(now: DateTime<Utc>, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The whole seconds of a span, as far as GraphQL's `Int` tells them.
pub fn whole_seconds(span: TimeDelta) -> i32 {
    let seconds = span.num_seconds().clamp(i32::MIN.into(), i32::MAX.into());
    i32::try_from(seconds).unwrap_or_default()
}

/// The time of Hanoi: seven hours ahead of UTC the whole year (`Asia/Ho_Chi_Minh` in the IANA time zone data).
pub const HANOI: FixedOffset = match FixedOffset::east_opt(7 * 60 * 60) {
    Some(offset) => offset,
    None => panic!("seven hours are less than a day"),
};

/// The calendar date in Hanoi at a moment; dates of posts and deadlines are meant so.
pub fn hanoi_date(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&HANOI).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_system_clock_knows_nothing_finer_than_a_microsecond() {
        let now = SystemClock.now();
        assert_eq!(now.timestamp_subsec_nanos() % 1_000, 0);
        assert!(now > moment("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn a_fixed_clock_moves_when_told() {
        let clock = FixedClock::at(moment("2026-11-20T08:00:00.123456789Z"));
        assert_eq!(clock.now(), moment("2026-11-20T08:00:00.123456Z"));
        clock.advance(TimeDelta::seconds(-1));
        assert_eq!(clock.now(), moment("2026-11-20T07:59:59.123456Z"));
        clock.set(moment("2027-01-01T00:00:00Z"));
        assert_eq!(clock.now(), moment("2027-01-01T00:00:00Z"));
    }

    #[test]
    fn ids_carry_version_variant_and_time_and_repeat_with_the_seed() {
        let clock = FixedClock::at(moment("2026-11-20T08:00:00.123456Z"));
        let ids = |seed| {
            let entropy = SeededEntropy::new(seed);
            (0..100).map(|_| uuid_v7(&clock, &entropy)).collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        for id in ids(3) {
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            assert_eq!(
                (i64::try_from(seconds).unwrap(), nanos),
                (clock.now().timestamp(), 123_000_000)
            );
        }
        let early = uuid_v7(&clock, &SystemEntropy);
        clock.advance(TimeDelta::milliseconds(1));
        assert!(early < uuid_v7(&clock, &SystemEntropy));
    }

    #[test]
    fn system_randomness_does_not_repeat() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut two);
        assert_ne!(one, two);
    }

    #[test]
    fn a_span_that_is_too_long_is_told_as_the_longest() {
        assert_eq!(whole_seconds(TimeDelta::milliseconds(-1_500)), -1);
        assert_eq!(whole_seconds(TimeDelta::days(100_000)), i32::MAX);
        assert_eq!(whole_seconds(TimeDelta::days(-100_000)), i32::MIN);
    }

    #[test]
    fn the_day_in_hanoi_begins_at_17_utc() {
        assert_eq!(
            hanoi_date(moment("2026-12-31T16:59:59.999999Z")).to_string(),
            "2026-12-31"
        );
        assert_eq!(hanoi_date(moment("2026-12-31T17:00:00Z")).to_string(), "2027-01-01");
    }
}
