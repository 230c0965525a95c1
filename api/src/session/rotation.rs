//! What is done with a refresh token that comes back, as one pure function.
//!
//! A chain, oldest first: each token was given out for the one before it, its parent. A phone whose answer was lost knows
//! only the parent; a thief who copied a token uses it beside the phone. The two are told apart by use: a phone that has
//! an answer uses its access token, and from then on only the newest token of the chain is good.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::table::{refresh_token, session};

/// So long after a token was exchanged the same one may come again from a phone that sent it twice at once; it is told
/// to wait for the answer that is on its way instead of being given a second one.
pub const RACE: Duration = Duration::from_secs(10);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The newest token of the chain: give out the next.
    Rotate,
    /// The answer with the newest token was lost: give out another in its place; that one is good no more.
    Replace,
    /// The same token was exchanged a moment ago: come again.
    Race {
        /// After this long.
        retry_after: Duration,
    },
    /// The newest token is in use and this is an older one: one of them was copied. The session ends.
    Reuse,
}

/// What is to be done with `presented`, in a session whose newest token is `newest`.
pub fn step(
    presented: &refresh_token::Model,
    newest: &refresh_token::Model,
    session: &session::Model,
    now: DateTime<Utc>,
) -> Step {
    if presented.id == newest.id {
        return Step::Rotate;
    }
    // the newest token's parent, or another token given out for the same parent and replaced since
    let is_parent = newest.parent_id == Some(presented.id);
    let is_sibling = newest.parent_id.is_some() && newest.parent_id == presented.parent_id;
    if session.token_used_at.is_some() || !(is_parent || is_sibling) {
        return Step::Reuse;
    }
    let since = (now - newest.created_at).to_std().unwrap_or_default();
    match RACE.checked_sub(since) {
        Some(left) if !left.is_zero() => Step::Race { retry_after: left },
        _ => Step::Replace,
    }
}

#[cfg(test)]
mod tests {
    use entity::id::RefreshTokenId;
    use entity::vocabulary::{AuthenticationLevel, Platform};
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn token(id: u128, parent: Option<u128>, created: i64) -> refresh_token::Model {
        refresh_token::Model {
            id: RefreshTokenId(Uuid::from_u128(id)),
            session_id: Uuid::nil().into(),
            parent_id: parent.map(|parent| RefreshTokenId(Uuid::from_u128(parent))),
            hash: Vec::new(),
            created_at: at(created),
        }
    }

    fn session(used: bool) -> session::Model {
        session::Model {
            id: Uuid::nil().into(),
            account_id: Uuid::nil().into(),
            post_id: None,
            device_id: None,
            device_name: None,
            platform: Platform::Other,
            app_version: None,
            address: None,
            level: AuthenticationLevel::Password,
            authenticated_at: at(0),
            created_at: at(0),
            last_seen_at: at(0),
            idle_expires_at: at(9_999),
            expires_at: at(9_999),
            token_id: Uuid::nil().into(),
            previous_token_id: None,
            token_used_at: used.then(|| at(1)),
            ended_at: None,
            ended_because: None,
        }
    }

    #[test]
    fn the_newest_is_exchanged_used_or_not() {
        let newest = token(2, Some(1), 0);
        for used in [false, true] {
            assert_eq!(step(&newest, &newest, &session(used), at(0)), Step::Rotate);
        }
    }

    #[test]
    fn a_lost_answer_is_given_again_after_a_moment() {
        let (parent, newest) = (token(1, None, -600), token(2, Some(1), 0));
        let retry_after = Duration::from_secs(7);
        assert_eq!(
            step(&parent, &newest, &session(false), at(3)),
            Step::Race { retry_after }
        );
        assert_eq!(step(&parent, &newest, &session(false), at(10)), Step::Replace);
        // the answer that was given up for lost arrives after all
        assert_eq!(
            step(&token(3, Some(1), -60), &newest, &session(false), at(10)),
            Step::Replace
        );
    }

    #[test]
    fn an_older_token_beside_one_in_use_was_copied() {
        let newest = token(9, Some(8), 0);
        for older in [token(8, Some(7), -600), token(7, None, -1200), token(6, Some(8), -60)] {
            assert_eq!(step(&older, &newest, &session(true), at(60)), Step::Reuse);
        }
        // older than the parent: its successor was exchanged, so it was in use
        assert_eq!(
            step(&token(7, None, -1200), &newest, &session(false), at(60)),
            Step::Reuse
        );
        // the first tokens of two sessions have no parent in common
        assert_eq!(
            step(&token(7, None, -1200), &token(1, None, 0), &session(false), at(60)),
            Step::Reuse
        );
    }
}
