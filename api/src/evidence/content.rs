//! What bytes are, by themselves: neither a name nor a phone's word is believed. Pure.
//!
//! Images are decoded and written anew (`picture`), so nothing that hides behind or inside one lives on. A PDF is kept as
//! it came, because nothing light could write it anew; it must be one from the first byte to the last, hold nothing that
//! acts, and is only ever handed out as a file to be saved.

use entity::vocabulary::{EvidenceFault, EvidenceFormat};

/// How far from its end a PDF says that it ends; readers look no further (ISO 32000-1 annex H.3.4.4).
const END: usize = 1024;
/// What makes a PDF do something when it is opened, or holds another file.
const ACTIVE: [&[u8]; 5] = [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia"];

/// The format that bytes begin like; none where it is not one that is taken.
pub fn format(bytes: &[u8]) -> Option<EvidenceFormat> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(EvidenceFormat::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(EvidenceFormat::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(EvidenceFormat::Webp)
    } else if bytes.starts_with(b"%PDF-") {
        Some(EvidenceFormat::Pdf)
    } else {
        None
    }
}

/// The format of bytes, which were said to be of one.
///
/// # Errors
/// Why they are not.
pub fn check(bytes: &[u8], said: EvidenceFormat) -> Result<EvidenceFormat, EvidenceFault> {
    let found = format(bytes).ok_or(EvidenceFault::FormatUnknown)?;
    if found == said {
        Ok(found)
    } else {
        Err(EvidenceFault::FormatOtherwise)
    }
}

/// Whether a PDF is whole and lies still.
///
/// # Errors
/// `DAMAGED` without its end or with more behind it, `ACTIVE_CONTENT`.
pub fn check_pdf(bytes: &[u8]) -> Result<(), EvidenceFault> {
    let tail = bytes.get(bytes.len().saturating_sub(END)..).unwrap_or_default();
    let end = last(tail, b"%%EOF").ok_or(EvidenceFault::Damaged)?;
    let behind = tail.get(end + 5..).unwrap_or_default();
    if !behind.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) || last(bytes, b"startxref").is_none() {
        return Err(EvidenceFault::Damaged);
    }
    if ACTIVE.iter().any(|name| holds_name(bytes, name)) {
        return Err(EvidenceFault::ActiveContent);
    }
    Ok(())
}

/// Whether a name of PDF stands there, and not only the beginning of a longer one.
fn holds_name(bytes: &[u8], name: &[u8]) -> bool {
    let is_name = |window: &[u8]| {
        let after = window.get(name.len());
        window.starts_with(name) && after.is_none_or(|byte| !byte.is_ascii_alphanumeric())
    };
    (0..bytes.len()).any(|at| {
        bytes
            .get(at..)
            .is_some_and(|rest| rest.first() == Some(&b'/') && is_name(rest))
    })
}

fn last(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).rposition(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nstartxref\n9\n%%EOF\n";

    #[test]
    fn a_format_is_told_by_its_bytes() {
        for (bytes, expected) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some(EvidenceFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\nrest", Some(EvidenceFormat::Png)),
            (b"RIFF\0\0\0\0WEBPrest", Some(EvidenceFormat::Webp)),
            (PDF, Some(EvidenceFormat::Pdf)),
            (b"<html><script>", None),
            (b"GIF89a", None),
            (b"\0\0\0\x18ftypheic", None),
            (b" %PDF-1.4", None),
            (b"", None),
        ] {
            assert_eq!(format(bytes), expected, "{bytes:?}");
        }
        assert_eq!(check(PDF, EvidenceFormat::Pdf), Ok(EvidenceFormat::Pdf));
        assert_eq!(check(PDF, EvidenceFormat::Png), Err(EvidenceFault::FormatOtherwise));
        assert_eq!(
            check(b"<html>", EvidenceFormat::Jpeg),
            Err(EvidenceFault::FormatUnknown)
        );
    }

    #[test]
    fn a_pdf_is_whole_and_lies_still() {
        let with = |more: &[u8]| [&PDF[..40], more, &PDF[40..]].concat();
        assert_eq!(check_pdf(PDF), Ok(()));
        // `/JSFont` is a name that somebody may have given
        assert_eq!(check_pdf(&with(b"/JSFont 1")), Ok(()));
        for active in [
            &b"/JavaScript(app)"[..],
            b"/S /JS(app)",
            b"/Launch<<>>",
            b"/EmbeddedFile ",
        ] {
            assert_eq!(check_pdf(&with(active)), Err(EvidenceFault::ActiveContent));
        }
        assert_eq!(check_pdf(b"%PDF-1.4\nstartxref"), Err(EvidenceFault::Damaged));
        assert_eq!(check_pdf(b"%PDF-1.4\n%%EOF"), Err(EvidenceFault::Damaged));
        // an archive or a page behind the end
        assert_eq!(check_pdf(&[PDF, b"PK\x03\x04"].concat()), Err(EvidenceFault::Damaged));
        assert_eq!(check_pdf(&[PDF, &[b'x'; 2000]].concat()), Err(EvidenceFault::Damaged));
    }
}
