//! Certificates: issued with the decision that recognises, numbered without gaps for each ward and year, and verified by
//! anybody who holds the paper.
//!
//! A certificate keeps what its paper shows as it was when it was issued: a reprint is the same paper, whatever has changed
//! since. Its code is random and on the paper only; `GET /verify/CODE` answers whoever has it, and says no more than the
//! paper does, and whether it still holds.

mod input;
mod model;
mod mutation;
mod store;
pub mod verify;

pub use model::{Certificate, number, number_of};
pub use mutation::CertificateMutation;
pub use store::{certificates_of, issue, revoke};
