//! Printing.

use async_graphql::{Context, ID, Object};
use entity::id::UnitId;

use super::desk::Desk;
use super::form;
use super::input::{copies, registration_ids};
use super::list::{self, Made};
use super::model::{BlankForm, PaperFormat, PrintedPaper};
use super::press::{self, Job};
use super::store;
use crate::error::Result;
use crate::global_id::{NodeKind, decode_as};
use crate::paper;
use crate::programme::LearningModel;
use crate::score::SheetKind;
use crate::signed;

/// Papers to be printed and signed.
#[derive(Default)]
pub struct PrintingQuery;

/// Papers to be printed and signed. Their words are Vietnamese in every language of the request.
#[Object]
impl PrintingQuery {
    /// The forms of registrations, up to 200 at once, filled in, in the order of the ids: a page for each, or one list as a
    /// workbook. NOT_FOUND when one of them is out of reach.
    async fn registration_forms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The registrations, 1 to 200, of one association.")] registration_ids: Vec<ID>,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        Some(filled_forms(ctx, &registration_ids, format).await)
    }

    /// A form for a pen with the names of a ward or branch, for those who carry it round.
    async fn blank_forms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch that the viewer covers.")] unit_id: ID,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
        #[graphql(desc = "Which form.", default_with = "Some(BlankForm::Registration)")] form: Option<BlankForm>,
        #[graphql(desc = "How often, 1 to 200; once unless said.")] copies: Option<i32>,
    ) -> Option<Result<PrintedPaper>> {
        let model = model.unwrap_or(LearningModel::LearningFamily);
        let form = form.unwrap_or(BlankForm::Registration);
        Some(blank_forms(ctx, &unit_id, (model, year), form, copies).await)
    }

    /// Score sheets of registrations, up to 200 at once, in the order of the ids: as they were last signed, or with empty
    /// lines for a pen. NOT_FOUND when one of them is out of reach or, not blank, has no signed sheet of this kind. They say
    /// so where the criteria are a sample.
    async fn score_sheet_forms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The registrations, 1 to 200, of one association.")] registration_ids: Vec<ID>,
        #[graphql(desc = "Whose sheets.", default_with = "Some(SheetKind::Subject)")] kind: Option<SheetKind>,
        #[graphql(desc = "Whether the lines are left empty.", default_with = "Some(false)")] blank: Option<bool>,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        let kind = kind.unwrap_or(SheetKind::Subject);
        Some(score_sheets(ctx, &registration_ids, (kind, blank.unwrap_or_default()), format).await)
    }

    /// The minutes of a branch meeting with the result for each registration, for those who cover the branch.
    async fn assessment_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the minutes.")] assessment_id: ID,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        Some(assessment_paper(ctx, &assessment_id, format).await)
    }

    /// A ward association's list to its People's Committee (tờ trình) with who stands on it now, for those who cover the
    /// ward.
    async fn submission_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the list.")] submission_id: ID,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        Some(submission_paper(ctx, &submission_id, format).await)
    }

    /// The list that goes with a decision of a ward's People's Committee, with the numbers of the certificates, for those who
    /// cover the ward.
    async fn decision_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the decision.")] decision_id: ID,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        Some(decision_paper(ctx, &decision_id, format).await)
    }

    /// Who has registered in a ward or branch, and how far each has come; drafts are left out.
    async fn registration_list_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A ward or branch that the viewer covers.")] unit_id: ID,
        #[graphql(desc = "Programme year, 2014 to 2100.")] year: i32,
        #[graphql(desc = "The title.", default_with = "Some(LearningModel::LearningFamily)")] model: Option<
            LearningModel,
        >,
        #[graphql(desc = "PDF unless said.", default_with = "Some(PaperFormat::Pdf)")] format: Option<PaperFormat>,
    ) -> Option<Result<PrintedPaper>> {
        let model = model.unwrap_or(LearningModel::LearningFamily);
        Some(registration_list(ctx, &unit_id, (model, year), format).await)
    }
}

/// The engine takes a variable that was not sent for null: it means the default all the same.
fn form_of(format: Option<PaperFormat>) -> PaperFormat {
    format.unwrap_or(PaperFormat::Pdf)
}

async fn filled_forms(ctx: &Context<'_>, ids: &[ID], format: Option<PaperFormat>) -> Result<PrintedPaper> {
    let (tenant, ids) = registration_ids(ids)?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let rows = store::registrations(&desk.scope, &ids).await?;
    let forms = form::registrations(&desk, &rows).await?;
    let format = form_of(format);
    let job = Job {
        field: "registrationForms",
        count: forms.len(),
        kind: "Bản đăng ký",
        of: "",
        year: rows.first().map(|row| row.year),
        format,
    };
    let make = move || match format {
        PaperFormat::Pdf => {
            let papers: Vec<_> = forms.iter().map(paper::RegistrationForm::paper).collect();
            paper::to_pdf(&papers, 1)
        }
        PaperFormat::Xlsx => paper::list_of_forms(&forms).to_xlsx(),
    };
    press.print(ctx, job, make).await
}

async fn blank_forms(
    ctx: &Context<'_>,
    unit_id: &ID,
    (model, year): (LearningModel, i32),
    form: BlankForm,
    asked: Option<i32>,
) -> Result<PrintedPaper> {
    let copies = copies(asked)?;
    let year = signed::year(year)?;
    let (tenant, unit): (_, UnitId) = decode_as(NodeKind::Unit, unit_id, "unitId")?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let place = form::Place::read(&desk, unit).await?;
    let blank = form::blank(&desk, &place, form, (model.into(), year)).await?;
    let job = Job {
        field: "blankForms",
        count: 0,
        kind: match form {
            BlankForm::Registration => "Bản đăng ký",
            BlankForm::ScoreSheet => "Phiếu tự chấm điểm",
            BlankForm::Minutes => "Biên bản họp bình xét",
        },
        of: &place.name,
        year: Some(year),
        format: PaperFormat::Pdf,
    };
    press.print(ctx, job, move || paper::to_pdf(&[blank], copies)).await
}

async fn score_sheets(
    ctx: &Context<'_>,
    ids: &[ID],
    (kind, blank): (SheetKind, bool),
    format: Option<PaperFormat>,
) -> Result<PrintedPaper> {
    let (tenant, ids) = registration_ids(ids)?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let rows = store::registrations(&desk.scope, &ids).await?;
    let papers = if blank {
        form::blank_sheets(&desk, &rows, kind.into()).await?
    } else {
        form::signed_sheets(&desk, &rows, kind.into()).await?
    };
    let made = Made {
        papers,
        kind: match kind {
            SheetKind::Subject => "Phiếu tự chấm điểm",
            SheetKind::Branch => "Phiếu chấm điểm",
            SheetKind::Ward => "Phiếu thẩm định",
        },
        of: String::new(),
        year: rows.first().map_or(0, |row| row.year),
        count: rows.len(),
    };
    hand_out(ctx, press, ("scoreSheetForms", made), format).await
}

async fn assessment_paper(ctx: &Context<'_>, id: &ID, format: Option<PaperFormat>) -> Result<PrintedPaper> {
    let (tenant, id) = decode_as(NodeKind::Assessment, id, "assessmentId")?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let made = list::minutes(&desk, id).await?;
    hand_out(ctx, press, ("assessmentPaper", made), format).await
}

async fn submission_paper(ctx: &Context<'_>, id: &ID, format: Option<PaperFormat>) -> Result<PrintedPaper> {
    let (tenant, id) = decode_as(NodeKind::Submission, id, "submissionId")?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let made = list::proposal(&desk, id).await?;
    hand_out(ctx, press, ("submissionPaper", made), format).await
}

async fn decision_paper(ctx: &Context<'_>, id: &ID, format: Option<PaperFormat>) -> Result<PrintedPaper> {
    let (tenant, id) = decode_as(NodeKind::Decision, id, "decisionId")?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let made = list::decision(&desk, id).await?;
    hand_out(ctx, press, ("decisionPaper", made), format).await
}

async fn registration_list(
    ctx: &Context<'_>,
    unit_id: &ID,
    (model, year): (LearningModel, i32),
    format: Option<PaperFormat>,
) -> Result<PrintedPaper> {
    let year = signed::year(year)?;
    let (tenant, unit) = decode_as(NodeKind::Unit, unit_id, "unitId")?;
    let desk = Desk::at(ctx, tenant)?;
    let press = press::enter(ctx).await?;
    let made = list::register(&desk, unit, (model.into(), year)).await?;
    hand_out(ctx, press, ("registrationListPaper", made), format).await
}

async fn hand_out(
    ctx: &Context<'_>,
    press: press::Place,
    (field, made): (&'static str, Made),
    format: Option<PaperFormat>,
) -> Result<PrintedPaper> {
    let format = form_of(format);
    let job = Job {
        field,
        count: made.count,
        kind: made.kind,
        of: &made.of,
        year: Some(made.year),
        format,
    };
    let papers = made.papers;
    let make = move || match format {
        PaperFormat::Pdf => paper::to_pdf(&papers, 1),
        PaperFormat::Xlsx => paper::to_xlsx(&papers),
    };
    press.print(ctx, job, make).await
}
