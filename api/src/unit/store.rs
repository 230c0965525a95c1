//! Reading and making units.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::id::{TenantId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, View, Writer};
use entity::table::{tenant, unit, unit_version};
use entity::vocabulary::{BranchKind, UnitKind};

use crate::clock::hanoi_date;
use crate::error::{Error, Result};

/// A unit as it is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Its association.
    pub tenant: TenantId,
    /// Its id.
    pub id: UnitId,
    /// Its level.
    pub kind: UnitKind,
    /// Where the branch works.
    pub branch_kind: Option<BranchKind>,
    /// Its name.
    pub name: String,
    /// Its official code.
    pub official_code: Option<String>,
    /// The unit above it in its association.
    pub parent: Option<UnitId>,
    /// Vietnamese order of names.
    pub sort_key: Vec<u8>,
}

/// Units by id, as a scope sees them.
///
/// # Errors
/// What the database answers.
pub async fn units_by_id(scope: &Scope, ids: &[UnitId]) -> Result<HashMap<UnitId, UnitRow>> {
    units_seen(&View::Tenant(scope.clone()), ids).await
}

/// Units by id, as a view sees them.
///
/// # Errors
/// What the database answers.
pub async fn units_seen(view: &View, ids: &[UnitId]) -> Result<HashMap<UnitId, UnitRow>> {
    let versions = view
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::UnitId.is_in(ids.iter().copied()))
        .filter(unit_version::in_force(hanoi_date(view.now())))
        .all()
        .await?;
    let rows = with_kinds(view, versions).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One unit.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn unit_by_id(view: &View, id: UnitId) -> Result<UnitRow> {
    units_seen(view, &[id]).await?.remove(&id).ok_or(Error::NotFound)
}

/// The units right below one, in Vietnamese order, beginning after a sort key; at most `limit`.
///
/// # Errors
/// What the database answers.
pub async fn children_of(
    view: &View,
    parent: &UnitRow,
    after: Option<&(Vec<u8>, UnitId)>,
    limit: u64,
) -> Result<Vec<UnitRow>> {
    if parent.kind == UnitKind::City {
        return districts(view, parent.tenant, after, limit).await;
    }
    let mut find = view
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::ParentId.eq(parent.id))
        .filter(unit_version::in_force(hanoi_date(view.now())));
    if let Some((key, id)) = after {
        find = find.filter(beyond(key, *id));
    }
    let versions = find
        .order_by(unit_version::Column::SortKey, Order::Asc)
        .order_by(unit_version::Column::UnitId, Order::Asc)
        .limit(limit)
        .all()
        .await?;
    with_kinds(view, versions).await
}

/// The top units of a city's districts; seen by the city only.
async fn districts(view: &View, city: TenantId, after: Option<&(Vec<u8>, UnitId)>, limit: u64) -> Result<Vec<UnitRow>> {
    if !view.sees_all() {
        return Ok(Vec::new());
    }
    let mut rows = roots(view, city).await?;
    rows.sort_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
    Ok(rows
        .into_iter()
        .filter(|row| after.is_none_or(|(key, id)| (&row.sort_key, row.id) > (key, *id)))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect())
}

/// The top units of all associations below a city.
///
/// # Errors
/// What the database answers.
pub async fn roots(view: &View, city: TenantId) -> Result<Vec<UnitRow>> {
    let tenants = view
        .find_shared::<tenant::Entity>()
        .filter(tenant::Column::ParentId.eq(city))
        .all()
        .await?;
    let ids: Vec<UnitId> = tenants.iter().map(|row| row.root_unit_id).collect();
    Ok(units_seen(&view.turned_to(None), &ids).await?.into_values().collect())
}

/// The unit above one; above an association's top unit only the city's view sees another.
///
/// # Errors
/// What the database answers.
pub async fn parent_of(view: &View, child: &UnitRow) -> Result<Option<UnitRow>> {
    if let Some(parent) = child.parent {
        return Ok(units_seen(view, &[parent]).await?.remove(&parent));
    }
    if !view.sees_all() {
        return Ok(None);
    }
    let tenants = view.find_shared::<tenant::Entity>().all().await?;
    let by_id: HashMap<TenantId, &tenant::Model> = tenants.iter().map(|row| (row.id, row)).collect();
    let above = by_id
        .get(&child.tenant)
        .and_then(|row| row.parent_id)
        .and_then(|id| by_id.get(&id));
    match above {
        Some(above) => {
            let root = above.root_unit_id;
            Ok(units_seen(&view.turned_to(None), &[root]).await?.remove(&root))
        }
        None => Ok(None),
    }
}

/// The unit a list is asked of, if the view covers all of it: a branch head's own branch, a ward officer's ward or one
/// of its branches, any unit of an association for those who see the whole of it.
///
/// # Errors
/// NOT_FOUND for any other, as for one that does not exist.
pub async fn covered_unit(view: &View, id: UnitId) -> Result<UnitRow> {
    let row = unit_by_id(view, id).await?;
    let covered = match view.reach() {
        Reach::Tenant => true,
        Reach::Ward(ward) => row.id == *ward || row.parent == Some(*ward),
        Reach::Branch(branch) => row.id == *branch,
        Reach::Own(_) => false,
    };
    if covered { Ok(row) } else { Err(Error::NotFound) }
}

/// Puts a new unit and its first version into the tree.
///
/// # Errors
/// NOT_FOUND when the scope does not reach the place, else what the database answers.
pub async fn insert_unit(tx: &Writer<'_>, unit: unit::Model, version: unit_version::Model) -> Result<()> {
    tx.insert::<unit::Entity>(unit).await?;
    tx.insert::<unit_version::Entity>(version).await?;
    Ok(())
}

/// A branch's ward today, for placing what hangs on the branch; looks past the reach.
///
/// # Errors
/// NOT_FOUND when there is no such branch in the association.
pub async fn ward_of_branch(tx: &Writer<'_>, branch: UnitId, today: NaiveDate) -> Result<UnitId> {
    let is_branch = tx
        .find_beyond_reach::<unit::Entity>()
        .filter(unit::Column::Id.eq(branch))
        .filter(unit::Column::Kind.eq(UnitKind::Branch))
        .exists()
        .await?;
    if !is_branch {
        return Err(Error::NotFound);
    }
    let version = tx
        .find_beyond_reach::<unit_version::Entity>()
        .filter(unit_version::Column::UnitId.eq(branch))
        .filter(unit_version::in_force(today))
        .one()
        .await?;
    version.and_then(|row| row.parent_id).ok_or(Error::NotFound)
}

fn beyond(key: &[u8], id: UnitId) -> Condition {
    use unit_version::Column::{SortKey, UnitId};
    Condition::any()
        .add(SortKey.gt(key.to_vec()))
        .add(Condition::all().add(SortKey.eq(key.to_vec())).add(UnitId.gt(id)))
}

/// Joins versions with the kinds of their units, keeping the order.
async fn with_kinds(view: &View, versions: Vec<unit_version::Model>) -> Result<Vec<UnitRow>> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let ids = versions.iter().map(|row| row.unit_id);
    let units = view
        .find::<unit::Entity>()
        .filter(unit::Column::Id.is_in(ids))
        .all()
        .await?;
    let mut units: HashMap<UnitId, unit::Model> = units.into_iter().map(|row| (row.id, row)).collect();
    Ok(versions
        .into_iter()
        .filter_map(|version| {
            let unit = units.remove(&version.unit_id)?;
            Some(UnitRow {
                tenant: version.tenant_id,
                id: version.unit_id,
                kind: unit.kind,
                branch_kind: unit.branch_kind,
                name: version.name,
                official_code: version.official_code,
                parent: version.parent_id,
                sort_key: version.sort_key,
            })
        })
        .collect())
}
