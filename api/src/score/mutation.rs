//! A subject marks itself: a draft that may be left and taken up again, and the signing of it.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::{RegistrationId, ScoreSheetId};
use entity::scope::{Scope, Writer};
use entity::table::score_sheet;
use entity::value::Rule;
use entity::vocabulary::{Channel, Phase, RegistrationAction::SelfScore, Role, SheetKind};
use serde::{Deserialize, Serialize};

use super::computed::Results;
use super::input::{SaveScoreSheetInput, SaveSheet, SubmitScoreSheetInput, SubmitSheet};
use super::model::ScoreSheet;
use super::sheet::Sheet;
use super::{sign, store};
use crate::access::{Access, Permission};
use crate::app::App;
use crate::error::{Error, Refusal, Result};
use crate::programme::{Pressed, check_window};
use crate::registration::{self, Registration, Words, registration_by_id};
use crate::replay::{Effect, Key, Once, WriteOutcome, once};
use crate::sent::Sent;

/// The answer to a mutation of a score sheet.
#[derive(SimpleObject)]
pub struct ScoreSheetPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// The sheet as it is now; null when the key was used for something else, or there is no sheet.
    pub score_sheet: Option<ScoreSheet>,
    /// Its registration as it is now; null when the key was used for something else.
    pub registration: Option<Registration>,
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    outcome: WriteOutcome,
    registration: RegistrationId,
    sheet: Option<ScoreSheetId>,
}

/// Mutations of score sheets.
#[derive(Default)]
pub struct ScoreMutation;

/// Mutations of score sheets.
#[Object]
impl ScoreMutation {
    /// Writes a draft of a subject's own score sheet, whole: a family its own on its phone, a branch head one that came on
    /// paper. Lines may be left empty until it is signed.
    async fn save_score_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: SaveScoreSheetInput,
    ) -> Result<ScoreSheetPayload> {
        save_score_sheet(ctx, &Sent::by_field(ctx), input).await
    }

    /// Signs the draft and hands it in: every line must be filled. It is never changed again; what is returned is marked
    /// anew on a sheet of the next round.
    async fn submit_score_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: SubmitScoreSheetInput,
    ) -> Result<ScoreSheetPayload> {
        submit_score_sheet(ctx, &Sent::by_field(ctx), input).await
    }
}

/// `saveScoreSheet`.
///
/// # Errors
/// As the field.
pub async fn save_score_sheet(ctx: &Context<'_>, sent: &Sent, input: SaveScoreSheetInput) -> Result<ScoreSheetPayload> {
    let command = input.parse()?;
    let app = ctx.app();
    let scope = ctx.scope_in(Permission::ScoreWrite, command.registration.0)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "saveScoreSheet",
    };
    // when the draft was saved is not what is asked: hashed as it always has been
    let payload = (command.registration, command.expected_version, &command.marks);
    let done = once(app, &scope, (key, sent), &payload, async |tx: &Writer<'_>| {
        save(app, tx, &command, sent.pressed(command.device_time)).await
    })
    .await?;
    answer(app, &scope, done).await
}

/// `submitScoreSheet`.
///
/// # Errors
/// As the field.
pub async fn submit_score_sheet(
    ctx: &Context<'_>,
    sent: &Sent,
    input: SubmitScoreSheetInput,
) -> Result<ScoreSheetPayload> {
    let command = input.parse()?;
    let app = ctx.app();
    let scope = ctx.scope_in(Permission::ScoreWrite, command.registration.0)?;
    let key = Key {
        key: input.idempotency_key,
        operation: "submitScoreSheet",
    };
    let payload = (command.registration, command.expected_version, command.device_time);
    let done = once(app, &scope, (key, sent), &payload, async |tx: &Writer<'_>| {
        submit(app, tx, &command, sent.pressed(command.device_time)).await
    })
    .await?;
    answer(app, &scope, done).await
}

async fn answer(app: &App, scope: &Scope, done: Once<Kept>) -> Result<ScoreSheetPayload> {
    let (outcome, kept) = match done {
        Once::First(kept) => (kept.outcome, kept),
        Once::Replayed(kept) => (WriteOutcome::Replayed, kept),
        Once::KeyReused => {
            return Ok(ScoreSheetPayload {
                outcome: WriteOutcome::KeyReused,
                score_sheet: None,
                registration: None,
            });
        }
    };
    let score_sheet = match kept.sheet {
        Some(id) => Some(ScoreSheet::new(store::sheet_by_id(app, scope, id).await?)?),
        None => None,
    };
    let registration = registration_by_id(scope, kept.registration).await?;
    Ok(ScoreSheetPayload {
        outcome,
        score_sheet,
        registration: Some(Registration(registration)),
    })
}

fn stale(registration: RegistrationId, draft: Option<&score_sheet::Model>) -> Effect<Kept> {
    Effect::Nothing(Kept {
        outcome: WriteOutcome::Stale,
        registration,
        sheet: draft.map(|row| row.id),
    })
}

async fn save(app: &App, tx: &Writer<'_>, command: &SaveSheet, pressed: Pressed) -> Result<Effect<Kept>> {
    let row = registration::locked(tx, command.registration.1).await?;
    registration::step(row.state, SelfScore)?;
    check_window(tx, row.ward_id, (row.year, Phase::SelfScoring), pressed).await?;
    let (draft, round) = store::draft_of(tx, row.id).await?;
    if draft.as_ref().map(|draft| draft.version) != command.expected_version {
        return Ok(stale(row.id, draft.as_ref()));
    }
    let published = store::set_for(app, tx, &row, draft.as_ref()).await?;
    let set = &published.set;
    let mut sheet = Sheet::empty(set);
    sheet.lay(set, &command.marks).map_err(Error::Invalid)?;
    Results::read(tx, &[(&row, set)]).await?.put(&mut sheet, &row, set);
    // a draft with empty lines has no total yet
    let score = sheet.score(set).ok();
    let id = if let Some(draft) = draft {
        store::change_draft(tx, &draft, &sheet, score.as_ref(), false).await?;
        draft.id
    } else {
        let place = (&row, SheetKind::Subject, round);
        let new = sign::row(app, tx.scope(), place, published.id, &sheet, score.as_ref())?;
        let id = new.id;
        tx.insert::<score_sheet::Entity>(new).await?;
        id
    };
    Ok(Effect::Done(Kept {
        outcome: WriteOutcome::Applied,
        registration: row.id,
        sheet: Some(id),
    }))
}

async fn submit(app: &App, tx: &Writer<'_>, command: &SubmitSheet, pressed: Pressed) -> Result<Effect<Kept>> {
    let row = registration::locked(tx, command.registration.1).await?;
    let next = registration::step(row.state, SelfScore)?;
    let timing = check_window(tx, row.ward_id, (row.year, Phase::SelfScoring), pressed).await?;
    let (draft, _) = store::draft_of(tx, row.id).await?;
    let draft = draft.ok_or_else(|| Error::invalid("marks", Rule::Required))?;
    if draft.version != command.expected_version {
        return Ok(stale(row.id, Some(&draft)));
    }
    if tx.scope().actor().role == Role::BranchHead && draft.channel == Channel::Phone {
        return Err(Refusal::SheetOnPhone.into());
    }
    let published = store::set_for(app, tx, &row, Some(&draft)).await?;
    let set = &published.set;
    let mut sheet = Sheet::of(&draft)?;
    // results may have come in since the draft was written
    Results::read(tx, &[(&row, set)]).await?.put(&mut sheet, &row, set);
    let score = sheet.score(set).map_err(Error::Invalid)?;
    store::change_draft(tx, &draft, &sheet, Some(&score), true).await?;
    let id = row.id;
    let words = Words {
        action: SelfScore,
        reason: None,
        note: None,
        pressed,
        timing,
    };
    registration::apply(app, tx, &[row], next, words).await?;
    Ok(Effect::Done(Kept {
        outcome: WriteOutcome::Applied,
        registration: id,
        sheet: Some(draft.id),
    }))
}
