//! Next year in one tap: registering who was registered the year before.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{RegistrationId, SubjectId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::{registration, registration_history};
use entity::value::Language;
use entity::vocabulary::{Phase, RegistrationAction, RegistrationState as State};
use uuid::Uuid;

use super::bulk::{self, DecisionResult, Kept};
use super::input::{Again, Before, RegisterAgainInput};
use super::model::Registration;
use super::mutation::is_anothers_draft;
use super::store::{self, Words};
use super::workflow;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Refusal, Result, pick};
use crate::programme::{Pressed, Timing, check_window};
use crate::replay::{Effect, Key, WriteOutcome, once};
use crate::sent::Sent;
use crate::subject::{self, Locked};

/// The answer to `registerAgain`.
#[derive(SimpleObject)]
pub struct RegisterAgainPayload {
    /// APPLIED, REPLAYED or KEY_REUSED: what became of the request; each item has an outcome of its own.
    pub outcome: WriteOutcome,
    /// A result for each item, in the order sent, with the registration of the new year where there is one.
    pub results: Vec<DecisionResult>,
    /// What the new registrations take over from the year before and what they do not, as a sentence for the person.
    pub carried_over: &'static str,
}

/// Registering again.
#[derive(Default)]
pub struct AgainMutation;

/// Registering again.
#[Object]
impl AgainMutation {
    /// Registers subjects for a year that were registered the year before: a family its own with one tap, a branch head up to
    /// 200 of the branch on paper, with a result for each. The subject as it is now is registered; the note of last year is not
    /// taken over. More than 50 ask for a fresh proof of who is signed in.
    async fn register_again(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and for which year.")] input: RegisterAgainInput,
    ) -> Result<RegisterAgainPayload> {
        register_again(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `registerAgain`.
///
/// # Errors
/// As the field.
pub async fn register_again(ctx: &Context<'_>, sent: &Sent, input: RegisterAgainInput) -> Result<RegisterAgainPayload> {
    let command = input.parse()?;
    let scope = ctx.scope(Permission::RegistrationSubmit)?;
    bulk::prove(ctx, command.items.len())?;
    let subjects = subjects_of(&scope, &command).await?;
    let app = ctx.app();
    let key = Key {
        key: input.idempotency_key,
        operation: "registerAgain",
    };
    let payload = (&command.items, command.year.value(), command.device_time);
    let done = once(app, &scope, (key, sent), &payload, async |tx: &Writer<'_>| {
        register(app, tx, (&command, &subjects), sent.pressed(command.device_time)).await
    })
    .await?;
    let (outcome, kept) = done.told();
    let language = ctx.request().language;
    let results = match kept {
        Some(kept) => results(&scope, (&command, &subjects), kept, (&input, language)).await?,
        None => Vec::new(),
    };
    let carried_over = pick(
        language,
        "Đăng ký theo thông tin hiện nay (tên, địa chỉ, thành viên); lời nhắn của năm trước không được chép sang",
        "Registered as known now (name, address, members); the note of last year is not taken over",
    );
    Ok(RegisterAgainPayload {
        outcome,
        results,
        carried_over,
    })
}

/// The subject that each item means, by itself or by its registration of the year before; none for what is out of
/// sight. A registration's subject never changes, so this may be read before the transaction.
async fn subjects_of(scope: &Scope, command: &Again) -> Result<Vec<Option<SubjectId>>> {
    let own = command.items.iter().filter(|item| item.tenant == scope.tenant());
    let named: Vec<RegistrationId> = own
        .filter_map(|item| match item.before {
            Before::Registration(id) => Some(id),
            Before::Subject(_) => None,
        })
        .collect();
    let mut by_registration: HashMap<RegistrationId, SubjectId> = HashMap::new();
    if !named.is_empty() {
        let find = scope
            .find::<registration_history::Entity>()
            .filter(registration_history::Column::Id.is_in(named));
        by_registration.extend(find.all().await?.into_iter().map(|row| (row.id, row.subject_id)));
    }
    let subject = |item: &super::input::AgainItem| match item.before {
        _ if item.tenant != scope.tenant() => None,
        Before::Subject(id) => Some(id),
        Before::Registration(id) => by_registration.get(&id).copied(),
    };
    Ok(command.items.iter().map(subject).collect())
}

async fn register(
    app: &App,
    tx: &Writer<'_>,
    (command, subjects): (&Again, &[Option<SubjectId>]),
    pressed: Pressed,
) -> Result<Effect<Vec<Kept>>> {
    let year = command.year.value();
    let wanted: Vec<SubjectId> = subjects.iter().copied().flatten().collect();
    // locked in the order of ids: two phones of one family wait for each other here, and the second finds the first one's
    // registrations
    let known = subject::locked_many(tx, &wanted).await?;
    let last_year = registered(tx, &known, year - 1).await?;
    let this_year = registered(tx, &known, year).await?;
    let windows = windows(tx, known.values().map(|subject| subject.ward), year, pressed).await?;
    let mut seen = HashSet::new();
    let mut goes_on: BTreeMap<Timing, (Vec<registration::Model>, Vec<registration::Model>)> = BTreeMap::new();
    let mut kept = Vec::with_capacity(command.items.len());
    for (item, subject) in command.items.iter().zip(subjects) {
        let Some(subject) = subject.and_then(|subject| known.get(&subject)) else {
            kept.push(Kept::NotFound);
            continue;
        };
        let begun = this_year.get(&subject.id);
        let refused = if !seen.insert(subject.id) {
            Some(Refusal::Repeated)
        } else if item.expected_version.is_some_and(|version| version != subject.version) {
            kept.push(Kept::Stale);
            continue;
        } else if begun.is_some_and(|row| !begins(tx.scope(), row, subject)) {
            Some(Refusal::AlreadyRegistered)
        } else if last_year.get(&subject.id).is_none_or(|row| !row.state.is_sent_in()) {
            Some(Refusal::NothingLastYear)
        } else {
            None
        };
        let timing = windows.get(&subject.ward).copied();
        match (refused, timing.unwrap_or(Ok(Timing::InTime))) {
            (Some(refusal), _) | (None, Err(refusal)) => kept.push(Kept::Refused(refusal)),
            (None, Ok(timing)) => {
                let (new, again) = goes_on.entry(timing).or_default();
                match begun {
                    Some(row) => again.push(row.clone()),
                    None => new.push(fresh(app, tx.scope(), subject, (year, timing == Timing::Late))),
                }
                kept.push(Kept::Applied);
            }
        }
    }
    if goes_on.is_empty() {
        return Ok(Effect::Nothing(kept));
    }
    for (timing, (new, begun)) in goes_on {
        let words = Words {
            action: RegistrationAction::Submit,
            reason: None,
            note: None,
            pressed,
            timing,
        };
        store::insert_all(app, tx, new, words).await?;
        store::apply(app, tx, &begun, State::Submitted, words).await?;
    }
    Ok(Effect::Done(kept))
}

/// The registrations of subjects for a year, whatever branch they were made in, locked.
async fn registered(
    tx: &Writer<'_>,
    subjects: &HashMap<SubjectId, Locked>,
    year: i32,
) -> Result<HashMap<SubjectId, registration::Model>> {
    use registration::Column::{Id, Model, SubjectId as Subject, Year};
    let rows = tx
        .find_beyond_reach::<registration::Entity>()
        .filter(Model.is_in(subjects.values().map(|subject| subject.kind.model())))
        .filter(Subject.is_in(subjects.keys().copied()))
        .filter(Year.eq(year))
        .order_by(Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.subject_id, row)).collect())
}

/// How registering stands to its window in each ward, or why it may not be done there.
async fn windows(
    tx: &Writer<'_>,
    wards: impl Iterator<Item = UnitId>,
    year: i32,
    pressed: Pressed,
) -> Result<HashMap<UnitId, std::result::Result<Timing, Refusal>>> {
    let wards: HashSet<UnitId> = wards.collect();
    let mut windows = HashMap::new();
    for ward in wards {
        let checked = match check_window(tx, ward, (year, Phase::Registration), pressed).await {
            Ok(timing) => Ok(timing),
            Err(Error::Refused(refusal)) => Err(refusal),
            Err(error) => return Err(error),
        };
        windows.insert(ward, checked);
    }
    Ok(windows)
}

/// Whether a registration of this year may still be begun by whoever asks, in the branch where the subject is.
fn begins(scope: &Scope, row: &registration::Model, subject: &Locked) -> bool {
    workflow::begins(Some(row.state), RegistrationAction::Submit)
        && row.branch_id == subject.branch
        && !is_anothers_draft(scope, row)
}

fn fresh(app: &App, scope: &Scope, subject: &Locked, (year, late): (i32, bool)) -> registration::Model {
    registration::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        model: subject.kind.model(),
        subject_id: subject.id,
        year,
        branch_id: subject.branch,
        ward_id: subject.ward,
        state: State::Submitted,
        state_since: scope.now(),
        channel: store::channel(scope.actor().role),
        note: None,
        reason: None,
        entered_by: scope.actor().account,
        version: 1,
        created_at: scope.now(),
        submission_id: None,
        decision_id: None,
        late,
        variant: subject.variant,
    }
}

/// A result for each item, with its registration of the new year as it is now.
async fn results(
    scope: &Scope,
    (command, subjects): (&Again, &[Option<SubjectId>]),
    kept: Vec<Kept>,
    (input, language): (&RegisterAgainInput, Language),
) -> Result<Vec<DecisionResult>> {
    use registration::Column::{SubjectId as Subject, Year};
    let rows = scope
        .find::<registration::Entity>()
        .filter(Subject.is_in(subjects.iter().copied().flatten()))
        .filter(Year.eq(command.year.value()))
        .all()
        .await?;
    let rows: HashMap<Uuid, registration::Model> = rows.into_iter().map(|row| (row.subject_id.0, row)).collect();
    let each = input.items.iter().zip(subjects).zip(kept);
    let result = |((item, subject), kept): ((&super::input::RegisterAgainItemInput, &Option<SubjectId>), Kept)| {
        let found = subject.filter(|_| kept != Kept::NotFound);
        let registration = found
            .and_then(|subject| rows.get(&subject.0))
            .cloned()
            .map(Registration);
        bulk::result(item.id.clone(), kept, registration, language)
    };
    Ok(each.map(result).collect())
}
