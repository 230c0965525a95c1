//! Receipts: the server's word that something was done under a key, signed, so that a phone settles its outbox weeks later and
//! can show what it was told.
//!
//! A receipt is made anew whenever it is asked for, from the row that its key has left: nothing is stored for it. The keys that
//! sign receipts are of their own purpose and are never taken out of what is published, unless somebody else may have them.

mod kept;
mod model;
mod query;
mod seal;
mod store;

pub use kept::{Kept, creates};
pub use model::{Receipt, ReceiptOutcome, ReceiptProof};
pub use query::ReceiptQuery;
pub use seal::{ReceiptKeys, read_ring};
pub use store::kept_among;
