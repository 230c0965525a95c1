//! Accounts by the page, for the operator: who there is, which posts they hold, when they were last seen.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QuerySelect, QueryTrait};

use super::SignIn;
use crate::id::{AccountId, PostId, UnitId};
use crate::scope::DbError;
use crate::table::{account, post, session};
use crate::vocabulary::Role;

/// Which accounts are wanted, by the posts they hold; all of them where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holding {
    /// A post of this role.
    pub role: Option<Role>,
    /// A post in this very unit.
    pub unit: Option<UnitId>,
}

impl SignIn<'_> {
    /// Accounts that hold such a post at `now`, oldest first, beginning after one of them.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn accounts(
        &self,
        holding: Holding,
        now: DateTime<Utc>,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<account::Model>, DbError> {
        let mut find = self.find::<account::Entity>();
        if let Some(after) = after {
            find = find.filter(account::Column::Id.gt(after));
        }
        if holding != Holding::default() {
            let mut posts = post::Entity::find()
                .select_only()
                .column(post::Column::AccountId)
                .filter(in_force(now));
            if let Some(role) = holding.role {
                posts = posts.filter(post::Column::Role.eq(role));
            }
            if let Some(unit) = holding.unit {
                posts = posts.filter(post::Column::UnitId.eq(unit));
            }
            find = find.filter(account::Column::Id.in_subquery(posts.into_query()));
        }
        find.order_by(account::Column::Id, Order::Asc).limit(limit).all().await
    }

    /// The posts that these accounts hold at `now`, oldest first.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_of_all(&self, accounts: &[AccountId], now: DateTime<Utc>) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{AccountId, Id, ValidFrom};
        self.find::<post::Entity>()
            .filter(AccountId.is_in(accounts.iter().copied()))
            .filter(in_force(now))
            .order_by(ValidFrom, Order::Asc)
            .order_by(Id, Order::Asc)
            .all()
            .await
    }

    /// When each of these accounts was last seen in one of its sessions; those never seen are left out.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn last_seen(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, DateTime<Utc>>, DbError> {
        use session::Column::{AccountId as Account, LastSeenAt};
        let rows = self
            .find::<session::Entity>()
            .filter(Account.is_in(accounts.iter().copied()))
            .greatest(LastSeenAt, Account)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "account_id")?, row.try_get("", "greatest")?)))
            .collect()
    }

    /// The posts with these ids, in force or not.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_by_id(&self, ids: &[PostId]) -> Result<Vec<post::Model>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.find::<post::Entity>()
            .filter(post::Column::Id.is_in(ids.iter().copied()))
            .all()
            .await
    }

    /// Whether an account holds a post, has held one or is to hold one.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn was_ever_appointed(&self, account: AccountId) -> Result<bool, DbError> {
        self.find::<post::Entity>()
            .filter(post::Column::AccountId.eq(account))
            .exists()
            .await
    }
}

/// The posts that give rights at `now`.
pub(super) fn in_force(now: DateTime<Utc>) -> Condition {
    use post::Column::{ValidFrom, ValidUntil};
    let not_over = Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now));
    Condition::all().add(ValidFrom.lte(now)).add(not_over)
}
