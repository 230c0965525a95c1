//! Whose own a subject is: who manages it by phone, who hears of it, and who must not decide on it.

use std::collections::{HashMap, HashSet};

use entity::id::{AccountId, CitizenId, CollectiveId, HouseholdId, SubjectId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::{Reach, Reads, Writer};
use entity::table::{citizen, collective, household, household_account, subject_account};
use entity::vocabulary::SubjectKind;

use super::card::Table;
use crate::app::App;
use crate::error::Result;
use crate::household::own_among as own_households;

/// Which of these subjects are the person's own, on which they do not decide: what their account manages, what has their
/// phone number, and the citizens of their households and institutions.
///
/// # Errors
/// What the database answers.
pub async fn own_among(
    tx: &Writer<'_>,
    (account, phone): (AccountId, Option<&str>),
    subjects: impl IntoIterator<Item = (SubjectKind, SubjectId)>,
) -> Result<HashSet<SubjectId>> {
    let (mut households, mut collectives, mut citizens) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, id) in subjects {
        match Table::of(kind) {
            Table::Household => households.push(HouseholdId::from(id)),
            Table::Collective => collectives.push(CollectiveId::from(id)),
            Table::Citizen => citizens.push(CitizenId::from(id)),
        }
    }
    let mut own = HashSet::new();
    if !households.is_empty() {
        let found = own_households(tx, (account, phone), &households).await?;
        own.extend(found.into_iter().map(SubjectId::from));
    }
    if collectives.is_empty() && citizens.is_empty() {
        return Ok(own);
    }
    let links = tx
        .find_beyond_reach::<subject_account::Entity>()
        .filter(subject_account::Column::AccountId.eq(account));
    own.extend(links.all().await?.into_iter().map(|link| link.subject_id));
    let mut found = Vec::new();
    if !citizens.is_empty() {
        let find = tx
            .find_beyond_reach::<citizen::Entity>()
            .filter(citizen::Column::Id.is_in(citizens));
        found = find.all().await?;
        collectives.extend(found.iter().filter_map(|row| row.institution_id));
    }
    if let Some(phone) = phone.filter(|_| !collectives.is_empty()) {
        let same_phone = tx
            .find_beyond_reach::<collective::Entity>()
            .filter(collective::Column::Phone.eq(phone))
            .filter(collective::Column::Id.is_in(collectives));
        own.extend(same_phone.all().await?.into_iter().map(|row| SubjectId::from(row.id)));
    }
    if !found.is_empty() {
        let homes: Vec<HouseholdId> = found.iter().filter_map(|row| row.household_id).collect();
        let own_homes = own_households(tx, (account, phone), &homes).await?;
        let is_own = |row: &&citizen::Model| {
            (row.phone.is_some() && row.phone.as_deref() == phone)
                || row.household_id.is_some_and(|home| own_homes.contains(&home))
                || row.institution_id.is_some_and(|id| own.contains(&id.into()))
        };
        let people: Vec<SubjectId> = found.iter().filter(is_own).map(|row| SubjectId::from(row.id)).collect();
        own.extend(people);
    }
    Ok(own)
}

/// The accounts that manage subjects of an association: those who are told what becomes of them.
///
/// # Errors
/// What the database answers.
pub async fn accounts_of(reads: &impl Reads, subjects: &[SubjectId]) -> Result<HashMap<SubjectId, Vec<AccountId>>> {
    let mut accounts: HashMap<SubjectId, Vec<AccountId>> = HashMap::new();
    let citizens = reads
        .find::<citizen::Entity>()
        .filter(citizen::Column::Id.is_in(subjects.iter().map(|id| CitizenId::from(*id))))
        .filter(citizen::Column::HouseholdId.is_not_null())
        .all()
        .await?;
    // a citizen's news is their household's too
    let mut heard_at: HashMap<HouseholdId, Vec<SubjectId>> = HashMap::new();
    for id in subjects {
        heard_at.entry((*id).into()).or_default().push(*id);
    }
    for row in citizens {
        if let Some(home) = row.household_id {
            heard_at.entry(home).or_default().push(row.id.into());
        }
    }
    let links = reads
        .find::<household_account::Entity>()
        .filter(household_account::Column::HouseholdId.is_in(heard_at.keys().copied()));
    for link in links.all().await? {
        for id in heard_at.get(&link.household_id).into_iter().flatten() {
            accounts.entry(*id).or_default().push(link.account_id);
        }
    }
    let links = reads
        .find::<subject_account::Entity>()
        .filter(subject_account::Column::SubjectId.is_in(subjects.iter().copied()));
    for link in links.all().await? {
        accounts.entry(link.subject_id).or_default().push(link.account_id);
    }
    for of in accounts.values_mut() {
        of.sort_unstable();
        of.dedup();
    }
    Ok(accounts)
}

/// Gives a family's phone what it has entered itself.
///
/// # Errors
/// What the database answers.
pub async fn link_own(app: &App, tx: &Writer<'_>, id: SubjectId) -> Result<()> {
    let scope = tx.scope();
    let Reach::Own(account) = *scope.reach() else {
        return Ok(());
    };
    let link = subject_account::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        subject_id: id,
        account_id: account,
        created_at: scope.now(),
    };
    Ok(tx.insert::<subject_account::Entity>(link).await?)
}

/// Takes an account's hold of what it has entered in a branch away, in a scope that covers it.
///
/// # Errors
/// What the database answers.
pub async fn unlink(tx: &Writer<'_>, account: AccountId, branch: UnitId) -> Result<()> {
    let here = linked_in(tx, account, branch).await?;
    tx.delete::<subject_account::Entity>()
        .filter(subject_account::Column::AccountId.eq(account))
        .filter(subject_account::Column::SubjectId.is_in(here))
        .run()
        .await?;
    Ok(())
}

/// Whether an account manages anything in a branch, in a scope that covers it.
///
/// # Errors
/// What the database answers.
pub async fn manages_in(tx: &Writer<'_>, account: AccountId, branch: UnitId) -> Result<bool> {
    let links = tx.find::<household_account::Entity>();
    let links = links.filter(household_account::Column::AccountId.eq(account));
    let managed = links.all().await?.into_iter().map(|link| link.household_id);
    let here = tx
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(managed))
        .filter(household::Column::BranchId.eq(branch));
    Ok(here.exists().await? || !linked_in(tx, account, branch).await?.is_empty())
}

/// What an account has entered in a branch beside households.
async fn linked_in(tx: &Writer<'_>, account: AccountId, branch: UnitId) -> Result<Vec<SubjectId>> {
    let links = tx.find::<subject_account::Entity>();
    let links = links.filter(subject_account::Column::AccountId.eq(account));
    let linked: Vec<SubjectId> = links.all().await?.into_iter().map(|link| link.subject_id).collect();
    let collectives = tx
        .find::<collective::Entity>()
        .filter(collective::Column::Id.is_in(linked.iter().map(|id| CollectiveId::from(*id))))
        .filter(collective::Column::BranchId.eq(branch));
    let mut here: Vec<SubjectId> = collectives.all().await?.into_iter().map(|row| row.id.into()).collect();
    let citizens = tx
        .find::<citizen::Entity>()
        .filter(citizen::Column::Id.is_in(linked.iter().map(|id| CitizenId::from(*id))))
        .filter(citizen::Column::BranchId.eq(branch));
    here.extend(citizens.all().await?.into_iter().map(|row| SubjectId::from(row.id)));
    Ok(here)
}
