//! The second factor as GraphQL shows it.

use async_graphql::SimpleObject;
use chrono::{DateTime, FixedOffset};

/// The second factor of an account.
#[derive(SimpleObject)]
#[graphql(name = "SecondFactor")]
pub struct SecondFactorObject {
    /// Since when it is in force.
    pub confirmed_at: DateTime<FixedOffset>,
    /// How many recovery codes have not been used.
    pub recovery_codes_left: i32,
}
