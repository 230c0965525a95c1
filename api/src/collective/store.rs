//! Reading and writing clans, institutions and communities.

use std::collections::HashMap;

use entity::id::{CollectiveId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, Writer};
use entity::table::collective;
use entity::vocabulary::SubjectKind;

use super::input::{CreateCollective, UpdateCollective, check_kind};
use super::model::CollectiveDuplicateReason;
use crate::app::App;
use crate::error::{Error, Problems, Result};
use crate::subject::{self, Locked};

/// The most candidates shown.
const MAX_CANDIDATES: u64 = 5;

/// One clan, institution or community.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn collective_by_id(scope: &Scope, id: CollectiveId) -> Result<collective::Model> {
    let find = scope.find::<collective::Entity>().filter(collective::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Clans, institutions and communities by id.
///
/// # Errors
/// What the database answers.
pub async fn collectives_by_id(
    scope: &Scope,
    ids: &[CollectiveId],
) -> Result<HashMap<CollectiveId, collective::Model>> {
    let find = scope
        .find::<collective::Entity>()
        .filter(collective::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Those of one kind in Vietnamese order, beginning after a sort key; of a ward or branch, or all within reach.
///
/// # Errors
/// What the database answers.
pub async fn collective_list(
    scope: &Scope,
    kind: SubjectKind,
    place: Option<(collective::Column, UnitId)>,
    after: Option<&(Vec<u8>, CollectiveId)>,
    limit: u64,
) -> Result<Vec<collective::Model>> {
    use collective::Column::{Id, Kind, SortKey};
    let mut find = scope.find::<collective::Entity>().filter(Kind.eq(kind));
    if let Some((column, unit)) = place {
        find = find.filter(column.eq(unit));
    }
    if let Some((key, id)) = after {
        let beyond = Condition::any()
            .add(SortKey.gt(key.clone()))
            .add(Condition::all().add(SortKey.eq(key.clone())).add(Id.gt(*id)));
        find = find.filter(SortKey.gte(key.clone())).filter(beyond);
    }
    Ok(find
        .order_by(SortKey, Order::Asc)
        .order_by(Id, Order::Asc)
        .limit(limit)
        .all()
        .await?)
}

/// Those that may be what is to be entered. Looks past the reach: what is found is shown only as far as the viewer may see
/// it. A family is told of its own phone number only.
///
/// # Errors
/// What the database answers.
pub async fn duplicate_candidates(
    tx: &Writer<'_>,
    ward: UnitId,
    command: &CreateCollective,
) -> Result<Vec<(CollectiveDuplicateReason, CollectiveId)>> {
    use collective::Column::{Kind, NameKey, Phone, WardId};
    let same_name = tx
        .find_beyond_reach::<collective::Entity>()
        .filter(WardId.eq(ward))
        .filter(Kind.eq(command.kind))
        .filter(NameKey.eq(command.name.key()));
    let same_name = same_name.limit(MAX_CANDIDATES).all().await?;
    let mut found: Vec<_> = same_name
        .into_iter()
        .map(|row| (CollectiveDuplicateReason::NameInWard, row.id))
        .collect();
    let actor = tx.scope().actor();
    let may_ask = |phone: &str| !matches!(tx.scope().reach(), Reach::Own(_)) || actor.phone.as_deref() == Some(phone);
    if let Some(phone) = command.phone.as_ref().filter(|phone| may_ask(phone.as_str())) {
        let same_phone = tx
            .find_beyond_reach::<collective::Entity>()
            .filter(Phone.eq(phone.as_str()))
            .filter(Kind.eq(command.kind));
        for row in same_phone.limit(MAX_CANDIDATES).all().await? {
            if found.iter().all(|(_, known)| *known != row.id) {
                found.push((CollectiveDuplicateReason::Phone, row.id));
            }
        }
    }
    Ok(found)
}

/// Makes a clan, institution or community in a branch; the phone that enters it manages it.
///
/// # Errors
/// NOT_FOUND when the scope does not reach the branch, or what the database answers.
pub async fn insert_collective(
    app: &App,
    tx: &Writer<'_>,
    (branch, ward): (UnitId, UnitId),
    command: &CreateCollective,
) -> Result<CollectiveId> {
    let scope = tx.scope();
    let id = command.id.map_or_else(|| app.new_id(), CollectiveId);
    subject::insert(tx, id.into(), command.kind, (branch, ward)).await?;
    tx.insert::<collective::Entity>(collective::Model {
        tenant_id: scope.tenant(),
        id,
        kind: command.kind,
        branch_id: branch,
        ward_id: ward,
        name: command.name.as_str().to_owned(),
        name_key: command.name.key(),
        sort_key: command.name.sort_key(),
        head_name: command.head.as_str().to_owned(),
        phone: command.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        address: command.address.as_str().to_owned(),
        variant: command.variant,
        people: command.people,
        version: 1,
        created_by: scope.actor().account,
        created_at: scope.now(),
    })
    .await?;
    subject::link_own(app, tx, id.into()).await?;
    Ok(id)
}

/// Corrects a clan, institution or community; whether it still was at the version the client had read.
///
/// # Errors
/// NOT_FOUND, INVALID where a value does not fit its kind, REFUSED, or what the database answers.
pub async fn update_collective(tx: &Writer<'_>, command: &UpdateCollective) -> Result<bool> {
    use collective::Column::{Address, HeadName, Id, Name, NameKey, People, Phone, SortKey, Variant, Version};
    let id = command.collective.1;
    let find = tx.find::<collective::Entity>().filter(Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    if row.version != command.expected_version {
        return Ok(false);
    }
    let mut problems = Problems::default();
    for (path, rule) in check_kind(row.kind, command.variant, command.people) {
        problems.push(path, rule);
    }
    problems.none_or(Some(()))?;
    let subject = Locked::from(row.clone());
    subject::check_correction(tx, subject, command.phone.is_some()).await?;
    let mut change = tx.update::<collective::Entity>().raise(Version);
    if let Some(name) = &command.name {
        change = change
            .set(Name, name.as_str())
            .set(NameKey, name.key())
            .set(SortKey, name.sort_key());
    }
    if let Some(head) = &command.head {
        change = change.set(HeadName, head.as_str());
    }
    if let Some(phone) = &command.phone {
        change = change.set(Phone, phone.as_ref().map(|phone| phone.as_str().to_owned()));
    }
    if let Some(address) = &command.address {
        change = change.set(Address, address.as_str());
    }
    if let Some(variant) = command.variant {
        subject::set_variant(tx, subject, variant).await?;
        change = change.set(Variant, variant);
    }
    if let Some(people) = command.people {
        change = change.set(People, people);
    }
    change.filter(Id.eq(id)).run().await?;
    Ok(true)
}
