//! Keys of the server: made by their caller, written by the owner only. The application's roles read them.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait, Value,
};
use uuid::Uuid;

use crate::{Error, connect};

/// A key to be kept.
pub struct NewKey<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// What it is for.
    pub purpose: &'a str,
    /// The key itself.
    pub secret: &'a [u8],
}

/// What the security journal is to say of a rotation.
pub struct Entry<'a> {
    /// Its id.
    pub id: Uuid,
    /// What happened, as the journal writes it.
    pub kind: &'a str,
    /// A word more.
    pub detail: &'a str,
}

/// The key that is to come into a ring, and those that are to leave it.
pub struct Rotation<'a> {
    /// The new key.
    pub key: NewKey<'a>,
    /// From when it signs (RFC 3339).
    pub signs_from: &'a str,
    /// The keys of the same purpose that are removed.
    pub removed: &'a [Uuid],
    /// Whether a key that waits for its time stands in the way of another.
    pub one_at_a_time: bool,
    /// The line in the journal.
    pub entry: Entry<'a>,
}

/// Puts a key into the ring of its purpose, as made at `now` (RFC 3339), removes others and says so in the security
/// journal: all of it or nothing. `false` when another key waits for its time and only one may.
///
/// # Errors
/// The database cannot be reached, refuses a statement, or lacks a migration.
pub async fn rotate(url: &str, rotation: &Rotation<'_>, now: &str) -> Result<bool, Error> {
    let db = connect(url, false).await?;
    let done = rotate_on(&db, rotation, now).await;
    db.close().await?;
    Ok(done?)
}

async fn rotate_on(db: &DatabaseConnection, rotation: &Rotation<'_>, now: &str) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Postgres {
        // held until this connection closes: of two rotations the second sees what the first has done
        db.execute_unprepared("SELECT pg_advisory_lock(hashtext('khuyenhoc keys'))")
            .await?;
    }
    let transaction = db.begin().await?;
    let key = &rotation.key;
    let moment = moment(backend);
    let run = async |sql: &str, values: Vec<Value>| {
        let statement = Statement::from_sql_and_values(backend, sql, values);
        transaction.execute_raw(statement).await
    };
    let insert = format!(
        "INSERT INTO server_key (id, purpose, secret, created_at, signs_from) \
         SELECT $1, $2, $3, CAST($4 AS {moment}), CAST($5 AS {moment}) WHERE $6 = 0 OR NOT EXISTS \
         (SELECT 1 FROM server_key WHERE purpose = $2 AND signs_from > CAST($4 AS {moment}))"
    );
    let values = vec![
        key.id.into(),
        key.purpose.into(),
        key.secret.to_vec().into(),
        now.into(),
        rotation.signs_from.into(),
        i32::from(rotation.one_at_a_time).into(),
    ];
    let inserted = run(&insert, values).await?;
    if inserted.rows_affected() == 0 {
        transaction.rollback().await?;
        return Ok(false);
    }
    for id in rotation.removed {
        let values = vec![(*id).into(), key.purpose.into()];
        run("DELETE FROM server_key WHERE id = $1 AND purpose = $2", values).await?;
    }
    let entry = &rotation.entry;
    let tell = format!("INSERT INTO security_event (id, kind, at, detail) VALUES ($1, $2, CAST($3 AS {moment}), $4)");
    let values = vec![entry.id.into(), entry.kind.into(), now.into(), entry.detail.into()];
    run(&tell, values).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Keeps a key as made at `now` (RFC 3339), unless there is one of its purpose already.
pub(crate) async fn add_if_missing(db: &DatabaseConnection, key: &NewKey<'_>, now: &str) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let moment = moment(backend);
    let sql = format!(
        "INSERT INTO server_key (id, purpose, secret, created_at) SELECT $1, $2, $3, CAST($4 AS {moment}) \
         WHERE NOT EXISTS (SELECT 1 FROM server_key WHERE purpose = $2)"
    );
    let values: [Value; 4] = [
        key.id.into(),
        key.purpose.into(),
        key.secret.to_vec().into(),
        now.into(),
    ];
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// The type of a moment that is handed over as text.
const fn moment(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "timestamptz",
        _ => "text",
    }
}
