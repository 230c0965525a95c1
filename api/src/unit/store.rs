//! Reading and making units.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::id::{TenantId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, View, Writer};
use entity::table::{tenant, unit, unit_version};
use entity::vocabulary::{BranchKind, UnitKind};

use crate::clock::hanoi_date;
use crate::error::{Error, Result};

/// Ids in one statement: well below the 32,766 parameters that SQLite takes.
const MOST_IDS: usize = 10_000;

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

/// The units right below one: what is asked of [`children_of`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Below {
    tenant: TenantId,
    unit: UnitId,
    kind: UnitKind,
    part: Part,
}

impl Below {
    /// A part of the units right below one.
    pub fn new(above: &UnitRow, part: Part) -> Self {
        Self {
            tenant: above.tenant,
            unit: above.id,
            kind: above.kind,
            part,
        }
    }
}

/// A part of a list of units in Vietnamese order of names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// The sort key of the unit before the first one wanted.
    pub after: Option<(Vec<u8>, UnitId)>,
    /// The most units wanted.
    pub limit: u64,
}

/// The units right below each of many, in Vietnamese order: two statements for all that ask for the same part.
///
/// # Errors
/// What the database answers.
pub async fn children_of(view: &View, asked: &[Below]) -> Result<HashMap<Below, Vec<UnitRow>>> {
    let mut parts: HashMap<&Part, Vec<&Below>> = HashMap::new();
    for below in asked {
        parts.entry(&below.part).or_default().push(below);
    }
    let mut found = HashMap::new();
    for (part, asked) in parts {
        let (cities, others): (Vec<&Below>, Vec<&Below>) =
            asked.into_iter().partition(|below| below.kind == UnitKind::City);
        for city in cities {
            found.insert(city.clone(), districts(view, city.tenant, part).await?);
        }
        let mut by_parent: HashMap<Option<UnitId>, Vec<UnitRow>> = HashMap::new();
        for row in part_below(view, &others, part).await? {
            by_parent.entry(row.parent).or_default().push(row);
        }
        for below in others {
            let rows = by_parent.remove(&Some(below.unit)).unwrap_or_default();
            found.insert(below.clone(), rows);
        }
    }
    Ok(found)
}

/// The same part below each unit of associations.
async fn part_below(view: &View, asked: &[&Below], part: &Part) -> Result<Vec<UnitRow>> {
    use unit_version::Column::{ParentId, SortKey, TenantId, UnitId};
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: HashSet<_> = asked.iter().map(|below| below.tenant).collect();
    let mut within = Condition::all()
        .add(TenantId.is_in(tenants))
        .add(ParentId.is_in(asked.iter().map(|below| below.unit)))
        .add(unit_version::in_force(hanoi_date(view.now())));
    if let Some((key, id)) = &part.after {
        within = within.add(beyond(key, *id));
    }
    let versions = view
        .find::<unit_version::Entity>()
        .filter(unit_version::first_below_each(within, part.limit))
        .order_by(SortKey, Order::Asc)
        .order_by(UnitId, Order::Asc)
        .all()
        .await?;
    with_kinds(view, versions).await
}

/// The top units of a city's districts; seen by the city only.
async fn districts(view: &View, city: TenantId, part: &Part) -> Result<Vec<UnitRow>> {
    if !view.sees_all() {
        return Ok(Vec::new());
    }
    let mut rows = roots(view, city).await?;
    rows.sort_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
    Ok(rows
        .into_iter()
        .filter(|row| {
            let after = part.after.as_ref();
            after.is_none_or(|(key, id)| (&row.sort_key, row.id) > (key, *id))
        })
        .take(usize::try_from(part.limit).unwrap_or(usize::MAX))
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

/// The top units of the associations above these, where there is one; seen by the city only.
///
/// # Errors
/// What the database answers.
pub async fn roots_above(view: &View, tenants: &[TenantId]) -> Result<HashMap<TenantId, UnitRow>> {
    if !view.sees_all() {
        return Ok(HashMap::new());
    }
    let known = view.find_shared::<tenant::Entity>().all().await?;
    let by_id: HashMap<TenantId, &tenant::Model> = known.iter().map(|row| (row.id, row)).collect();
    let root_above = |tenant: &TenantId| {
        let above = by_id.get(tenant)?.parent_id?;
        Some((*tenant, by_id.get(&above)?.root_unit_id))
    };
    let roots: Vec<(TenantId, UnitId)> = tenants.iter().filter_map(root_above).collect();
    let ids: Vec<UnitId> = roots.iter().map(|(_, root)| *root).collect();
    let rows = units_seen(&view.turned_to(None), &ids).await?;
    let row_above = |(tenant, root)| Some((tenant, rows.get(&root)?.clone()));
    Ok(roots.into_iter().filter_map(row_above).collect())
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

/// A unit of this kind that a scope covers all of; see [`covered_unit`].
///
/// # Errors
/// NOT_FOUND for any other.
pub async fn unit_covered(scope: &Scope, id: UnitId, kind: UnitKind) -> Result<UnitRow> {
    let row = covered_unit(&View::Tenant(scope.clone()), id).await?;
    if row.kind == kind {
        Ok(row)
    } else {
        Err(Error::NotFound)
    }
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
    let mut units = HashMap::new();
    for versions in versions.chunks(MOST_IDS) {
        let find = view
            .find::<unit::Entity>()
            .filter(unit::Column::Id.is_in(versions.iter().map(|row| row.unit_id)));
        units.extend(find.all().await?.into_iter().map(|row| (row.id, row)));
    }
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
