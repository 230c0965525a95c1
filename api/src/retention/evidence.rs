//! What becomes of files of evidence when nobody asks: those whose bytes never came, were refused or taken away.
//!
//! The row says first that the bytes are to go, then they go, then the row: whatever moment a server dies at, the next
//! goes on from there, and never removes bytes of a row that lives, because every name belongs to one row.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{EvidenceId, TenantId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Db, Errand, Reads as _};
use entity::table::evidence;
use entity::table::evidence::Column::{ChangedAt, Id, Pieces, State, Unsettled};
use entity::vocabulary::EvidenceState;

use super::PIECE;
use crate::app::App;
use crate::depot::{Depot, Part};
use crate::error::{Error, Result};
use crate::evidence::{PATIENCE, examine, hold, settled};

/// How long the person may see why a file was refused.
const REFUSED: TimeDelta = TimeDelta::days(30);
/// So long the server that took the last byte has to look at a file; then it is taken to have died.
const LOOKING: TimeDelta = TimeDelta::minutes(2);

/// Does what is due for the files of an association; how many were removed. One that cannot be dealt with does not keep the
/// others, but a store that is away does: it would be waited for at each of them.
///
/// # Errors
/// UNAVAILABLE at once; whatever else there was, after the others have had their turn.
pub(super) async fn sweep(app: &App, tenant: TenantId, now: DateTime<Utc>) -> Result<usize> {
    let (mut removed, mut failed, mut after) = (0, None, None);
    loop {
        let rows = unsettled(&app.db, tenant, after).await?;
        after = rows.last().map(|row| row.id);
        if after.is_none() {
            return failed.map_or(Ok(removed), Err);
        }
        for row in rows {
            match tend(app, &row, now).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => failed = Some(error),
            }
        }
    }
}

async fn unsettled(db: &Db, tenant: TenantId, after: Option<EvidenceId>) -> Result<Vec<evidence::Model>> {
    let survey = db.survey(tenant);
    let mut find = survey.find::<evidence::Entity>().filter(evidence::is_unsettled());
    if let Some(after) = after {
        find = find.filter(Id.gt(after));
    }
    Ok(find.order_by(Id, Order::Asc).limit(PIECE).all().await?)
}

/// One step for one file; whether it is gone.
async fn tend(app: &App, row: &evidence::Model, now: DateTime<Utc>) -> Result<bool> {
    let owner = (row.tenant_id, row.id);
    match row.state {
        EvidenceState::WaitingForBytes if now >= row.created_at + PATIENCE => {
            give_up(app, row, now).await?;
            Ok(false)
        }
        EvidenceState::Received if now >= row.changed_at + LOOKING => {
            let examined = examine(app, row).await?;
            let write = async |tx: &Errand| {
                hold(tx, row).await?;
                settled(tx.update(), row, examined, now).run().await
            };
            app.db.errand(row.tenant_id, write).await?;
            Ok(false)
        }
        EvidenceState::WaitingForBytes | EvidenceState::Received => Ok(false),
        EvidenceState::Checked => {
            app.evidence.depot.remove_pieces(owner).await?;
            tidied(app, row, false).await?;
            Ok(false)
        }
        EvidenceState::Refused if now >= row.changed_at + REFUSED => {
            give_up(app, row, now).await?;
            Ok(false)
        }
        EvidenceState::Refused => {
            if !row.pieces.is_empty() {
                app.evidence.depot.remove(owner).await?;
                tidied(app, row, true).await?;
            }
            Ok(false)
        }
        EvidenceState::Removed => {
            app.evidence.depot.remove(owner).await?;
            let gone = async |tx: &Errand| {
                hold(tx, row).await?;
                let removal = tx.delete::<evidence::Entity>().filter(Id.eq(row.id));
                removal.filter(State.eq(EvidenceState::Removed)).run().await
            };
            app.db.errand(row.tenant_id, gone).await?;
            Ok(true)
        }
    }
}

/// Says that a file is to go; the next sweep removes it.
async fn give_up(app: &App, row: &evidence::Model, now: DateTime<Utc>) -> Result<()> {
    let write = async |tx: &Errand| {
        hold(tx, row).await?;
        let change = tx.update::<evidence::Entity>().set(State, EvidenceState::Removed);
        let same = change.set(ChangedAt, now).filter(Id.eq(row.id));
        same.filter(State.eq(row.state)).run().await
    };
    app.db.errand(row.tenant_id, write).await?;
    Ok(())
}

/// Says that a file's pieces are gone.
async fn tidied(app: &App, row: &evidence::Model, unsettled: bool) -> Result<()> {
    let write = async |tx: &Errand| {
        let change = tx.update::<evidence::Entity>().set(Pieces, "");
        let change = change.set(Unsettled, unsettled).filter(Id.eq(row.id));
        change.filter(State.eq(row.state)).run().await
    };
    app.db.errand(row.tenant_id, write).await?;
    Ok(())
}

/// What does not agree between the database and the store.
#[derive(Debug, Default)]
pub struct Disagreement {
    /// Files that are checked and whose bytes are not there.
    pub lost: Vec<EvidenceId>,
    /// Bytes of no file.
    pub orphans: Vec<EvidenceId>,
}

/// Compares the files of an association with the store, for `doctor`.
///
/// # Errors
/// What database and store answer.
pub async fn disagreement(db: &Db, depot: &Depot, tenant: TenantId) -> Result<Disagreement> {
    // listed first: whatever is added meanwhile is known below
    let stored = depot.rows_of(tenant).await?;
    let survey = db.survey(tenant);
    let (mut known, mut lost, mut after) = (HashSet::new(), Vec::new(), None);
    loop {
        let mut find = survey.find::<evidence::Entity>();
        if let Some(after) = after {
            find = find.filter(Id.gt(after));
        }
        let rows = find.order_by(Id, Order::Asc).limit(PIECE).all().await?;
        let Some(last) = rows.last().map(|row| row.id) else {
            break;
        };
        after = Some(last);
        for row in rows {
            known.insert(row.id);
            if row.state == EvidenceState::Checked && !depot.has((tenant, row.id), Part::Whole).await? {
                lost.push(row.id);
            }
        }
    }
    let orphans = stored.into_iter().filter(|id| !known.contains(id)).collect();
    Ok(Disagreement { lost, orphans })
}
