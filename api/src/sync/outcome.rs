//! From what a mutation answers to the one word that a phone branches on. Pure.

use entity::value::Language;

use super::model::{SyncOutcome, SyncPayload, SyncProblem};
use crate::error::Error;
use crate::receipt::creates;
use crate::registration::bulk::{DecisionResult, ItemOutcome};
use crate::replay::WriteOutcome;

/// The word for what a mutation has answered, and the result that says why not, where a step of many did nothing.
pub(super) fn of_payload<'a>(operation: &str, payload: &'a SyncPayload) -> (SyncOutcome, Option<&'a DecisionResult>) {
    let (outcome, results) = match payload {
        SyncPayload::CreateHousehold(payload) => (payload.outcome, None),
        SyncPayload::UpdateHousehold(payload) => (payload.outcome, None),
        SyncPayload::CreateCollective(payload) => (payload.outcome, None),
        SyncPayload::UpdateCollective(payload) => (payload.outcome, None),
        SyncPayload::CreateCitizen(payload) => (payload.outcome, None),
        SyncPayload::UpdateCitizen(payload) => (payload.outcome, None),
        SyncPayload::Registration(payload) => (payload.outcome, None),
        SyncPayload::RegisterAgain(payload) => (payload.outcome, Some(payload.results.as_slice())),
        SyncPayload::Decision(payload) => (payload.outcome, Some(payload.results.as_slice())),
        SyncPayload::ScoreSheet(payload) => (payload.outcome, None),
        SyncPayload::BeginUpload(payload) => (payload.outcome, None),
        SyncPayload::RemoveEvidence(payload) => (payload.outcome, None),
        SyncPayload::Assessment(payload) => (payload.outcome, Some(payload.results.as_slice())),
        SyncPayload::Complaint(payload) => (payload.outcome, None),
    };
    match (outcome, results) {
        (WriteOutcome::Applied, Some(results)) if !any(results, ItemOutcome::Applied) => of_nothing_done(results),
        (WriteOutcome::Applied, Some(results)) if !all(results, ItemOutcome::Applied) => {
            (SyncOutcome::AppliedInPart, None)
        }
        (WriteOutcome::Applied, _) if creates(operation) && !was_there(payload) => (SyncOutcome::Created, None),
        (WriteOutcome::Applied, _) => (SyncOutcome::Applied, None),
        (WriteOutcome::Replayed, _) => (SyncOutcome::Replayed, None),
        (WriteOutcome::KeyReused, _) => (SyncOutcome::KeyReused, None),
        (WriteOutcome::Stale, _) => (SyncOutcome::Stale, None),
        (WriteOutcome::DuplicateCandidates, _) => (SyncOutcome::DuplicateCandidates, None),
        (WriteOutcome::AlreadyRegistered, _) => (SyncOutcome::AlreadyRegistered, None),
    }
}

/// Whether what was told of was there already, so that nothing was made.
fn was_there(payload: &SyncPayload) -> bool {
    matches!(payload, SyncPayload::BeginUpload(payload) if !payload.added)
}

fn any(results: &[DecisionResult], outcome: ItemOutcome) -> bool {
    results.iter().any(|result| result.outcome == outcome)
}

fn all(results: &[DecisionResult], outcome: ItemOutcome) -> bool {
    results.iter().all(|result| result.outcome == outcome)
}

/// A step of many that was taken for none of them.
fn of_nothing_done(results: &[DecisionResult]) -> (SyncOutcome, Option<&DecisionResult>) {
    if any(results, ItemOutcome::Stale) {
        return (SyncOutcome::Stale, None);
    }
    let refused = results.iter().find(|result| result.outcome == ItemOutcome::Refused);
    match refused {
        Some(refused) => (SyncOutcome::Refused, Some(refused)),
        None => (SyncOutcome::ScopeLost, None),
    }
}

/// The word for an error of a mutation. A fault of ours is worth another try: it may be mended by then.
pub(super) const fn of_error(error: &Error) -> SyncOutcome {
    match error {
        Error::Invalid(_) => SyncOutcome::Invalid,
        Error::NotFound | Error::Forbidden | Error::PostNotAccepted => SyncOutcome::ScopeLost,
        Error::Refused(_) | Error::Conflict(_) => SyncOutcome::Refused,
        Error::Unauthenticated
        | Error::SessionEnded
        | Error::RefreshRace(_)
        | Error::WrongCredentials
        | Error::CodeNeeded
        | Error::WrongCode
        | Error::SecondFactorNeeded
        | Error::StepUpNeeded
        | Error::PostNeeded
        | Error::RateLimited(_)
        | Error::TooManyAttempts(_)
        | Error::Unavailable(_)
        | Error::Internal(_) => SyncOutcome::Retry,
    }
}

/// Whether something was done, now or before.
pub(super) const fn is_accepted(outcome: SyncOutcome) -> bool {
    matches!(
        outcome,
        SyncOutcome::Created | SyncOutcome::Applied | SyncOutcome::AppliedInPart | SyncOutcome::Replayed
    )
}

/// What must be mended.
pub(super) fn problems(error: &Error, language: Language) -> Vec<SyncProblem> {
    let Error::Invalid(problems) = error else {
        return Vec::new();
    };
    let shown = problems.iter().map(|problem| SyncProblem {
        path: problem.path.clone(),
        rule: problem.rule.code(),
        message: problem.rule.message(language),
    });
    shown.collect()
}

/// Seconds to wait before something is sent again.
pub(super) fn pause(error: &Error) -> u32 {
    u32::try_from(error.retry_after().unwrap_or(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_graphql::ID;
    use entity::value::Rule;

    use super::*;
    use crate::error::Refusal;
    use crate::registration::DecisionPayload;

    fn decided(outcomes: &[ItemOutcome]) -> SyncPayload {
        let result = |outcome: &ItemOutcome| DecisionResult {
            id: ID::from("x"),
            outcome: *outcome,
            rule: None,
            message: None,
            registration: None,
        };
        SyncPayload::Decision(DecisionPayload {
            outcome: WriteOutcome::Applied,
            results: outcomes.iter().map(result).collect(),
        })
    }

    #[test]
    fn a_step_of_many_is_applied_whole_only_where_it_was_taken_for_all() {
        use ItemOutcome::{Applied, NotFound, Refused, Stale};
        for (outcomes, word) in [
            (vec![Applied, Applied], SyncOutcome::Applied),
            (vec![NotFound, Applied, Refused], SyncOutcome::AppliedInPart),
            (vec![NotFound, Stale, Refused], SyncOutcome::Stale),
            (vec![NotFound, Refused], SyncOutcome::Refused),
            (vec![NotFound, NotFound], SyncOutcome::ScopeLost),
        ] {
            let payload = decided(&outcomes);
            assert_eq!(of_payload("approveRegistrations", &payload).0, word);
        }
        let minutes = decided(&[Applied]);
        assert_eq!(of_payload("enterAssessment", &minutes).0, SyncOutcome::Created);
    }

    #[test]
    fn what_may_pass_is_sent_again_and_what_may_not_is_final() {
        for (error, word) in [
            (Error::invalid("a", Rule::Required), SyncOutcome::Invalid),
            (Error::NotFound, SyncOutcome::ScopeLost),
            (Error::Forbidden, SyncOutcome::ScopeLost),
            (Error::Refused(Refusal::WindowClosed), SyncOutcome::Refused),
            (Error::StepUpNeeded, SyncOutcome::Retry),
            (Error::Unavailable(String::new()), SyncOutcome::Retry),
            (Error::RateLimited(Duration::from_secs(7)), SyncOutcome::Retry),
        ] {
            assert_eq!(of_error(&error), word, "{error}");
        }
        assert_eq!(pause(&Error::RateLimited(Duration::from_millis(6_001))), 7);
        assert_eq!(pause(&Error::StepUpNeeded), 1);
    }
}
