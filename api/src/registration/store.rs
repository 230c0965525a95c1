//! Writing registrations: every step through one of two doors, with its line in the journal, its counters and its outbox.

use entity::id::{DecisionId, RegistrationId, SubjectId, SubmissionId};
use entity::query::ColumnTrait;
use entity::scope::{Reach, Scope, Writer};
use entity::table::{registration, registration_event};
use entity::value::Rule;
use entity::vocabulary::{Channel, LearningModel, RegistrationAction, RegistrationState, Role};
use uuid::Uuid;

use super::workflow::{self, NoSuchStep};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, Timing};
use crate::relay::outbox;

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
    /// When the button was pressed.
    pub pressed: Pressed,
    /// How it stands to its window.
    pub timing: Timing,
}

impl Words<'_> {
    /// Whether its window had closed, and the city allows it all the same.
    pub fn late(&self) -> bool {
        self.timing == Timing::Late
    }
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
    pub(super) const fn id(self) -> Uuid {
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

/// Lines of journals, and what is told of them.
type Lines = (Vec<registration_event::Model>, Vec<entity::table::outbox::Model>);

/// Makes a registration with its first action. Its id may be the device's.
///
/// # Errors
/// NOT_FOUND when the scope does not reach its branch, INVALID `ID_TAKEN` where the association has one of this id, or what the
/// database answers.
pub async fn insert(app: &App, tx: &Writer<'_>, row: registration::Model, words: Words<'_>) -> Result<()> {
    use registration::Column::{Id, TenantId};
    let first = first_lines(app, tx, std::slice::from_ref(&row), words);
    // whoever is making another of this id at the same time is waited for
    if !tx.insert_if_new::<registration::Entity>(row, &[TenantId, Id]).await? {
        return Err(Error::invalid("id", Rule::IdTaken));
    }
    write_lines(tx, first).await
}

/// As [`insert`], many with the same first action: three statements for all of them. Their ids are made here.
///
/// # Errors
/// NOT_FOUND when the scope does not reach one of the branches, or what the database answers.
pub async fn insert_all(app: &App, tx: &Writer<'_>, rows: Vec<registration::Model>, words: Words<'_>) -> Result<()> {
    let first = first_lines(app, tx, &rows, words);
    tx.insert_all::<registration::Entity>(rows).await?;
    write_lines(tx, first).await
}

/// The first lines of the journals of registrations that are being made, and what is told of them; they are counted.
fn first_lines(app: &App, tx: &Writer<'_>, rows: &[registration::Model], words: Words<'_>) -> Lines {
    let mut events = Vec::with_capacity(rows.len());
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let event = event(app, tx.scope(), row, None, words);
        told.push(outbox::of_step(row, &event));
        events.push(event);
        tx.count_registration((row.branch_id, row.ward_id), (row.model, row.year), None, row.state);
    }
    (events, told)
}

async fn write_lines(tx: &Writer<'_>, (events, told): Lines) -> Result<()> {
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
            .set(Late, words.late());
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
        let told = outbox::of_step(&after, &event);
        (event, told)
    });
    write_lines(tx, taken.unzip()).await
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
        device_at: words.pressed.device_time,
        late: words.late(),
        skew_ms: words.pressed.skew.map(|skew| skew.num_milliseconds()),
        in_time_by_device: words.timing == Timing::InTimeByDevice,
    }
}
