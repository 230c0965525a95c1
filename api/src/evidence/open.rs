//! Handing a file out by its link: whoever the link was made for, as far as they reach now.

use entity::id::TenantId;
use entity::vocabulary::{EvidenceFormat, EvidenceState};

use super::link::{Link, View};
use super::store;
use crate::access::Permission;
use crate::access::context::scope_of;
use crate::access::viewer::SignedIn;
use crate::app::App;
use crate::depot::{Flow, Part};
use crate::error::{Error, Result};
use crate::request::RequestInfo;

/// A file that is handed out.
pub struct Opened {
    /// What to call it.
    pub file_name: String,
    /// What it is.
    pub media_type: &'static str,
    /// Whether it may be shown where it is asked for: a picture that the server made itself.
    pub shown: bool,
    /// Bytes.
    pub length: u64,
    /// The bytes.
    pub flow: Flow,
}

/// The file of a link.
///
/// # Errors
/// NOT_FOUND, alike for a link that is over, changed or somebody else's, for a session that has ended, a post that is over
/// and a file that is gone; what database and store answer.
pub async fn open(app: &App, request: &RequestInfo, link: &str) -> Result<Opened> {
    let link = Link::opened(&app.codes, link, request.now).ok_or(Error::NotFound)?;
    let person = SignedIn::of_session(app, (link.account, link.session), link.post, request.now).await;
    let person = person.map_err(quiet)?;
    let scope = scope_of(app, request, &person, Permission::RegistrationRead, link.tenant).map_err(quiet)?;
    let row = store::evidence_by_id(&scope, link.evidence).await?;
    if row.state != EvidenceState::Checked {
        return Err(Error::NotFound);
    }
    let part = match (link.view, row.format) {
        (View::Whole, _) => Part::Whole,
        (View::Thumbnail, EvidenceFormat::Pdf) => return Err(Error::NotFound),
        (View::Thumbnail, _) => Part::Thumbnail,
    };
    let owner: (TenantId, _) = (row.tenant_id, row.id);
    let (length, flow) = app.evidence.depot.stream(owner, part).await?.ok_or(Error::NotFound)?;
    Ok(Opened {
        file_name: name_of(&row.file_name, row.format),
        media_type: match row.format {
            EvidenceFormat::Pdf => "application/pdf",
            EvidenceFormat::Jpeg | EvidenceFormat::Png | EvidenceFormat::Webp => "image/jpeg",
        },
        shown: part == Part::Thumbnail,
        length,
        flow,
    })
}

/// Why somebody may not is nobody's business who has only a link.
fn quiet(error: Error) -> Error {
    match error {
        Error::Unavailable(_) | Error::Internal(_) => error,
        _ => Error::NotFound,
    }
}

/// The phone's name with the ending of what the file is now.
fn name_of(name: &str, format: EvidenceFormat) -> String {
    let ending = match format {
        EvidenceFormat::Pdf => "pdf",
        EvidenceFormat::Jpeg | EvidenceFormat::Png | EvidenceFormat::Webp => "jpg",
    };
    let stem = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 5 => stem,
        _ => name,
    };
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_what_the_file_is() {
        for (name, format, expected) in [
            ("Giấy khen.png", EvidenceFormat::Png, "Giấy khen.jpg"),
            ("giay-khen.exe", EvidenceFormat::Pdf, "giay-khen.pdf"),
            (".png", EvidenceFormat::Png, ".png.jpg"),
            ("Năm 2026. Lớp 5", EvidenceFormat::Webp, "Năm 2026. Lớp 5.jpg"),
        ] {
            assert_eq!(name_of(name, format), expected);
        }
    }
}
