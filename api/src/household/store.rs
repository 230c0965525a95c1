//! Reading and writing households.

use std::collections::{HashMap, HashSet};

use entity::id::{AccountId, HouseholdId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Find, Reach, Scope, Writer};
use entity::table::{household, household_account, household_member, household_word, post};
use entity::value::{fold, upper_bound, word_suffixes};
use entity::vocabulary::SubjectKind;

use super::input::{CreateHousehold, NewMember, UpdateHousehold};
use super::model::DuplicateReason;
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::subject;

/// The most households one family account may enter; a family and those it helps.
const MAX_MANAGED: usize = 5;
/// The most candidates shown.
const MAX_CANDIDATES: u64 = 5;

/// One household.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn household_by_id(scope: &Scope, id: HouseholdId) -> Result<household::Model> {
    let find = scope.find::<household::Entity>().filter(household::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Households by id.
///
/// # Errors
/// What the database answers.
pub async fn households_by_id(scope: &Scope, ids: &[HouseholdId]) -> Result<HashMap<HouseholdId, household::Model>> {
    let find = scope
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The households an account manages, as far as the scope sees them.
///
/// # Errors
/// What the database answers.
pub async fn managed_households(scope: &Scope) -> Result<Vec<household::Model>> {
    let find = scope
        .find::<household::Entity>()
        .filter(household::managed_by(scope.actor().account));
    Ok(find
        .order_by(household::Column::SortKey, Order::Asc)
        .limit(100)
        .all()
        .await?)
}

/// The members of households, in the order of the form.
///
/// # Errors
/// What the database answers.
pub async fn members_of(
    scope: &Scope,
    households: &[HouseholdId],
) -> Result<HashMap<HouseholdId, Vec<household_member::Model>>> {
    let rows = scope
        .find::<household_member::Entity>()
        .filter(household_member::Column::HouseholdId.is_in(households.iter().copied()))
        .order_by(household_member::Column::HouseholdId, Order::Asc)
        .order_by(household_member::Column::Position, Order::Asc)
        .all()
        .await?;
    let mut members: HashMap<HouseholdId, Vec<household_member::Model>> = HashMap::new();
    for row in rows {
        members.entry(row.household_id).or_default().push(row);
    }
    Ok(members)
}

/// Which part of the association a list is asked of.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// All that the scope reaches.
    Everywhere,
    /// One ward.
    Ward(UnitId),
    /// One branch.
    Branch(UnitId),
}

/// Households in Vietnamese order, beginning after a sort key: those that meet a condition.
///
/// # Errors
/// What the database answers.
pub async fn household_list(
    scope: &Scope,
    (place, which): (Place, Condition),
    after: Option<&(Vec<u8>, HouseholdId)>,
    limit: u64,
) -> Result<Vec<household::Model>> {
    use household::Column::{BranchId, Id, SortKey, WardId};
    let mut find = match place {
        Place::Everywhere => scope.find::<household::Entity>(),
        Place::Ward(ward) => scope.find::<household::Entity>().filter(WardId.eq(ward)),
        Place::Branch(branch) => scope.find::<household::Entity>().filter(BranchId.eq(branch)),
    }
    .filter(which);
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

/// Households with a word of the head's name beginning like `text`, whatever the marks; in the order of the folded name
/// from the matching word on. One range of an index, so its time does not grow with the association.
///
/// # Errors
/// What the database answers.
pub async fn households_found(
    scope: &Scope,
    place: Place,
    text: &str,
    after: Option<&(String, HouseholdId)>,
    limit: u64,
) -> Result<Vec<(household_word::Model, household::Model)>> {
    use household_word::Column::{BranchId, HouseholdId as Id, WardId, Word};
    let prefix = fold(text);
    let find: Find<'_, household_word::Entity> = match place {
        Place::Everywhere => scope.find(),
        Place::Ward(ward) => scope.find().filter(WardId.eq(ward)),
        Place::Branch(branch) => scope.find().filter(BranchId.eq(branch)),
    };
    let mut find = find.filter(household_word::first_in_range(&prefix, upper_bound(&prefix).as_deref()));
    if let Some((word, id)) = after {
        let beyond = Condition::any()
            .add(Word.gt(word.as_str()))
            .add(Condition::all().add(Word.eq(word.as_str())).add(Id.gt(*id)));
        find = find.filter(Word.gte(word.as_str())).filter(beyond);
    }
    let words = find
        .order_by(Word, Order::Asc)
        .order_by(Id, Order::Asc)
        .limit(limit)
        .all()
        .await?;
    let ids: Vec<HouseholdId> = words.iter().map(|word| word.household_id).collect();
    let mut rows = households_by_id(scope, &ids).await?;
    Ok(words
        .into_iter()
        .filter_map(|word| rows.remove(&word.household_id).map(|row| (word, row)))
        .collect())
}

/// Which of these households are the account's own: it manages them, or shares their phone number.
///
/// # Errors
/// What the database answers.
pub async fn own_among(
    tx: &Writer<'_>,
    (account, phone): (AccountId, Option<&str>),
    households: &[HouseholdId],
) -> Result<HashSet<HouseholdId>> {
    let links = tx
        .find_beyond_reach::<household_account::Entity>()
        .filter(household_account::Column::AccountId.eq(account))
        .all()
        .await?;
    let mut own: HashSet<HouseholdId> = links.into_iter().map(|link| link.household_id).collect();
    if let Some(phone) = phone {
        let same_phone = tx
            .find_beyond_reach::<household::Entity>()
            .filter(household::Column::Phone.eq(phone))
            .filter(household::Column::Id.is_in(households.iter().copied()))
            .all()
            .await?;
        own.extend(same_phone.into_iter().map(|row| row.id));
    }
    Ok(own)
}

/// Households that may be the family to be entered. Looks past the reach: what is found is shown only as far as the
/// viewer may see it. A family is told of its own phone number only: to any other the answer would say who is registered.
///
/// # Errors
/// What the database answers.
pub async fn duplicate_candidates(
    tx: &Writer<'_>,
    ward: UnitId,
    command: &CreateHousehold,
) -> Result<Vec<(DuplicateReason, HouseholdId)>> {
    use household::Column::{AddressKey, HeadKey, Phone, WardId};
    let mut found = Vec::new();
    let actor = tx.scope().actor();
    let may_ask = |phone: &str| !matches!(tx.scope().reach(), Reach::Own(_)) || actor.phone.as_deref() == Some(phone);
    if let Some(phone) = command.phone.as_ref().filter(|phone| may_ask(phone.as_str())) {
        let find = tx
            .find_beyond_reach::<household::Entity>()
            .filter(Phone.eq(phone.as_str()));
        let rows = find.limit(MAX_CANDIDATES).all().await?;
        found.extend(rows.into_iter().map(|row| (DuplicateReason::Phone, row.id)));
    }
    let find = tx
        .find_beyond_reach::<household::Entity>()
        .filter(WardId.eq(ward))
        .filter(HeadKey.eq(command.head.search_key()))
        .filter(AddressKey.eq(command.address.key()));
    for row in find.limit(MAX_CANDIDATES).all().await? {
        if found.iter().all(|(_, known)| *known != row.id) {
            found.push((DuplicateReason::NameAndAddress, row.id));
        }
    }
    Ok(found)
}

/// Whether a family's account may enter another household. Asked before anything is looked up past its reach, and with
/// its posts locked, so that many requests at once are counted one after the other.
///
/// # Errors
/// REFUSED `TOO_MANY_HOUSEHOLDS`.
pub async fn check_may_enter(tx: &Writer<'_>) -> Result<()> {
    let Reach::Own(account) = tx.scope().reach() else {
        return Ok(());
    };
    let posts = tx.find::<post::Entity>().filter(post::Column::AccountId.eq(*account));
    posts.order_by(post::Column::Id, Order::Asc).for_update().all().await?;
    let links = tx.find::<household_account::Entity>();
    let links = links.filter(household_account::Column::AccountId.eq(*account));
    if links.all().await?.len() >= MAX_MANAGED {
        return Err(Refusal::TooManyHouseholds.into());
    }
    Ok(())
}

/// Lets an account manage a household, in a scope that covers it; does nothing when it does already. The account must
/// hold a post in the association: its posts are what many requests at once wait for.
///
/// # Errors
/// REFUSED `TOO_MANY_HOUSEHOLDS`.
pub async fn link_household(app: &App, tx: &Writer<'_>, account: AccountId, household: HouseholdId) -> Result<()> {
    let posts = tx.find::<post::Entity>().filter(post::Column::AccountId.eq(account));
    posts.order_by(post::Column::Id, Order::Asc).for_update().all().await?;
    let links = tx.find::<household_account::Entity>();
    let links = links
        .filter(household_account::Column::AccountId.eq(account))
        .all()
        .await?;
    if links.iter().any(|link| link.household_id == household) {
        return Ok(());
    }
    if links.len() >= MAX_MANAGED {
        return Err(Refusal::TooManyHouseholds.into());
    }
    let link = household_account::Model {
        tenant_id: tx.scope().tenant(),
        id: app.new_id(),
        household_id: household,
        account_id: account,
        created_at: tx.scope().now(),
    };
    Ok(tx.insert::<household_account::Entity>(link).await?)
}

/// Takes an account's hold of the households of a branch away, in a scope that covers them.
///
/// # Errors
/// What the database answers.
pub async fn unlink_households(tx: &Writer<'_>, account: AccountId, branch: UnitId) -> Result<()> {
    use household_account::Column::{AccountId as Manager, HouseholdId as Managed};
    let links = tx.find::<household_account::Entity>().filter(Manager.eq(account));
    let managed: Vec<HouseholdId> = links.all().await?.iter().map(|link| link.household_id).collect();
    let here = tx
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(managed))
        .filter(household::Column::BranchId.eq(branch))
        .all()
        .await?;
    tx.delete::<household_account::Entity>()
        .filter(Manager.eq(account))
        .filter(Managed.is_in(here.iter().map(|row| row.id)))
        .run()
        .await?;
    Ok(())
}

/// Makes a household in a branch; a family's account becomes the one that manages it.
///
/// # Errors
/// NOT_FOUND when the scope does not reach the branch, REFUSED when the account has entered as many as it may.
pub async fn insert_household(
    app: &App,
    tx: &Writer<'_>,
    (branch, ward): (UnitId, UnitId),
    command: &CreateHousehold,
) -> Result<HouseholdId> {
    let scope = tx.scope();
    let by_family = matches!(scope.reach(), Reach::Own(_));
    let id = command.id.map_or_else(|| app.new_id(), HouseholdId);
    let (tenant, now) = (scope.tenant(), scope.now());
    subject::insert(tx, id.into(), SubjectKind::Household, (branch, ward)).await?;
    tx.insert::<household::Entity>(household::Model {
        tenant_id: tenant,
        id,
        branch_id: branch,
        ward_id: ward,
        head_name: command.head.as_str().to_owned(),
        head_key: command.head.search_key(),
        sort_key: command.head.sort_key(),
        phone: command.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        address: command.address.as_str().to_owned(),
        address_key: command.address.key(),
        version: 1,
        created_by: scope.actor().account,
        created_at: now,
    })
    .await?;
    if by_family {
        let account_id = scope.actor().account;
        let link = household_account::Model {
            tenant_id: tenant,
            id: app.new_id(),
            household_id: id,
            account_id,
            created_at: now,
        };
        tx.insert::<household_account::Entity>(link).await?;
    }
    insert_words(tx, id, (branch, ward), &command.head.search_key()).await?;
    insert_members(app, tx, id, &command.members).await?;
    Ok(id)
}

/// Corrects a household; whether it still was at the version the client had read.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn update_household(app: &App, tx: &Writer<'_>, command: &UpdateHousehold) -> Result<bool> {
    use household::Column::{Address, AddressKey, HeadKey, HeadName, Id, Phone, SortKey, Version};
    let id = command.household.1;
    let row = tx
        .find::<household::Entity>()
        .filter(Id.eq(id))
        .for_update()
        .one()
        .await?
        .ok_or(Error::NotFound)?;
    if row.version != command.expected_version {
        return Ok(false);
    }
    let subject = subject::Locked::from(row.clone());
    subject::check_correction(tx, subject, command.phone.is_some()).await?;
    let mut change = tx.update::<household::Entity>().raise(Version);
    if let Some(head) = &command.head {
        change = change
            .set(HeadName, head.as_str())
            .set(HeadKey, head.search_key())
            .set(SortKey, head.sort_key());
    }
    if let Some(phone) = &command.phone {
        change = change.set(Phone, phone.as_ref().map(|phone| phone.as_str().to_owned()));
    }
    if let Some(address) = &command.address {
        change = change.set(Address, address.as_str()).set(AddressKey, address.key());
    }
    change.filter(Id.eq(id)).run().await?;
    if let Some(head) = &command.head {
        tx.delete::<household_word::Entity>()
            .filter(household_word::Column::HouseholdId.eq(id))
            .run()
            .await?;
        insert_words(tx, id, (row.branch_id, row.ward_id), &head.search_key()).await?;
    }
    if let Some(members) = &command.members {
        tx.delete::<household_member::Entity>()
            .filter(household_member::Column::HouseholdId.eq(id))
            .run()
            .await?;
        insert_members(app, tx, id, members).await?;
    }
    Ok(true)
}

async fn insert_words(tx: &Writer<'_>, id: HouseholdId, (branch, ward): (UnitId, UnitId), key: &str) -> Result<()> {
    let words = word_suffixes(key).into_iter().map(|word| household_word::Model {
        tenant_id: tx.scope().tenant(),
        household_id: id,
        word,
        branch_id: branch,
        ward_id: ward,
    });
    Ok(tx.insert_all::<household_word::Entity>(words.collect()).await?)
}

async fn insert_members(app: &App, tx: &Writer<'_>, id: HouseholdId, members: &[NewMember]) -> Result<()> {
    let rows = (0..).zip(members).map(|(position, member)| household_member::Model {
        tenant_id: tx.scope().tenant(),
        id: app.new_id(),
        household_id: id,
        position,
        name: member.name.as_str().to_owned(),
        birth: member.birth.as_ref().map(|birth| birth.as_str().to_owned()),
        relation: member.relation,
    });
    Ok(tx.insert_all::<household_member::Entity>(rows.collect()).await?)
}
