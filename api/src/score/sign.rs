//! Signed sheets of a branch meeting or a ward, many at once: each is the sheet before it, with the lines that were
//! changed.

use std::collections::HashMap;

use entity::id::{CriteriaSetId, RegistrationId};
use entity::query::ColumnTrait;
use entity::scope::{Scope, Writer};
use entity::table::{criteria_set, registration, score_sheet};
use entity::vocabulary::SheetKind;

use super::computed::Results;
use super::sheet::{Change, Sheet};
use crate::app::App;
use crate::criteria::score::Score;
use crate::criteria::set::CriteriaSet;
use crate::criteria::sets_by_id;
use crate::error::{Error, Problem, Result};
use crate::registration::channel;

/// A sheet to be signed.
#[derive(Clone, Copy)]
pub struct ToSign<'a> {
    /// The locked registration.
    pub registration: &'a registration::Model,
    /// The lines marked otherwise than on the sheet before; mostly none, a meeting confirms.
    pub changes: &'a [Change],
}

/// Makes the signed BRANCH sheets from the latest signed SUBJECT sheets, or the WARD sheets from the latest BRANCH ones,
/// in the order asked: two statements, however many. Nothing is written; see [`insert_sheets`].
///
/// # Errors
/// What the database answers. Of one sheet: INVALID with `marks.N` of its changes, NOT_FOUND where there is no sheet
/// before it.
pub async fn signed_sheets(
    app: &App,
    tx: &Writer<'_>,
    kind: SheetKind,
    items: &[ToSign<'_>],
) -> Result<Vec<Result<score_sheet::Model>>> {
    let signed = tx
        .find::<score_sheet::Entity>()
        .filter(score_sheet::Column::RegistrationId.is_in(items.iter().map(|item| item.registration.id)))
        .filter(score_sheet::Column::SignedAt.is_not_null())
        .all()
        .await?;
    let before = match kind {
        SheetKind::Subject | SheetKind::Branch => SheetKind::Subject,
        SheetKind::Ward => SheetKind::Branch,
    };
    let (mut latest, mut rounds) = (HashMap::new(), HashMap::new());
    for row in signed {
        let round: &mut i32 = rounds.entry((row.registration_id, row.kind)).or_default();
        if row.round > *round {
            *round = row.round;
            latest.insert((row.registration_id, row.kind), row);
        }
    }
    let base = |id: RegistrationId| latest.get(&(id, before));
    let ids = items
        .iter()
        .filter_map(|item| base(item.registration.id).map(|row| row.criteria_set_id));
    let sets = sets_by_id(app, tx.find_shared::<criteria_set::Entity>(), ids).await?;
    let based = |item: &ToSign<'_>| {
        let row = base(item.registration.id)?;
        Some((row, sets.get(&row.criteria_set_id)?))
    };
    let counted: Vec<_> = items
        .iter()
        .filter_map(|item| based(item).map(|(_, published)| (item.registration, &published.set)))
        .collect();
    let results = Results::read(tx, &counted).await?;
    let sign = |item: &ToSign<'_>| {
        let (row, published) = based(item).ok_or(Error::NotFound)?;
        let mut sheet = Sheet::of(row)?;
        sheet.lay(&published.set, item.changes).map_err(Error::Invalid)?;
        results.put(&mut sheet, item.registration, &published.set);
        let round = rounds.get(&(item.registration.id, kind)).copied().unwrap_or_default() + 1;
        signed_row(
            app,
            tx.scope(),
            (item.registration, kind, round),
            (published.id, &published.set),
            &sheet,
        )
    };
    Ok(items.iter().map(sign).collect())
}

/// Makes the sheets of a list as [`signed_sheets`] does, with everything of all of them that cannot stand told at once; each item
/// is at a place in the list.
///
/// # Errors
/// INVALID at `items.N.marks.M`, NOT_FOUND where there is no sheet before one, or what the database answers.
pub async fn signed_list(
    app: &App,
    tx: &Writer<'_>,
    kind: SheetKind,
    list: &[(usize, ToSign<'_>)],
) -> Result<Vec<score_sheet::Model>> {
    let items: Vec<ToSign<'_>> = list.iter().map(|(_, item)| *item).collect();
    let signed = signed_sheets(app, tx, kind, &items).await?;
    let (mut sheets, mut problems) = (Vec::with_capacity(signed.len()), Vec::new());
    for ((at, _), sheet) in list.iter().zip(signed) {
        match sheet {
            Ok(sheet) => sheets.push(sheet),
            Err(Error::Invalid(found)) => problems.extend(found.into_iter().map(|problem| Problem {
                path: format!("items.{at}.{}", problem.path),
                ..problem
            })),
            Err(error) => return Err(error),
        }
    }
    if problems.is_empty() {
        Ok(sheets)
    } else {
        Err(Error::Invalid(problems))
    }
}

/// Writes sheets that [`signed_sheets`] has made: one statement.
///
/// # Errors
/// What the database answers.
pub async fn insert_sheets(tx: &Writer<'_>, sheets: Vec<score_sheet::Model>) -> Result<()> {
    Ok(tx.insert_all::<score_sheet::Entity>(sheets).await?)
}

fn signed_row(
    app: &App,
    scope: &Scope,
    place: (&registration::Model, SheetKind, i32),
    (id, set): (CriteriaSetId, &CriteriaSet),
    sheet: &Sheet,
) -> Result<score_sheet::Model> {
    let score = sheet.score(set).map_err(Error::Invalid)?;
    Ok(score_sheet::Model {
        signed_at: Some(scope.now()),
        ..row(app, scope, place, id, sheet, Some(&score))?
    })
}

/// A new row for a sheet that is not signed; what is not complete has no total yet and does not pass.
///
/// # Errors
/// INTERNAL when the writer of JSON fails.
pub(super) fn row(
    app: &App,
    scope: &Scope,
    (registration, kind, round): (&registration::Model, SheetKind, i32),
    set: CriteriaSetId,
    sheet: &Sheet,
    score: Option<&Score>,
) -> Result<score_sheet::Model> {
    let actor = scope.actor();
    Ok(score_sheet::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        registration_id: registration.id,
        kind,
        round,
        branch_id: registration.branch_id,
        ward_id: registration.ward_id,
        criteria_set_id: set,
        marks: sheet.stored_marks()?,
        notes: sheet.stored_notes()?,
        total: score.map_or(0, |score| score.total.hundredths()),
        passes: score.is_some_and(Score::passes),
        rank: score.and_then(|score| score.rank.clone()),
        account_id: actor.account,
        actor_name: actor.name.clone(),
        post_id: actor.post,
        role: actor.role,
        channel: channel(actor.role),
        version: 1,
        created_at: scope.now(),
        changed_at: scope.now(),
        signed_at: None,
    })
}
