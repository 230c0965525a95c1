//! The second factor: codes from an authenticator app (`totp`), recovery codes for the day that app is gone (`code`),
//! and proving anew, inside a session, who one is.
//!
//! Which roles need one is said beside the policy (`access::policy::SECOND_FACTOR`). Nothing here acts under a post, so a
//! new officer can enrol with a password alone.

mod code;
mod input;
mod model;
mod mutation;
mod other;
mod seal;
mod store;
mod totp;

pub use code::Code;
pub use model::SecondFactorObject;
pub use mutation::SecondFactorMutation;
pub use seal::Sealer;
pub use store::{Claimant, Verdict, admit, in_force, is_in_force, note_password, prove, take_away};
