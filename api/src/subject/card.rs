//! What papers and lists say of whoever is registered.

use std::collections::HashMap;

use entity::id::{CitizenId, CollectiveId, HouseholdId, SubjectId};
use entity::query::ColumnTrait;
use entity::scope::Reads;
use entity::table::{citizen, collective, household, registered_citizen, registered_household, registration};
use entity::vocabulary::SubjectKind;

use crate::error::Result;

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
        cards.extend(match table {
            Table::Household => household_cards(reads, &ids).await?,
            Table::Collective => collective_cards(reads, &ids).await?,
            Table::Citizen => citizen_cards(reads, &ids).await?,
        });
        let gone: Vec<SubjectId> = ids.into_iter().filter(|id| !cards.contains_key(id)).collect();
        if !gone.is_empty() {
            cards.extend(names_of_gone(reads, table, gone).await?);
        }
    }
    Ok(cards)
}

/// Which table a kind of subject stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    /// Households.
    Household,
    /// Clans, institutions and communities.
    Collective,
    /// Citizens.
    Citizen,
}

impl Table {
    /// That of a kind.
    pub(super) const fn of(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Household => Self::Household,
            SubjectKind::Clan | SubjectKind::Institution | SubjectKind::Community => Self::Collective,
            SubjectKind::Citizen => Self::Citizen,
        }
    }
}

async fn household_cards(reads: &impl Reads, ids: &[SubjectId]) -> Result<Vec<(SubjectId, Card)>> {
    let rows = reads
        .find::<household::Entity>()
        .filter(household::Column::Id.is_in(ids.iter().map(|id| HouseholdId::from(*id))))
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

async fn collective_cards(reads: &impl Reads, ids: &[SubjectId]) -> Result<Vec<(SubjectId, Card)>> {
    let rows = reads
        .find::<collective::Entity>()
        .filter(collective::Column::Id.is_in(ids.iter().map(|id| CollectiveId::from(*id))))
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

async fn citizen_cards(reads: &impl Reads, ids: &[SubjectId]) -> Result<Vec<(SubjectId, Card)>> {
    let rows = reads
        .find::<citizen::Entity>()
        .filter(citizen::Column::Id.is_in(ids.iter().map(|id| CitizenId::from(*id))))
        .all()
        .await?;
    let households: Vec<SubjectId> = rows
        .iter()
        .filter_map(|row| row.household_id.map(SubjectId::from))
        .collect();
    let institutions: Vec<SubjectId> = rows
        .iter()
        .filter_map(|row| row.institution_id.map(SubjectId::from))
        .collect();
    let mut homes: HashMap<SubjectId, Card> = HashMap::new();
    if !institutions.is_empty() {
        homes.extend(collective_cards(reads, &institutions).await?);
    }
    if !households.is_empty() {
        homes.extend(household_cards(reads, &households).await?);
    }
    let card = |row: citizen::Model| {
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

/// The names of those who have moved out of reach since they were registered: no more than their old papers say.
async fn names_of_gone(reads: &impl Reads, table: Table, ids: Vec<SubjectId>) -> Result<Vec<(SubjectId, Card)>> {
    let named = |(id, name, sort_key): (SubjectId, String, Vec<u8>)| {
        let card = Card {
            name,
            address: String::new(),
            head_name: None,
            phone: None,
            people: None,
            sort_key,
        };
        (id, card)
    };
    let rows: Vec<(SubjectId, String, Vec<u8>)> = match table {
        Table::Household => {
            let ids = ids.into_iter().map(HouseholdId::from);
            let find = reads.find::<registered_household::Entity>();
            let rows = find.filter(registered_household::Column::Id.is_in(ids)).all().await?;
            let row = |row: registered_household::Model| (row.id.into(), row.head_name, row.sort_key);
            rows.into_iter().map(row).collect()
        }
        Table::Citizen => {
            let ids = ids.into_iter().map(CitizenId::from);
            let find = reads.find::<registered_citizen::Entity>();
            let rows = find.filter(registered_citizen::Column::Id.is_in(ids)).all().await?;
            let row = |row: registered_citizen::Model| (row.id.into(), row.name, row.sort_key);
            rows.into_iter().map(row).collect()
        }
        // these do not move
        Table::Collective => Vec::new(),
    };
    Ok(rows.into_iter().map(named).collect())
}
