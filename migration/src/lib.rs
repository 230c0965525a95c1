//! The shape of the database, one change a file, never edited once released.
//!
//! This crate depends on neither `entity` nor `api`: a migration must not change when the code does. It opens its own
//! connection as the owner of the schema and lends it to nobody. On `PostgreSQL` it also makes the three roles the
//! application connects as ([`role`]).

mod city_table;
mod key;
mod m000001_create_account;
mod m000002_create_unit;
mod m000003_create_household;
mod m000004_create_registration;
mod m000005_create_idempotency;
mod m000006_create_session;
mod m000007_add_server_key_signs_from;
mod m000008_create_attempt;
mod m000009_create_second_factor;
mod m000010_create_invitation;
mod m000011_create_post_proposal;
mod m000012_let_answers_expire;
mod m000013_add_account_phone_proven_at;
mod m000014_create_programme_window;
mod m000015_add_registration_late;
mod m000016_create_criteria_set;
mod m000017_create_score_sheet;
mod m000018_create_assessment;
mod m000019_create_certificate;
mod m000020_count_subjects;
mod m000021_create_collective;
mod m000022_create_citizen;
mod m000023_create_outbox;
mod m000024_add_target_measure;
mod m000025_index_papers;
mod m000026_create_trusted_document;
mod m000027_follow_outbox;
mod m000028_add_sent;
mod m000029_create_record_change;
mod m000030_create_evidence;
mod personal;
mod renumber;
pub mod role;
mod table;

use std::time::Duration;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};

pub use key::{Entry, NewKey, Rotation, rotate};

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m000001_create_account::Migration),
            Box::new(m000002_create_unit::Migration),
            Box::new(m000003_create_household::Migration),
            Box::new(m000004_create_registration::Migration),
            Box::new(m000005_create_idempotency::Migration),
            Box::new(m000006_create_session::Migration),
            Box::new(m000007_add_server_key_signs_from::Migration),
            Box::new(m000008_create_attempt::Migration),
            Box::new(m000009_create_second_factor::Migration),
            Box::new(m000010_create_invitation::Migration),
            Box::new(m000011_create_post_proposal::Migration),
            Box::new(m000012_let_answers_expire::Migration),
            Box::new(m000013_add_account_phone_proven_at::Migration),
            Box::new(m000014_create_programme_window::Migration),
            Box::new(m000015_add_registration_late::Migration),
            Box::new(m000016_create_criteria_set::Migration),
            Box::new(m000017_create_score_sheet::Migration),
            Box::new(m000018_create_assessment::Migration),
            Box::new(m000019_create_certificate::Migration),
            Box::new(m000020_count_subjects::Migration),
            Box::new(m000021_create_collective::Migration),
            Box::new(m000022_create_citizen::Migration),
            Box::new(m000023_create_outbox::Migration),
            Box::new(m000024_add_target_measure::Migration),
            Box::new(m000025_index_papers::Migration),
            Box::new(m000026_create_trusted_document::Migration),
            Box::new(m000027_follow_outbox::Migration),
            Box::new(m000028_add_sent::Migration),
            Box::new(m000029_create_record_change::Migration),
            Box::new(m000030_create_evidence::Migration),
        ]
    }
}

/// The tables whose rows are shown as a part of a record, so that changes of them are noted for copies on phones.
pub fn noted_parts() -> impl Iterator<Item = &'static str> {
    let parts = m000029_create_record_change::PARTS.iter();
    let parts = parts.chain([&m000030_create_evidence::PART]);
    parts.map(|part| part.table)
}

/// What went wrong while migrating; the text is the database's own.
#[derive(Debug)]
pub struct Error(DbErr);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Error {}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

/// One migration and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The file's name without its ending.
    pub name: String,
    /// Applied already?
    pub applied: bool,
}

/// Brings the database at `url` up to date; safe to call twice, and by two processes at once.
///
/// On `PostgreSQL` the roles of [`role`] are made first, and `role_password` becomes their password. A `SQLite` file is
/// made when it is missing. Of `keys` those are stored for whose purpose there is none yet, as made at `now` (RFC 3339).
///
/// # Errors
/// The database cannot be reached, or refuses a statement; nothing of a half-done migration stays on `PostgreSQL`.
pub async fn up(url: &str, role_password: Option<&str>, keys: &[NewKey<'_>], now: &str) -> Result<(), Error> {
    let db = connect(url, true).await?;
    let done = up_on(&db, role_password, keys, now).await;
    db.close().await?;
    Ok(done?)
}

/// Brings the database at `url` to the shape it had when the migration `last` was the newest, without any key.
///
/// It is how tests and rehearsals of an upgrade get a database of before; [`up`] then brings it up to date. Nothing is ever
/// taken back: a database that has `last` is refused.
///
/// # Errors
/// As of [`up`], and where no migration of this name is missing.
pub async fn up_to(url: &str, role_password: Option<&str>, last: &str) -> Result<(), Error> {
    let db = connect(url, true).await?;
    let done = up_to_on(&db, role_password, last).await;
    db.close().await?;
    Ok(done?)
}

async fn up_to_on(db: &DatabaseConnection, role_password: Option<&str>, last: &str) -> Result<(), DbErr> {
    prepare(db, role_password).await?;
    let missing = Migrator::get_pending_migrations_read_only(db).await?;
    let steps = (1..).zip(&missing).find(|(_, migration)| migration.name() == last);
    let Some((steps, _)) = steps else {
        return Err(DbErr::Custom(format!("no migration {last} is missing")));
    };
    Migrator::up(db, Some(steps)).await
}

async fn up_on(
    db: &DatabaseConnection,
    role_password: Option<&str>,
    keys: &[NewKey<'_>],
    now: &str,
) -> Result<(), DbErr> {
    prepare(db, role_password).await?;
    Migrator::up(db, None).await?;
    renumber::renumber_where_restored(db).await?;
    for key in keys {
        key::add_if_missing(db, key, now).await?;
    }
    Ok(())
}

/// What must be so before any migration.
async fn prepare(db: &DatabaseConnection, role_password: Option<&str>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        // held until this connection closes: the second of two migrations waits for the first
        db.execute_unprepared("SELECT pg_advisory_lock(hashtext('khuyenhoc migrate'))")
            .await?;
        role::create(db, role_password).await?;
        // a change that waits for a lock makes every request wait behind it: better to give up and be started again
        db.execute_unprepared("SET lock_timeout = '30s'").await?;
    } else {
        db.execute_unprepared("PRAGMA journal_mode = WAL").await?;
    }
    Ok(())
}

/// Every migration, oldest first, with whether the database at `url` has it; changes nothing.
///
/// # Errors
/// The database cannot be reached.
pub async fn status(url: &str) -> Result<Vec<Step>, Error> {
    let db = connect(url, false).await?;
    let pending = Migrator::get_pending_migrations_read_only(&db).await?;
    db.close().await?;
    Ok(Migrator::migrations()
        .iter()
        .map(|migration| Step {
            name: migration.name().to_owned(),
            applied: !pending.iter().any(|open| open.name() == migration.name()),
        })
        .collect())
}

async fn connect(url: &str, create: bool) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.to_owned());
    // one connection: the advisory lock and everything after it must be the same session
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |file| {
        file.create_if_missing(create)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
    });
    Database::connect(options).await
}
