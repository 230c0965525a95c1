//! The families of clans, also across associations.
//!
//! A clan is at home in one association, and its families may belong to others. A family is entered into the clan by those
//! who answer for the family, in the family's own association; the row stays there. What crosses the border is a number,
//! and only by the leave of the association that has the families ([`clan_grant`](entity::table::clan_grant)): how many
//! families of the clan it has, and how many of them are recognised in a year. The clan's own association asks for it when
//! it wants to know (`countClanFamilies`) and keeps the answer with its date.

mod input;
mod model;
mod mutation;
mod query;
mod store;

pub use model::ClanFigures;
pub use mutation::ClanMutation;
pub use query::{families, figures};
pub use store::{Reached, reached_by_clans};
