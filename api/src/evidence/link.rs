//! Links to files: for one person, one session, one post and one file, for five minutes. Pure.
//!
//! A link carries no right of its own. It says who asked for it, and that person's session, post and reach are looked at
//! again when it is used; so it is of no use to a session that has ended or to a post that is over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AccountId, EvidenceId, PostId, SessionId, TenantId};
use uuid::Uuid;

use crate::code::{Codes, same};

/// How long a link holds.
pub const LIFE: TimeDelta = TimeDelta::minutes(5);
/// What sets its signature apart from all others of the same key.
const PURPOSE: &str = "evidence link";
/// Bytes of an id.
const ID: usize = 16;

/// Which picture of a file a link gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The file.
    Whole,
    /// The small picture, to be shown.
    Thumbnail,
}

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The file's association.
    pub tenant: TenantId,
    /// The file.
    pub evidence: EvidenceId,
    /// For whom.
    pub account: AccountId,
    /// In which session.
    pub session: SessionId,
    /// Under which post.
    pub post: PostId,
    /// Which picture.
    pub view: View,
    /// Until when, in whole seconds.
    pub until: DateTime<Utc>,
}

impl Link {
    /// The link as it stands in an address.
    pub fn sealed(&self, codes: &Codes) -> String {
        let mut bytes = Vec::with_capacity(5 * ID + 9);
        for id in [
            self.tenant.0,
            self.evidence.0,
            self.account.0,
            self.session.0,
            self.post.0,
        ] {
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.push(u8::from(self.view == View::Thumbnail));
        bytes.extend_from_slice(&self.until.timestamp().to_be_bytes());
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let signature = signature(codes, &text);
        format!("{text}.{signature}")
    }

    /// What a link says; none where it is not ours, was changed, or is over at this moment.
    pub fn opened(codes: &Codes, link: &str, now: DateTime<Utc>) -> Option<Self> {
        let (text, given) = link.split_once('.')?;
        if !same(&signature(codes, text), given) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut ids = bytes.chunks(ID).map(Uuid::from_slice);
        let mut id = || ids.next()?.ok();
        let (tenant, evidence, account, session, post) = (id()?, id()?, id()?, id()?, id()?);
        let (view, until) = bytes.get(5 * ID..)?.split_first()?;
        let until = DateTime::from_timestamp(i64::from_be_bytes(until.try_into().ok()?), 0)?;
        (now < until).then_some(Self {
            tenant: tenant.into(),
            evidence: evidence.into(),
            account: account.into(),
            session: session.into(),
            post: post.into(),
            view: if *view == 1 { View::Thumbnail } else { View::Whole },
            until,
        })
    }
}

fn signature(codes: &Codes, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(codes.hash(PURPOSE, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        let id = Uuid::from_u128;
        Link {
            tenant: id(1).into(),
            evidence: id(2).into(),
            account: id(3).into(),
            session: id(4).into(),
            post: id(5).into(),
            view: View::Thumbnail,
            until: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn a_link_holds_as_it_was_made_until_its_end() {
        let codes = Codes::new(&[7; 32]);
        let (link, sealed) = (link(), link().sealed(&codes));
        let before = link.until - TimeDelta::seconds(1);
        assert_eq!(Link::opened(&codes, &sealed, before), Some(link));
        assert_eq!(Link::opened(&codes, &sealed, link.until), None);
        assert_eq!(Link::opened(&Codes::new(&[8; 32]), &sealed, before), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Link::opened(&codes, &changed, before), None, "{changed}");
        }
        for wrong in ["", ".", "x", "x.y"] {
            assert_eq!(Link::opened(&codes, wrong, before), None);
        }
    }
}
