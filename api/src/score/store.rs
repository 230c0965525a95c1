//! Reading and writing score sheets.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::{RegistrationId, ScoreSheetId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::{criteria_set, registration, score_sheet};
use entity::vocabulary::SheetKind;

use super::sheet::Sheet;
use crate::app::App;
use crate::criteria::score::Score;
use crate::criteria::{Published, Want, sets_applying, sets_by_id};
use crate::error::{Error, Refusal, Result};
use crate::programme::city_of;
use crate::registration::channel;

/// A sheet with the set it is marked by.
pub type SheetRow = (score_sheet::Model, Arc<Published>);

/// The sheets of registrations, oldest first: two statements at most, however many there are.
///
/// # Errors
/// What the database answers.
pub async fn sheets_of(
    app: &App,
    scope: &Scope,
    registrations: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<SheetRow>>> {
    let mut rows = scope
        .find::<score_sheet::Entity>()
        .filter(score_sheet::Column::RegistrationId.is_in(registrations.iter().copied()))
        .all()
        .await?;
    rows.sort_by_key(|row| (row.created_at, row.kind, row.round));
    let ids = rows.iter().map(|row| row.criteria_set_id);
    let sets = sets_by_id(app, scope.find_shared::<criteria_set::Entity>(), ids).await?;
    let mut sheets: HashMap<RegistrationId, Vec<SheetRow>> = HashMap::new();
    for row in rows {
        let set = sets.get(&row.criteria_set_id).ok_or_else(missing)?;
        sheets
            .entry(row.registration_id)
            .or_default()
            .push((row, Arc::clone(set)));
    }
    Ok(sheets)
}

fn missing() -> Error {
    Error::Internal("the set of a score sheet is missing".to_owned())
}

/// One sheet.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub async fn sheet_by_id(app: &App, scope: &Scope, id: ScoreSheetId) -> Result<SheetRow> {
    let find = scope
        .find::<score_sheet::Entity>()
        .filter(score_sheet::Column::Id.eq(id));
    let row = find.one().await?.ok_or(Error::NotFound)?;
    let id = row.criteria_set_id;
    let sets = sets_by_id(app, scope.find_shared::<criteria_set::Entity>(), [id]).await?;
    let set = sets.get(&id).ok_or_else(missing)?;
    Ok((row, Arc::clone(set)))
}

/// The subject's draft if there is one, and the round that is being marked. The registration is locked.
///
/// # Errors
/// What the database answers.
pub async fn draft_of(tx: &Writer<'_>, id: RegistrationId) -> Result<(Option<score_sheet::Model>, i32)> {
    let last = tx
        .find::<score_sheet::Entity>()
        .filter(score_sheet::Column::RegistrationId.eq(id))
        .filter(score_sheet::Column::Kind.eq(SheetKind::Subject))
        .order_by(score_sheet::Column::Round, Order::Desc)
        .one()
        .await?;
    Ok(match last {
        None => (None, 1),
        Some(row) if row.signed_at.is_some() => (None, row.round + 1),
        Some(row) => {
            let round = row.round;
            (Some(row), round)
        }
    })
}

/// The sheet that counts for each registration: the last that was signed. Of one moment it is the ward's before the branch's
/// before the subject's own.
///
/// # Errors
/// What the database answers.
pub async fn last_signed(
    tx: &Writer<'_>,
    registrations: impl IntoIterator<Item = RegistrationId>,
) -> Result<HashMap<RegistrationId, score_sheet::Model>> {
    use score_sheet::Column::{RegistrationId as Of, SignedAt};
    let sheets = tx
        .find::<score_sheet::Entity>()
        .filter(Of.is_in(registrations))
        .filter(SignedAt.is_not_null())
        .all()
        .await?;
    let place = |sheet: &score_sheet::Model| (sheet.signed_at, sheet.kind, sheet.round);
    let mut last: HashMap<RegistrationId, score_sheet::Model> = HashMap::new();
    for sheet in sheets {
        let known = last.get(&sheet.registration_id);
        if known.is_none_or(|known| place(known) < place(&sheet)) {
            last.insert(sheet.registration_id, sheet);
        }
    }
    Ok(last)
}

/// The set a sheet is marked by: the draft's own, else the one that applies to the registration.
///
/// # Errors
/// REFUSED when the city has published none, or what the database answers.
pub async fn set_for(
    app: &App,
    tx: &Writer<'_>,
    registration: &registration::Model,
    draft: Option<&score_sheet::Model>,
) -> Result<Arc<Published>> {
    let find = tx.find_shared::<criteria_set::Entity>();
    if let Some(draft) = draft {
        let id = draft.criteria_set_id;
        return sets_by_id(app, find, [id]).await?.remove(&id).ok_or_else(missing);
    }
    let want = Want::of(registration);
    let city = city_of(tx.scope()).await?;
    let found = sets_applying(app, find, city, &[want]).await?.remove(&want);
    Ok(found.ok_or(Refusal::NoCriteriaSet)?)
}

/// Writes a draft anew, and signs it where `signed` says so.
///
/// # Errors
/// What the database answers; INTERNAL when the draft is no draft any more, though its registration is locked.
pub async fn change_draft(
    tx: &Writer<'_>,
    draft: &score_sheet::Model,
    sheet: &Sheet,
    score: Option<&Score>,
    signed: bool,
) -> Result<()> {
    use score_sheet::Column::{
        AccountId, ActorName, ChangedAt, Channel, Id, Marks, Notes, Passes, PostId, Rank, Role, SignedAt, Total,
        Version,
    };
    let (actor, now) = (tx.scope().actor(), tx.scope().now());
    let changed = tx
        .update::<score_sheet::Entity>()
        .set(Marks, sheet.stored_marks()?)
        .set(Notes, sheet.stored_notes()?)
        .set(Total, score.map_or(0, |score| score.total.hundredths()))
        .set(Passes, score.is_some_and(Score::passes))
        .set(Rank, score.and_then(|score| score.rank.clone()))
        .set(AccountId, actor.account)
        .set(ActorName, actor.name.clone())
        .set(PostId, actor.post)
        .set(Role, actor.role)
        .set(Channel, channel(actor.role))
        .set(ChangedAt, now)
        .set(SignedAt, signed.then_some(now))
        .raise(Version)
        .filter(Id.eq(draft.id))
        .filter(SignedAt.is_null())
        .run()
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Internal(
            "a draft of a locked registration did not change".to_owned(),
        ))
    }
}
