//! What a client's library acts on without looking into the body: the status, and when to come again.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, ServerError};
use axum::http::StatusCode;
use entity::value::Language;

use super::{Error, Refusal};

/// When to come again while the database is away, in seconds.
const AWAY: u64 = 5;

impl Error {
    /// The HTTP status that says it where the whole request fails with it.
    pub fn status(&self) -> StatusCode {
        match self.code() {
            "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
            "FORBIDDEN" => StatusCode::FORBIDDEN,
            "NOT_FOUND" => StatusCode::NOT_FOUND,
            "INVALID" => StatusCode::BAD_REQUEST,
            "CONFLICT" | "REFUSED" => StatusCode::CONFLICT,
            "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
            "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many whole seconds the same may work, at least one; none where waiting changes nothing.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited(pause) | Self::TooManyAttempts(pause) | Self::RefreshRace(pause) => {
                Some(whole_seconds(*pause))
            }
            Self::Unavailable(_) => Some(AWAY),
            _ => None,
        }
    }

    /// Writes message, code and details into an error of the engine's.
    pub fn write_into(&self, error: &mut ServerError, language: Language, request_id: &str) {
        error.message = self.message(language);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code());
        if let Some(rule) = self.rule() {
            extensions.set("rule", rule);
        }
        match self {
            Self::Invalid(problems) => {
                let fields: Vec<async_graphql::Value> = problems
                    .iter()
                    .map(|problem| {
                        async_graphql::value!({
                            "path": problem.path.clone(),
                            "rule": problem.rule.code(),
                            "message": problem.rule.message(language),
                        })
                    })
                    .collect();
                extensions.set("fields", fields);
            }
            Self::Refused(Refusal::NotInThisState { state, action }) => {
                extensions.set("state", state.as_str());
                extensions.set("action", action.as_str());
            }
            Self::Internal(_) => extensions.set("requestId", request_id),
            _ => {}
        }
        if let Some(seconds) = self.retry_after() {
            extensions.set("retryAfter", seconds);
        }
        error.extensions = Some(extensions);
    }
}

/// Rounded up: whoever waits exactly so long must not be told to wait again.
pub(super) fn whole_seconds(pause: Duration) -> u64 {
    let begun = u64::from(pause.subsec_nanos() > 0);
    (pause.as_secs() + begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_as_long_as_they_are_told_has_waited_long_enough() {
        let pause = Duration::from_millis(1_200);
        for error in [
            Error::RateLimited(pause),
            Error::TooManyAttempts(pause),
            Error::RefreshRace(pause),
        ] {
            let mut shown = ServerError::new(String::new(), None);
            error.write_into(&mut shown, Language::En, "");
            let told = shown
                .extensions
                .and_then(|extensions| extensions.get("retryAfter").cloned());
            assert_eq!(
                (error.retry_after(), told),
                (Some(2), Some(async_graphql::value!(2))),
                "{error}"
            );
        }
        assert_eq!(Error::RateLimited(Duration::ZERO).retry_after(), Some(1));
        assert_eq!(Error::NotFound.retry_after(), None);
    }
}
