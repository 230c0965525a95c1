//! Words for evidence: photos and papers.

use sea_orm::{DeriveActiveEnum, EnumIter};

words! {
    /// What a file of evidence is.
    EvidenceFormat {
        /// `image/jpeg`.
        Jpeg = "JPEG",
        /// `image/png`.
        Png = "PNG",
        /// `image/webp`.
        Webp = "WEBP",
        /// `application/pdf`.
        Pdf = "PDF",
    }
    /// Where a file of evidence stands.
    EvidenceState {
        /// Its bytes are not all here.
        WaitingForBytes = "WAITING_FOR_BYTES",
        /// Its bytes are all here and being looked at.
        Received = "RECEIVED",
        /// It is what it was said to be.
        Checked = "CHECKED",
        /// It cannot be taken.
        Refused = "REFUSED",
        /// It was taken away, or never came: shown to nobody, and removed with its bytes.
        Removed = "REMOVED",
    }
    /// Why a file cannot be taken.
    EvidenceFault {
        /// The bytes have another SHA-256 than was told.
        HashMismatch = "HASH_MISMATCH",
        /// The bytes are none of the formats that are taken.
        FormatUnknown = "FORMAT_UNKNOWN",
        /// The bytes are of another format than was told; stored by the word FORMAT_OTHERWISE.
        FormatMismatch = "FORMAT_OTHERWISE",
        /// The file cannot be read to its end.
        Damaged = "DAMAGED",
        /// The image has more pixels than are taken.
        TooManyPixels = "TOO_MANY_PIXELS",
        /// It came in more pieces than are taken.
        TooManyPieces = "TOO_MANY_PIECES",
        /// The PDF holds a program, another file or something that starts one.
        ActiveContent = "ACTIVE_CONTENT",
    }
}
