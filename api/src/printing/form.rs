//! Forms: for a pen, filled in, and score sheets as they were signed.

use std::collections::BTreeMap;

use entity::id::{RegistrationId, UnitId};
use entity::scope::View;
use entity::table::registration;
use entity::vocabulary::{LearningModel, RegistrationState, SheetKind, UnitKind};

use super::desk::{Desk, signed_on};
use super::model::BlankForm;
use super::naming;
use super::store::{self, Names};
use super::subject::Subject;
use crate::clock::hanoi_date;
use crate::criteria::Want;
use crate::criteria::score::Mark;
use crate::error::{Error, Refusal, Result};
use crate::paper::{Minutes, Paper, RegistrationForm, ScoreSheet, Stage};
use crate::score::{Sheet, SheetRow};
use crate::unit::covered_unit;

/// A ward or branch that forms are carried round in.
pub(super) struct Place {
    /// Its name, for the file.
    pub name: String,
    association: String,
    branch: Option<String>,
    branch_head: Option<String>,
    /// Where its papers are signed.
    town: String,
}

impl Place {
    /// Reads it; the viewer covers it.
    ///
    /// # Errors
    /// NOT_FOUND, or what the database answers.
    pub(super) async fn read(desk: &Desk, unit: UnitId) -> Result<Self> {
        let view = View::Tenant(desk.scope.clone());
        let row = covered_unit(&view, unit).await?;
        let ward = match row.kind {
            UnitKind::Ward => row.id,
            UnitKind::Branch => row.parent.ok_or(Error::NotFound)?,
            UnitKind::City | UnitKind::District => return Err(Error::NotFound),
        };
        let names = desk.names([ward].into_iter(), desk.today).await?;
        let is_branch = row.kind == UnitKind::Branch;
        let branch_head = if is_branch {
            desk.heads(&[row.id]).await?.remove(&row.id)
        } else {
            None
        };
        Ok(Self {
            association: naming::association(names.name(ward)),
            town: naming::place(names.name(ward)),
            branch: is_branch.then(|| naming::branch(&row.name)),
            branch_head,
            name: row.name,
        })
    }
}

/// A form for a pen, with the names of ward and branch.
///
/// # Errors
/// REFUSED `NO_CRITERIA_SET` for a score sheet, or what the database answers.
pub(super) async fn blank(
    desk: &Desk,
    place: &Place,
    form: BlankForm,
    (model, year): (LearningModel, i32),
) -> Result<Paper> {
    let set = desk.set_of((model, year)).await?;
    let sample = set.as_ref().is_some_and(|published| published.set.sample);
    Ok(match form {
        BlankForm::Registration => RegistrationForm {
            branch: place.branch.clone(),
            association: Some(place.association.clone()),
            place: Some(place.town.clone()),
            branch_head: place.branch_head.clone(),
            ..RegistrationForm::blank(model, year, sample)
        }
        .paper(),
        BlankForm::ScoreSheet => ScoreSheet {
            set: &set.ok_or(Refusal::NoCriteriaSet)?.set,
            year,
            stage: Stage::Own,
            name: None,
            address: None,
            branch: place.branch.clone(),
            marks: None,
            notes: BTreeMap::new(),
            signer: None,
            place: Some(place.town.clone()),
            date: None,
        }
        .paper(),
        BlankForm::Minutes => Minutes {
            model,
            year,
            sample,
            association: place.association.clone(),
            branch: place
                .branch
                .clone()
                .unwrap_or_else(|| "Chi hội .....................".to_owned()),
            date: None,
            begun: None,
            ended: None,
            place: None,
            chair: None,
            secretary: None,
            present: None,
            invited: None,
            votes: Vec::new(),
            remarks: None,
        }
        .paper(),
    })
}

/// What stands on the form of each registration, in their order.
///
/// # Errors
/// What the database answers; NOT_FOUND for a subject that is out of reach.
pub(super) async fn registrations(desk: &Desk, rows: &[registration::Model]) -> Result<Vec<RegistrationForm>> {
    let mut subjects = desk.subjects(rows, true).await?;
    let names = names(desk, rows).await?;
    let branches: Vec<UnitId> = rows.iter().map(|row| row.branch_id).collect();
    let heads = desk.heads(&branches).await?;
    let wants: Vec<Want> = rows.iter().map(Want::of).collect();
    let sets = desk.sets(&wants).await?;
    let form = |row: &registration::Model| {
        let subject = subjects.remove(&row.id).ok_or(Error::NotFound)?;
        let sent_in = row.state != RegistrationState::Draft;
        let ward = names.name(row.ward_id);
        Ok(RegistrationForm {
            model: row.model,
            year: row.year,
            sample: sets.get(&Want::of(row)).is_some_and(|published| published.set.sample),
            branch: Some(naming::branch(names.name(row.branch_id))),
            association: Some(naming::association(ward)),
            name: Some(subject.name),
            representative: subject.representative,
            address: Some(subject.address),
            phone: subject.phone,
            people: subject.people,
            note: row.note.clone(),
            place: Some(naming::place(ward)),
            date: sent_in.then(|| hanoi_date(row.created_at)),
            branch_head: heads.get(&row.branch_id).cloned(),
        })
    };
    rows.iter().map(form).collect()
}

async fn names(desk: &Desk, rows: &[registration::Model]) -> Result<Names> {
    let units = rows.iter().flat_map(|row| [row.ward_id, row.branch_id]);
    desk.names(units, desk.today).await
}

/// What a score sheet says besides its marks.
struct Around<'a> {
    row: &'a registration::Model,
    subject: &'a Subject,
    stage: Stage,
    names: &'a Names,
}

impl Around<'_> {
    fn sheet<'s>(&self, set: &'s crate::criteria::set::CriteriaSet) -> ScoreSheet<'s> {
        ScoreSheet {
            set,
            year: self.row.year,
            stage: self.stage,
            name: Some(self.subject.name.clone()),
            address: Some(self.subject.address.clone()),
            branch: Some(naming::branch(self.names.name(self.row.branch_id))),
            marks: None,
            notes: BTreeMap::new(),
            signer: None,
            place: Some(naming::place(self.names.name(self.row.ward_id))),
            date: None,
        }
    }

    /// Who signs for the subject.
    fn own_signer(&self) -> Option<String> {
        match self.row.model {
            LearningModel::LearningFamily | LearningModel::LearningCitizen => Some(self.subject.name.clone()),
            LearningModel::LearningClan | LearningModel::LearningUnit | LearningModel::LearningCommunity => {
                self.subject.representative.clone()
            }
        }
    }
}

const fn stage(kind: SheetKind) -> Stage {
    match kind {
        SheetKind::Subject => Stage::Own,
        SheetKind::Branch => Stage::Branch,
        SheetKind::Ward => Stage::Ward,
    }
}

/// Score sheets for a pen, by the set that applies to each registration, in their order.
///
/// # Errors
/// REFUSED `NO_CRITERIA_SET`, or what the database answers.
pub(super) async fn blank_sheets(desk: &Desk, rows: &[registration::Model], kind: SheetKind) -> Result<Vec<Paper>> {
    let subjects = desk.subjects(rows, false).await?;
    let names = names(desk, rows).await?;
    let wants: Vec<Want> = rows.iter().map(Want::of).collect();
    let sets = desk.sets(&wants).await?;
    let signing = |row: &registration::Model| match kind {
        SheetKind::Subject => None,
        SheetKind::Branch => Some(row.branch_id),
        SheetKind::Ward => Some(row.ward_id),
    };
    let units: Vec<UnitId> = rows.iter().filter_map(signing).collect();
    let heads = desk.heads(&units).await?;
    let paper = |row: &registration::Model| {
        let published = sets.get(&Want::of(row)).ok_or(Refusal::NoCriteriaSet)?;
        let around = Around {
            row,
            subject: subjects.get(&row.id).ok_or(Error::NotFound)?,
            stage: stage(kind),
            names: &names,
        };
        let signer = match signing(row) {
            None => around.own_signer(),
            Some(unit) => heads.get(&unit).cloned(),
        };
        let sheet = around.sheet(&published.set);
        Ok(ScoreSheet { signer, ..sheet }.paper())
    };
    rows.iter().map(paper).collect()
}

/// The last score sheets of a kind that were signed, in the order of their registrations.
///
/// # Errors
/// NOT_FOUND where none is signed, or what the database answers.
pub(super) async fn signed_sheets(desk: &Desk, rows: &[registration::Model], kind: SheetKind) -> Result<Vec<Paper>> {
    let ids = rows.iter().map(|row| row.id);
    let sheets = store::sheets(&desk.app, &desk.scope, ids).await?;
    let last = |id: RegistrationId| -> Option<&SheetRow> {
        let signed = sheets.get(&id)?.iter();
        signed
            .filter(|(row, _)| row.kind == kind && row.signed_at.is_some())
            .max_by_key(|(row, _)| row.round)
    };
    let subjects = desk.subjects(rows, false).await?;
    let names = names(desk, rows).await?;
    let paper = |row: &registration::Model| {
        let (signed, published) = last(row.id).ok_or(Error::NotFound)?;
        let written = Sheet::of(signed)?;
        // a signed sheet has no empty line
        let marks: Vec<Mark> = written.marks.iter().copied().flatten().collect();
        let around = Around {
            row,
            subject: subjects.get(&row.id).ok_or(Error::NotFound)?,
            stage: stage(kind),
            names: &names,
        };
        let signer = match kind {
            SheetKind::Subject => around.own_signer(),
            SheetKind::Branch | SheetKind::Ward => Some(signed.actor_name.clone()),
        };
        let sheet = around.sheet(&published.set);
        let sheet = ScoreSheet {
            marks: Some(&marks),
            notes: written.notes,
            signer,
            date: signed_on(signed),
            ..sheet
        };
        Ok(sheet.paper())
    };
    rows.iter().map(paper).collect()
}
