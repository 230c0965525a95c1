//! What certificates are printed by.

use async_graphql::{ID, InputObject};
use entity::id::{RegistrationId, TenantId};
use uuid::Uuid;

use crate::error::Result;
use crate::printing::registration_ids;

/// Recognised registrations whose certificates are to be printed.
#[derive(InputObject)]
pub struct PrintCertificatesInput {
    /// Made by the client, one for each thing to be done; sending again with the same key prints the same paper again.
    pub idempotency_key: Uuid,
    /// The registrations, 1 to 200, of one association.
    pub registration_ids: Vec<ID>,
}

impl PrintCertificatesInput {
    /// Checks every id: the association they claim, and the registrations, each once.
    ///
    /// # Errors
    /// INVALID; NOT_FOUND when they claim several associations.
    pub fn parse(&self) -> Result<(TenantId, Vec<RegistrationId>)> {
        registration_ids(&self.registration_ids)
    }
}
