//! Reading what has changed, and the records themselves.

use std::collections::{HashMap, HashSet};

use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope};
use entity::table::record_change::{self, Position, RecordKind, Standing, beyond};
use entity::table::{citizen, collective, household, registration};
use uuid::Uuid;

use super::cursor::{Copy, CopyReset};
use super::own::{Managed, managed, mark};
use super::size::{PAGE_BYTES, Sizes};
use crate::citizen::citizens_by_id;
use crate::collective::collectives_by_id;
use crate::error::Result;
use crate::household::households_by_id;
use crate::registration::registrations_by_id;

/// How far a copy reaches, and how far the records of each kind are seen.
pub struct Scopes {
    /// What has changed.
    pub copy: Scope,
    /// Households.
    pub households: Scope,
    /// Clans, institutions, communities and citizens.
    pub subjects: Scope,
    /// Registrations.
    pub registrations: Scope,
}

/// A record as it is now.
pub enum Record {
    /// A household.
    Household(household::Model),
    /// A clan, institution or community.
    Collective(collective::Model),
    /// A citizen.
    Citizen(citizen::Model),
    /// A registration.
    Registration(registration::Model),
}

/// A page of changes, records not yet read.
pub struct Pull {
    /// What has changed, in order, each record once.
    pub rows: Vec<record_change::Model>,
    /// Whether there is more.
    pub more: bool,
    /// What the records are reckoned to take.
    pub bytes: usize,
}

/// Everything the account manages, where the copy goes by that.
///
/// # Errors
/// What the database answers.
pub async fn own(scopes: &Scopes) -> Result<Option<Managed>> {
    match scopes.copy.reach() {
        Reach::Own(_) => managed(scopes).await.map(Some),
        Reach::Branch(_) | Reach::Ward(_) | Reach::Tenant => Ok(None),
    }
}

/// Why a copy cannot be gone on with, as far as the database tells.
///
/// # Errors
/// What the database answers.
pub async fn stale(scopes: &Scopes, copy: &Copy, own: Option<&Managed>) -> Result<Option<CopyReset>> {
    use record_change::Column::{Kind, RecordId, Xid};
    if own.is_some_and(|own| !copy.own.is_subset(&own.marks)) {
        return Ok(Some(CopyReset::OwnChanged));
    }
    let Some(Position(xid, kind, record)) = copy.after else {
        return Ok(None);
    };
    let witness = scopes
        .copy
        .find::<record_change::Entity>()
        .filter(Kind.eq(kind))
        .filter(RecordId.eq(record))
        .filter(Xid.gte(xid));
    Ok((!witness.exists().await?).then_some(CopyReset::DatabaseWentBack))
}

/// The place of the newest change; what went before it is not told to a copy that begins now.
///
/// # Errors
/// What the database answers.
pub async fn newest(scopes: &Scopes) -> Result<i64> {
    let newest = scopes
        .copy
        .find_settled()
        .order_by(record_change::Column::Xid, Order::Desc)
        .one();
    Ok(newest.await?.map_or(0, |row| row.xid))
}

/// The next page of changes, at most so many records; the copy is brought to its end.
///
/// # Errors
/// What the database answers.
pub async fn pull(
    scopes: &Scopes,
    copy: &mut Copy,
    own: Option<Managed>,
    (first, sizes): (usize, &Sizes),
) -> Result<Pull> {
    let by_account = own.is_some();
    let (rows, more) = match own {
        Some(Managed { mut rows, .. }) => {
            let told = |row: &record_change::Model| copy.own.contains(&mark(row.kind, row.record_id));
            rows.retain(|row| Some(row.position()) > copy.after || !told(row));
            (rows, false)
        }
        None => changed(&scopes.copy, copy, first).await?,
    };
    let mut page = Pull {
        rows: Vec::new(),
        more,
        bytes: 0,
    };
    let mut known = HashSet::new();
    for row in rows {
        let new = !known.contains(&(row.kind, row.record_id));
        let bytes = page.bytes.saturating_add(sizes.of(row.kind));
        let full = page.rows.len() >= first || (bytes > PAGE_BYTES && !page.rows.is_empty());
        if new && full {
            page.more = true;
            break;
        }
        copy.after = copy.after.max(Some(row.position()));
        // a record that has gone from one branch to another of the same ward stands there twice and is told once
        if new {
            if by_account {
                copy.own.insert(mark(row.kind, row.record_id));
            }
            known.insert((row.kind, row.record_id));
            page.bytes = bytes;
            page.rows.push(row);
        }
    }
    Ok(page)
}

/// What has changed after a copy's place, and whether there is more.
async fn changed(scope: &Scope, copy: &Copy, first: usize) -> Result<(Vec<record_change::Model>, bool)> {
    use record_change::Column::{Kind, RecordId, Standing as Stands, Xid};
    let still_news = Condition::any().add(Stands.eq(Standing::Here)).add(Xid.gt(copy.floor));
    let mut find = scope.find_settled().filter(still_news);
    if let Some(after) = copy.after {
        find = find.filter(beyond(after));
    }
    // one more than wanted tells whether there is another page
    let limit = first.saturating_add(1);
    let rows = find
        .order_by(Xid, Order::Asc)
        .order_by(Kind, Order::Asc)
        .order_by(RecordId, Order::Asc)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .all()
        .await?;
    let more = rows.len() == limit;
    Ok((rows, more))
}

/// The records that are seen now, of those that have changed: a statement for each kind.
///
/// # Errors
/// What the database answers.
pub async fn records(scopes: &Scopes, rows: &[record_change::Model]) -> Result<HashMap<(RecordKind, Uuid), Record>> {
    let mut found = HashMap::new();
    let ids = ids_of(rows, RecordKind::Household);
    if !ids.is_empty() {
        let rows = households_by_id(&scopes.households, &ids).await?.into_iter();
        found.extend(rows.map(|(id, row)| ((RecordKind::Household, id.0), Record::Household(row))));
    }
    let ids = ids_of(rows, RecordKind::Collective);
    if !ids.is_empty() {
        let rows = collectives_by_id(&scopes.subjects, &ids).await?.into_iter();
        found.extend(rows.map(|(id, row)| ((RecordKind::Collective, id.0), Record::Collective(row))));
    }
    let ids = ids_of(rows, RecordKind::Citizen);
    if !ids.is_empty() {
        let rows = citizens_by_id(&scopes.subjects, &ids).await?.into_iter();
        found.extend(rows.map(|(id, row)| ((RecordKind::Citizen, id.0), Record::Citizen(row))));
    }
    let ids = ids_of(rows, RecordKind::Registration);
    if !ids.is_empty() {
        let rows = registrations_by_id(&scopes.registrations, &ids).await?.into_iter();
        found.extend(rows.map(|(id, row)| ((RecordKind::Registration, id.0), Record::Registration(row))));
    }
    Ok(found)
}

fn ids_of<T: From<Uuid>>(rows: &[record_change::Model], kind: RecordKind) -> Vec<T> {
    let of_kind = rows.iter().filter(|row| row.kind == kind);
    of_kind.map(|row| row.record_id.into()).collect()
}
