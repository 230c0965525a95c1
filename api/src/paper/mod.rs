//! Papers that people print, sign and hang on a wall: forms, score sheets, minutes, lists and certificates.
//!
//! Pure functions from what is known to bytes: no database, no HTTP, no clock. A maker (`registration_form`, `score_sheet`,
//! `minutes`, `proposal`, `decision`) turns facts into a [`Paper`], which says what stands there and not how it looks. One
//! layout brings it to pages: text becomes pieces (`layout/`), pieces become pages (`flow.rs`), pages a PDF (`pdf.rs`). The
//! same paper's tables become a workbook (`xlsx.rs`). Certificates are laid out by hand on the same sheets
//! (`certificate/`). Equal facts give equal bytes.
//!
//! Making is work for a processor, of up to a second for a ward's list: callers do it off the async threads.

mod certificate;
mod decision;
mod error;
mod flow;
mod layout;
mod lines;
mod minutes;
mod model;
mod pdf;
mod proposal;
mod register;
mod registration_form;
mod score_sheet;
mod setter;
mod sheet;
mod typeface;
mod words;
mod xlsx;

#[cfg(test)]
mod tests;

pub use certificate::{Certificate, certificates};
pub use decision::{Recognised, RecognisedList, Verdict};
pub use error::PaperError;
pub use minutes::{Minutes, Vote};
pub use model::{Align, Annex, Block, Column, Field, Letterhead, Manner, Paper, Row, Signatures, Signer, Table};
pub use proposal::{Proposal, Proposed};
pub use register::{Register, Registered};
pub use registration_form::{RegistrationForm, list_of_forms};
pub use score_sheet::{ScoreSheet, Stage};
pub use typeface::unprintable;
pub use words::{SAMPLE, issued_by, short_date};

impl Paper {
    /// The paper as a PDF of A4 pages.
    ///
    /// # Errors
    /// [`PaperError`], which is the program's fault.
    pub fn to_pdf(&self) -> Result<Vec<u8>, PaperError> {
        to_pdf(std::slice::from_ref(self), 1)
    }

    /// The paper as a workbook: a sheet for each table, and one for what stands around them.
    ///
    /// # Errors
    /// [`PaperError`], which is the program's fault.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, PaperError> {
        xlsx::write(std::slice::from_ref(self))
    }
}

/// Papers one after the other as one PDF, each from a page of its own and with page numbers of its own, so often.
///
/// # Errors
/// [`PaperError`], which is the program's fault.
pub fn to_pdf(papers: &[Paper], copies: usize) -> Result<Vec<u8>, PaperError> {
    let mut sheets = Vec::new();
    for paper in papers {
        sheets.extend(layout::lay_out(paper)?);
    }
    let once = sheets.len();
    let sheets: Vec<_> = sheets.into_iter().cycle().take(once * copies).collect();
    pdf::write(&sheets, papers.first().map_or("", |paper| &paper.title))
}

/// Papers as one workbook: a sheet for each table, and one for what stands around them.
///
/// # Errors
/// [`PaperError`], which is the program's fault.
pub fn to_xlsx(papers: &[Paper]) -> Result<Vec<u8>, PaperError> {
    xlsx::write(papers)
}
