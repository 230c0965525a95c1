//! What bytes are, by themselves: neither a name nor a phone's word is believed. Pure.
//!
//! Images are decoded and written anew (`picture`), so nothing that hides behind or inside one lives on. A PDF is kept as
//! it came, because nothing light could write it anew; it must be one from the first byte to the last, hold nothing that
//! acts, and is only ever handed out as a file to be saved.

use entity::vocabulary::{EvidenceFault, EvidenceFormat};

/// How far from its end a PDF says that it ends; readers look no further (ISO 32000-1 annex H.3.4.4).
const END: usize = 1024;
/// The names by which a PDF does something when it is opened or filled in, or holds another file (ISO 32000-1 sections 7.11.4,
/// 12.5.6.15, 12.6.4 and 12.7.8). Short ones such as `JS` are not among them: compressed parts hold any three letters somewhere,
/// and whatever has a short one needs a long one too.
const ACTIVE: [&[u8]; 10] = [
    b"JavaScript",
    b"Rendition",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"FileAttachment",
    b"RichMedia",
    b"SubmitForm",
    b"ImportData",
    b"XFA",
];
/// No name that is looked for is longer than this.
const LONGEST_NAME: usize = 16;

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
        Err(EvidenceFault::FormatMismatch)
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
    let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let mut names = slashes.map(|(at, _)| name(bytes.get(at + 1..).unwrap_or_default()));
    if names.any(|name| ACTIVE.contains(&name.as_slice())) {
        return Err(EvidenceFault::ActiveContent);
    }
    Ok(())
}

/// The name of PDF that begins there, its `#` followed by two digits put as the byte they stand for (ISO 32000-1 section 7.3.5);
/// cut where it is longer than any that is looked for.
fn name(bytes: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(LONGEST_NAME);
    let mut rest = bytes;
    while let ([byte, behind @ ..], true) = (rest, name.len() < LONGEST_NAME) {
        let escaped = match (byte, behind) {
            (b'#', [high, low, behind @ ..]) => digit(*high).zip(digit(*low)).map(|pair| (pair, behind)),
            _ => None,
        };
        if let Some(((high, low), behind)) = escaped {
            name.push(high * 16 + low);
            rest = behind;
        } else if byte.is_ascii_alphanumeric() {
            name.push(*byte);
            rest = behind;
        } else {
            break;
        }
    }
    name
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
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
        assert_eq!(check(PDF, EvidenceFormat::Png), Err(EvidenceFault::FormatMismatch));
        assert_eq!(
            check(b"<html>", EvidenceFormat::Jpeg),
            Err(EvidenceFault::FormatUnknown)
        );
    }

    #[test]
    fn a_pdf_is_whole_and_lies_still() {
        let with = |more: &[u8]| [&PDF[..40], more, &PDF[40..]].concat();
        assert_eq!(check_pdf(PDF), Ok(()));
        // names that somebody may have given, and what compressed parts hold by chance
        for still in [&b"/LaunchPad 1"[..], b"\x00/JS\x9c", b"/#4", b"/#zz"] {
            assert_eq!(check_pdf(&with(still)), Ok(()));
        }
        for active in [
            &b"/JavaScript(app)"[..],
            b"/S /Rendition /JS(app)",
            b"/Launch<<>>",
            b"/EmbeddedFile ",
            b"/J#61vaScript(app)",
            b"/Subtype/FileAttachment/FS<</EF 1 0 R>>",
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
