//! What papers are asked for by.

use async_graphql::ID;
use entity::id::{RegistrationId, TenantId};
use entity::value::Rule;

use crate::error::{Error, Result};
use crate::global_id::{NodeKind, decode_as};

/// The most registrations of one file: a branch, and about a megabyte.
const MOST: usize = 200;

/// Registrations of one association, 1 to 200, each once.
///
/// # Errors
/// INVALID; NOT_FOUND when they claim several associations.
pub fn registration_ids(ids: &[ID]) -> Result<(TenantId, Vec<RegistrationId>)> {
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

/// How often a form is printed, 1 to 200.
///
/// # Errors
/// INVALID.
pub(super) fn copies(copies: Option<i32>) -> Result<usize> {
    let range = Rule::OutOfRange { min: 1, max: 200 };
    let copies = usize::try_from(copies.unwrap_or(1)).ok();
    copies
        .filter(|copies| (1..=MOST).contains(copies))
        .ok_or_else(|| Error::invalid("copies", range))
}
