//! Who has to do what next with a registration, and by when: pure.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::vocabulary::{Phase, RegistrationAction, RegistrationState, Role};

use crate::clock::hanoi_date;
use crate::registration;

use RegistrationState::{Approved, BranchAssessed, Returned, SelfScored, Submitted, WardProposed};

/// The states in which a registration waits for somebody.
pub const WAITING: [RegistrationState; 6] = [Submitted, Returned, Approved, SelfScored, BranchAssessed, WardProposed];

/// Whether it waits for the one who asks, or for somebody they can remind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// For the one who asks.
    You,
    /// For somebody else.
    Others,
}

/// Whether a registration in a state concerns the desk of a role, and for whom it waits there. Districts and the city
/// decide nothing; they see where the work stands still.
pub const fn waits(role: Role, state: RegistrationState) -> Option<Waits> {
    match (role, state) {
        (Role::Family, Returned | Approved)
        | (Role::BranchHead, Submitted | SelfScored)
        | (Role::WardOfficer, BranchAssessed | WardProposed) => Some(Waits::You),
        (Role::BranchHead, Returned | Approved)
        | (
            Role::DistrictOfficer | Role::CityOfficer,
            Submitted | Returned | Approved | SelfScored | BranchAssessed | WardProposed,
        ) => Some(Waits::Others),
        _ => None,
    }
}

/// What leads on from a state; none where nothing waits.
pub const fn next_action(state: RegistrationState) -> Option<RegistrationAction> {
    match state {
        Submitted => Some(RegistrationAction::Approve),
        Returned => Some(RegistrationAction::Submit),
        Approved => Some(RegistrationAction::SelfScore),
        SelfScored => Some(RegistrationAction::Assess),
        BranchAssessed => Some(RegistrationAction::Propose),
        WardProposed => Some(RegistrationAction::Recognise),
        _ => None,
    }
}

/// The part of the year by whose end it should be done, and whether the workflow holds to that. A decision on what came in
/// time, and a correction, may be made as long as the year is open; they belong to the weeks of registering all the same.
pub fn phase(state: RegistrationState) -> Option<(Phase, bool)> {
    let action = next_action(state)?;
    Some(match registration::phase(Some(state), action) {
        Some(phase) => (phase, true),
        None => (Phase::Registration, false),
    })
}

/// Days from a day to the last day before a moment, by Hanoi's calendar; negative when it has passed.
pub fn days_left(today: NaiveDate, closes_at: DateTime<Utc>) -> i64 {
    (hanoi_date(closes_at - TimeDelta::microseconds(1)) - today).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_waits_has_a_next_step_that_the_workflow_knows() {
        for state in RegistrationState::ALL {
            assert_eq!(WAITING.contains(state), next_action(*state).is_some(), "{state:?}");
            let Some(action) = next_action(*state) else { continue };
            assert!(registration::next(Some(*state), action).is_ok(), "{state:?} {action:?}");
            // and it waits for exactly one of the three who act
            let actors = [Role::Family, Role::BranchHead, Role::WardOfficer];
            let waiting = actors.iter().filter(|role| waits(**role, *state) == Some(Waits::You));
            assert_eq!(waiting.count(), 1, "{state:?}");
        }
    }

    #[test]
    fn the_last_day_has_no_days_left_and_the_one_after_is_past() {
        let closes = "2026-11-16T00:00:00+07:00".parse::<DateTime<Utc>>().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(days_left(day("2026-11-15"), closes), 0);
        assert_eq!(days_left(day("2026-11-16"), closes), -1);
        assert_eq!(days_left(day("2026-11-01"), closes), 14);
    }

    #[test]
    fn only_decisions_and_corrections_are_not_held_to_their_weeks() {
        let free: Vec<_> = WAITING
            .iter()
            .filter(|state| phase(**state).is_some_and(|(_, held)| !held))
            .collect();
        assert_eq!(free, [&Submitted, &Returned]);
    }
}
