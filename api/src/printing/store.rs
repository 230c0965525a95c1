//! Reading what stands on papers.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::id::{AssessmentId, RegistrationId, SubmissionId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::Scope;
use entity::table::{certificate, decision, registration, submission, unit_version};
use entity::value::Rule;
use entity::vocabulary::{DecisionKind, LearningModel, RegistrationState};

use crate::app::App;
use crate::assessment::items_of;
use crate::error::{Error, Result};
use crate::registration::registrations_by_id;
use crate::score::{SheetRow, sheets_of};

/// Rows that are read with one statement.
pub(super) const AT_ONCE: usize = 5_000;
/// The most rows of one list: the largest ward has about fifteen thousand families.
const MOST_ROWS: usize = 20_000;

/// Registrations in the order of their ids as they were sent.
///
/// # Errors
/// NOT_FOUND when one of them is out of reach, or what the database answers.
pub(super) async fn registrations(scope: &Scope, ids: &[RegistrationId]) -> Result<Vec<registration::Model>> {
    let mut rows = registrations_by_id(scope, ids).await?;
    ids.iter().map(|id| rows.remove(id).ok_or(Error::NotFound)).collect()
}

/// Whose register is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub ward: UnitId,
    /// A branch, where the register is not the whole ward's.
    pub branch: Option<UnitId>,
    pub model: LearningModel,
    pub year: i32,
}

/// All registrations of a ward or branch but drafts, which nobody has sent in.
///
/// # Errors
/// INVALID `TOO_MANY`, or what the database answers.
pub(super) async fn registered(scope: &Scope, of: Of) -> Result<Vec<registration::Model>> {
    use registration::Column::{BranchId, Model, State, WardId, Year};
    let mut find = scope
        .find::<registration::Entity>()
        .filter(WardId.eq(of.ward))
        .filter(Model.eq(of.model))
        .filter(Year.eq(of.year))
        .filter(State.ne(RegistrationState::Draft));
    if let Some(branch) = of.branch {
        find = find.filter(BranchId.eq(branch));
    }
    bounded(find.limit(most()).all().await?)
}

/// The registrations that stand on a list now: those that were returned from it do not.
///
/// # Errors
/// INVALID `TOO_MANY`, or what the database answers.
pub(super) async fn listed(scope: &Scope, list: &submission::Model) -> Result<Vec<registration::Model>> {
    use registration::Column::{Model, SubmissionId as On, WardId, Year};
    let id: SubmissionId = list.id;
    let find = scope
        .find::<registration::Entity>()
        .filter(WardId.eq(list.ward_id))
        .filter(Model.eq(list.model))
        .filter(Year.eq(list.year))
        .filter(On.eq(id));
    bounded(find.limit(most()).all().await?)
}

/// The certificates that a decision has issued or revoked, in the order of their numbers. They keep what was decided on: a
/// registration whose title was taken away stands by the later decision only.
///
/// # Errors
/// INVALID `TOO_MANY`, or what the database answers.
pub(super) async fn decided(scope: &Scope, decision: &decision::Model) -> Result<Vec<certificate::Model>> {
    use certificate::Column::{DecidedOn, DecisionNumber, Id, Number, RevokedByDecision, RevokedOn, WardId, Year};
    let find = scope
        .find::<certificate::Entity>()
        .filter(WardId.eq(decision.ward_id))
        .filter(Year.eq(decision.year));
    let (number, day) = (decision.number.as_str(), decision.decided_on);
    let find = match decision.kind {
        DecisionKind::Recognition => find.filter(DecisionNumber.eq(number)).filter(DecidedOn.eq(day)),
        DecisionKind::Revocation => find.filter(RevokedByDecision.eq(number)).filter(RevokedOn.eq(day)),
    };
    let find = find.order_by(Number, Order::Asc).order_by(Id, Order::Asc);
    bounded(find.limit(most()).all().await?)
}

/// The registrations that a meeting assessed.
///
/// # Errors
/// What the database answers.
pub(super) async fn assessed(
    scope: &Scope,
    meeting: AssessmentId,
) -> Result<(Vec<entity::table::assessment_item::Model>, Vec<registration::Model>)> {
    let items = items_of(scope, &[meeting]).await?.remove(&meeting).unwrap_or_default();
    let ids: Vec<RegistrationId> = items.iter().map(|item| item.registration_id).collect();
    let rows = registrations_by_id(scope, &ids).await?;
    Ok((items, rows.into_values().collect()))
}

fn most() -> u64 {
    u64::try_from(MOST_ROWS + 1).unwrap_or(u64::MAX)
}

fn bounded<T>(rows: Vec<T>) -> Result<Vec<T>> {
    if rows.len() > MOST_ROWS {
        return Err(Error::invalid("unitId", Rule::TooMany { max: MOST_ROWS }));
    }
    Ok(rows)
}

/// All sheets of registrations, oldest first.
///
/// # Errors
/// What the database answers.
pub(super) async fn sheets(
    app: &App,
    scope: &Scope,
    registrations: impl Iterator<Item = RegistrationId>,
) -> Result<HashMap<RegistrationId, Vec<SheetRow>>> {
    let ids: Vec<RegistrationId> = registrations.collect();
    let mut sheets = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        sheets.extend(sheets_of(app, scope, ids).await?);
    }
    Ok(sheets)
}

/// Units as they were called on a day.
pub(super) struct Names(HashMap<UnitId, unit_version::Model>);

impl Names {
    /// Reads them. A unit that was not there yet is called what it was called first.
    ///
    /// # Errors
    /// What the database answers.
    pub(super) async fn read(scope: &Scope, units: impl Iterator<Item = UnitId>, day: NaiveDate) -> Result<Self> {
        use unit_version::Column::{UnitId as Of, ValidFrom};
        let mut units: Vec<UnitId> = units.collect();
        units.sort_unstable();
        units.dedup();
        let find = scope.find::<unit_version::Entity>().filter(Of.is_in(units));
        let mut names: HashMap<UnitId, unit_version::Model> = HashMap::new();
        for version in find.order_by(ValidFrom, Order::Asc).all().await? {
            let is_later = version.valid_from > day;
            if !(is_later && names.contains_key(&version.unit_id)) {
                names.insert(version.unit_id, version);
            }
        }
        Ok(Self(names))
    }

    /// What a unit was called.
    pub(super) fn name(&self, unit: UnitId) -> &str {
        self.0.get(&unit).map_or("", |version| version.name.as_str())
    }

    /// Where it stands among its like.
    pub(super) fn sort_key(&self, unit: UnitId) -> &[u8] {
        self.0.get(&unit).map_or(&[], |version| version.sort_key.as_slice())
    }

    /// The unit it hung below.
    pub(super) fn parent(&self, unit: UnitId) -> Option<UnitId> {
        self.0.get(&unit).and_then(|version| version.parent_id)
    }
}
