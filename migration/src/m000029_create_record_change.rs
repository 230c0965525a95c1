//! What has changed where, for copies on phones: a row for each record and branch, turned by triggers.
//!
//! Triggers and not the program, so that no path forgets it. On `PostgreSQL` they run once a statement over all rows that it
//! has touched, with the rights of whoever writes; on `SQLite`, which has no such triggers, once a row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{TenantTable, count, unforced, uuid};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables whose rows are records of a copy, each with the number of its kind.
const RECORDS: [(&str, i16); 4] = [("household", 1), ("collective", 2), ("citizen", 3), ("registration", 4)];

/// A table whose rows are shown as a part of a record.
pub(crate) struct Part {
    /// The table.
    pub(crate) table: &'static str,
    /// The column that names the record.
    pub(crate) column: &'static str,
    /// The record's table.
    pub(crate) of: &'static str,
    /// The number of the record's kind.
    pub(crate) kind: i16,
    /// What is noted, whichever columns it touches.
    pub(crate) verbs: &'static [&'static str],
    /// The column whose change is noted, where others change often and are no news.
    pub(crate) news: Option<&'static str>,
}

/// The parts that there are by now. Of a certificate that is there only its count of prints changes without its registration,
/// which is no news, and whoever counts holds no lock of the registration.
pub(crate) const PARTS: [Part; 3] = [
    Part {
        table: "household_member",
        column: "household_id",
        of: "household",
        kind: 1,
        verbs: &["INSERT", "UPDATE", "DELETE"],
        news: None,
    },
    Part {
        table: "score_sheet",
        column: "registration_id",
        of: "registration",
        kind: REGISTRATION,
        verbs: &["INSERT", "UPDATE", "DELETE"],
        news: None,
    },
    Part {
        table: "certificate",
        column: "registration_id",
        of: "registration",
        kind: REGISTRATION,
        verbs: &["INSERT", "DELETE"],
        news: None,
    },
];

/// The number of that kind.
pub(crate) const REGISTRATION: i16 = 4;

const COLUMNS: &str = "tenant_id, kind, record_id, branch_id, ward_id, xid, standing";

/// A place that is known already is turned.
const TURN: &str = "ON CONFLICT (tenant_id, kind, record_id, branch_id) DO UPDATE \
     SET ward_id = excluded.ward_id, xid = excluded.xid, standing = excluded.standing";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // no foreign key but the tenant's: what tells of a record outlives it
        TenantTable::keyed("record_change", &["kind", "record_id", "branch_id"])
            .column(small("kind"))
            .column(uuid("record_id"))
            .column(uuid("branch_id"))
            .column(uuid("ward_id"))
            .column(count("xid"))
            .column(small("standing"))
            .create(manager)
            .await?;
        let (backend, connection) = (manager.get_database_backend(), manager.get_connection());
        let mut statements = Vec::new();
        let now = if backend == DbBackend::Postgres {
            "pg_current_xact_id()::text::bigint"
        } else {
            // writers take turns, so counting them is enough
            statements.push("CREATE TABLE change_clock (now bigint NOT NULL)".to_owned());
            statements.push("INSERT INTO change_clock VALUES (1)".to_owned());
            "1"
        };
        for (table, kind) in RECORDS {
            let enter = format!(
                "INSERT INTO record_change ({COLUMNS}) SELECT tenant_id, {kind}, id, branch_id, ward_id, {now}, 0 FROM {table}"
            );
            statements.extend(unforced(backend, &[table, "record_change"], &enter));
        }
        // filled first: to sort all rows once is quicker than to find each its place
        for unit in ["branch_id", "ward_id"] {
            statements.push(format!(
                "CREATE INDEX ix_record_change_{unit}_xid_kind_record_id ON record_change (tenant_id, {unit}, xid, kind, record_id)"
            ));
        }
        statements.extend(match backend {
            DbBackend::Postgres => postgres(),
            _ => sqlite(),
        });
        for statement in statements {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

fn small(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).small_integer().not_null().take()
}

/// One function for each table, for all rows of a statement; and one for a row that has left its branch.
fn postgres() -> Vec<String> {
    let into = format!("INSERT INTO record_change ({COLUMNS})");
    let xid = "pg_current_xact_id()::text::bigint";
    let left = format!(
        "{into} VALUES (OLD.tenant_id, TG_ARGV[0]::smallint, OLD.id, OLD.branch_id, OLD.ward_id, {xid}, 1) {TURN}"
    );
    let named = naming("OLD", xid, "");
    let mut statements = vec![
        function("note_leaving", &left),
        function("note_leaving_subject", &format!("{left}; {named} {TURN}")),
    ];
    // rows of both are turned again and again, and read in the order in which they were turned: a fifth of dead ones, as is
    // usual, would be in the way
    for table in ["record_change", "outbox"] {
        statements.push(format!(
            "ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01)"
        ));
    }
    for (table, kind) in RECORDS {
        let note = format!(
            "{into} SELECT tenant_id, {kind}, id, branch_id, ward_id, {xid}, CASE TG_OP WHEN 'DELETE' THEN 2 ELSE 0 END \
             FROM changed {TURN}"
        );
        statements.extend(noted(table, &["INSERT", "UPDATE", "DELETE"], &note));
        statements.push(format!(
            "CREATE TRIGGER {table}_left AFTER UPDATE ON {table} FOR EACH ROW \
             WHEN (OLD.branch_id <> NEW.branch_id) EXECUTE FUNCTION {}({kind})",
            if kind == REGISTRATION {
                "note_leaving"
            } else {
                "note_leaving_subject"
            }
        ));
    }
    statements.extend(PARTS.iter().flat_map(postgres_part));
    statements
}

/// What notes the changes of a part.
pub(crate) fn noting(backend: DbBackend, part: &Part) -> Vec<String> {
    match backend {
        DbBackend::Postgres => postgres_part(part),
        _ => sqlite_part(part),
    }
}

fn postgres_part(part: &Part) -> Vec<String> {
    let Part {
        table,
        column,
        of,
        kind,
        ..
    } = part;
    let xid = "pg_current_xact_id()::text::bigint";
    let into = format!("INSERT INTO record_change ({COLUMNS})");
    let place = format!("r.tenant_id, {kind}, r.id, r.branch_id, r.ward_id, {xid}, 0");
    let note = format!(
        "{into} SELECT DISTINCT {place} FROM changed c JOIN {of} r ON r.tenant_id = c.tenant_id AND r.id = c.{column} {TURN}"
    );
    let mut statements = noted(table, part.verbs, &note);
    if let Some(news) = part.news {
        // a trigger that looks at all rows of a statement has no condition
        let name = format!("note_{table}_{news}");
        let note = format!(
            "{into} SELECT {place} FROM {of} r WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.{column} {TURN}"
        );
        statements.push(function(&name, &note));
        statements.push(format!(
            "CREATE TRIGGER {table}_noted_update AFTER UPDATE ON {table} FOR EACH ROW \
             WHEN (OLD.{news} IS DISTINCT FROM NEW.{news}) EXECUTE FUNCTION {name}()"
        ));
    }
    statements
}

/// A function over the rows that a statement has changed, and its trigger for each verb.
fn noted(table: &str, verbs: &[&str], note: &str) -> Vec<String> {
    let mut statements = vec![function(&format!("note_{table}"), note)];
    for verb in verbs {
        let rows = row_of(verb);
        statements.push(format!(
            "CREATE TRIGGER {table}_noted_{} AFTER {verb} ON {table} REFERENCING {rows} TABLE AS changed \
             FOR EACH STATEMENT EXECUTE FUNCTION note_{table}()",
            verb.to_lowercase()
        ));
    }
    statements
}

/// A note for each registration of a subject that leaves its branch: those that stay behind show their subject no more. Whoever
/// moves a subject has locked its registrations.
fn naming(subject: &str, now: &str, clock: &str) -> String {
    format!(
        "INSERT INTO record_change ({COLUMNS}) SELECT r.tenant_id, {REGISTRATION}, r.id, r.branch_id, r.ward_id, {now}, 0 \
         FROM registration r{clock} WHERE r.tenant_id = {subject}.tenant_id AND r.subject_id = {subject}.id"
    )
}

/// Where a verb's rows are.
fn row_of(verb: &str) -> &'static str {
    if verb == "DELETE" { "OLD" } else { "NEW" }
}

fn function(name: &str, body: &str) -> String {
    format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
}

/// A trigger that counts on and makes a note.
fn sqlite_trigger(table: &str, name: &str, event: &str, note: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_{name} AFTER {event} BEGIN UPDATE change_clock SET now = now + 1; {note} {TURN}; END"
    )
}

fn sqlite() -> Vec<String> {
    let into = format!("INSERT INTO record_change ({COLUMNS})");
    let mut statements = Vec::new();
    for (table, kind) in RECORDS {
        // the WHERE tells the parser that ON CONFLICT is not the condition of a join
        let note = |row: &str, standing: u8| {
            format!(
                "{into} SELECT {row}.tenant_id, {kind}, {row}.id, {row}.branch_id, {row}.ward_id, now, {standing} \
                 FROM change_clock WHERE true"
            )
        };
        let moved = format!("UPDATE ON {table} WHEN OLD.branch_id <> NEW.branch_id");
        let left = if kind == REGISTRATION {
            note("OLD", 1)
        } else {
            format!("{} {TURN}; {}", note("OLD", 1), naming("OLD", "now", ", change_clock"))
        };
        let trigger = |name: &str, event: &str, note: &str| sqlite_trigger(table, name, event, note);
        statements.extend([
            trigger("noted_insert", &format!("INSERT ON {table}"), &note("NEW", 0)),
            trigger("noted_update", &format!("UPDATE ON {table}"), &note("NEW", 0)),
            trigger("noted_delete", &format!("DELETE ON {table}"), &note("OLD", 2)),
            trigger("left", &moved, &left),
        ]);
    }
    statements.extend(PARTS.iter().flat_map(sqlite_part));
    statements
}

fn sqlite_part(part: &Part) -> Vec<String> {
    let Part {
        table,
        column,
        of,
        kind,
        ..
    } = part;
    let note = |row: &str| {
        format!(
            "INSERT INTO record_change ({COLUMNS}) SELECT r.tenant_id, {kind}, r.id, r.branch_id, r.ward_id, now, 0 \
             FROM {of} r, change_clock WHERE r.tenant_id = {row}.tenant_id AND r.id = {row}.{column}"
        )
    };
    let whole = part.verbs.iter().map(|verb| {
        let name = format!("noted_{}", verb.to_lowercase());
        sqlite_trigger(table, &name, &format!("{verb} ON {table}"), &note(row_of(verb)))
    });
    let news = part.news.map(|news| {
        let event = format!("UPDATE ON {table} WHEN OLD.{news} IS NOT NEW.{news}");
        sqlite_trigger(table, "noted_update", &event, &note("NEW"))
    });
    whole.chain(news).collect()
}
