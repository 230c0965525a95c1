//! Reading registrations.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{RegistrationEventId, RegistrationId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::Scope;
use entity::table::{registration, registration_event};
use entity::vocabulary::{LearningModel, RegistrationState};

use super::store::Paper;
use crate::error::{Error, Result};

/// The most registrations of one year that a family's phone is told of.
const MOST_OF_A_FAMILY: u64 = 100;

/// One registration.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn registration_by_id(scope: &Scope, id: RegistrationId) -> Result<registration::Model> {
    let find = scope
        .find::<registration::Entity>()
        .filter(registration::Column::Id.eq(id));
    find.one().await?.ok_or(Error::NotFound)
}

/// Registrations by id.
///
/// # Errors
/// What the database answers.
pub async fn registrations_by_id(
    scope: &Scope,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, registration::Model>> {
    let find = scope
        .find::<registration::Entity>()
        .filter(registration::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The registrations of subjects, newest year first.
///
/// # Errors
/// What the database answers.
pub async fn registrations_of(
    scope: &Scope,
    subjects: &[SubjectId],
) -> Result<HashMap<SubjectId, Vec<registration::Model>>> {
    let rows = scope
        .find::<registration::Entity>()
        .filter(registration::Column::SubjectId.is_in(subjects.iter().copied()))
        .order_by(registration::Column::Year, Order::Desc)
        .order_by(registration::Column::Id, Order::Asc)
        .all()
        .await?;
    let mut by_subject: HashMap<SubjectId, Vec<registration::Model>> = HashMap::new();
    for row in rows {
        by_subject.entry(row.subject_id).or_default().push(row);
    }
    Ok(by_subject)
}

/// The journals of registrations, oldest line first.
///
/// # Errors
/// What the database answers.
pub async fn journals_of(
    scope: &Scope,
    registrations: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<registration_event::Model>>> {
    let rows = scope
        .find::<registration_event::Entity>()
        .filter(registration_event::Column::RegistrationId.is_in(registrations.iter().copied()))
        .order_by(registration_event::Column::RegistrationId, Order::Asc)
        .order_by(registration_event::Column::Version, Order::Asc)
        .all()
        .await?;
    let mut journals: HashMap<RegistrationId, Vec<registration_event::Model>> = HashMap::new();
    for row in rows {
        journals.entry(row.registration_id).or_default().push(row);
    }
    Ok(journals)
}

/// Lines of journals by their ids.
///
/// # Errors
/// What the database answers.
pub async fn lines_by_id(
    scope: &Scope,
    ids: &[RegistrationEventId],
) -> Result<HashMap<RegistrationEventId, registration_event::Model>> {
    let find = scope
        .find::<registration_event::Entity>()
        .filter(registration_event::Column::Id.is_in(ids.iter().copied()));
    Ok(find.all().await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Which registrations a list is of.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The title.
    pub model: LearningModel,
    /// The year.
    pub year: i32,
    /// The state.
    pub state: RegistrationState,
    /// A ward, if the list is of one.
    pub ward: Option<UnitId>,
    /// A branch, if the list is of one.
    pub branch: Option<UnitId>,
}

/// Registrations in the order in which they came into their state, beginning after a sort key.
///
/// # Errors
/// What the database answers.
pub async fn registration_list(
    scope: &Scope,
    filter: Filter,
    after: Option<&(DateTime<Utc>, RegistrationId)>,
    limit: u64,
) -> Result<Vec<registration::Model>> {
    use registration::Column::{BranchId, Id, Model, State, StateSince, WardId, Year};
    let mut find = scope
        .find::<registration::Entity>()
        .filter(Model.eq(filter.model))
        .filter(Year.eq(filter.year))
        .filter(State.eq(filter.state));
    if let Some(ward) = filter.ward {
        find = find.filter(WardId.eq(ward));
    }
    if let Some(branch) = filter.branch {
        find = find.filter(BranchId.eq(branch));
    }
    if let Some((since, id)) = after {
        let beyond = Condition::any()
            .add(StateSince.gt(*since))
            .add(Condition::all().add(StateSince.eq(*since)).add(Id.gt(*id)));
        find = find.filter(StateSince.gte(*since)).filter(beyond);
    }
    Ok(find
        .order_by(StateSince, Order::Asc)
        .order_by(Id, Order::Asc)
        .limit(limit)
        .all()
        .await?)
}

/// A part of the registrations on a paper: what is asked of [`standing_on`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StandingOn {
    /// The paper.
    pub paper: Paper,
    /// The registration before the first one wanted.
    pub after: Option<RegistrationId>,
    /// The most wanted.
    pub limit: u64,
}

/// The registrations that stand on papers now, in the order of their ids: one statement for all that ask for the same part.
///
/// # Errors
/// What the database answers.
pub async fn standing_on(scope: &Scope, asked: &[StandingOn]) -> Result<HashMap<StandingOn, Vec<registration::Model>>> {
    use registration::Column::{DecisionId, Id, SubmissionId, TenantId};
    let part = |on: &StandingOn| (matches!(on.paper, Paper::List(_)), on.after, on.limit);
    let mut parts: HashMap<_, Vec<&StandingOn>> = HashMap::new();
    for on in asked {
        parts.entry(part(on)).or_default().push(on);
    }
    let mut found = HashMap::new();
    for ((is_list, after, limit), asked) in parts {
        let column = if is_list { SubmissionId } else { DecisionId };
        let papers = asked.iter().map(|on| on.paper.id());
        let mut within = Condition::all()
            .add(TenantId.eq(scope.tenant()))
            .add(column.is_in(papers));
        if let Some(after) = after {
            within = within.add(Id.gt(after));
        }
        let rows = scope
            .find::<registration::Entity>()
            .filter(registration::first_on_each(column, within, limit))
            .order_by(Id, Order::Asc)
            .all()
            .await?;
        for on in asked {
            let stands = |row: &&registration::Model| match on.paper {
                Paper::List(id) => row.submission_id == Some(id),
                Paper::Decision(id) => row.decision_id == Some(id),
            };
            found.insert(*on, rows.iter().filter(stands).cloned().collect());
        }
    }
    Ok(found)
}

/// The registrations of a year that stand in some states, longest there first: for a family, which has few.
///
/// # Errors
/// What the database answers.
pub async fn registrations_standing(
    scope: &Scope,
    year: i32,
    states: &[RegistrationState],
) -> Result<Vec<registration::Model>> {
    use registration::Column::{Id, State, StateSince, Year};
    let find = scope.find::<registration::Entity>().filter(Year.eq(year));
    Ok(find
        .filter(State.is_in(states.iter().copied()))
        .order_by(StateSince, Order::Asc)
        .order_by(Id, Order::Asc)
        .limit(MOST_OF_A_FAMILY)
        .all()
        .await?)
}
