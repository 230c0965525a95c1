//! Telling of a file, and taking one away.

use std::time::Duration;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{EvidenceId, RegistrationId, TenantId};
use entity::scope::{Scope, Writer};
use entity::table::evidence;
use entity::table::registration::Model as RegistrationRow;
use entity::value::Rule;
use entity::vocabulary::{EvidenceFault, EvidenceState, Phase, RegistrationAction::SelfScore};
use serde::{Deserialize, Serialize};

use super::input::{BeginUpload, BeginUploadInput, RemoveEvidenceInput};
use super::model::Evidence;
use super::receive::expires_at;
use super::store;
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, check_window};
use crate::quota::{self, Limit};
use crate::registration::{self, Registration, registration_by_id};
use crate::replay::{Effect, Key, Once, Used, WriteOutcome, once, used};
use crate::score::{draft_of, set_for};
use crate::sent::Sent;

/// The most files that one account tells of in a day: for a whole branch by its head, with many photos each.
const MOST_OF_ONE: u32 = 500;

/// The answer to telling of a file.
#[derive(SimpleObject)]
pub struct BeginUploadPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The file as it is now, with where its bytes go and how many of them are here; null when the key was used for something
    /// else, or the file has been taken away since. One that the registration has already, by hash and indicator, is
    /// not added again: it comes back as it is.
    pub evidence: Option<Evidence>,
    /// Whether it was added now.
    #[graphql(skip)]
    pub added: bool,
}

/// The answer to taking a file away.
#[derive(SimpleObject)]
pub struct RemoveEvidencePayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// Its registration as it is now; null when the key was used for something else.
    pub registration: Option<Registration>,
}

/// What is kept under a key of a file that was told of.
#[derive(Serialize, Deserialize)]
struct Told {
    id: EvidenceId,
    added: bool,
}

/// Mutations of evidence.
#[derive(Default)]
pub struct EvidenceMutation;

/// Mutations of evidence.
#[Object]
impl EvidenceMutation {
    /// Tells of a photo or paper for a registration whose subject marks itself now. It is on the record from then on; its
    /// bytes go to `evidence.upload.url`, now or within seven days, also after the sheet is signed. A file whose bytes did not come
    /// through may be told of again then, too.
    async fn begin_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: BeginUploadInput,
    ) -> Result<BeginUploadPayload> {
        begin_upload(ctx, &Sent::by_field(ctx), input).await
    }

    /// Takes a file away, while the sheet may be marked. Its bytes are removed within the hour.
    async fn remove_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RemoveEvidenceInput,
    ) -> Result<RemoveEvidencePayload> {
        remove_evidence(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `beginUpload`.
///
/// # Errors
/// As the field.
pub async fn begin_upload(ctx: &Context<'_>, sent: &Sent, input: BeginUploadInput) -> Result<BeginUploadPayload> {
    let app = ctx.app();
    let command = input.parse(app.config.uploads.max_bytes)?;
    let scope = ctx.scope_in(Permission::EvidenceWrite, command.registration.0)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "beginUpload",
    };
    // the association's count of the day is one row for all its phones: it is touched for what is new alone
    let is_new = match used(&scope, key, &command).await? {
        Used::Otherwise => {
            return Ok(BeginUploadPayload {
                outcome: WriteOutcome::KeyReused,
                evidence: None,
                added: false,
            });
        }
        Used::Same => false,
        Used::Not => !is_there(&scope, &command).await?,
    };
    let limits = of_the_day(app, &scope);
    if is_new && !quota::take(app, &limits).await? {
        return Err(Error::RateLimited(Duration::from_hours(1)));
    }
    let pressed = sent.pressed(command.device_time);
    let done = once(app, &scope, (key, sent), &command, async |tx: &Writer<'_>| {
        begin(app, tx, &command, pressed).await
    })
    .await;
    let added = matches!(&done, Ok(Once::First(told)) if told.added);
    match (is_new, added) {
        (true, false) => quota::give_back(app, &limits).await?,
        // it was taken away between the look and now
        (false, true) => {
            quota::take(app, &limits).await?;
        }
        _ => {}
    }
    let (outcome, told) = done?.told();
    let evidence = match told {
        Some(told) => seen(&scope, told.id).await?,
        None => None,
    };
    Ok(BeginUploadPayload {
        outcome,
        evidence,
        added,
    })
}

/// `removeEvidence`.
///
/// # Errors
/// As the field.
pub async fn remove_evidence(
    ctx: &Context<'_>,
    sent: &Sent,
    input: RemoveEvidenceInput,
) -> Result<RemoveEvidencePayload> {
    let (tenant, id) = input.parse()?;
    let app = ctx.app();
    let scope = ctx.scope_in(Permission::EvidenceWrite, tenant)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "removeEvidence",
    };
    let payload: (TenantId, EvidenceId) = (tenant, id);
    let pressed = sent.pressed(input.device_time);
    let done = once(app, &scope, (key, sent), &payload, async |tx: &Writer<'_>| {
        remove(tx, id, pressed).await
    })
    .await?;
    let (outcome, kept) = done.told();
    let registration = match kept {
        Some(id) => Some(Registration(registration_by_id(&scope, id).await?)),
        None => None,
    };
    Ok(RemoveEvidencePayload { outcome, registration })
}

/// The account's own bound first: one phone alone does not use up what its association may send in a day.
fn of_the_day(app: &App, scope: &Scope) -> [Limit; 2] {
    let limit = |whose: String, most| {
        let what = format!("files of evidence of {whose}");
        Limit::new(&what, most, TimeDelta::days(1), scope.now())
    };
    let of_all = app.config.uploads.per_association_per_day;
    let (tenant, account) = (scope.tenant(), scope.actor().account);
    [
        limit(format!("{account} in {tenant}"), of_all.min(MOST_OF_ONE)),
        limit(tenant.to_string(), of_all),
    ]
}

/// The file that was told of, where the registration has it already.
fn same<'a>(files: &'a [evidence::Model], command: &BeginUpload, now: DateTime<Utc>) -> Option<&'a evidence::Model> {
    files.iter().find(|file| {
        let is_over = file.state == EvidenceState::Refused || is_given_up(file, now);
        is_alike(file, command) && !is_over
    })
}

fn is_alike(file: &evidence::Model, command: &BeginUpload) -> bool {
    file.sha256 == command.sha256 && file.indicator == command.indicator
}

/// Whether its bytes were waited for in vain.
fn is_given_up(file: &evidence::Model, now: DateTime<Utc>) -> bool {
    file.state == EvidenceState::WaitingForBytes && expires_at(file) <= now
}

/// Whether a file is told of again whose bytes did not come through: on the record it is already.
fn is_sent_again(files: &[evidence::Model], command: &BeginUpload, now: DateTime<Utc>) -> bool {
    use EvidenceFault::{Damaged, HashMismatch, TooManyPieces};
    files.iter().any(|file| {
        let is_broken = matches!(file.fault, Some(Damaged | HashMismatch | TooManyPieces));
        is_alike(file, command) && (is_broken || is_given_up(file, now))
    })
}

async fn is_there(scope: &Scope, command: &BeginUpload) -> Result<bool> {
    let files = store::evidence_of(scope, &[command.registration.1]).await?;
    Ok(files.values().any(|files| same(files, command, scope.now()).is_some()))
}

/// The file, unless it has been taken away since.
async fn seen(scope: &Scope, id: EvidenceId) -> Result<Option<Evidence>> {
    match store::evidence_by_id(scope, id).await {
        Ok(row) => Ok(Some(Evidence(row))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn begin(app: &App, tx: &Writer<'_>, command: &BeginUpload, pressed: Pressed) -> Result<Effect<Told>> {
    let row = registration::locked(tx, command.registration.1).await?;
    let files = store::evidence_of(tx, &[row.id])
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let now = tx.scope().now();
    if let Some(same) = same(&files, command, now) {
        return Ok(Effect::Done(Told {
            id: same.id,
            added: false,
        }));
    }
    if !is_sent_again(&files, command, now) {
        registration::step(row.state, SelfScore)?;
        check_window(tx, row.ward_id, (row.year, Phase::SelfScoring), pressed).await?;
    }
    if files.len() >= usize::try_from(app.config.uploads.per_registration).unwrap_or(usize::MAX) {
        return Err(Refusal::TooManyFiles.into());
    }
    check_indicator(app, tx, &row, command.indicator.as_deref()).await?;
    let id = command.id.unwrap_or_else(|| app.new_id());
    let new = new(tx.scope(), &row, id, command);
    // whoever is telling of another of this id at the same time is waited for
    let key = [evidence::Column::TenantId, evidence::Column::Id];
    if !tx.insert_if_new::<evidence::Entity>(new, &key).await? {
        return Err(Error::invalid("id", Rule::IdTaken));
    }
    Ok(Effect::Done(Told { id, added: true }))
}

async fn check_indicator(app: &App, tx: &Writer<'_>, row: &RegistrationRow, indicator: Option<&str>) -> Result<()> {
    let Some(code) = indicator else { return Ok(()) };
    let (draft, _) = draft_of(tx, row.id).await?;
    let published = set_for(app, tx, row, draft.as_ref()).await?;
    if published.set.indicators().any(|line| line.code == code) {
        Ok(())
    } else {
        Err(Error::invalid("indicator", Rule::NotAnIndicator))
    }
}

fn new(scope: &Scope, registration: &RegistrationRow, id: EvidenceId, command: &BeginUpload) -> evidence::Model {
    let actor = scope.actor();
    evidence::Model {
        tenant_id: scope.tenant(),
        id,
        registration_id: registration.id,
        branch_id: registration.branch_id,
        ward_id: registration.ward_id,
        indicator: command.indicator.clone(),
        file_name: command.file_name.clone(),
        format: command.format,
        size: command.size,
        sha256: command.sha256.clone(),
        received: 0,
        pieces: String::new(),
        state: EvidenceState::WaitingForBytes,
        fault: None,
        unsettled: true,
        account_id: actor.account,
        actor_name: actor.name.clone(),
        post_id: actor.post,
        role: actor.role,
        created_at: scope.now(),
        changed_at: scope.now(),
    }
}

async fn remove(tx: &Writer<'_>, id: EvidenceId, pressed: Pressed) -> Result<Effect<RegistrationId>> {
    let file = store::evidence_by_id(tx, id).await?;
    let row = registration::locked(tx, file.registration_id).await?;
    registration::step(row.state, SelfScore)?;
    check_window(tx, row.ward_id, (row.year, Phase::SelfScoring), pressed).await?;
    store::remove(tx, id).await?;
    Ok(Effect::Done(row.id))
}
