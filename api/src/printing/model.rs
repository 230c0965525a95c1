//! Files and their formats as GraphQL shows them.

use async_graphql::{Enum, SimpleObject};

/// A paper to be kept or printed.
#[derive(SimpleObject)]
pub struct PrintedPaper {
    /// What to call the file: small letters without marks, digits and hyphens.
    pub file_name: String,
    /// `application/pdf` or `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`.
    pub media_type: &'static str,
    /// Its size in bytes.
    pub size: i32,
    /// The file in base64 (RFC 4648 section 4).
    pub content: String,
}

/// In which form a paper comes.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperFormat {
    /// A PDF of A4 pages, to be printed and signed.
    Pdf,
    /// A workbook, to be sorted and added up.
    Xlsx,
}

impl PaperFormat {
    /// The media type, as IANA knows it.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The end of a file's name.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A form for a pen.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankForm {
    /// For registering.
    Registration,
    /// For a subject to mark itself.
    ScoreSheet,
    /// For the minutes of the branch meeting.
    Minutes,
}
