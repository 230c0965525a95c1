//! The copy of a family's phone: what the account manages. It is small, so it is read whole at each pull, and what the account
//! has come to manage is told whenever it was last changed.

use std::collections::BTreeSet;

use entity::query::{ColumnTrait, Order};
use entity::table::record_change::{self, RecordKind, Standing};
use entity::table::{citizen, collective, household, registration};
use uuid::Uuid;

use super::cursor::fingerprint;
use super::store::Scopes;
use crate::error::Result;

/// Everything an account manages and what hangs on it.
pub struct Managed {
    /// What it is known by in a cursor, also of what has changed just now.
    pub marks: BTreeSet<u64>,
    /// When each was last changed, in the order of changes; without what has changed just now.
    pub rows: Vec<record_change::Model>,
}

/// What a record is known by in the cursor of an account's copy.
pub fn mark(kind: RecordKind, id: Uuid) -> u64 {
    fingerprint(&(kind, id))
}

/// Everything the account manages and what hangs on it.
///
/// # Errors
/// What the database answers.
pub async fn managed(scopes: &Scopes) -> Result<Managed> {
    use record_change::Column::{Kind, RecordId, Standing as Stands, Xid};
    let mut seen: Vec<(RecordKind, Uuid)> = Vec::new();
    let households = scopes.households.find::<household::Entity>().all().await?;
    seen.extend(households.iter().map(|row| (RecordKind::Household, row.id.0)));
    let collectives = scopes.subjects.find::<collective::Entity>().all().await?;
    seen.extend(collectives.iter().map(|row| (RecordKind::Collective, row.id.0)));
    let citizens = scopes.subjects.find::<citizen::Entity>().all().await?;
    seen.extend(citizens.iter().map(|row| (RecordKind::Citizen, row.id.0)));
    let registrations = scopes.registrations.find::<registration::Entity>().all().await?;
    seen.extend(registrations.iter().map(|row| (RecordKind::Registration, row.id.0)));
    let mut rows = scopes
        .copy
        .find_settled()
        // the kinds are named so that the primary key leads to each record
        .filter(Kind.is_in(seen.iter().map(|(kind, _)| *kind).collect::<BTreeSet<_>>()))
        .filter(RecordId.is_in(seen.iter().map(|(_, id)| *id)))
        .filter(Stands.eq(Standing::Here))
        .order_by(Xid, Order::Asc)
        .order_by(Kind, Order::Asc)
        .order_by(RecordId, Order::Asc)
        .all()
        .await?;
    let marks: BTreeSet<u64> = seen.into_iter().map(|(kind, id)| mark(kind, id)).collect();
    rows.retain(|row| marks.contains(&mark(row.kind, row.record_id)));
    Ok(Managed { marks, rows })
}
