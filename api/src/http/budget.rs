//! Budgets: how many points somebody may spend, told in every answer.
//!
//! A budget is a bucket that fills at a steady rate up to a bound, and a request takes out what it costs
//! ([`super::guard::points`]). Whoever is signed in pays from three: the session's, the account's and the association's
//! they act in; whoever is not pays from that of their network. So neither a phone gone wild nor a district's storm takes
//! what others need. The buckets are in the memory of one instance: several instances give several times as much
//! (`api/docs/adr/0018-trusted-documents.md` says why that is enough). The time is the request's.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Response, Value, value};
use chrono::{DateTime, Utc};
use entity::id::{AccountId, SessionId, TenantId};

use crate::access::Viewer;
use crate::account::token::Claims;
use crate::clock::{Entropy, part_of};
use crate::config::Config;
use crate::error::Error;
use crate::kept::Kept;
use crate::quota::network;
use crate::request::RequestInfo;

/// For how long a session, an account and an association can spend at once what comes in.
const BURST: u64 = 120;
/// The same of an association and of a network: what comes at once from many needs no more, and must not last long.
const BURST_OF_MANY: u64 = 60;

/// How many buckets of all kinds are kept, twice so many for a while: a full one says nothing, so what is dropped is
/// what nobody has used lately.
const MOST: usize = 100_000;

/// Thousandths of a point: at 1 point in a second, a millisecond brings one of them.
const SCALE: u64 = 1_000;

/// Whose budget it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payer {
    /// Of one phone.
    Session(SessionId),
    /// Of all phones of a person.
    Account(AccountId),
    /// Of all who act in an association.
    Association(TenantId),
    /// Of all who come from a network without a token.
    Network(String),
}

/// Points that come in each second, by kind; 0 where there is no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// To a session.
    pub session: u64,
    /// To an account.
    pub account: u64,
    /// To an association.
    pub association: u64,
    /// To a network.
    pub network: u64,
}

/// What there is in a bucket, in thousandths of a point, and since when.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u64,
    at: DateTime<Utc>,
}

/// What is left in the first bucket that was paid from: the session's or the network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Points that it holds when it is full.
    pub limit: u64,
    /// Points that are in it.
    pub remaining: u64,
    /// Points that come in each second.
    pub restore_rate: u64,
}

/// All buckets.
#[derive(Debug)]
pub struct Budgets {
    rates: Rates,
    buckets: Mutex<Kept<Payer, Bucket>>,
}

/// What a request costs, to be told in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Points.
    pub requested: u64,
    /// What is left; none where no budget was asked, and where the answer may be kept.
    pub standing: Option<Standing>,
}

impl Budgets {
    /// Full buckets for everybody.
    pub fn new(config: &Config) -> Self {
        Self::with(Rates {
            session: config.budget_session.into(),
            account: config.budget_account.into(),
            association: config.budget_association.into(),
            network: config.budget_address.into(),
        })
    }

    fn with(rates: Rates) -> Self {
        Self {
            rates,
            buckets: Mutex::new(Kept::new(MOST)),
        }
    }

    /// Who pays for asking at all, as a token says it: before the database is asked who that is.
    pub fn askers(claims: &Claims) -> [Payer; 2] {
        [Payer::Session(claims.sid.into()), Payer::Account(claims.sub.into())]
    }

    /// Who else pays for asking, once the viewer is known.
    pub fn beside_askers(viewer: &Viewer, info: &RequestInfo) -> Vec<Payer> {
        let all = Self::payers(viewer, info).into_iter();
        all.filter(|payer| matches!(payer, Payer::Association(_) | Payer::Network(_)))
            .collect()
    }

    /// Who pays for a request. Behind this machine and private networks there is a proxy with everybody behind it, so they
    /// have no budget (`trusted_proxies` tells the clients apart).
    pub fn payers(viewer: &Viewer, info: &RequestInfo) -> Vec<Payer> {
        match viewer {
            Viewer::Anonymous => network(info.address).map(Payer::Network).into_iter().collect(),
            Viewer::SignedIn(viewer) => {
                let association = viewer.chosen().ok().map(|post| Payer::Association(post.tenant));
                [Payer::Session(viewer.session.id), Payer::Account(viewer.account)]
                    .into_iter()
                    .chain(association)
                    .collect()
            }
        }
    }

    /// Takes points from all payers, or from none where one of them has too few. What costs more than a bucket holds takes
    /// a full one.
    ///
    /// # Errors
    /// RATE_LIMITED, with the time until there is enough.
    pub fn take(
        &self,
        payers: &[Payer],
        points: u64,
        now: DateTime<Utc>,
        entropy: &dyn Entropy,
    ) -> Result<Option<Standing>, Error> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = 0;
        let mut paid = Vec::new();
        for payer in payers {
            let (rate, full) = self.measure(payer);
            if rate == 0 {
                continue;
            }
            let bucket = buckets.get(payer).copied();
            let level = bucket.map_or(full, |bucket| bucket.level_at(now, rate, full));
            let price = points.saturating_mul(SCALE).min(full);
            match level.checked_sub(price) {
                Some(left) => paid.push((payer, rate, full, left)),
                // the next try pays for asking once more
                None => wait = wait.max((price.saturating_add(SCALE).min(full) - level).div_ceil(rate)),
            }
        }
        if wait > 0 {
            return Err(Error::RateLimited(jittered(wait, entropy)));
        }
        for (payer, _, _, left) in &paid {
            let bucket = Bucket { level: *left, at: now };
            buckets.insert((*payer).clone(), bucket);
        }
        Ok(paid.first().map(|(_, rate, full, left)| Standing {
            limit: full / SCALE,
            remaining: left / SCALE,
            restore_rate: *rate,
        }))
    }

    /// Points in a second, which are thousandths in a millisecond, and thousandths when it is full.
    fn measure(&self, payer: &Payer) -> (u64, u64) {
        let (rate, burst) = match payer {
            Payer::Session(_) => (self.rates.session, BURST),
            Payer::Account(_) => (self.rates.account, BURST),
            Payer::Association(_) => (self.rates.association, BURST_OF_MANY),
            Payer::Network(_) => (self.rates.network, BURST_OF_MANY),
        };
        (rate, rate.saturating_mul(burst).saturating_mul(SCALE))
    }
}

impl Bucket {
    /// A clock that was set back brings nothing and takes nothing.
    fn level_at(self, now: DateTime<Utc>, rate: u64, full: u64) -> u64 {
        let elapsed = u64::try_from((now - self.at).num_milliseconds()).unwrap_or(0);
        self.level.saturating_add(elapsed.saturating_mul(rate)).min(full)
    }
}

impl Cost {
    /// Tells it in an answer. What is left is rounded down to a hundredth of the whole: as long as there is plenty, equal
    /// questions have equal answers.
    pub fn tell(&self, answer: &mut Response) {
        let requested = self.requested;
        let told: Value = match self.standing {
            None => value!({ "requested": requested }),
            Some(standing) => {
                let (limit, rate) = (standing.limit, standing.restore_rate);
                let step = (limit / 100).max(1);
                let remaining = standing.remaining / step * step;
                value!({ "requested": requested, "limit": limit, "remaining": remaining, "restoreRate": rate })
            }
        };
        answer.extensions.insert("cost".to_owned(), told);
    }
}

/// So many milliseconds and up to a quarter more, at least up to a second more: those who were refused together are not
/// to come back together.
fn jittered(milliseconds: u64, entropy: &dyn Entropy) -> Duration {
    let spread = Duration::from_millis((milliseconds / 4).max(1_000));
    Duration::from_millis(milliseconds).saturating_add(part_of(spread, entropy))
}
