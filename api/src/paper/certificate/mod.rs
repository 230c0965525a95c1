//! Certificates: A4 across, one page each, with a code that anybody can check.

mod code;
mod frame;
mod page;

use chrono::NaiveDate;
use entity::vocabulary::LearningModel;

use super::error::PaperError;
use super::pdf;

/// What stands on a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The title.
    pub model: LearningModel,
    /// The programme year.
    pub year: i32,
    /// Whether it is a sample.
    pub sample: bool,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Which reprint it is; 0 for the first print.
    pub reprint: u32,
    /// Who holds it.
    pub holder: String,
    /// Where.
    pub address: String,
    /// The rank, where there are ranks.
    pub rank: Option<String>,
    /// The ward's People's Committee: `Ủy ban nhân dân phường Cửa Nam`.
    pub committee: String,
    /// The number of the decision: `215/QĐ-UBND`.
    pub decision: String,
    /// The day of the decision, and of the certificate.
    pub date: NaiveDate,
    /// Where it was issued.
    pub place: String,
    /// For whom the signer signs, and as what, one line each.
    pub capacity: Vec<String>,
    /// Who signs.
    pub signer: String,
    /// Its number.
    pub number: String,
    /// Where it can be checked, at most 120 characters.
    pub address_to_verify: String,
}

/// The certificates as one PDF, a page each.
///
/// # Errors
/// [`PaperError::Qr`] where an address to verify at is too long for a code; else it is the program's fault.
pub fn certificates(certificates: &[Certificate]) -> Result<Vec<u8>, PaperError> {
    let sheets = certificates.iter().map(page::lay_out).collect::<Result<Vec<_>, _>>()?;
    let title = match certificates {
        [one] => format!("Giấy chứng nhận số {}", one.number),
        _ => "Giấy chứng nhận".to_owned(),
    };
    pdf::write(&sheets, &title)
}

#[cfg(test)]
pub(super) use page::lay_out;
