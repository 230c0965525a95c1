//! The lines that take their points from results of another title: how the citizens of a family, the families of a clan or
//! community, the clans of a community and the citizens of an institution have done.

use std::collections::{HashMap, HashSet};

use entity::id::{CollectiveId, HouseholdId, RegistrationId, SubjectId, UnitId};
use entity::query::ColumnTrait;
use entity::scope::Writer;
use entity::table::{citizen, collective, household_member, registration, registration_count, subject_count};
use entity::value::PartialDate;
use entity::vocabulary::{LearningModel, RegistrationState, SubjectKind};

use super::sheet::Sheet;
use crate::citizen::ADULT;
use crate::clan::reached_by_clans;
use crate::criteria::score::computed;
use crate::criteria::set::CriteriaSet;
use crate::error::Result;

/// So many citizens are asked for with one statement: databases bound the values of one, 32,766 on `SQLite`.
const AT_ONCE: usize = 10_000;

/// How many reached a title, of how many who could.
type Reached = (i64, i64);

/// What the results of other titles come to for some registrations.
#[derive(Debug, Default)]
pub(super) struct Results(HashMap<(RegistrationId, LearningModel), Reached>);

impl Results {
    /// Reads what these registrations' sets count: a few statements for each kind of line, however many registrations there
    /// are.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn read(tx: &Writer<'_>, sheets: &[(&registration::Model, &CriteriaSet)]) -> Result<Self> {
        let mut wanted: HashMap<(LearningModel, LearningModel), Vec<&registration::Model>> = HashMap::new();
        for (row, set) in sheets {
            let from: HashSet<LearningModel> = set.indicators().filter_map(|line| line.from).collect();
            for from in from {
                wanted.entry((row.model, from)).or_default().push(row);
            }
        }
        let mut results = HashMap::new();
        for ((model, from), rows) in wanted {
            let reached = match (model, from) {
                (LearningModel::LearningCommunity, _) => in_branches(tx, &rows, from).await?,
                (LearningModel::LearningClan, LearningModel::LearningFamily) => in_clans(tx, &rows).await?,
                (LearningModel::LearningFamily, LearningModel::LearningCitizen) => in_households(tx, &rows).await?,
                (LearningModel::LearningUnit, LearningModel::LearningCitizen) => in_institutions(tx, &rows).await?,
                // the checker lets no other set through
                _ => HashMap::new(),
            };
            results.extend(reached.into_iter().map(|(id, reached)| ((id, from), reached)));
        }
        Ok(Self(results))
    }

    /// Puts the counted lines of a sheet in their places. Where nobody is known who could have reached the other title, it is
    /// nobody of nobody: the set's own rule says what counts then.
    pub(super) fn put(&self, sheet: &mut Sheet, registration: &registration::Model, set: &CriteriaSet) {
        sheet.put_computed(set, |line| {
            let of = |from| self.0.get(&(registration.id, from)).copied();
            let (reached, of) = line.from.and_then(of).unwrap_or_default();
            Some(computed(line, reached, of))
        });
    }
}

/// The recognised families, clans or citizens of branches, of all that they have, from the counters: these lie beyond a family's reach,
/// and what is shown of them is a number of points.
async fn in_branches(
    tx: &Writer<'_>,
    rows: &[&registration::Model],
    from: LearningModel,
) -> Result<HashMap<RegistrationId, Reached>> {
    let units = || rows.iter().map(|row| row.branch_id);
    let recognised = tx
        .find_beyond_reach::<registration_count::Entity>()
        .filter(registration_count::Column::UnitId.is_in(units()))
        .filter(registration_count::Column::Year.is_in(rows.iter().map(|row| row.year)))
        .filter(registration_count::Column::Model.eq(from))
        .filter(registration_count::Column::State.eq(RegistrationState::Recognised))
        .all()
        .await?;
    let known = tx
        .find_beyond_reach::<subject_count::Entity>()
        .filter(subject_count::Column::UnitId.is_in(units()))
        .filter(subject_count::Column::Kind.eq(from.subject()))
        .all()
        .await?;
    let recognised: HashMap<(UnitId, i32), i64> = recognised
        .into_iter()
        .map(|row| ((row.unit_id, row.year), row.count))
        .collect();
    let known: HashMap<UnitId, i64> = known.into_iter().map(|row| (row.unit_id, row.count)).collect();
    let reached = |row: &&registration::Model| {
        let reached = recognised.get(&(row.branch_id, row.year)).copied();
        let of = known.get(&row.branch_id).copied();
        (row.id, (reached.unwrap_or_default(), of.unwrap_or_default()))
    };
    Ok(rows.iter().map(reached).collect())
}

/// The recognised families of clans, of all that were entered, with what other associations told.
async fn in_clans(tx: &Writer<'_>, rows: &[&registration::Model]) -> Result<HashMap<RegistrationId, Reached>> {
    let clan = |row: &registration::Model| (CollectiveId::from(row.subject_id), row.year);
    let asked: Vec<(CollectiveId, i32)> = rows.iter().map(|row| clan(row)).collect();
    let reached = reached_by_clans(tx, &asked).await?;
    let of = |row: &&registration::Model| Some((row.id, reached.get(&clan(row))?.sum()));
    Ok(rows.iter().filter_map(of).collect())
}

/// The recognised citizens of households, of their adults. A member whose birth is not known counts as an adult: nobody passes
/// because a line of the form was left empty.
async fn in_households(tx: &Writer<'_>, rows: &[&registration::Model]) -> Result<HashMap<RegistrationId, Reached>> {
    let households = || rows.iter().map(|row| HouseholdId::from(row.subject_id));
    let members = tx
        .find_beyond_reach::<household_member::Entity>()
        .filter(household_member::Column::HouseholdId.is_in(households()))
        .all()
        .await?;
    let citizens = tx
        .find_beyond_reach::<citizen::Entity>()
        .filter(citizen::Column::HouseholdId.is_in(households()))
        .all()
        .await?;
    let recognised = recognised_citizens(tx, &citizens, rows).await?;
    let reached = |row: &&registration::Model| {
        let home = HouseholdId::from(row.subject_id);
        let is_adult = |member: &&household_member::Model| {
            let birth = member.birth.clone().map(PartialDate::from_stored);
            birth.is_none_or(|birth| row.year - birth.year() >= ADULT)
        };
        let adults = members
            .iter()
            .filter(|member| member.household_id == home)
            .filter(is_adult);
        let here = citizens.iter().filter(|citizen| citizen.household_id == Some(home));
        (row.id, share(here, &recognised, row.year, adults.count()))
    };
    Ok(rows.iter().map(reached).collect())
}

/// The recognised citizens of institutions, of the people that these say they have, or else of the citizens entered there.
async fn in_institutions(tx: &Writer<'_>, rows: &[&registration::Model]) -> Result<HashMap<RegistrationId, Reached>> {
    let institutions = || rows.iter().map(|row| CollectiveId::from(row.subject_id));
    let people = tx
        .find_beyond_reach::<collective::Entity>()
        .filter(collective::Column::Id.is_in(institutions()))
        .filter(collective::Column::Kind.eq(SubjectKind::Institution))
        .all()
        .await?;
    let people: HashMap<CollectiveId, i32> = people.iter().filter_map(|row| Some((row.id, row.people?))).collect();
    let citizens = tx
        .find_beyond_reach::<citizen::Entity>()
        .filter(citizen::Column::InstitutionId.is_in(institutions()))
        .all()
        .await?;
    let recognised = recognised_citizens(tx, &citizens, rows).await?;
    let reached = |row: &&registration::Model| {
        let id = CollectiveId::from(row.subject_id);
        let here = citizens.iter().filter(|citizen| citizen.institution_id == Some(id));
        let said = people.get(&id).and_then(|people| usize::try_from(*people).ok());
        (row.id, share(here, &recognised, row.year, said.unwrap_or_default()))
    };
    Ok(rows.iter().map(reached).collect())
}

/// Those of `citizens` that are recognised, of `of` people, or of all of them where they are more.
fn share<'a>(
    citizens: impl Iterator<Item = &'a citizen::Model>,
    recognised: &HashSet<(SubjectId, i32)>,
    year: i32,
    of: usize,
) -> Reached {
    let (mut reached, mut known) = (0, 0);
    for citizen in citizens {
        known += 1;
        reached += i64::from(recognised.contains(&(citizen.id.into(), year)));
    }
    (reached, i64::try_from(of).unwrap_or(i64::MAX).max(known))
}

async fn recognised_citizens(
    tx: &Writer<'_>,
    citizens: &[citizen::Model],
    rows: &[&registration::Model],
) -> Result<HashSet<(SubjectId, i32)>> {
    let mut recognised = HashSet::new();
    for some in citizens.chunks(AT_ONCE) {
        let found = tx
            .find_beyond_reach::<registration::Entity>()
            .filter(registration::Column::SubjectId.is_in(some.iter().map(|row| SubjectId::from(row.id))))
            .filter(registration::Column::Model.eq(LearningModel::LearningCitizen))
            .filter(registration::Column::Year.is_in(rows.iter().map(|row| row.year)))
            .filter(registration::Column::State.eq(RegistrationState::Recognised))
            .all()
            .await?;
        recognised.extend(found.into_iter().map(|row| (row.subject_id, row.year)));
    }
    Ok(recognised)
}
