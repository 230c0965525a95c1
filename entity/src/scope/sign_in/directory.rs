//! Accounts by the page, for the operator: who there is, which posts they hold, when they were last seen.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QuerySelect, QueryTrait};

use super::SignIn;
use crate::id::{AccountId, PostId, UnitId};
use crate::scope::DbError;
use crate::table::{account, post, post_event, session};
use crate::vocabulary::{Role, SecurityEventKind};

/// Which accounts are wanted, by the posts they hold; all of them where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// A post of this role.
    pub role: Option<Role>,
    /// A post in one of these units.
    pub units: Option<Vec<UnitId>>,
    /// A post of any kind.
    pub any: bool,
}

impl SignIn<'_> {
    /// Accounts that hold such a post at `now`, oldest first, beginning after one of them.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn accounts(
        &self,
        holding: &Holding,
        now: DateTime<Utc>,
        after: Option<&account::Model>,
        limit: u64,
    ) -> Result<Vec<account::Model>, DbError> {
        let mut find = self.find::<account::Entity>();
        if let Some(after) = after {
            // an id tells nothing of when its account was made
            let same = Condition::all()
                .add(account::Column::CreatedAt.eq(after.created_at))
                .add(account::Column::Id.gt(after.id));
            let beyond = Condition::any().add(account::Column::CreatedAt.gt(after.created_at));
            find = find.filter(beyond.add(same));
        }
        if *holding != Holding::default() {
            let mut posts = post::Entity::find()
                .select_only()
                .column(post::Column::AccountId)
                .filter(in_force(now));
            if let Some(role) = holding.role {
                posts = posts.filter(post::Column::Role.eq(role));
            }
            if let Some(units) = &holding.units {
                posts = posts.filter(post::Column::UnitId.is_in(units.iter().copied()));
            }
            find = find.filter(account::Column::Id.in_subquery(posts.into_query()));
        }
        find.order_by(account::Column::CreatedAt, Order::Asc)
            .order_by(account::Column::Id, Order::Asc)
            .limit(limit)
            .all()
            .await
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

    /// The posts of these accounts that were given to somebody who had the account before, and whom they have not been taken
    /// by, with the name under which they were given. Nobody above such a post is responsible for its holder's account, or
    /// is told its name.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_not_taken(&self, accounts: &[AccountId]) -> Result<HashMap<PostId, String>, DbError> {
        use post_event::Column::{AccountId, AwaitsHolder, Kind};
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self
            .find::<post_event::Entity>()
            .filter(AccountId.is_in(accounts.iter().copied()))
            .filter(Kind.is_in([SecurityEventKind::PostGranted, SecurityEventKind::PostAccepted]))
            .filter(
                Condition::any()
                    .add(AwaitsHolder.eq(true))
                    .add(Kind.eq(SecurityEventKind::PostAccepted)),
            )
            .all()
            .await?;
        let (given, taken): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.awaits_holder);
        let taken: HashSet<Option<PostId>> = taken.into_iter().map(|row| row.post_id).collect();
        let waiting = given.into_iter().filter(|row| !taken.contains(&row.post_id));
        Ok(waiting
            .filter_map(|row| Some((row.post_id?, row.holder_name.unwrap_or_default())))
            .collect())
    }

    /// The names under which these posts were given; none for those of the operator and of families.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn given_names(&self, posts: &[post::Model]) -> Result<HashMap<PostId, String>, DbError> {
        use post_event::Column::{AccountId, Kind, PostId};
        if posts.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self
            .find::<post_event::Entity>()
            .filter(AccountId.is_in(posts.iter().map(|post| post.account_id)))
            .filter(Kind.eq(SecurityEventKind::PostGranted))
            .filter(PostId.is_in(posts.iter().map(|post| post.id)))
            .all()
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.post_id?, row.holder_name?)))
            .collect())
    }

    /// The posts that these accounts hold at `now` or are to hold, oldest first.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_not_over_of_all(
        &self,
        accounts: &[AccountId],
        now: DateTime<Utc>,
    ) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{AccountId, Id, ValidFrom};
        self.find::<post::Entity>()
            .filter(AccountId.is_in(accounts.iter().copied()))
            .filter(not_over(now))
            .order_by(ValidFrom, Order::Asc)
            .order_by(Id, Order::Asc)
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

/// The posts that give rights at `now` or later.
pub(super) fn not_over(now: DateTime<Utc>) -> Condition {
    use post::Column::{ValidFrom, ValidUntil};
    let ends_later = Condition::all()
        .add(ValidUntil.gt(now))
        .add(Expr::col(ValidUntil).gt(Expr::col(ValidFrom)));
    Condition::any().add(ValidUntil.is_null()).add(ends_later)
}

/// The posts that give rights at `now`.
pub(in crate::scope) fn in_force(now: DateTime<Utc>) -> Condition {
    use post::Column::{ValidFrom, ValidUntil};
    let not_over = Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now));
    Condition::all().add(ValidFrom.lte(now)).add(not_over)
}
