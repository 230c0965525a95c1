//! Evidence as GraphQL shows it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::evidence;
use entity::value::Language;
use entity::vocabulary;

use super::link::{LIFE, Link, View};
use super::receive::expires_at;
use crate::access::Access;
use crate::account::Role;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};

/// What a file of evidence is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::EvidenceFormat")]
pub enum EvidenceFormat {
    /// `image/jpeg`, what the cameras of telephones make.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/webp`.
    Webp,
    /// `application/pdf`.
    Pdf,
}

/// Where a file of evidence stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceState {
    /// Its bytes are not all here; they are waited for until `upload.expiresAt`.
    WaitingForBytes,
    /// Its bytes are all here and being looked at.
    Received,
    /// It is what it was said to be, and can be fetched.
    Checked,
    /// It cannot be taken; `refusal` says why. It goes away by itself after thirty days.
    Refused,
}

/// Why a file cannot be taken.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::EvidenceFault")]
pub enum EvidenceFault {
    /// The bytes have another SHA-256 than was told: send the file again, as a new one.
    HashMismatch,
    /// The bytes are none of the formats that are taken.
    FormatUnknown,
    /// The bytes are of another format than was told.
    FormatMismatch,
    /// The file cannot be read to its end.
    Damaged,
    /// The image has more than forty million pixels.
    TooManyPixels,
    /// It came in more than a thousand pieces.
    TooManyPieces,
    /// The PDF holds a program, another file or something that starts one.
    ActiveContent,
}

/// Why a file cannot be taken, for program and person.
#[derive(SimpleObject)]
pub struct EvidenceRefusal {
    /// The reason.
    pub reason: EvidenceFault,
    /// The reason as a sentence for the person.
    pub message: &'static str,
}

/// Where the bytes of a file go.
#[derive(SimpleObject)]
pub struct EvidenceUpload {
    /// Where they go by the protocol tus 1.0, with the token of the session; to be resolved against the server's
    /// origin.
    pub url: String,
    /// How many bytes are here already.
    pub offset: i32,
    /// Until when the rest is waited for.
    pub expires_at: DateTime<FixedOffset>,
}

/// Where a file can be fetched.
#[derive(SimpleObject)]
pub struct EvidenceDownload {
    /// The file, to be saved; to be resolved against the server's origin. It is asked for without a token and holds
    /// for this session only.
    pub url: String,
    /// A picture of at most 320 pixels, to be shown in a list; null for a PDF.
    pub thumbnail_url: Option<String>,
    /// Until when both hold; ask again for others.
    pub expires_at: DateTime<FixedOffset>,
}

/// A photo or paper that shows something of a registration.
pub struct Evidence(pub evidence::Model);

/// A photo or paper that shows something of a registration. The server keeps of a photo its pixels alone, as JPEG of at most
/// 2,000 pixels a side: not where and when it was taken.
#[Object]
impl Evidence {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::Evidence, self.0.tenant_id, self.0.id.0)
    }

    /// Code of the indicator it is for; null where it is for the whole.
    async fn indicator(&self) -> Option<&str> {
        self.0.indicator.as_deref()
    }

    /// What the phone called the file.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// What the phone said it is.
    async fn format(&self) -> EvidenceFormat {
        self.0.format.into()
    }

    /// Bytes, as the phone said.
    async fn size(&self) -> i32 {
        self.0.size
    }

    /// SHA-256 of the bytes that the phone has, in hexadecimal digits.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Where it stands.
    async fn state(&self) -> EvidenceState {
        match self.0.state {
            vocabulary::EvidenceState::WaitingForBytes => EvidenceState::WaitingForBytes,
            vocabulary::EvidenceState::Received => EvidenceState::Received,
            vocabulary::EvidenceState::Checked => EvidenceState::Checked,
            // what was removed is not read; were it, nobody could fetch it
            vocabulary::EvidenceState::Refused | vocabulary::EvidenceState::Removed => EvidenceState::Refused,
        }
    }

    /// Why it cannot be taken; null unless it is REFUSED.
    async fn refusal(&self, ctx: &Context<'_>) -> Option<EvidenceRefusal> {
        let reason = self.0.fault?;
        Some(EvidenceRefusal {
            reason: reason.into(),
            message: sentence(reason, ctx.request().language),
        })
    }

    /// Name of who added it.
    async fn actor_name(&self) -> &str {
        &self.0.actor_name
    }

    /// The role of who added it.
    async fn actor_role(&self) -> Role {
        self.0.role.into()
    }

    /// When it was added.
    async fn added_at(&self) -> DateTime<FixedOffset> {
        self.0.created_at.with_timezone(&HANOI)
    }

    /// Where its bytes go; null unless it is WAITING_FOR_BYTES.
    async fn upload(&self) -> Option<EvidenceUpload> {
        (self.0.state == vocabulary::EvidenceState::WaitingForBytes).then(|| EvidenceUpload {
            url: format!(
                "/uploads/{}",
                encode(NodeKind::Evidence, self.0.tenant_id, self.0.id.0).0
            ),
            offset: self.0.received,
            expires_at: expires_at(&self.0).with_timezone(&HANOI),
        })
    }

    /// Where it can be fetched; null unless it is CHECKED.
    async fn download(&self, ctx: &Context<'_>) -> Option<EvidenceDownload> {
        if self.0.state != vocabulary::EvidenceState::Checked {
            return None;
        }
        // whoever has read the row has both
        let viewer = ctx.viewer().ok()?;
        let (post, codes) = (viewer.acting().ok()?, &ctx.app().codes);
        let link = Link {
            tenant: self.0.tenant_id,
            evidence: self.0.id,
            account: viewer.account,
            session: viewer.session.id,
            post: post.id,
            view: View::Whole,
            until: ctx.request().now + LIFE,
        };
        let address = |view| format!("/files/{}", Link { view, ..link }.sealed(codes));
        let is_photo = self.0.format != vocabulary::EvidenceFormat::Pdf;
        Some(EvidenceDownload {
            url: address(View::Whole),
            thumbnail_url: is_photo.then(|| address(View::Thumbnail)),
            expires_at: link.until.with_timezone(&HANOI),
        })
    }
}

fn sentence(fault: vocabulary::EvidenceFault, language: Language) -> &'static str {
    use vocabulary::EvidenceFault as Fault;
    let (vi, en) = match fault {
        Fault::HashMismatch => (
            "Tệp đến nơi không nguyên vẹn; xin gửi lại.",
            "The file did not arrive as it was sent; please send it again.",
        ),
        Fault::FormatUnknown => (
            "Chỉ nhận ảnh JPEG, PNG, WebP và tệp PDF; xin chụp lại hoặc đổi định dạng.",
            "Only JPEG, PNG and WebP images and PDF are taken; please take the photo again or convert it.",
        ),
        Fault::FormatMismatch => (
            "Nội dung tệp không đúng loại đã báo; xin chọn lại tệp.",
            "The file is of another kind than was said; please choose it again.",
        ),
        Fault::Damaged => (
            "Tệp bị hỏng, không mở được; xin chụp hoặc xuất lại.",
            "The file is damaged and cannot be opened; please make it again.",
        ),
        Fault::TooManyPixels => (
            "Ảnh quá lớn (trên 40 triệu điểm ảnh); xin chụp ở độ phân giải thường.",
            "The image has more than 40 million pixels; please take it at the ordinary resolution.",
        ),
        Fault::TooManyPieces => (
            "Đường truyền quá yếu, tệp bị chia quá nhỏ; xin gửi lại khi mạng tốt hơn.",
            "The file came in too many small pieces; please send it again on a better line.",
        ),
        Fault::ActiveContent => (
            "Tệp PDF có mã chạy hoặc tệp đính kèm; xin in ra PDF thường rồi gửi lại.",
            "The PDF holds a program or another file; please print it to a plain PDF and send that.",
        ),
    };
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}
