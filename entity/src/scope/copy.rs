//! What has changed, for copies on phones.

use sea_orm::Condition;
use sea_orm::sea_query::Expr;

use super::{Find, Scope};
use crate::table::record_change;

impl Scope {
    /// A query of what has changed inside the scope, as far as nothing can come to stand before it any more. What a
    /// transaction has changed that is still open, and all that came after it, is left for later.
    pub fn find_settled(&self) -> Find<'_, record_change::Entity> {
        let find = self.find::<record_change::Entity>();
        match self.db.backend.settled() {
            Some(settled) => find.filter(Condition::all().add(Expr::cust(settled))),
            None => find,
        }
    }
}
