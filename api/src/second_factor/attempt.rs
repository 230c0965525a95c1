//! Guessing at what proves an account, counted for each account in the database: the same for all sessions, on all
//! instances, after a restart.
//!
//! Nobody reaches this without the password or a session, so a stranger cannot make an owner wait. Whoever has one of them
//! can; the owner's recovery codes are not made to wait, because nobody guesses one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::id::AccountId;
use entity::query::ColumnTrait;
use entity::scope::PersonalWriter;
use entity::table::second_factor;

use crate::error::Result;

/// So many wrong guesses cost nothing: old eyes, small phones.
const FREE: i32 = 5;
/// The pause after the first one that costs; each further one doubles it.
const FIRST: Duration = Duration::from_secs(30);
/// The longest pause. At 24 guesses a day a code of six digits stands for years.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// How long to wait before the next guess is looked at; nothing when it may be made now.
pub fn pause(row: &second_factor::Model, now: DateTime<Utc>) -> Option<Duration> {
    let costly = u32::try_from(row.failures.checked_sub(FREE)?).ok()?;
    let doubled = 2_u32.checked_pow(costly).and_then(|times| FIRST.checked_mul(times));
    let whole = doubled.map_or(LONGEST, |pause| pause.min(LONGEST));
    // a moment ahead of ours is another instance's clock
    let since = (now - row.last_failure_at?).to_std().unwrap_or_default();
    whole.checked_sub(since).filter(|left| !left.is_zero())
}

/// Notes a wrong guess. The row is locked by the caller.
///
/// # Errors
/// What the database answers.
pub async fn failed(tx: &PersonalWriter, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    use second_factor::Column::{Failures, Id, LastFailureAt};
    tx.update::<second_factor::Entity>()
        .raise(Failures)
        .set(LastFailureAt, now)
        .filter(Id.eq(account))
        .run()
        .await?;
    Ok(())
}

/// Forgets the wrong guesses after a right one.
///
/// # Errors
/// What the database answers.
pub async fn succeeded(tx: &PersonalWriter, account: AccountId) -> Result<()> {
    use second_factor::Column::{Failures, Id, LastFailureAt};
    tx.update::<second_factor::Entity>()
        .set(Failures, 0)
        .set(LastFailureAt, Option::<DateTime<Utc>>::None)
        .filter(Id.eq(account))
        .run()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn seconds_after(failures: i32, passed: i64) -> Option<u64> {
        let row = second_factor::Model {
            id: Uuid::nil().into(),
            secret: None,
            pending_secret: None,
            confirmed_at: None,
            last_step: None,
            failures,
            last_failure_at: (failures > 0).then(|| at(0)),
        };
        pause(&row, at(passed)).map(|left| left.as_secs())
    }

    #[test]
    fn a_few_cost_nothing_then_the_pause_grows_to_an_hour() {
        for failures in 0..5 {
            assert_eq!(seconds_after(failures, 0), None);
        }
        let pauses = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600];
        for (failures, pause) in (5..).zip(pauses) {
            assert_eq!(seconds_after(failures, 0), Some(pause), "{failures}");
        }
        assert_eq!(seconds_after(i32::MAX, 0), Some(3600));
    }

    #[test]
    fn a_pause_passes() {
        assert_eq!(seconds_after(6, 59), Some(1));
        assert_eq!(seconds_after(6, 60), None);
        // the clock of the instance that noted it was ahead
        assert_eq!(seconds_after(6, -10), Some(60));
    }
}
