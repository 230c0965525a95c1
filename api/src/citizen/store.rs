//! Reading and writing citizens.

use std::collections::HashMap;

use entity::id::{CitizenId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, Writer};
use entity::table::{citizen, collective, household};
use entity::value::PartialDate;
use entity::vocabulary::SubjectKind;

use super::input::{CreateCitizen, UpdateCitizen};
use super::model::CitizenDuplicateReason;
use crate::app::App;
use crate::error::{Error, Result};
use crate::subject::{self, Locked};

/// The most candidates shown.
const MAX_CANDIDATES: usize = 5;
/// The most people of one name that a ward is looked through for.
const MAX_OF_A_NAME: u64 = 200;

/// One citizen.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn citizen_by_id(scope: &Scope, id: CitizenId) -> Result<citizen::Model> {
    let find = scope.find::<citizen::Entity>().filter(citizen::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Citizens by id.
///
/// # Errors
/// What the database answers.
pub async fn citizens_by_id(scope: &Scope, ids: &[CitizenId]) -> Result<HashMap<CitizenId, citizen::Model>> {
    let find = scope
        .find::<citizen::Entity>()
        .filter(citizen::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Citizens in Vietnamese order, beginning after a sort key, of those that meet a condition.
///
/// # Errors
/// What the database answers.
pub async fn citizen_list(
    scope: &Scope,
    of: Condition,
    after: Option<&(Vec<u8>, CitizenId)>,
    limit: u64,
) -> Result<Vec<citizen::Model>> {
    use citizen::Column::{Id, SortKey};
    let mut find = scope.find::<citizen::Entity>().filter(of);
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

/// The place of the household and institution a citizen is entered into, within the scope: the household's where both are
/// said. Both are locked, so that two who enter the same person wait for each other.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn place(tx: &Writer<'_>, command: &CreateCitizen) -> Result<(UnitId, UnitId)> {
    let tenant = tx.scope().tenant();
    let mut place = None;
    // in the order in which `subject::locked_many` takes the tables
    if let Some((of, id)) = command.household {
        let find = tx.find::<household::Entity>();
        let find = find.filter(household::Column::Id.eq(id)).for_update();
        let row = find.one().await?.filter(|_| of == tenant).ok_or(Error::NotFound)?;
        place = Some((row.branch_id, row.ward_id));
    }
    if let Some((of, id)) = command.institution {
        let find = tx
            .find::<collective::Entity>()
            .filter(collective::Column::Id.eq(id))
            .filter(collective::Column::Kind.eq(SubjectKind::Institution))
            .for_update();
        let row = find.one().await?.filter(|_| of == tenant).ok_or(Error::NotFound)?;
        place = place.or(Some((row.branch_id, row.ward_id)));
    }
    place.ok_or(Error::NotFound)
}

/// Citizens who may be the person to be entered. Looks past the reach: who is found is shown only as far as the viewer may
/// see them.
///
/// # Errors
/// What the database answers.
pub async fn duplicate_candidates(
    tx: &Writer<'_>,
    ward: UnitId,
    command: &CreateCitizen,
) -> Result<Vec<(CitizenDuplicateReason, CitizenId)>> {
    use citizen::Column::{NameKey, WardId};
    let of_the_name = tx
        .find_beyond_reach::<citizen::Entity>()
        .filter(WardId.eq(ward))
        .filter(NameKey.eq(command.name.search_key()))
        .limit(MAX_OF_A_NAME)
        .all()
        .await?;
    // of others in the ward a family is told nothing: the answer would say who is entered, and when they were born
    let by_family = matches!(tx.scope().reach(), Reach::Own(_));
    let household = command.household.map(|(_, id)| id);
    let institution = command.institution.map(|(_, id)| id);
    let reason = |row: &citizen::Model| {
        let same_home = (household.is_some() && row.household_id == household)
            || (institution.is_some() && row.institution_id == institution);
        let birth = PartialDate::from_stored(row.birth.clone());
        if same_home {
            Some(CitizenDuplicateReason::NameAndHome)
        } else if !by_family && birth.year() == command.birth.year() {
            Some(CitizenDuplicateReason::NameAndBirth)
        } else {
            None
        }
    };
    let found = of_the_name.iter().filter_map(|row| Some((reason(row)?, row.id)));
    Ok(found.take(MAX_CANDIDATES).collect())
}

/// Makes a citizen; the phone that enters one of an institution manages them.
///
/// # Errors
/// What the database answers.
pub async fn insert_citizen(
    app: &App,
    tx: &Writer<'_>,
    (branch, ward): (UnitId, UnitId),
    command: &CreateCitizen,
) -> Result<CitizenId> {
    let scope = tx.scope();
    let id = command.id.map_or_else(|| app.new_id(), CitizenId);
    subject::insert(tx, id.into(), SubjectKind::Citizen, (branch, ward)).await?;
    tx.insert::<citizen::Entity>(citizen::Model {
        tenant_id: scope.tenant(),
        id,
        branch_id: branch,
        ward_id: ward,
        household_id: command.household.map(|(_, id)| id),
        institution_id: command.institution.map(|(_, id)| id),
        name: command.name.as_str().to_owned(),
        name_key: command.name.search_key(),
        sort_key: command.name.sort_key(),
        birth: command.birth.as_str().to_owned(),
        phone: command.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        variant: command.variant,
        version: 1,
        created_by: scope.actor().account,
        created_at: scope.now(),
    })
    .await?;
    // whoever manages the household manages its citizens, and nobody else when they no longer do
    if command.household.is_none() {
        subject::link_own(app, tx, id.into()).await?;
    }
    Ok(id)
}

/// Corrects a citizen; whether they still were at the version the client had read.
///
/// # Errors
/// NOT_FOUND, REFUSED, or what the database answers.
pub async fn update_citizen(tx: &Writer<'_>, command: &UpdateCitizen) -> Result<bool> {
    use citizen::Column::{Birth, Id, Name, NameKey, Phone, SortKey, Variant, Version};
    let id = command.citizen.1;
    let find = tx.find::<citizen::Entity>().filter(Id.eq(id));
    let row = find.for_update().one().await?.ok_or(Error::NotFound)?;
    if row.version != command.expected_version {
        return Ok(false);
    }
    let subject = Locked::from(row.clone());
    subject::check_correction(tx, subject, command.phone.is_some()).await?;
    let mut change = tx.update::<citizen::Entity>().raise(Version);
    if let Some(name) = &command.name {
        change = change
            .set(Name, name.as_str())
            .set(NameKey, name.search_key())
            .set(SortKey, name.sort_key());
    }
    if let Some(birth) = &command.birth {
        change = change.set(Birth, birth.as_str());
    }
    if let Some(phone) = &command.phone {
        change = change.set(Phone, phone.as_ref().map(|phone| phone.as_str().to_owned()));
    }
    if let Some(variant) = command.variant {
        subject::set_variant(tx, subject, variant).await?;
        change = change.set(Variant, variant);
    }
    change.filter(Id.eq(id)).run().await?;
    Ok(true)
}
