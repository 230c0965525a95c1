//! Why a paper could not be made.

/// A paper could not be made. None of it is the fault of who asks: it is the program's.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The typeface that comes with the program cannot be read.
    #[error("the typeface of the papers cannot be read")]
    Typeface,
    /// The PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    /// The workbook could not be written.
    ///
    /// Its cause may quote what was to be written, such as the name of a sheet: it is not shown, and so not logged.
    #[error("the workbook could not be written")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The verification address does not fit a code.
    #[error("the verification address does not fit a QR code: {0}")]
    Qr(#[from] qrcode::types::QrError),
}
