//! What certificates are printed by.

use async_graphql::{ID, InputObject};
use entity::id::{RegistrationId, TenantId};
use entity::value::Rule;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// The most certificates of one print: a branch, and about a megabyte.
const MOST: usize = 200;

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
        let ids = &self.registration_ids;
        if ids.len() > MOST {
            return Err(Error::invalid("registrationIds", Rule::TooMany { max: MOST }));
        }
        let mut parsed = Vec::with_capacity(ids.len());
        let mut association = None;
        for (at, id) in ids.iter().enumerate() {
            let path = format!("registrationIds.{at}");
            let (tenant, id) = decode_as(NodeKind::Registration, id, &path)?;
            if *association.get_or_insert(tenant) != tenant {
                return Err(Error::NotFound);
            }
            if parsed.contains(&id) {
                return Err(Error::invalid(path, Rule::Repeated));
            }
            parsed.push(id);
        }
        let association = association.ok_or_else(|| Error::invalid("registrationIds", Rule::Required))?;
        Ok((association, parsed))
    }
}
