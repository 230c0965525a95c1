//! Why a document is not taken from a client, in words for people and in rules for programs.

/// A document that the server does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrusted {
    /// No document with this hash was registered.
    Unknown,
    /// Every version of an app that sent it is retired.
    Retired,
    /// The server takes registered documents only, and this is a text.
    Text,
}

impl Untrusted {
    /// Each once, for the generated catalogue.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Retired, Self::Text];

    /// `extensions.code`. The one of an unknown document is what Apollo's clients look for.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "PERSISTED_QUERY_NOT_FOUND",
            Self::Retired | Self::Text => "INVALID",
        }
    }

    /// The stable name of the broken rule, for `extensions.rule`.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Unknown => "DOCUMENT_UNKNOWN",
            Self::Retired => "APP_RETIRED",
            Self::Text => "DOCUMENT_NOT_REGISTERED",
        }
    }

    /// What the client is told: Vietnamese when `vi`, English otherwise.
    pub const fn message(self, vi: bool) -> &'static str {
        match (self, vi) {
            // to the letter: some of Apollo's clients compare this word, whatever the language
            (Self::Unknown, _) => "PersistedQueryNotFound",
            (Self::Retired, true) => "Phiên bản ứng dụng này đã ngừng dùng; xin cập nhật ứng dụng",
            (Self::Retired, false) => "This version of the app is retired; please update it",
            (Self::Text, true) => "Máy chủ chỉ nhận câu truy vấn đã đăng ký của ứng dụng; xin cập nhật ứng dụng",
            (Self::Text, false) => "This server takes only documents that an app has registered",
        }
    }
}
