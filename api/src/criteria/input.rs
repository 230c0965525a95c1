//! What criteria sets are published from.

use async_graphql::InputObject;
use uuid::Uuid;

/// A criteria set to be published.
#[derive(InputObject)]
pub struct PublishCriteriaSetInput {
    /// Made by the client, one for each thing to be done; sending again with the same key does nothing twice.
    pub idempotency_key: Uuid,
    /// The whole document, YAML or JSON; `criteria.md` of this API's documentation describes it.
    pub document: String,
}
