//! Joining: how a family's phone comes in. By a code on paper that its branch head has brought (`invitation.rs`), or by a
//! code sent to its telephone (`phone.rs`).
//!
//! An account belongs to no association, its post and household to one, and on PostgreSQL no one transaction writes
//! both. So there are three, in this order: the account, the post with the household, the session. What was begun and
//! not ended leaves an account that can do nothing; the same request sent again finishes the work (`account.rs`).

mod account;
mod input;
mod invitation;
mod join;
mod model;
mod password;
mod phone;
mod query;
mod store;

pub use invitation::InvitationMutation;
pub use join::JoiningMutation;
pub use password::new_password;
pub use query::JoiningQuery;
