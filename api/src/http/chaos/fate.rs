//! What befalls one request: a rule of the specification and the request's number, so that a run can be repeated.

use std::time::Duration;

use super::spec::Spec;
use crate::clock::{Entropy, SeededEntropy};

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that happens or not, whatever the others do"
)]
pub(super) struct Fate {
    /// How long it waits on the way in: later ones overtake it.
    pub(super) before: Duration,
    /// It never arrives.
    pub(super) lose_request: bool,
    /// Its session ends just before.
    pub(super) end_session: bool,
    /// Its access token is not recognised.
    pub(super) unauthenticated: bool,
    /// It arrives twice, and the answer to the second is sent.
    pub(super) double: bool,
    /// How long the answer waits on the way out.
    pub(super) after: Duration,
    /// It is done, and the answer never arrives.
    pub(super) lose_answer: bool,
}

impl Fate {
    /// Of the request with this number. Each part is drawn whatever the others are, so another rate for one of them
    /// leaves the rest of a run as it was.
    pub(super) fn of(spec: &Spec, number: u64) -> Self {
        let dice = SeededEntropy::new(spec.seed.rotate_left(32) ^ number);
        let draw = || {
            let mut bytes = [0; 4];
            dice.fill(&mut bytes);
            f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
        };
        let wait = || {
            let (hit, part) = (draw() < spec.delay, draw());
            if hit {
                spec.longest_delay.mul_f64(part)
            } else {
                Duration::ZERO
            }
        };
        Self {
            before: wait(),
            lose_request: draw() < spec.lose_request,
            end_session: draw() < spec.end_session,
            unauthenticated: draw() < spec.unauthenticated,
            double: draw() < spec.double,
            after: wait(),
            lose_answer: draw() < spec.lose_answer,
        }
    }

    /// Whether it waits at all.
    pub(super) fn delays(&self) -> bool {
        !(self.before.is_zero() && self.after.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Spec {
        text.parse().unwrap()
    }

    fn fates(spec: &Spec) -> Vec<Fate> {
        (0..2000).map(|number| Fate::of(spec, number)).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_run_and_another_is_not() {
        let one = spec("bad-line,seed=1");
        assert_eq!(fates(&one), fates(&one));
        assert_ne!(fates(&one), fates(&spec("bad-line,seed=2")));
    }

    #[test]
    fn rates_are_kept() {
        let all = fates(&spec(
            "lose-request=0.1,lose-answer=0.2,double=1,delay=0.5,delay-ms=100",
        ));
        let share = |hit: fn(&Fate) -> bool| all.iter().filter(|fate| hit(fate)).count();
        assert!((150..250).contains(&share(|fate| fate.lose_request)));
        assert!((330..470).contains(&share(|fate| fate.lose_answer)));
        assert_eq!(share(|fate| fate.double), 2000);
        assert_eq!(share(|fate| fate.end_session || fate.unauthenticated), 0);
        assert!((900..1100).contains(&share(|fate| !fate.before.is_zero())));
        assert!(all.iter().all(|fate| fate.after < Duration::from_millis(100)));
    }

    #[test]
    fn another_rate_leaves_the_rest_of_the_run() {
        let (few, many) = (fates(&spec("double=0.1")), fates(&spec("double=0.1,lose-request=0.9")));
        assert!(few.iter().zip(&many).all(|(one, other)| one.double == other.double));
    }
}
