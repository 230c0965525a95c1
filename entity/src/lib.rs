//! What the data is, and the only door to it.
//!
//! - [`id`]: one type of id per table.
//! - [`value`]: parsed values; what has one of these types has been checked.
//! - [`vocabulary`]: the closed lists of words.
//! - [`table`]: what a row is, and how far each reach sees.
//! - [`scope`]: the door. No connection ever leaves it; without a [`scope::Scope`] there is no way to a tenant's row.
//!
//! `api` has no dependency on the data mapper, so an unscoped query does not compile there. [`query`] holds the few
//! words a filter needs.

pub mod id;
pub mod scope;
pub mod table;
pub mod value;
pub mod vocabulary;

/// The words of a filter: columns, conditions, orders. No connection, no entity finder.
pub mod query {
    pub use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
    pub use sea_orm::{ColumnTrait, Condition, Order};
}
