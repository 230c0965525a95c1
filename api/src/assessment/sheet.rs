//! The signed score sheet of the meeting for each registration that it assessed: the subject's own, with the lines that the
//! meeting marked otherwise.

use entity::scope::Writer;
use entity::table::registration;
use entity::vocabulary::SheetKind;

use crate::app::App;
use crate::error::{Error, Problem, Result};
use crate::score::{Change, ToSign, insert_sheets, signed_sheets};

/// A registration that was assessed, with its place in the list and the lines marked otherwise.
pub type Assessed<'a> = (usize, &'a registration::Model, &'a [Change]);

/// Signs the sheets of the branch: as many statements for two hundred as for one.
///
/// # Errors
/// INVALID with everything of all lists that cannot stand, at `items.N.marks.M`; then nothing is done.
pub async fn sign_sheets(app: &App, tx: &Writer<'_>, assessed: &[Assessed<'_>]) -> Result<()> {
    let to_sign: Vec<ToSign<'_>> = assessed
        .iter()
        .map(|(_, registration, changes)| ToSign { registration, changes })
        .collect();
    let signed = signed_sheets(app, tx, SheetKind::Branch, &to_sign).await?;
    let (mut sheets, mut problems) = (Vec::with_capacity(signed.len()), Vec::new());
    for ((at, ..), sheet) in assessed.iter().zip(signed) {
        match sheet {
            Ok(sheet) => sheets.push(sheet),
            Err(Error::Invalid(found)) => problems.extend(found.into_iter().map(|problem| Problem {
                path: format!("items.{at}.{}", problem.path),
                ..problem
            })),
            Err(error) => return Err(error),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    insert_sheets(tx, sheets).await
}
