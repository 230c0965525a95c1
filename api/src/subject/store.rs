//! What is read and written alike for every kind of subject.

use std::collections::{HashMap, HashSet};

use chrono::Datelike;
use entity::id::{AccountId, CitizenId, CollectiveId, HouseholdId, SubjectId, TenantId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Reach, Reads, Scope, Writer};
use entity::table::{
    citizen, collective, household, household_account, post, registered_citizen, registered_household, registration,
    subject, subject_account,
};
use entity::vocabulary::{CriteriaVariant, RegistrationState, SubjectKind};

use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::{Error, Refusal, Result};
use crate::global_id::NodeKind;
use crate::household::own_among as own_households;

/// The most subjects beside households that one family account may enter: a clan or two, and the adults of the families.
const MAX_ENTERED: usize = 30;

/// What papers and lists show of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Where it is; a citizen's is the household's or institution's.
    pub address: String,
    /// Who heads a clan, institution or community; none for families and citizens, who speak for themselves.
    pub head_name: Option<String>,
    /// A phone number to reach it by, E.164.
    pub phone: Option<String>,
    /// How many people an institution says it has.
    pub people: Option<u32>,
    /// Vietnamese order of names.
    pub sort_key: Vec<u8>,
}

/// The cards of the subjects of registrations that are within reach, also where the subject has moved out of it since: one
/// statement for each kind among them, two for citizens.
///
/// # Errors
/// What the database answers.
pub async fn cards_of(
    reads: &impl Reads,
    rows: impl IntoIterator<Item = &registration::Model>,
) -> Result<HashMap<SubjectId, Card>> {
    let mut by_kind: HashMap<Table, Vec<SubjectId>> = HashMap::new();
    for row in rows {
        let table = Table::of(row.model.subject());
        by_kind.entry(table).or_default().push(row.subject_id);
    }
    let mut cards = HashMap::new();
    for (table, ids) in by_kind {
        match table {
            Table::Household => cards.extend(household_cards(reads, ids).await?),
            Table::Collective => cards.extend(collective_cards(reads, ids).await?),
            Table::Citizen => cards.extend(citizen_cards(reads, ids).await?),
        }
    }
    Ok(cards)
}

/// Which table a kind of subject stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    Household,
    Collective,
    Citizen,
}

impl Table {
    const fn of(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Household => Self::Household,
            SubjectKind::Clan | SubjectKind::Institution | SubjectKind::Community => Self::Collective,
            SubjectKind::Citizen => Self::Citizen,
        }
    }
}

async fn household_cards(reads: &impl Reads, ids: Vec<SubjectId>) -> Result<Vec<(SubjectId, Card)>> {
    let ids = ids.into_iter().map(HouseholdId::from);
    let rows = reads
        .find::<registered_household::Entity>()
        .filter(registered_household::Column::Id.is_in(ids))
        .all()
        .await?;
    let card = |row: registered_household::Model| Card {
        name: row.head_name,
        address: row.address,
        head_name: None,
        phone: row.phone,
        people: None,
        sort_key: row.sort_key,
    };
    Ok(rows.into_iter().map(|row| (row.id.into(), card(row))).collect())
}

async fn collective_cards(reads: &impl Reads, ids: Vec<SubjectId>) -> Result<Vec<(SubjectId, Card)>> {
    let ids = ids.into_iter().map(CollectiveId::from);
    let rows = reads
        .find::<collective::Entity>()
        .filter(collective::Column::Id.is_in(ids))
        .all()
        .await?;
    let card = |row: collective::Model| Card {
        name: row.name,
        address: row.address,
        head_name: Some(row.head_name),
        phone: row.phone,
        people: row.people.and_then(|people| u32::try_from(people).ok()),
        sort_key: row.sort_key,
    };
    Ok(rows.into_iter().map(|row| (row.id.into(), card(row))).collect())
}

async fn citizen_cards(reads: &impl Reads, ids: Vec<SubjectId>) -> Result<Vec<(SubjectId, Card)>> {
    let ids = ids.into_iter().map(CitizenId::from);
    let rows = reads
        .find::<registered_citizen::Entity>()
        .filter(registered_citizen::Column::Id.is_in(ids))
        .all()
        .await?;
    let households = rows.iter().filter_map(|row| row.household_id.map(SubjectId::from));
    let institutions = rows.iter().filter_map(|row| row.institution_id.map(SubjectId::from));
    let mut homes: HashMap<SubjectId, Card> = HashMap::new();
    let (households, institutions): (Vec<_>, Vec<_>) = (households.collect(), institutions.collect());
    if !institutions.is_empty() {
        homes.extend(collective_cards(reads, institutions).await?);
    }
    if !households.is_empty() {
        homes.extend(home_cards(reads, households).await?);
    }
    let card = |row: registered_citizen::Model| {
        let home = row.household_id.map(SubjectId::from);
        let home = home.or(row.institution_id.map(SubjectId::from));
        let address = home.and_then(|home| homes.get(&home)).map(|home| home.address.clone());
        Card {
            name: row.name,
            address: address.unwrap_or_default(),
            head_name: None,
            phone: row.phone,
            people: None,
            sort_key: row.sort_key,
        }
    };
    Ok(rows.into_iter().map(|row| (row.id.into(), card(row))).collect())
}

/// The cards of households that are not registered themselves, but somebody of theirs is.
async fn home_cards(reads: &impl Reads, ids: Vec<SubjectId>) -> Result<Vec<(SubjectId, Card)>> {
    let ids = ids.into_iter().map(HouseholdId::from);
    let rows = reads
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(ids))
        .all()
        .await?;
    let card = |row: household::Model| Card {
        name: row.head_name,
        address: row.address,
        head_name: None,
        phone: row.phone,
        people: None,
        sort_key: row.sort_key,
    };
    Ok(rows.into_iter().map(|row| (row.id.into(), card(row))).collect())
}

/// Which of these subjects are the person's own, on which they do not decide: what their account manages, what has their
/// phone number, and the citizens of their households.
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
    if let Some(phone) = phone.filter(|_| !collectives.is_empty()) {
        let same_phone = tx
            .find_beyond_reach::<collective::Entity>()
            .filter(collective::Column::Phone.eq(phone))
            .filter(collective::Column::Id.is_in(collectives));
        own.extend(same_phone.all().await?.into_iter().map(|row| SubjectId::from(row.id)));
    }
    if !citizens.is_empty() {
        let found = tx
            .find_beyond_reach::<citizen::Entity>()
            .filter(citizen::Column::Id.is_in(citizens));
        let found = found.all().await?;
        let homes: Vec<HouseholdId> = found.iter().filter_map(|row| row.household_id).collect();
        let own_homes = own_households(tx, (account, phone), &homes).await?;
        let is_own = |row: &&citizen::Model| {
            (row.phone.is_some() && row.phone.as_deref() == phone)
                || row.household_id.is_some_and(|home| own_homes.contains(&home))
        };
        own.extend(found.iter().filter(is_own).map(|row| SubjectId::from(row.id)));
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

/// Whether a clan, institution, community or citizen is within the scope.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn seen(scope: &Scope, (kind, id): (NodeKind, SubjectId)) -> Result<()> {
    let there = match kind {
        NodeKind::Collective => {
            let find = scope.find::<collective::Entity>();
            find.filter(collective::Column::Id.eq(CollectiveId::from(id)))
                .exists()
                .await?
        }
        NodeKind::Citizen => {
            let find = scope.find::<citizen::Entity>();
            find.filter(citizen::Column::Id.eq(CitizenId::from(id)))
                .exists()
                .await?
        }
        _ => false,
    };
    if there { Ok(()) } else { Err(Error::NotFound) }
}

/// The branch that something is entered into: the acting post's own unless said, and never one out of reach. Asked before
/// anything is looked up past the reach.
///
/// # Errors
/// NOT_FOUND.
pub fn branch_to_enter(scope: &Scope, branch: Option<(TenantId, UnitId)>) -> Result<UnitId> {
    let branch = branch.map_or(scope.actor().unit, |(_, branch)| branch);
    let reached = match scope.reach() {
        Reach::Own(_) => branch == scope.actor().unit,
        Reach::Branch(own) => branch == *own,
        Reach::Ward(_) | Reach::Tenant => true,
    };
    reached.then_some(branch).ok_or(Error::NotFound)
}

/// Whether a family's account may enter another subject. Its posts are locked, so that many requests at once are counted
/// one after the other.
///
/// # Errors
/// REFUSED `TOO_MANY_SUBJECTS`.
pub async fn check_may_enter(tx: &Writer<'_>) -> Result<()> {
    let Reach::Own(account) = tx.scope().reach() else {
        return Ok(());
    };
    let posts = tx.find::<post::Entity>().filter(post::Column::AccountId.eq(*account));
    posts.order_by(post::Column::Id, Order::Asc).for_update().all().await?;
    let links = tx.find::<subject_account::Entity>();
    let links = links.filter(subject_account::Column::AccountId.eq(*account));
    if links.all().await?.len() >= MAX_ENTERED {
        return Err(Refusal::TooManySubjects.into());
    }
    Ok(())
}

/// Makes the subject of something that is being entered into a branch, and counts it.
///
/// # Errors
/// What the database answers.
pub async fn insert(tx: &Writer<'_>, id: SubjectId, kind: SubjectKind, place: (UnitId, UnitId)) -> Result<()> {
    let scope = tx.scope();
    let row = subject::Model {
        tenant_id: scope.tenant(),
        id,
        kind,
        created_at: scope.now(),
    };
    tx.insert::<subject::Entity>(row).await?;
    tx.count_subject(place, kind, 1);
    Ok(())
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

/// What a correction must not be used for: a family changing what is being decided on or has been approved this year, an
/// officer taking their own phone number off what is their own so as to decide on it.
///
/// # Errors
/// REFUSED `SUBJECT_IS_REGISTERED`, `HOUSEHOLD_IS_REGISTERED` or `OWN_HOUSEHOLD`.
pub async fn check_correction(tx: &Writer<'_>, subject: Locked, phone_changes: bool) -> Result<()> {
    let scope = tx.scope();
    if matches!(scope.reach(), Reach::Own(_)) {
        let states = RegistrationState::ALL.iter().copied();
        let being_decided = states.filter(|state| *state == RegistrationState::Submitted || state.is_accepted());
        if stands_in(tx, subject.id, being_decided).await? {
            return Err(match subject.kind {
                SubjectKind::Household => Refusal::HouseholdIsRegistered.into(),
                _ => Refusal::SubjectIsRegistered.into(),
            });
        }
        return Ok(());
    }
    if phone_changes {
        let actor = scope.actor();
        let who = (actor.account, actor.phone.as_deref());
        let own = own_among(tx, who, [(subject.kind, subject.id)]).await?;
        if own.contains(&subject.id) {
            return Err(Refusal::OwnHousehold.into());
        }
    }
    Ok(())
}

/// Changes the form of the criteria for what is not approved yet.
///
/// # Errors
/// REFUSED `SUBJECT_IS_REGISTERED` where this year's registration has been approved by the form of then.
pub async fn set_variant(tx: &Writer<'_>, subject: Locked, variant: CriteriaVariant) -> Result<()> {
    use registration::Column::{State, SubjectId as Of, Variant, Year};
    if subject.variant == Some(variant) {
        return Ok(());
    }
    let states = || RegistrationState::ALL.iter().copied();
    if stands_in(tx, subject.id, states().filter(|state| state.is_accepted())).await? {
        return Err(Refusal::SubjectIsRegistered.into());
    }
    tx.update::<registration::Entity>()
        .set(Variant, variant)
        .filter(Of.eq(subject.id))
        .filter(Year.gte(hanoi_date(tx.scope().now()).year()))
        .filter(State.is_in(states().filter(|state| !state.is_accepted())))
        .run()
        .await?;
    Ok(())
}

/// Whether a registration of the subject stands in one of these states, this year or later.
async fn stands_in(
    tx: &Writer<'_>,
    subject: SubjectId,
    states: impl Iterator<Item = RegistrationState>,
) -> Result<bool> {
    use registration::Column::{State, SubjectId as Of, Year};
    let find = tx
        .find::<registration::Entity>()
        .filter(Of.eq(subject))
        .filter(Year.gte(hanoi_date(tx.scope().now()).year()))
        .filter(State.is_in(states));
    Ok(find.exists().await?)
}
