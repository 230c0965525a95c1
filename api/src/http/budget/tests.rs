use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::clock::SeededEntropy;

const RATES: Rates = Rates {
    session: 10,
    account: 15,
    association: 20,
    network: 5,
};

struct Bench {
    budgets: Budgets,
    now: DateTime<Utc>,
    entropy: SeededEntropy,
}

impl Bench {
    fn new(rates: Rates) -> Self {
        Self {
            budgets: Budgets::with(rates),
            now: DateTime::UNIX_EPOCH,
            entropy: SeededEntropy::new(1),
        }
    }

    fn take(&self, payers: &[Payer], points: u64) -> Result<Option<Standing>, Duration> {
        let taken = self.budgets.take(payers, points, self.now, &self.entropy);
        taken.map_err(|error| match error {
            Error::RateLimited(pause) => pause,
            other => panic!("{other}"),
        })
    }

    fn remaining(&self, payers: &[Payer], points: u64) -> u64 {
        self.take(payers, points).unwrap().unwrap().remaining
    }
}

fn session(number: u128) -> Payer {
    Payer::Session(Uuid::from_u128(number).into())
}

fn account() -> Payer {
    Payer::Account(Uuid::nil().into())
}

fn association() -> Payer {
    Payer::Association(Uuid::nil().into())
}

#[test]
fn a_bucket_empties_fills_again_and_never_runs_over() {
    let mut bench = Bench::new(RATES);
    let payer = [session(1)];
    assert_eq!(bench.remaining(&payer, 1_000), 200);
    assert_eq!(bench.remaining(&payer, 200), 0);
    let pause = bench.take(&payer, 25).unwrap_err();
    assert!(
        pause >= Duration::from_millis(2_600) && pause <= Duration::from_millis(3_600),
        "{pause:?}"
    );
    bench.now += TimeDelta::milliseconds(2_400);
    assert!(bench.take(&payer, 25).is_err());
    bench.now += TimeDelta::milliseconds(100);
    assert_eq!(bench.remaining(&payer, 25), 0);
    bench.now += TimeDelta::days(1);
    assert_eq!(bench.remaining(&payer, 0), 1_200);
}

#[test]
fn what_is_refused_takes_nothing_from_anybody() {
    let bench = Bench::new(RATES);
    // two phones of one person: each has its own, and both have the person's
    assert_eq!(bench.remaining(&[session(1), account()], 1_200), 0);
    assert!(bench.take(&[session(2), account()], 700).is_err());
    assert_eq!(bench.remaining(&[session(2)], 0), 1_200);
    assert_eq!(bench.remaining(&[session(2), account()], 600), 600);
}

#[test]
fn an_associations_storm_is_its_own() {
    let bench = Bench::new(RATES);
    assert!(bench.take(&[session(1), association()], 1_200).is_ok());
    assert!(bench.take(&[session(2), association()], 1).is_err());
    let other = Payer::Association(Uuid::from_u128(9).into());
    assert!(bench.take(&[session(2), other], 1).is_ok());
}

#[test]
fn what_costs_more_than_a_bucket_holds_takes_a_full_one() {
    let mut bench = Bench::new(RATES);
    assert_eq!(bench.remaining(&[session(1)], u64::MAX), 0);
    let pause = bench.take(&[session(1)], u64::MAX).unwrap_err();
    assert!(pause >= Duration::from_secs(120) && pause <= Duration::from_secs(150));
    bench.now += TimeDelta::seconds(120);
    assert_eq!(bench.remaining(&[session(1)], u64::MAX), 0);
}

#[test]
fn a_clock_that_is_set_back_changes_nothing() {
    let mut bench = Bench::new(RATES);
    assert_eq!(bench.remaining(&[session(1)], 1_000), 200);
    bench.now -= TimeDelta::days(1);
    assert_eq!(bench.remaining(&[session(1)], 100), 100);
}

#[test]
fn zero_is_no_budget() {
    let rates = Rates { session: 0, ..RATES };
    let bench = Bench::new(rates);
    for _ in 0..3 {
        assert_eq!(bench.take(&[session(1)], u64::MAX), Ok(None));
    }
    assert_eq!(bench.take(&[], 1), Ok(None));
}

#[test]
fn those_who_are_refused_together_are_told_different_times() {
    let bench = Bench::new(RATES);
    assert!(bench.take(&[session(1)], 1_200).is_ok());
    let pauses: std::collections::BTreeSet<Duration> =
        (0..20).map(|_| bench.take(&[session(1)], 100).unwrap_err()).collect();
    assert!(pauses.len() > 15, "{pauses:?}");
}

#[test]
fn what_is_left_is_told_in_hundredths() {
    let told = |standing| {
        let mut answer = Response::new(Value::Null);
        Cost { requested: 3, standing }.tell(&mut answer);
        serde_json::to_value(answer.extensions).unwrap()
    };
    let standing = Standing {
        limit: 60_000,
        remaining: 59_997,
        restore_rate: 500,
    };
    assert_eq!(
        told(Some(standing)),
        serde_json::json!({"cost": {"requested": 3, "limit": 60_000, "remaining": 59_400, "restoreRate": 500}})
    );
    assert_eq!(told(None), serde_json::json!({"cost": {"requested": 3}}));
}
