//! Trusted documents: an app registers its GraphQL documents when it is released, and its phones send their hashes.
//!
//! A document is known by the SHA-256 of its text, so it is the same for every version of every app that sends it.
//! [`manifest`] reads what build tools write, [`check`] says whether a document can be registered, `store` keeps it with
//! the version of the app, and [`Library`] is where the server finds it. See `api/docs/adr/0018-trusted-documents.md`.

pub mod check;
mod library;
pub mod manifest;
mod store;
mod untrusted;

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

pub use library::{Found, Library};
pub use store::{AddError, Added, Listed, Version, add, all, list, retire};
pub use untrusted::Untrusted;

/// What the id of a document begins with in the draft on persisted documents (GraphQL over HTTP, appendix A).
const PREFIX: &str = "sha256:";

/// SHA-256 of a document's text in UTF-8: its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// The name of a text.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        for (byte, hashed) in bytes.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()) {
            *byte = *hashed;
        }
        Self(bytes)
    }

    /// Reads `sha256:` and 64 hexadecimal digits, or the digits alone; lower case, as the draft says.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text);
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As it is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the draft, appendix A.
    const TEXT: &str = "query($id:ID!){user(id:$id){name}}";
    const HASH: &str = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b";

    #[test]
    fn a_text_has_the_name_that_the_draft_gives_it() {
        assert_eq!(DocumentHash::of(TEXT).to_string(), HASH);
    }

    #[test]
    fn a_name_is_read_with_and_without_its_prefix() {
        let named = DocumentHash::parse(&format!("sha256:{HASH}"));
        assert_eq!(named, Some(DocumentHash::of(TEXT)));
        assert_eq!(DocumentHash::parse(HASH), named);
    }

    #[test]
    fn nothing_else_is_a_name() {
        let upper = HASH.to_uppercase();
        let short = HASH.get(1..).unwrap();
        for wrong in [
            "",
            "sha256:",
            "1",
            &upper,
            short,
            &format!("{HASH}0"),
            &format!("md5:{HASH}"),
            &format!("sha256:{}é", &HASH[2..]),
        ] {
            assert_eq!(DocumentHash::parse(wrong), None, "{wrong}");
        }
    }
}
