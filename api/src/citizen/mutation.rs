//! Entering and correcting citizens.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::CitizenId;
use entity::scope::{Scope, Writer};
use serde::{Deserialize, Serialize};

use super::input::{CreateCitizen, CreateCitizenInput, UpdateCitizen, UpdateCitizenInput};
use super::model::{Citizen, CitizenDuplicate, CitizenDuplicateReason};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::replay::{Asked, Effect, Key, Once, WriteOutcome, once, once_if_fresh};
use crate::sent::Sent;
use crate::subject::check_may_enter;

/// The answer to `createCitizen`.
#[derive(SimpleObject)]
pub struct CreateCitizenPayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or DUPLICATE_CANDIDATES.
    pub outcome: WriteOutcome,
    /// Who was entered; null unless they were.
    pub citizen: Option<Citizen>,
    /// Those who may be the same person.
    pub duplicates: Vec<CitizenDuplicate>,
}

/// The answer to `updateCitizen`.
#[derive(SimpleObject)]
pub struct UpdateCitizenPayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or STALE.
    pub outcome: WriteOutcome,
    /// They as they are now; null when the key was used for something else.
    pub citizen: Option<Citizen>,
}

/// What is kept under the key of `createCitizen`.
#[derive(Serialize, Deserialize)]
enum Created {
    Citizen(CitizenId),
    Candidates(Vec<(CitizenDuplicateReason, CitizenId)>),
}

/// Mutations of citizens.
#[derive(Default)]
pub struct CitizenMutation;

/// Mutations of citizens.
#[Object]
impl CitizenMutation {
    /// Enters an adult of a household, an institution, or both: a family its own from its phone, a branch head those of the
    /// branch. Very like one who is there already, they are not made but the candidates are shown; send again with
    /// `confirmDistinct` to insist.
    async fn create_citizen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is entered.")] input: CreateCitizenInput,
    ) -> Result<CreateCitizenPayload> {
        create_citizen(ctx, &Sent::by_field(ctx), input).await
    }

    /// Corrects a citizen within the viewer's reach.
    async fn update_citizen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateCitizenInput,
    ) -> Result<UpdateCitizenPayload> {
        update_citizen(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `createCitizen`.
///
/// # Errors
/// As the field.
pub async fn create_citizen(ctx: &Context<'_>, sent: &Sent, input: CreateCitizenInput) -> Result<CreateCitizenPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "createCitizen",
    };
    let command = input.parse(hanoi_date(ctx.request().now))?;
    let scope = ctx.scope(Permission::SubjectWrite)?;
    let (outcome, created) = create(ctx.app(), &scope, (key, sent), &command).await?.told();
    let mut payload = CreateCitizenPayload {
        outcome,
        citizen: None,
        duplicates: Vec::new(),
    };
    let read = ctx.scope_in(Permission::SubjectRead, scope.tenant())?;
    match created {
        Some(Created::Citizen(id)) => payload.citizen = Some(Citizen(store::citizen_by_id(&read, id).await?)),
        Some(Created::Candidates(found)) => {
            payload.outcome = WriteOutcome::DuplicateCandidates;
            payload.duplicates = visible(&read, found).await?;
        }
        None => {}
    }
    Ok(payload)
}

/// `updateCitizen`.
///
/// # Errors
/// As the field.
pub async fn update_citizen(ctx: &Context<'_>, sent: &Sent, input: UpdateCitizenInput) -> Result<UpdateCitizenPayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "updateCitizen",
    };
    let command = input.parse(hanoi_date(ctx.request().now))?;
    let scope = ctx.scope_in(Permission::SubjectWrite, command.citizen.0)?;
    let asked = update_payload(&command);
    let outcome = once_if_fresh(ctx.app(), &scope, (key, sent), &asked, async |tx: &Writer<'_>| {
        store::update_citizen(tx, &command).await
    })
    .await?;
    let row = match outcome {
        WriteOutcome::KeyReused => None,
        _ => Some(store::citizen_by_id(&scope, command.citizen.1).await?),
    };
    Ok(UpdateCitizenPayload {
        outcome,
        citizen: row.map(Citizen),
    })
}

async fn create(app: &App, scope: &Scope, key: (Key<'_>, &Sent), command: &CreateCitizen) -> Result<Once<Created>> {
    let payload = Asked::of(create_payload(command), command.id);
    once(app, scope, key, &payload, async |tx: &Writer<'_>| {
        check_may_enter(tx).await?;
        let (branch, ward) = store::place(tx, command).await?;
        if !command.confirm_distinct {
            let candidates = store::duplicate_candidates(tx, ward, command).await?;
            if !candidates.is_empty() {
                return Ok(Effect::Nothing(Created::Candidates(candidates)));
            }
        }
        let id = store::insert_citizen(app, tx, (branch, ward), command).await?;
        Ok(Effect::Done(Created::Citizen(id)))
    })
    .await
}

/// Candidates with those the viewer may see.
async fn visible(scope: &Scope, found: Vec<(CitizenDuplicateReason, CitizenId)>) -> Result<Vec<CitizenDuplicate>> {
    let ids: Vec<CitizenId> = found.iter().map(|(_, id)| *id).collect();
    let mut rows = store::citizens_by_id(scope, &ids).await?;
    let candidate = |(reason, id)| CitizenDuplicate {
        reason,
        citizen: rows.remove(&id).map(Citizen),
    };
    Ok(found.into_iter().map(candidate).collect())
}

fn create_payload(command: &CreateCitizen) -> impl Serialize + Sync + '_ {
    (
        (command.household, command.institution),
        (command.name.as_str(), command.birth.as_str()),
        command.phone.as_ref().map(entity::value::PhoneNumber::as_str),
        (command.variant, command.confirm_distinct),
    )
}

fn update_payload(command: &UpdateCitizen) -> impl Serialize + Sync + '_ {
    (
        (command.citizen, command.expected_version),
        command.name.as_ref().map(entity::value::PersonName::as_str),
        command.birth.as_ref().map(entity::value::PartialDate::as_str),
        command
            .phone
            .as_ref()
            .map(|phone| phone.as_ref().map(entity::value::PhoneNumber::as_str)),
        command.variant,
    )
}
