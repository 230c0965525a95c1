//! What a device sends of itself.

use async_graphql::InputObject;
use entity::value::Rule;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::session::Platform;

/// The longest token: those of all services are shorter by far.
const LONGEST: usize = 1_000;

/// A device that is to take messages.
#[derive(InputObject)]
pub struct RegisterPushTokenInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// What the platform's own service (FCM, APNs) gave the app; up to 1000 visible ASCII characters.
    pub token: String,
    /// What the device runs.
    pub platform: Platform,
}

/// A device that is to take no more messages.
#[derive(InputObject)]
pub struct RemovePushTokenInput {
    /// The token it was registered with.
    pub token: String,
}

impl RegisterPushTokenInput {
    /// The token, as a service can have given it.
    ///
    /// # Errors
    /// INVALID.
    pub(super) fn token(&self) -> Result<&str> {
        let fault = if self.token.is_empty() {
            Rule::Required
        } else if self.token.len() > LONGEST {
            Rule::TooLong { max: LONGEST }
        } else if !self.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Rule::NotACode
        } else {
            return Ok(&self.token);
        };
        Err(Error::invalid("token", fault))
    }
}
