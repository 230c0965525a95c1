//! What is needed before a tenant is known: accounts, posts, the server's keys, the marks of the installation.
//!
//! On `PostgreSQL` these statements run as a role of their own, which cannot see a household.

mod directory;
mod document;
mod queue;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order};

use super::backend::Lane;
use super::find::Source;
use super::{Db, DbError, Find, Personal, PersonalWriter};
use crate::id::{AccountId, SessionId, TenantId, UnitId};
use crate::table::{account, certificate, installation, invitation, post, server_key, session};
use crate::value::{PersonName, PhoneNumber, UserName};
use crate::vocabulary::Role;

pub use directory::Holding;
pub(in crate::scope) use directory::in_force;

/// The most posts read of one account; nobody holds so many in a life.
const MAX_POSTS: u64 = 500;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// Phone number for signing in.
    pub phone: Option<PhoneNumber>,
    /// Whether whoever makes the account knows that the number is this person's.
    pub is_phone_proven: bool,
    /// Name for signing in.
    pub user_name: Option<UserName>,
    /// Argon2id in PHC form.
    pub password_hash: Option<String>,
    /// When it is made.
    pub created_at: DateTime<Utc>,
}

impl From<NewAccount> for account::Model {
    fn from(new: NewAccount) -> Self {
        let proven = new.is_phone_proven && new.phone.is_some();
        Self {
            id: new.id,
            user_name: new.user_name.map(UserName::into_string),
            phone: new.phone.map(PhoneNumber::into_string),
            name: new.name.into_string(),
            password_hash: new.password_hash,
            created_at: new.created_at,
            phone_proven_at: proven.then_some(new.created_at),
            disabled_at: None,
        }
    }
}

/// The door before the tenant; see the module.
pub struct SignIn<'a> {
    db: &'a Db,
}

impl<'a> SignIn<'a> {
    pub(super) fn new(db: &'a Db) -> Self {
        Self { db }
    }

    pub(super) fn find<E: EntityTrait>(&self) -> Find<'a, E> {
        Find::new(Source::Pool(&self.db.backend, Lane::SignIn), Condition::all())
    }

    /// A query of a table of the sign-in role.
    pub fn rows<E: Personal>(&self) -> Find<'a, E> {
        self.find()
    }

    /// Runs `work` in one transaction: committed when it answers `Ok`, undone when it answers an error or is dropped
    /// half-way.
    ///
    /// # Errors
    /// Whatever `work` answers, or the database's error when beginning or committing.
    pub async fn write<T, E>(&self, work: impl AsyncFnOnce(&PersonalWriter) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbError>,
    {
        let writer = PersonalWriter::begin(self.db).await?;
        let answer = work(&writer).await?;
        writer.commit().await?;
        Ok(answer)
    }

    /// The account with this phone number.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn account_by_phone(&self, phone: &PhoneNumber) -> Result<Option<account::Model>, DbError> {
        self.find::<account::Entity>()
            .filter(account::Column::Phone.eq(phone.as_str()))
            .one()
            .await
    }

    /// The account with this user name.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn account_by_user_name(&self, name: &UserName) -> Result<Option<account::Model>, DbError> {
        self.find::<account::Entity>()
            .filter(account::Column::UserName.eq(name.as_str()))
            .one()
            .await
    }

    /// The account with this id.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn account_by_id(&self, id: AccountId) -> Result<Option<account::Model>, DbError> {
        self.find::<account::Entity>()
            .filter(account::Column::Id.eq(id))
            .one()
            .await
    }

    /// The session with this id.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn session_by_id(&self, id: SessionId) -> Result<Option<session::Model>, DbError> {
        self.find::<session::Entity>()
            .filter(session::Column::Id.eq(id))
            .one()
            .await
    }

    /// The posts an account holds at `now`, in all its tenants, oldest first.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_of(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{AccountId, Id, ValidFrom};
        self.find::<post::Entity>()
            .filter(AccountId.eq(account))
            .filter(directory::in_force(now))
            .order_by(ValidFrom, Order::Asc)
            .order_by(Id, Order::Asc)
            .all()
            .await
    }

    /// The posts an account holds, has held or will hold, in all its tenants, oldest first. A history, cut at some length: what
    /// is decided by an account's posts asks [`SignIn::posts_not_over`].
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_ever_of(&self, account: AccountId) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{AccountId, Id, ValidFrom};
        self.find::<post::Entity>()
            .filter(AccountId.eq(account))
            .order_by(ValidFrom, Order::Asc)
            .order_by(Id, Order::Asc)
            .limit(MAX_POSTS)
            .all()
            .await
    }

    /// The posts an account holds at `now` or is to hold, in all its tenants, oldest first. One that was ended before it began
    /// never gives anything.
    ///
    /// # Errors
    /// What the database answers; also when there are more than anybody holds, because what is decided by them must not be
    /// decided by a part.
    pub async fn posts_not_over(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{AccountId, Id, ValidFrom};
        let rows = self
            .find::<post::Entity>()
            .filter(AccountId.eq(account))
            .filter(directory::not_over(now))
            .order_by(ValidFrom, Order::Asc)
            .order_by(Id, Order::Asc)
            .limit(MAX_POSTS.saturating_add(1))
            .all()
            .await?;
        if u64::try_from(rows.len()).is_ok_and(|found| found <= MAX_POSTS) {
            Ok(rows)
        } else {
            Err(DbError::Other(format!(
                "account {account} has more than {MAX_POSTS} posts"
            )))
        }
    }

    /// The posts of some roles that are held at `now` in some units of an association, by role and age, at most
    /// `most`.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn posts_held(
        &self,
        (tenant, units): (TenantId, &[UnitId]),
        roles: &[Role],
        now: DateTime<Utc>,
        most: u64,
    ) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{Id, Role, TenantId, UnitId, ValidFrom, ValidUntil};
        if units.is_empty() || roles.is_empty() {
            return Ok(Vec::new());
        }
        self.find::<post::Entity>()
            .filter(TenantId.eq(tenant))
            .filter(UnitId.is_in(units.iter().copied()))
            .filter(Role.is_in(roles.iter().copied()))
            .filter(ValidFrom.lte(now))
            .filter(Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now)))
            .order_by(Role, Order::Asc)
            .order_by(Id, Order::Asc)
            .limit(most)
            .all()
            .await
    }

    /// The posts of a role in force at `now`, in all associations: in the order of their ids, at most `most`.
    ///
    /// # Errors
    /// The driver's errors.
    pub async fn posts_of_role(&self, role: Role, now: DateTime<Utc>, most: u64) -> Result<Vec<post::Model>, DbError> {
        use post::Column::{Id, Role, ValidFrom, ValidUntil};
        self.find::<post::Entity>()
            .filter(Role.eq(role))
            .filter(ValidFrom.lte(now))
            .filter(Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now)))
            .order_by(Id, Order::Asc)
            .limit(most)
            .all()
            .await
    }

    /// The invitation whose code has this hash, of whatever association.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn invitation_by_hash(&self, hash: &[u8]) -> Result<Option<invitation::Model>, DbError> {
        self.find::<invitation::Entity>()
            .filter(invitation::Column::CodeHash.eq(hash.to_vec()))
            .one()
            .await
    }

    /// The certificate with this code: whoever has the paper is of no association yet.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn certificate_by_code(&self, code: &str) -> Result<Option<certificate::Model>, DbError> {
        self.find::<certificate::Entity>()
            .filter(certificate::Column::Code.eq(code))
            .one()
            .await
    }

    /// The server's keys for one purpose, newest first.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn server_keys(&self, purpose: &str) -> Result<Vec<server_key::Model>, DbError> {
        self.find::<server_key::Entity>()
            .filter(server_key::Column::Purpose.eq(purpose))
            .order_by(server_key::Column::CreatedAt, Order::Desc)
            .order_by(server_key::Column::Id, Order::Desc)
            .all()
            .await
    }

    /// A mark of the installation.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn mark(&self, name: &str) -> Result<Option<String>, DbError> {
        let mark = self
            .find::<installation::Entity>()
            .filter(installation::Column::Name.eq(name))
            .one()
            .await?;
        Ok(mark.map(|row| row.value))
    }

    /// Sets a mark of the installation that has none of this name yet.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn set_mark(&self, name: &str, value: &str) -> Result<(), DbError> {
        let row = installation::Model {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        self.write(async |tx: &PersonalWriter| tx.insert::<installation::Entity>([row]).await)
            .await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`DbError::Unique`] when the phone number or the user name is taken, else what the database answers.
    pub async fn create_account(&self, new: NewAccount) -> Result<(), DbError> {
        self.create_accounts(vec![new]).await
    }

    /// Makes accounts with one statement.
    ///
    /// # Errors
    /// As [`SignIn::create_account`]; then none is made.
    pub async fn create_accounts(&self, new: Vec<NewAccount>) -> Result<(), DbError> {
        let rows = new.into_iter().map(account::Model::from);
        self.write(async |tx: &PersonalWriter| tx.insert::<account::Entity>(rows).await)
            .await
    }

    /// Replaces an account's password hash, if it still is `old`.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn replace_password_hash(&self, id: AccountId, old: Option<&str>, new: &str) -> Result<(), DbError> {
        let unchanged = match old {
            Some(old) => account::Column::PasswordHash.eq(old),
            None => account::Column::PasswordHash.is_null(),
        };
        self.write(async |tx: &PersonalWriter| {
            let change = tx.update::<account::Entity>().set(account::Column::PasswordHash, new);
            change
                .filter(account::Column::Id.eq(id))
                .filter(unchanged)
                .run()
                .await?;
            Ok(())
        })
        .await
    }
}
