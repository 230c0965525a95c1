//! Reading and writing what is known of files of evidence.

use std::collections::HashMap;

use entity::id::{EvidenceId, RegistrationId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{DbError, Reads, Scope, Writer};
use entity::table::{evidence, registration};
use entity::vocabulary::EvidenceState;

use crate::error::{Error, Result};

/// The files of registrations, in the order they were added.
///
/// # Errors
/// What the database answers.
pub async fn evidence_of(
    from: &impl Reads,
    registrations: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<evidence::Model>>> {
    use evidence::Column::{CreatedAt, Id, RegistrationId as Of, State};
    let rows = from
        .find::<evidence::Entity>()
        .filter(Of.is_in(registrations.iter().copied()))
        .filter(State.ne(EvidenceState::Removed))
        .order_by(CreatedAt, Order::Asc)
        .order_by(Id, Order::Asc)
        .all()
        .await?;
    let mut files: HashMap<RegistrationId, Vec<evidence::Model>> = HashMap::new();
    for row in rows {
        files.entry(row.registration_id).or_default().push(row);
    }
    Ok(files)
}

/// One file.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn evidence_by_id(from: &impl Reads, id: EvidenceId) -> Result<evidence::Model> {
    let find = from
        .find::<evidence::Entity>()
        .filter(evidence::Column::Id.eq(id))
        .filter(evidence::Column::State.ne(EvidenceState::Removed));
    find.one().await?.ok_or(Error::NotFound)
}

/// Locks the registration of a file whose state is about to change: it is noted for copies at the registration's branch, which
/// must not be left meanwhile. Whoever changes both locks the registration first.
///
/// # Errors
/// What the database answers.
pub async fn hold(from: &impl Reads, file: &evidence::Model) -> std::result::Result<(), DbError> {
    let find = from.find::<registration::Entity>();
    let find = find.filter(registration::Column::Id.eq(file.registration_id));
    find.for_update().one().await?;
    Ok(())
}

/// Notes a piece that was stored. Whether it was the next: of two that came at once for the same place one is.
///
/// # Errors
/// What the database answers.
pub(super) async fn note_piece(scope: &Scope, row: &evidence::Model, pieces: String, received: i32) -> Result<bool> {
    use evidence::Column::{ChangedAt, Id, Pieces, Received, State};
    let whole = received == row.size;
    let noted = scope.write(async |tx: &Writer<'_>| -> std::result::Result<u64, DbError> {
        let mut change = tx
            .update::<evidence::Entity>()
            .set(Received, received)
            .set(Pieces, pieces);
        if whole {
            hold(tx, row).await?;
            change = change.set(State, EvidenceState::Received).set(ChangedAt, scope.now());
        }
        let change = change
            .filter(Id.eq(row.id))
            .filter(State.eq(EvidenceState::WaitingForBytes))
            .filter(Received.eq(row.received));
        change.run().await
    });
    Ok(noted.await? == 1)
}

/// Takes a file away. Its bytes go in the next sweep.
///
/// # Errors
/// What the database answers.
pub(super) async fn remove(tx: &Writer<'_>, id: EvidenceId) -> Result<()> {
    use evidence::Column::{ChangedAt, Id, State, Unsettled};
    tx.update::<evidence::Entity>()
        .set(State, EvidenceState::Removed)
        .set(Unsettled, true)
        .set(ChangedAt, tx.scope().now())
        .filter(Id.eq(id))
        .run()
        .await?;
    Ok(())
}
