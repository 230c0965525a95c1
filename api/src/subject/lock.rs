//! Holding subjects against others while they are registered or corrected.

use std::collections::HashMap;

use entity::id::{CitizenId, CollectiveId, HouseholdId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Writer;
use entity::table::{citizen, collective, household};
use entity::vocabulary::{CriteriaVariant, SubjectKind};

use crate::error::{Error, Result};
use crate::global_id::NodeKind;

/// A subject that is being registered or corrected, held against others.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    /// Its id.
    pub id: SubjectId,
    /// What it is.
    pub kind: SubjectKind,
    /// Its branch.
    pub branch: UnitId,
    /// That branch's ward.
    pub ward: UnitId,
    /// Which form of the criteria it is marked by.
    pub variant: Option<CriteriaVariant>,
    /// Raised with every change.
    pub version: i32,
}

impl From<household::Model> for Locked {
    fn from(row: household::Model) -> Self {
        Self {
            id: row.id.into(),
            kind: SubjectKind::Household,
            branch: row.branch_id,
            ward: row.ward_id,
            variant: None,
            version: row.version,
        }
    }
}

impl From<collective::Model> for Locked {
    fn from(row: collective::Model) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind,
            branch: row.branch_id,
            ward: row.ward_id,
            variant: row.variant,
            version: row.version,
        }
    }
}

impl From<citizen::Model> for Locked {
    fn from(row: citizen::Model) -> Self {
        Self {
            id: row.id.into(),
            kind: SubjectKind::Citizen,
            branch: row.branch_id,
            ward: row.ward_id,
            variant: Some(row.variant),
            version: row.version,
        }
    }
}

/// Locks a subject within the scope: two phones that register the same one wait for each other here, and the second finds
/// the first one's registration.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn locked(tx: &Writer<'_>, (kind, id): (NodeKind, SubjectId)) -> Result<Locked> {
    let found = match kind {
        NodeKind::Household => locked_households(tx, &[id]).await?.pop(),
        NodeKind::Collective => locked_collectives(tx, &[id]).await?.pop(),
        NodeKind::Citizen => locked_citizens(tx, &[id]).await?.pop(),
        _ => None,
    };
    found.ok_or(Error::NotFound)
}

/// Locks subjects of any kind within the scope, in the order of their ids in each table; those out of reach are left out.
///
/// # Errors
/// What the database answers.
pub async fn locked_many(tx: &Writer<'_>, ids: &[SubjectId]) -> Result<HashMap<SubjectId, Locked>> {
    let mut found = locked_households(tx, ids).await?;
    if found.len() < ids.len() {
        found.extend(locked_collectives(tx, ids).await?);
        found.extend(locked_citizens(tx, ids).await?);
    }
    Ok(found.into_iter().map(|subject| (subject.id, subject)).collect())
}

async fn locked_households(tx: &Writer<'_>, ids: &[SubjectId]) -> Result<Vec<Locked>> {
    use household::Column::Id;
    let find = tx.find::<household::Entity>();
    let find = find.filter(Id.is_in(ids.iter().map(|id| HouseholdId::from(*id))));
    let rows = find.order_by(Id, Order::Asc).for_update().all().await?;
    Ok(rows.into_iter().map(Locked::from).collect())
}

async fn locked_collectives(tx: &Writer<'_>, ids: &[SubjectId]) -> Result<Vec<Locked>> {
    use collective::Column::Id;
    let find = tx.find::<collective::Entity>();
    let find = find.filter(Id.is_in(ids.iter().map(|id| CollectiveId::from(*id))));
    let rows = find.order_by(Id, Order::Asc).for_update().all().await?;
    Ok(rows.into_iter().map(Locked::from).collect())
}

async fn locked_citizens(tx: &Writer<'_>, ids: &[SubjectId]) -> Result<Vec<Locked>> {
    use citizen::Column::Id;
    let find = tx.find::<citizen::Entity>();
    let find = find.filter(Id.is_in(ids.iter().map(|id| CitizenId::from(*id))));
    let rows = find.order_by(Id, Order::Asc).for_update().all().await?;
    Ok(rows.into_iter().map(Locked::from).collect())
}
