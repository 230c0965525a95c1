//! Limits that hold over several instances and after a restart: counts in the database, one row for each span of time.
//!
//! A count is raised by one statement that does nothing beyond the limit, so many requests at once cannot pass it. It is for
//! what costs money or work; guesses are a matter of `account::throttle`. Counts of spans that are over are removed by
//! `retention`.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::query::{ColumnTrait, Expr, ExprTrait};
use entity::scope::{DbError, PersonalWriter};
use entity::table::quota;

use crate::app::App;
use crate::clock::HANOI;
use crate::error::{Error, Result};

/// So many times in a span of time. Spans begin at midnight in Hanoi and follow each other.
#[derive(Debug, Clone)]
pub struct Limit {
    name: String,
    most: i32,
    ends_at: DateTime<Utc>,
}

impl Limit {
    /// `what` says what is counted and of whom; it must not hold a phone number as it is.
    pub fn new(what: &str, most: u32, span: TimeDelta, now: DateTime<Utc>) -> Self {
        let seconds = Ord::max(span.num_seconds(), 1);
        let local = now.timestamp().saturating_add(HANOI.local_minus_utc().into());
        let begun = local.div_euclid(seconds).saturating_mul(seconds);
        let left = seconds.saturating_sub(local.saturating_sub(begun));
        Self {
            name: format!("{what} {begun}"),
            most: i32::try_from(most).unwrap_or(i32::MAX),
            ends_at: now + TimeDelta::seconds(left),
        }
    }
}

/// Why nothing was taken.
enum Stop {
    Full,
    Error(DbError),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Error(error)
    }
}

/// Counts one in each of the limits, or in none when one of them is reached; whether it was counted. Give them in the
/// same order everywhere: they are locked in it.
///
/// # Errors
/// What the database answers.
pub async fn take(app: &App, limits: &[Limit]) -> Result<bool> {
    let door = app.db.sign_in();
    let taken = door.write(async |tx: &PersonalWriter| take_all(app, tx, limits).await);
    match taken.await {
        Ok(()) => Ok(true),
        Err(Stop::Full) => Ok(false),
        Err(Stop::Error(error)) => Err(error.into()),
    }
}

async fn take_all(app: &App, tx: &PersonalWriter, limits: &[Limit]) -> std::result::Result<(), Stop> {
    for limit in limits {
        if !count(app, tx, limit).await? {
            return Err(Stop::Full);
        }
    }
    Ok(())
}

/// Counts one in a limit that is not reached; whether it was counted.
///
/// # Errors
/// What the database answers.
pub async fn count(app: &App, tx: &PersonalWriter, limit: &Limit) -> std::result::Result<bool, DbError> {
    use quota::Column::{Name, Used};
    let row = quota::Model {
        id: app.new_id(),
        name: limit.name.clone(),
        used: 0,
        ends_at: limit.ends_at,
    };
    tx.insert_if_new::<quota::Entity>(row, &[Name]).await?;
    let change = tx.update::<quota::Entity>().raise(Used);
    let counted = change.filter(Name.eq(limit.name.as_str())).filter(Used.lt(limit.most));
    Ok(counted.run().await? == 1)
}

/// Takes back what was counted for something that did not come to pass.
///
/// # Errors
/// What the database answers.
pub async fn give_back(app: &App, limits: &[Limit]) -> Result<()> {
    use quota::Column::{Name, Used};
    let door = app.db.sign_in();
    let given = door.write(async |tx: &PersonalWriter| {
        for limit in limits {
            let change = tx.update::<quota::Entity>().set(Used, Expr::col(Used).sub(1));
            let counted = change.filter(Name.eq(limit.name.as_str())).filter(Used.gt(0));
            counted.run().await?;
        }
        Ok::<(), Error>(())
    });
    given.await
}

/// The network somebody comes from, for counting: an IPv4 address, or the first half of an IPv6 address, which one
/// subscriber has. None for this machine and for private networks: there a proxy stands, with everybody behind it.
pub fn network(address: Option<IpAddr>) -> Option<String> {
    match address? {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() => None,
        IpAddr::V4(v4) => Some(v4.to_string()),
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() => None,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_hanoi() {
        let of = |text| Limit::new("x", 1, TimeDelta::days(1), moment(text));
        let (evening, night) = (of("2026-12-31T16:59:59Z"), of("2026-12-31T17:00:00Z"));
        assert_ne!(evening.name, night.name);
        assert_eq!(evening.ends_at, moment("2026-12-31T17:00:00Z"));
        assert_eq!(night.ends_at, moment("2027-01-01T17:00:00Z"));
        assert_eq!(night.name, of("2027-01-01T16:59:59Z").name);
    }

    #[test]
    fn neighbours_of_one_subscriber_are_one_network() {
        let of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("203.0.113.9").as_deref(), Some("203.0.113.9"));
        for own in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1", "fe80::1"] {
            assert_eq!(of(own), None);
        }
        assert_eq!(network(None), None);
    }
}
