//! The door to the data.
//!
//! [`Db`] holds the connections and lends none. A [`Scope`] says for whom, in which association, how far and at what
//! time something is done; every query begins with its tenant and its reach. On `PostgreSQL` the database repeats the
//! tenant test by itself (row-level security): two locks, each of which holds alone.
//!
//! [`CityScope`] reads across associations, but only tables that are [`CityReadable`]: units, counters, targets. A city
//! leader's request has no other door, so it cannot reach a person even by mistake.

mod across;
mod backend;
mod bulk;
mod change;
mod copy;
mod errand;
mod error;
mod find;
mod follow;
pub mod inspect;
mod personal;
mod recount;
mod retention;
mod sign_in;
mod survey;
mod tally;
mod writer;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait};

pub use across::CountedFamilies;
pub use backend::Ear;
use backend::{Backend, Lane};
pub use bulk::Bulk;
pub use change::{Change, Removal};
pub use errand::{Errand, Errands};
pub use error::DbError;
pub use find::Find;
use find::{Source, owned_by};
pub use personal::{Personal, PersonalWriter};
pub use recount::Drift;
pub use retention::least_id_of;
pub use sign_in::{Holding, NewAccount, SignIn};
pub use survey::Survey;
pub use writer::Writer;

use crate::id::{AccountId, PostId, TenantId, UnitId};
use crate::table::tenant;
use crate::vocabulary::{Role, TenantKind};

/// How a `PostgreSQL` session learns its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// By the connection: a small pool per tenant. One round trip a read.
    Connection,
    /// By each transaction: one pool for all, for poolers in transaction mode and for Citus.
    Transaction,
}

/// Where the database is and how much of it may be used.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite:path` or `postgres://host/database`; the user of a `PostgreSQL` URL is replaced by the three roles.
    pub url: String,
    /// The password of the three roles; none where the server asks for none.
    pub role_password: Option<String>,
    /// How the tenant is bound on `PostgreSQL`.
    pub binding: Binding,
    /// `PostgreSQL` connections altogether.
    pub connections: u32,
    /// `PostgreSQL` connections of one tenant.
    pub connections_per_tenant: u32,
    /// The longest a statement may run on `PostgreSQL`.
    pub statement_timeout: Duration,
}

/// A table of a tenant. There is no default: an author must say which column is the tenant and what each reach sees.
pub trait TenantOwned: EntityTrait {
    /// The column with the tenant.
    const TENANT: Self::Column;

    /// The rows a reach sees inside its tenant.
    fn within(reach: &Reach) -> Condition;

    /// Whether a reach may insert this row.
    fn admits(reach: &Reach, row: &Self::Model) -> bool;
}

/// A table of no tenant that every scope may read.
pub trait Shared: EntityTrait {}

/// A shared table whose rows one city association sets for all of its associations.
pub trait CityOwned: Shared {
    /// The column with the city association.
    const CITY: Self::Column;
}

/// A tenant table that the city may read across tenants: never one with personal data.
pub trait CityReadable: TenantOwned {}

/// What reads inside a scope: the scope itself, a transaction of it, or an errand.
pub trait Reads {
    /// A query inside the scope.
    fn find<E: TenantOwned>(&self) -> Find<'_, E>;
}

impl Reads for Scope {
    fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Self::find(self)
    }
}

impl Reads for Writer<'_> {
    fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Self::find(self)
    }
}

impl Reads for Errand {
    fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Self::find(self)
    }
}

/// How far somebody sees inside a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The households this account manages, and what hangs on them.
    Own(AccountId),
    /// One branch.
    Branch(UnitId),
    /// One ward with its branches.
    Ward(UnitId),
    /// The whole association.
    Tenant,
}

/// Who does something, and under which post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person's account.
    pub account: AccountId,
    /// Their name now; journals keep it as it was.
    pub name: String,
    /// Their phone number, E.164: a household with the same one counts as their own.
    pub phone: Option<String>,
    /// The post they act under.
    pub post: PostId,
    /// That post's role.
    pub role: Role,
    /// That post's unit.
    pub unit: UnitId,
}

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
    tenants: Arc<RwLock<HashMap<TenantId, tenant::Model>>>,
    written: follow::Written,
}

impl Db {
    /// Opens the database; on `PostgreSQL` nothing is connected before it is needed.
    ///
    /// # Errors
    /// The URL is wrong, or the `SQLite` file is missing or unreadable.
    pub async fn open(settings: Settings) -> Result<Self, DbError> {
        Ok(Self {
            backend: Arc::new(Backend::open(settings).await?),
            tenants: Arc::default(),
            written: follow::Written::default(),
        })
    }

    /// What is needed before a tenant is known: accounts, posts, keys.
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn::new(self)
    }

    /// How many statements have run since the database was opened; tests hold lists to a fixed number with it.
    pub fn statements(&self) -> u64 {
        self.backend.statements()
    }

    /// An association. Associations are few and do not change, so they are remembered.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<tenant::Model>, DbError> {
        let known = self
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        if known.is_some() {
            return Ok(known);
        }
        self.tenants().await?;
        Ok(self
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned())
    }

    /// All associations, read anew.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn tenants(&self) -> Result<Vec<tenant::Model>, DbError> {
        let rows = Find::<tenant::Entity>::new(Source::Pool(&self.backend, Lane::SignIn), Condition::all())
            .all()
            .await?;
        *self.tenants.write().unwrap_or_else(PoisonError::into_inner) =
            rows.iter().map(|row| (row.id, row.clone())).collect();
        Ok(rows)
    }

    /// The city association, once there is one.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn city(&self) -> Result<Option<tenant::Model>, DbError> {
        Ok(self
            .tenants()
            .await?
            .into_iter()
            .find(|row| row.kind == TenantKind::City))
    }

    /// Closes all connections, after the last request.
    pub async fn close(&self) {
        self.backend.close().await;
    }
}

/// For whom, in which association, how far and when something is done: the only way to a tenant's rows.
///
/// Made by `api::access` from a signed-in viewer and the policy table, and by the operator's commands; a test holds that
/// nobody else calls [`Scope::grant`].
#[derive(Clone)]
pub struct Scope {
    db: Db,
    tenant: TenantId,
    actor: Actor,
    reach: Reach,
    now: DateTime<Utc>,
}

impl Scope {
    /// A scope. Whoever calls this has decided that `actor` may do something in `tenant` as far as `reach`.
    pub fn grant(db: &Db, tenant: TenantId, actor: Actor, reach: Reach, now: DateTime<Utc>) -> Self {
        Self {
            db: db.clone(),
            tenant,
            actor,
            reach,
            now,
        }
    }

    /// The association.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// How far they see.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The one time of this request, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A query inside the scope.
    pub fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(
            Source::Pool(&self.db.backend, Lane::Tenant(self.tenant)),
            owned_by::<E>(self.tenant, &self.reach),
        )
    }

    /// A query of a table that belongs to no tenant.
    pub fn find_shared<E: Shared>(&self) -> Find<'_, E> {
        Find::new(
            Source::Pool(&self.db.backend, Lane::Tenant(self.tenant)),
            Condition::all(),
        )
    }

    /// The association's own row.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn association(&self) -> Result<Option<tenant::Model>, DbError> {
        self.db.tenant(self.tenant).await
    }

    /// Runs `work` in one transaction: committed with its counters when it answers `Ok`, undone when it answers an
    /// error or is dropped half-way.
    ///
    /// # Errors
    /// Whatever `work` answers, or the database's error when beginning or committing.
    pub async fn write<T, E>(&self, work: impl AsyncFnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<DbError>,
    {
        let writer = Writer::begin(self).await?;
        let answer = work(&writer).await?;
        writer.commit().await?;
        Ok(answer)
    }
}

/// The city's view over all associations: units, counters and targets, read only.
#[derive(Clone)]
pub struct CityScope {
    db: Db,
    now: DateTime<Utc>,
}

impl CityScope {
    /// A city scope. Whoever calls this has decided that the viewer may compare all associations.
    pub fn grant(db: &Db, now: DateTime<Utc>) -> Self {
        Self { db: db.clone(), now }
    }

    /// The one time of this request, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A query across all associations.
    pub fn find<E: CityReadable>(&self) -> Find<'_, E> {
        Find::new(Source::Pool(&self.db.backend, Lane::City), Condition::all())
    }

    /// A query of a table that belongs to no tenant.
    pub fn find_shared<E: Shared>(&self) -> Find<'_, E> {
        Find::new(Source::Pool(&self.db.backend, Lane::City), Condition::all())
    }
}

/// Units, counters and targets as somebody sees them: inside one association, or across all.
#[derive(Clone)]
pub enum View {
    /// Inside one association, as far as the scope reaches.
    Tenant(Scope),
    /// The city's view: one association, or all of them.
    City(CityScope, Option<TenantId>),
}

impl View {
    /// A query inside the view.
    pub fn find<E: CityReadable>(&self) -> Find<'_, E> {
        match self {
            Self::Tenant(scope) => scope.find(),
            Self::City(city, None) => city.find(),
            Self::City(city, Some(tenant)) => city.find::<E>().filter(E::TENANT.eq(*tenant)),
        }
    }

    /// A query of a table that belongs to no tenant.
    pub fn find_shared<E: Shared>(&self) -> Find<'_, E> {
        match self {
            Self::Tenant(scope) => scope.find_shared(),
            Self::City(city, _) => city.find_shared(),
        }
    }

    /// The one time of this request, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Tenant(scope) => scope.now,
            Self::City(city, _) => city.now,
        }
    }

    /// How far it sees inside its association.
    pub fn reach(&self) -> &Reach {
        match self {
            Self::Tenant(scope) => &scope.reach,
            Self::City(..) => &Reach::Tenant,
        }
    }

    /// Whether it sees other associations than its own.
    pub fn sees_all(&self) -> bool {
        matches!(self, Self::City(..))
    }

    /// The same view of another association; only the city's can be turned.
    #[must_use]
    pub fn turned_to(&self, tenant: Option<TenantId>) -> Self {
        match self {
            Self::Tenant(_) => self.clone(),
            Self::City(city, _) => Self::City(city.clone(), tenant),
        }
    }
}
