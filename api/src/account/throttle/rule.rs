//! The rules: how many attempts are free, and how the pauses grow after them.
//!
//! From the last free attempt on, the next has to wait 1 s, the one after it 2 s, then 4 s, 8 s .. up to `ease`. One
//! attempt is forgotten each `ease`. So a guesser who never stops gets about one attempt in each `ease`, for ever, and
//! whoever comes back the next day finds nothing left.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How attempts are counted.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: two rules count the same subject apart.
    pub name: &'static str,
    /// So many attempts in a row need not wait.
    pub free: u32,
    /// One attempt is forgotten each such time; also the longest pause.
    pub ease: TimeDelta,
    /// What an attempt that was right takes back.
    pub forgiven: Forgiven,
}

/// What an attempt that was right takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgiven {
    /// All attempts: whoever proves to be the owner starts anew.
    All,
    /// The attempt alone: where many share a counter, one who is right says nothing of the others. A guesser would
    /// sign in to an account of their own in between.
    Own,
}

/// A name to sign in with, from devices not known. Fewer than 100 attempts a day (NIST SP 800-63B-4 section 3.2.2).
pub const SIGN_IN_NAME: Rule = Rule {
    name: "SIGN_IN_NAME",
    free: 5,
    ease: TimeDelta::minutes(20),
    forgiven: Forgiven::All,
};

/// An account on a device it has been signed in on, whatever strangers do elsewhere.
pub const SIGN_IN_DEVICE: Rule = Rule {
    name: "SIGN_IN_DEVICE",
    free: 5,
    ease: TimeDelta::minutes(20),
    forgiven: Forgiven::All,
};

/// A network address. Many phones share one behind the translation of a mobile carrier or a ward's office.
pub const SIGN_IN_ADDRESS: Rule = Rule {
    name: "SIGN_IN_ADDRESS",
    free: 50,
    ease: TimeDelta::seconds(30),
    forgiven: Forgiven::Own,
};

/// The password of an account that is signed in, when it is asked for once more.
pub const CURRENT_PASSWORD: Rule = Rule {
    name: "CURRENT_PASSWORD",
    free: 5,
    ease: TimeDelta::minutes(20),
    forgiven: Forgiven::All,
};

/// The six digits of an authenticator app: two dozen guesses a day at three codes that are right, of a million. Only who has
/// the password or a session gets here.
pub const SECOND_FACTOR: Rule = Rule {
    name: "SECOND_FACTOR",
    free: 5,
    ease: TimeDelta::hours(1),
    forgiven: Forgiven::All,
};

/// Codes of invitations, telephones and recovery, by the network address they are tried from.
pub const CODE_ADDRESS: Rule = Rule {
    name: "CODE_ADDRESS",
    free: 50,
    ease: TimeDelta::minutes(1),
    forgiven: Forgiven::Own,
};

/// Recovery of one account from one network address. A code has 55 bits: this is not what keeps it from being guessed, but
/// what makes it dear to use up the tries of somebody else's.
pub const RECOVERY: Rule = Rule {
    name: "RECOVERY",
    free: 10,
    ease: TimeDelta::minutes(20),
    forgiven: Forgiven::All,
};

impl Rule {
    /// How long the next attempt has to wait, in whole seconds; none when it need not.
    pub fn pause(&self, last_at: DateTime<Utc>, clear_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
        let left = self.delay(self.level(last_at, clear_at)) - (now - last_at);
        let milliseconds = u64::try_from(left.num_milliseconds()).ok().filter(|left| *left > 0)?;
        Some(Duration::from_secs(milliseconds.div_ceil(1_000)))
    }

    /// When the last attempt was made and when all are forgotten, after one more at `now`.
    pub fn after_one_more(
        &self,
        last_at: DateTime<Utc>,
        clear_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> (DateTime<Utc>, DateTime<Utc>) {
        // another instance's clock may be ahead
        (last_at.max(now), clear_at.max(now) + self.ease)
    }

    /// How many attempts were not yet forgotten when the last was made.
    fn level(&self, last_at: DateTime<Utc>, clear_at: DateTime<Utc>) -> i64 {
        let (left, ease) = (
            (clear_at - last_at).num_milliseconds(),
            self.ease.num_milliseconds().max(1),
        );
        // rounded up: an attempt is forgotten when its whole time has passed
        left.max(0).saturating_add(ease - 1) / ease
    }

    /// The pause after so many attempts.
    fn delay(&self, level: i64) -> TimeDelta {
        let Ok(doublings) = u32::try_from(level - i64::from(self.free)) else {
            return TimeDelta::zero();
        };
        let seconds = 1_i64.checked_shl(doublings.min(32)).unwrap_or(i64::MAX);
        TimeDelta::seconds(seconds).min(self.ease)
    }
}
