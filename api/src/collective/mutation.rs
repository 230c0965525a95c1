//! Entering and correcting clans, institutions and communities.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{CollectiveId, UnitId};
use entity::scope::{Scope, Writer};
use serde::{Deserialize, Serialize};

use super::input::{CreateCollective, CreateCollectiveInput, UpdateCollective, UpdateCollectiveInput};
use super::model::{Collective, CollectiveDuplicate, CollectiveDuplicateReason};
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::clock::hanoi_date;
use crate::error::Result;
use crate::replay::{Effect, Key, Once, WriteOutcome, once, once_if_fresh};
use crate::sent::Sent;
use crate::subject::{branch_to_enter, check_may_enter};
use crate::unit::ward_of_branch;

/// The answer to `createCollective`.
#[derive(SimpleObject)]
pub struct CreateCollectivePayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or DUPLICATE_CANDIDATES.
    pub outcome: WriteOutcome,
    /// What was made; null unless it was.
    pub collective: Option<Collective>,
    /// Those that may be the same.
    pub duplicates: Vec<CollectiveDuplicate>,
}

/// The answer to `updateCollective`.
#[derive(SimpleObject)]
pub struct UpdateCollectivePayload {
    /// What became of it: APPLIED, REPLAYED, KEY_REUSED or STALE.
    pub outcome: WriteOutcome,
    /// It as it is now; null when the key was used for something else.
    pub collective: Option<Collective>,
}

/// What is kept under the key of `createCollective`.
#[derive(Serialize, Deserialize)]
enum Created {
    Collective(CollectiveId),
    Candidates(Vec<(CollectiveDuplicateReason, CollectiveId)>),
}

/// Mutations of clans, institutions and communities.
#[derive(Default)]
pub struct CollectiveMutation;

/// Mutations of clans, institutions and communities.
#[Object]
impl CollectiveMutation {
    /// Enters a clan, institution or community into a branch: its head from the own phone, a branch head on paper. Very like
    /// one that is there already, it is not made but the candidates are shown; send again with `confirmDistinct` to insist.
    async fn create_collective(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is entered.")] input: CreateCollectiveInput,
    ) -> Result<CreateCollectivePayload> {
        create_collective(ctx, &Sent::by_field(ctx), input).await
    }

    /// Corrects a clan, institution or community within the viewer's reach.
    async fn update_collective(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateCollectiveInput,
    ) -> Result<UpdateCollectivePayload> {
        update_collective(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `createCollective`.
///
/// # Errors
/// As the field.
pub async fn create_collective(
    ctx: &Context<'_>,
    sent: &Sent,
    input: CreateCollectiveInput,
) -> Result<CreateCollectivePayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "createCollective",
    };
    let command = input.parse()?;
    let scope = match command.branch {
        Some((tenant, _)) => ctx.scope_in(Permission::SubjectWrite, tenant)?,
        None => ctx.scope(Permission::SubjectWrite)?,
    };
    let (outcome, created) = create(ctx.app(), &scope, (key, sent), &command).await?.told();
    let mut payload = CreateCollectivePayload {
        outcome,
        collective: None,
        duplicates: Vec::new(),
    };
    let read = ctx.scope_in(Permission::SubjectRead, scope.tenant())?;
    match created {
        Some(Created::Collective(id)) => {
            payload.collective = Some(Collective(store::collective_by_id(&read, id).await?));
        }
        Some(Created::Candidates(found)) => {
            payload.outcome = WriteOutcome::DuplicateCandidates;
            payload.duplicates = visible(&read, found).await?;
        }
        None => {}
    }
    Ok(payload)
}

/// `updateCollective`.
///
/// # Errors
/// As the field.
pub async fn update_collective(
    ctx: &Context<'_>,
    sent: &Sent,
    input: UpdateCollectiveInput,
) -> Result<UpdateCollectivePayload> {
    let key = Key {
        key: input.idempotency_key,
        operation: "updateCollective",
    };
    let command = input.parse()?;
    let scope = ctx.scope_in(Permission::SubjectWrite, command.collective.0)?;
    let asked = update_payload(&command);
    let outcome = once_if_fresh(ctx.app(), &scope, (key, sent), &asked, async |tx: &Writer<'_>| {
        store::update_collective(tx, &command).await
    })
    .await?;
    let row = match outcome {
        WriteOutcome::KeyReused => None,
        _ => Some(store::collective_by_id(&scope, command.collective.1).await?),
    };
    Ok(UpdateCollectivePayload {
        outcome,
        collective: row.map(Collective),
    })
}

async fn create(app: &App, scope: &Scope, key: (Key<'_>, &Sent), command: &CreateCollective) -> Result<Once<Created>> {
    let branch = branch_to_enter(scope, command.branch)?;
    once(
        app,
        scope,
        key,
        &create_payload(branch, command),
        async |tx: &Writer<'_>| {
            check_may_enter(tx).await?;
            let ward = ward_of_branch(tx, branch, hanoi_date(scope.now())).await?;
            if !command.confirm_distinct {
                let candidates = store::duplicate_candidates(tx, ward, command).await?;
                if !candidates.is_empty() {
                    return Ok(Effect::Nothing(Created::Candidates(candidates)));
                }
            }
            let id = store::insert_collective(app, tx, (branch, ward), command).await?;
            Ok(Effect::Done(Created::Collective(id)))
        },
    )
    .await
}

/// Candidates with those the viewer may see.
async fn visible(
    scope: &Scope,
    found: Vec<(CollectiveDuplicateReason, CollectiveId)>,
) -> Result<Vec<CollectiveDuplicate>> {
    let ids: Vec<CollectiveId> = found.iter().map(|(_, id)| *id).collect();
    let mut rows = store::collectives_by_id(scope, &ids).await?;
    let candidate = |(reason, id)| CollectiveDuplicate {
        reason,
        collective: rows.remove(&id).map(Collective),
    };
    Ok(found.into_iter().map(candidate).collect())
}

fn create_payload(branch: UnitId, command: &CreateCollective) -> impl Serialize + Sync + '_ {
    (
        (branch, command.kind, command.name.as_str(), command.head.as_str()),
        command.phone.as_ref().map(entity::value::PhoneNumber::as_str),
        command.address.as_str(),
        (command.variant, command.people, command.confirm_distinct),
    )
}

fn update_payload(command: &UpdateCollective) -> impl Serialize + Sync + '_ {
    (
        (command.collective, command.expected_version),
        command.name.as_ref().map(entity::value::UnitName::as_str),
        command.head.as_ref().map(entity::value::PersonName::as_str),
        command
            .phone
            .as_ref()
            .map(|phone| phone.as_ref().map(entity::value::PhoneNumber::as_str)),
        command.address.as_ref().map(entity::value::Address::as_str),
        (command.variant, command.people),
    )
}
