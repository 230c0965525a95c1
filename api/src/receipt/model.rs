//! Receipts as GraphQL shows them.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

/// What was done under a key.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// Something new was made.
    Created,
    /// Something was changed.
    Applied,
    /// A step of many was done for some of its list.
    AppliedInPart,
}

impl ReceiptOutcome {
    /// As it stands in what is signed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Applied => "APPLIED",
            Self::AppliedInPart => "APPLIED_IN_PART",
        }
    }
}

/// The server's word that something was done under a key of the viewer's own account.
#[derive(SimpleObject)]
pub struct Receipt {
    /// The key.
    pub key: Uuid,
    /// The mutation, such as `createHousehold`.
    pub operation: String,
    /// What was done.
    pub outcome: ReceiptOutcome,
    /// Of a step of many: the places in its list, counted from 0, of what it was not done for. Empty where it was done for all.
    pub not_done: Vec<i32>,
    /// When, by the server's clock.
    pub at: DateTime<FixedOffset>,
    /// Global id of the one record that it made or was about; null where there are many, or where it only changed what the
    /// phone itself named. It may be out of the viewer's sight since.
    pub record_id: Option<ID>,
    /// What holds against anybody else. Null for what was sent before there were receipts, and for mutations that are not done
    /// offline.
    pub proof: Option<ReceiptProof>,
}

/// The server's signature under what was done, which anybody can check without asking the server.
#[derive(SimpleObject)]
pub struct ReceiptProof {
    /// SHA-256 of the input as it was sent, in its canonical form, in hexadecimal digits.
    pub payload_hash: String,
    /// The words that are signed: nine lines.
    pub signed: String,
    /// The Ed25519 signature (RFC 8032) of the words in `signed`, in UTF-8; in base64url without padding.
    pub signature: String,
    /// The name of the key that signed; its public part is at `/.well-known/receipt-keys.json`.
    pub key_id: String,
}
