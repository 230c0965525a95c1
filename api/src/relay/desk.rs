//! Who is told what of a step: one pure function for those who manage the subject, one for the desk that comes next.

use entity::id::UnitId;
use entity::table::outbox;
use entity::vocabulary::{NoticeKind, OutboxTopic, RegistrationAction, RegistrationState, Role};

use RegistrationAction as Action;
use RegistrationState as State;

/// What those hear who manage the subject; nothing of a draft, which is their own.
pub const fn to_subject(event: &outbox::Model) -> Option<NoticeKind> {
    let action = match (event.topic, event.action) {
        (OutboxTopic::ComplaintEntered, _) => return Some(NoticeKind::ComplaintEntered),
        (OutboxTopic::ComplaintAnswered, _) => return Some(NoticeKind::ComplaintAnswered),
        (OutboxTopic::Step, None) => return None,
        (OutboxTopic::Step, Some(action)) => action,
    };
    match action {
        // they have moved, and know it
        Action::SaveDraft | Action::Move => None,
        Action::Submit => Some(NoticeKind::RegistrationSubmitted),
        Action::Approve => Some(NoticeKind::RegistrationApproved),
        Action::Return => Some(match event.to_state {
            State::Returned => NoticeKind::RegistrationReturned,
            State::Approved => NoticeKind::MarksReturned,
            _ => NoticeKind::RegistrationSentBack,
        }),
        Action::Reject => Some(NoticeKind::RegistrationRejected),
        Action::Withdraw => Some(NoticeKind::RegistrationWithdrawn),
        Action::SelfScore => Some(NoticeKind::MarksHandedIn),
        Action::Assess => Some(NoticeKind::RegistrationAssessed),
        Action::Propose => Some(NoticeKind::RegistrationProposed),
        Action::Recognise => Some(NoticeKind::RegistrationRecognised),
        Action::Decline => Some(NoticeKind::RegistrationNotRecognised),
        Action::Revoke => Some(NoticeKind::TitleRevoked),
        Action::Undo => Some(NoticeKind::DecisionUndone),
    }
}

/// Whose desk it comes to, and what they hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desk {
    /// Their role.
    pub role: Role,
    /// Their unit.
    pub unit: UnitId,
    /// What they hear.
    pub kind: NoticeKind,
}

/// The desk that a step brings a registration to, or a complaint; none where nobody waits for it.
pub const fn next(event: &outbox::Model) -> Option<Desk> {
    let (role, kind) = match (event.topic, event.to_state, event.action) {
        (OutboxTopic::ComplaintEntered, ..) => (Role::WardOfficer, NoticeKind::ComplaintsWaiting),
        (OutboxTopic::ComplaintAnswered, ..) => (Role::WardOfficer, NoticeKind::ComplaintsAnswered),
        (OutboxTopic::Step, State::Submitted, _) => (Role::BranchHead, NoticeKind::WaitingForApproval),
        (OutboxTopic::Step, State::SelfScored, Some(Action::Return)) => {
            (Role::BranchHead, NoticeKind::SentBackToBranch)
        }
        (OutboxTopic::Step, State::SelfScored, _) => (Role::BranchHead, NoticeKind::WaitingForMeeting),
        (OutboxTopic::Step, State::BranchAssessed, _) => (Role::WardOfficer, NoticeKind::WaitingForList),
        (OutboxTopic::Step, State::WardProposed, _) => (Role::WardOfficer, NoticeKind::WaitingForDecision),
        (OutboxTopic::Step, ..) => return None,
    };
    let unit = match role {
        Role::BranchHead => event.branch_id,
        _ => event.ward_id,
    };
    Some(Desk { role, unit, kind })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entity::vocabulary::LearningModel;
    use uuid::Uuid;

    use super::*;
    use crate::registration;

    fn event(action: Action, from: Option<State>, to: State) -> outbox::Model {
        let id = Uuid::nil();
        outbox::Model {
            tenant_id: id.into(),
            id: id.into(),
            topic: OutboxTopic::Step,
            registration_id: id.into(),
            subject_id: id.into(),
            branch_id: Uuid::from_u128(1).into(),
            ward_id: Uuid::from_u128(2).into(),
            from_branch_id: None,
            from_ward_id: None,
            model: LearningModel::LearningFamily,
            year: 2026,
            action: Some(action),
            from_state: from,
            to_state: to,
            version: 1,
            account_id: id.into(),
            at: DateTime::UNIX_EPOCH,
            batch: None,
        }
    }

    fn steps() -> impl Iterator<Item = outbox::Model> {
        let states = std::iter::once(None).chain(State::ALL.iter().copied().map(Some));
        states.flat_map(|from| {
            let step = move |action: &Action| {
                let to = registration::next(from, *action).ok()?;
                Some(event(*action, from, to))
            };
            Action::ALL.iter().filter_map(step)
        })
    }

    #[test]
    fn the_subject_hears_of_every_step_but_a_draft() {
        for step in steps() {
            assert_eq!(
                to_subject(&step).is_none(),
                step.action == Some(Action::SaveDraft),
                "{step:?}"
            );
        }
    }

    #[test]
    fn every_desk_that_can_return_hears_of_what_comes_to_it() {
        for step in steps() {
            let returned_by = registration::returned_by(step.to_state);
            // what was not recognised waits for nothing: it is sent back only where that was a mistake
            let expected = returned_by.filter(|_| step.to_state != State::NotRecognised);
            assert_eq!(next(&step).map(|desk| desk.role), expected, "{step:?}");
        }
    }

    #[test]
    fn a_desk_is_that_of_the_registrations_own_branch_or_ward() {
        for step in steps() {
            let Some(desk) = next(&step) else { continue };
            let own = if desk.role == Role::BranchHead {
                step.branch_id
            } else {
                step.ward_id
            };
            assert_eq!(desk.unit, own);
        }
    }
}
