//! Changes carry the numbers of their transactions (`record_change.xid`), and these belong to one server.
//!
//! A dump that is restored on another server brings numbers which may be ahead of that server's own: no copy on a phone would be
//! told anything until the server had caught up, and then things in a wrong order. So the table has the server's identifier as its
//! comment, which a dump carries along, unless it was told not to. Where it is another's, or where there is none and a number is
//! ahead, all rows get the number of now, and phones are told all again. Where it is this server's own nothing is looked at: to
//! look, row-level security would have to be lifted, and everybody would wait.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::table::unforced;

const MARKS: &str = "SELECT obj_description('record_change'::regclass, 'pg_class') AS mark, \
     system_identifier::text AS here FROM pg_control_system()";

const RENUMBER: &str = "UPDATE record_change SET xid = pg_current_xact_id()::text::bigint";

/// No transaction of this server has such a number yet. A table that was made just now has none that is ahead.
const AHEAD: &str = "(SELECT max(xid) FROM record_change) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

/// Gives the rows numbers of this server where they have another's; `SQLite` files carry their own count along.
pub(crate) async fn renumber_where_restored(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, MARKS))
        .await?;
    let Some(row) = row else { return Ok(()) };
    let (mark, here): (Option<String>, String) = (row.try_get("", "mark")?, row.try_get("", "here")?);
    if mark.as_ref() == Some(&here) {
        return Ok(());
    }
    let renumber = match mark {
        None => format!("{RENUMBER} WHERE {AHEAD}"),
        Some(_) => RENUMBER.to_owned(),
    };
    let mut statements = unforced(DbBackend::Postgres, &["record_change"], &renumber);
    statements.push(format!("COMMENT ON TABLE record_change IS '{here}'"));
    // sent together, they are one transaction
    db.execute_unprepared(&statements.join("; ")).await?;
    Ok(())
}
