//! How much chaos: the text behind `--chaos`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How much of each disturbance. Rates are parts of all requests, from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// A run with the same seed does the same to the same requests.
    pub seed: u64,
    /// Requests that never arrive.
    pub lose_request: f64,
    /// Answers that never arrive, though what was asked is done.
    pub lose_answer: f64,
    /// Requests that arrive twice.
    pub double: f64,
    /// Requests, and answers, that wait.
    pub delay: f64,
    /// How long at most.
    pub longest_delay: Duration,
    /// Access tokens that are not recognised once: UNAUTHENTICATED without a rule, so the phone refreshes.
    pub unauthenticated: f64,
    /// Sessions that end: `SESSION_ENDED`, so the phone asks to sign in.
    pub end_session: f64,
    /// Seconds by which `Date` tells another time than the server's.
    pub clock: i64,
}

/// Why a text is no specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A part is not a known name with a value.
    #[error("{0:?} is not one of bad-line, {NAMES}")]
    Unknown(String),
    /// A value does not fit its name.
    #[error(
        "{0:?}: rates are from 0 to 1, delay-ms at most 60000, clock at most a day either way, seed a whole number"
    )]
    Value(String),
}

/// What can be set.
const NAMES: &str =
    "seed=, lose-request=, lose-answer=, double=, delay=, delay-ms=, unauthenticated=, end-session=, clock=";

/// A day.
const MOST_CLOCK: i64 = 24 * 60 * 60;

/// A minute.
const MOST_DELAY: u64 = 60_000;

impl Spec {
    /// Nothing at all.
    const CALM: Self = Self {
        seed: 0,
        lose_request: 0.0,
        lose_answer: 0.0,
        double: 0.0,
        delay: 0.0,
        longest_delay: Duration::from_millis(500),
        unauthenticated: 0.0,
        end_session: 0.0,
        clock: 0,
    };

    /// `bad-line`: an alley with 4G, at its worst hour.
    const BAD_LINE: Self = Self {
        lose_request: 0.05,
        lose_answer: 0.1,
        double: 0.05,
        delay: 0.3,
        unauthenticated: 0.02,
        clock: -90,
        ..Self::CALM
    };
}

impl FromStr for Spec {
    type Err = SpecError;

    /// Parts separated by commas, the later over the earlier: `bad-line,seed=7,lose-answer=0.3`.
    fn from_str(text: &str) -> Result<Self, SpecError> {
        let mut spec = Self::CALM;
        for part in text.split(',').map(str::trim) {
            if part == "bad-line" {
                let seed = spec.seed;
                spec = Self { seed, ..Self::BAD_LINE };
                continue;
            }
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| SpecError::Unknown(part.to_owned()))?;
            let refused = || SpecError::Value(part.to_owned());
            let rate = || {
                let rate: Option<f64> = value.parse().ok();
                rate.filter(|rate| (0.0..=1.0).contains(rate)).ok_or_else(refused)
            };
            match name {
                "seed" => spec.seed = value.parse().map_err(|_| refused())?,
                "lose-request" => spec.lose_request = rate()?,
                "lose-answer" => spec.lose_answer = rate()?,
                "double" => spec.double = rate()?,
                "delay" => spec.delay = rate()?,
                "delay-ms" => {
                    let most: Option<u64> = value.parse().ok();
                    let most = most.filter(|most| *most <= MOST_DELAY).ok_or_else(refused)?;
                    spec.longest_delay = Duration::from_millis(most);
                }
                "unauthenticated" => spec.unauthenticated = rate()?,
                "end-session" => spec.end_session = rate()?,
                "clock" => {
                    let clock: Option<i64> = value.parse().ok();
                    let within = |clock: &i64| (-MOST_CLOCK..=MOST_CLOCK).contains(clock);
                    spec.clock = clock.filter(within).ok_or_else(refused)?;
                }
                _ => return Err(SpecError::Unknown(part.to_owned())),
            }
        }
        Ok(spec)
    }
}

impl fmt::Display for Spec {
    /// Every part, so that the text can be given again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed={},lose-request={},lose-answer={},double={},delay={},delay-ms={},unauthenticated={},end-session={},clock={}",
            self.seed,
            self.lose_request,
            self.lose_answer,
            self.double,
            self.delay,
            self.longest_delay.as_millis(),
            self.unauthenticated,
            self.end_session,
            self.clock
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_read_and_written() {
        let spec: Spec = "seed=7, bad-line, lose-answer=0.3,end-session=0.01,clock=3600,delay-ms=0"
            .parse()
            .unwrap();
        assert_eq!((spec.seed, spec.clock, spec.longest_delay), (7, 3600, Duration::ZERO));
        assert!(spec.lose_answer > 0.29 && spec.double > 0.04);
        assert_eq!(spec.to_string().parse(), Ok(spec));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "bad",
            "lose=1",
            "double",
            "double=",
            "double=1.1",
            "double=-0.1",
            "double=NaN",
            "delay-ms=60001",
            "clock=86401",
            "seed=-1",
            "bad-line,",
        ] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }
}
