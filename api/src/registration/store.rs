//! Reading and writing registrations.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::id::{DecisionId, RegistrationEventId, RegistrationId, SubjectId, SubmissionId, UnitId};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{Reach, Scope, Writer};
use entity::table::{registration, registration_event};
use entity::vocabulary::{Channel, LearningModel, RegistrationAction, RegistrationState, Role};
use uuid::Uuid;

use super::workflow::{self, NoSuchStep};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::relay::outbox;

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

/// A registration within the scope, locked against other writers.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn locked(tx: &Writer<'_>, id: RegistrationId) -> Result<registration::Model> {
    let find = tx
        .find::<registration::Entity>()
        .filter(registration::Column::Id.eq(id))
        .for_update();
    find.one().await?.ok_or(Error::NotFound)
}

/// The registration of a subject for a title and year, locked, if there is one, also where it is in a branch that the subject
/// has left.
///
/// # Errors
/// REFUSED `ALREADY_REGISTERED` for one that was made in another branch, where the scope does not reach it.
pub async fn locked_of_subject(
    tx: &Writer<'_>,
    subject: SubjectId,
    (model, year): (LearningModel, i32),
) -> Result<Option<registration::Model>> {
    let find = tx
        .find_beyond_reach::<registration::Entity>()
        .filter(registration::Column::SubjectId.eq(subject))
        .filter(registration::Column::Model.eq(model))
        .filter(registration::Column::Year.eq(year))
        .for_update();
    let known = find.one().await?;
    // the subject is within reach: a family's registrations always are with it, a branch's by where they were made
    let elsewhere =
        |row: &registration::Model| matches!(tx.scope().reach(), Reach::Branch(own) if *own != row.branch_id);
    if known.as_ref().is_some_and(elsewhere) {
        return Err(Refusal::AlreadyRegistered.into());
    }
    Ok(known)
}

/// The state an action leads to.
///
/// # Errors
/// REFUSED `NOT_IN_THIS_STATE`.
pub fn step(state: RegistrationState, action: RegistrationAction) -> std::result::Result<RegistrationState, Refusal> {
    workflow::next(Some(state), action).map_err(|NoSuchStep| Refusal::NotInThisState { state, action })
}

/// What is written with an action beside the state.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The action.
    pub action: RegistrationAction,
    /// The reason, where the action has one.
    pub reason: Option<&'a str>,
    /// The family's words, where they change.
    pub note: Option<&'a str>,
    /// The phone's clock.
    pub device_time: Option<DateTime<Utc>>,
    /// Whether its window had closed, and the city allows it all the same.
    pub late: bool,
}

/// A paper that an action is taken by; the registration says from then on which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// The list to the People's Committee that it goes on.
    List(SubmissionId),
    /// The decision that it stands by.
    Decision(DecisionId),
}

impl Paper {
    const fn id(self) -> Uuid {
        match self {
            Self::List(id) => id.0,
            Self::Decision(id) => id.0,
        }
    }
}

/// How what the actor does now comes in: by the family's phone, or on paper through the branch head.
pub fn channel(role: Role) -> Channel {
    if role == Role::Family {
        Channel::Phone
    } else {
        Channel::Paper
    }
}

/// Makes a registration with its first action.
///
/// # Errors
/// NOT_FOUND when the scope does not reach its branch, or what the database answers.
pub async fn insert(app: &App, tx: &Writer<'_>, row: registration::Model, words: Words<'_>) -> Result<()> {
    insert_all(app, tx, vec![row], words).await
}

/// As [`insert`], many with the same first action: three statements for all of them.
///
/// # Errors
/// As [`insert`].
pub async fn insert_all(app: &App, tx: &Writer<'_>, rows: Vec<registration::Model>, words: Words<'_>) -> Result<()> {
    let mut events = Vec::with_capacity(rows.len());
    let mut told = Vec::with_capacity(rows.len());
    for row in &rows {
        let event = event(app, tx.scope(), row, None, words);
        told.push(outbox::of_step(row, &event));
        events.push(event);
        tx.count_registration((row.branch_id, row.ward_id), (row.model, row.year), None, row.state);
    }
    tx.insert_all::<registration::Entity>(rows).await?;
    tx.insert_all::<registration_event::Entity>(events).await?;
    outbox::write(tx, told).await
}

/// Brings locked registrations, all from states the action leads on from, into the state it leads to: one change for all
/// of them, a line of the journal for each, the counters folded.
///
/// # Errors
/// What the database answers; INTERNAL when fewer rows changed than were locked.
pub async fn apply(
    app: &App,
    tx: &Writer<'_>,
    rows: &[registration::Model],
    to: RegistrationState,
    words: Words<'_>,
) -> Result<()> {
    apply_with(app, tx, rows, to, words, None).await
}

/// As [`apply`], by a paper. What is returned stands on no list and by no decision any more.
///
/// # Errors
/// As [`apply`].
pub async fn apply_with(
    app: &App,
    tx: &Writer<'_>,
    rows: &[registration::Model],
    to: RegistrationState,
    words: Words<'_>,
    paper: Option<Paper>,
) -> Result<()> {
    use registration::Column::{Channel, DecisionId, Id, Late, Note, Reason, State, StateSince, SubmissionId, Version};
    if rows.is_empty() {
        return Ok(());
    }
    let mut change = tx
        .update::<registration::Entity>()
        .set(State, to)
        .set(StateSince, tx.scope().now())
        .set(Reason, words.reason.map(ToOwned::to_owned))
        .raise(Version);
    if let Some(note) = words.note {
        change = change.set(Note, note);
    }
    change = match paper {
        Some(Paper::List(list)) => change.set(SubmissionId, list.0),
        Some(Paper::Decision(decision)) => change.set(DecisionId, decision.0),
        None if words.action == RegistrationAction::Return => {
            let none = None::<Uuid>;
            change.set(SubmissionId, none).set(DecisionId, none)
        }
        None => change,
    };
    // a draft is the phone's or the paper's by the hand that wrote it last
    if rows.iter().all(|row| workflow::begins(Some(row.state), words.action)) {
        change = change
            .set(Channel, channel(tx.scope().actor().role))
            .set(Late, words.late);
    }
    let changed = change.filter(Id.is_in(rows.iter().map(|row| row.id))).run().await?;
    if usize::try_from(changed) != Ok(rows.len()) {
        return Err(Error::Internal("locked registrations did not change".to_owned()));
    }
    let taken = rows.iter().map(|row| {
        tx.count_registration((row.branch_id, row.ward_id), (row.model, row.year), Some(row.state), to);
        let after = registration::Model {
            state: to,
            version: row.version + 1,
            ..row.clone()
        };
        let event = event(app, tx.scope(), &after, Some(row.state), words);
        (outbox::of_step(&after, &event), event)
    });
    let (told, events): (Vec<_>, Vec<_>) = taken.unzip();
    tx.insert_all::<registration_event::Entity>(events).await?;
    outbox::write(tx, told).await
}

/// A line of the journal for what somebody did to a registration, which is given as it is afterwards.
pub(super) fn event(
    app: &App,
    scope: &Scope,
    after: &registration::Model,
    from: Option<RegistrationState>,
    words: Words<'_>,
) -> registration_event::Model {
    let actor = scope.actor();
    registration_event::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        registration_id: after.id,
        version: after.version,
        action: words.action,
        from_state: from,
        to_state: after.state,
        reason: words.reason.map(ToOwned::to_owned),
        account_id: actor.account,
        actor_name: actor.name.clone(),
        post_id: actor.post,
        role: actor.role,
        branch_id: after.branch_id,
        ward_id: after.ward_id,
        channel: channel(actor.role),
        at: scope.now(),
        device_at: words.device_time,
        late: words.late,
    }
}
