//! Evidence (minh chứng): photos and papers that show what a score sheet says.
//!
//! The record comes first and never waits for a file. A phone tells of a file with its size and hash, long before or
//! after the sheet is signed, and its bytes come later, piece by piece, over a line that breaks: `http::upload` takes
//! them in the way of tus 1.0. When the last is there the bytes are looked at ([`content`]) and photos are written anew
//! ([`picture`]); what is handed out goes by a link of five minutes for one person (`link`).
//! `api/docs/adr/0022-evidence.md` says why it is so.

pub mod content;
mod desk;
mod input;
mod link;
mod model;
mod mutation;
mod open;
pub mod picture;
mod receive;
mod store;

pub use desk::{Desk, Turn};
pub use input::{BeginUploadInput, RemoveEvidenceInput};
pub use model::Evidence;
pub use mutation::{BeginUploadPayload, EvidenceMutation, RemoveEvidencePayload, begin_upload, remove_evidence};
pub use open::{Opened, open};
pub use receive::{Examined, PATIENCE, Standing, Taken, examine, settled, standing, take};
pub use store::{evidence_by_id, evidence_of, hold};
