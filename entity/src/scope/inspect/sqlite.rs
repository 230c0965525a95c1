//! A `SQLite` file: sound, in the mode we count on, and its journals append-only.

use sea_orm::{DatabaseConnection, DbErr};

use super::{Finding, column, notes, rows};

/// Tables whose rows are never removed, and never changed but for a mark that they were told of; a trigger for each verb refuses
/// it.
const JOURNALS: [&str; 6] = [
    "assessment",
    "assessment_item",
    "decision",
    "post_event",
    "registration_event",
    "submission",
];

pub(super) async fn findings(db: &DatabaseConnection) -> Result<Vec<Finding>, DbErr> {
    let mut found = Vec::new();
    let broken: Vec<String> = column(db, "PRAGMA quick_check(3)", "quick_check").await?;
    found.push(if broken == ["ok"] {
        Finding::fine("the database file is sound")
    } else {
        Finding::failure(
            format!("the database file is damaged: {}", broken.join("; ")),
            "stop the server, keep a copy of the file, and restore the last backup",
        )
    });
    let mode: Vec<String> = column(db, "PRAGMA journal_mode", "journal_mode").await?;
    found.push(if mode == ["wal"] {
        Finding::fine("the write-ahead log is on")
    } else {
        Finding::failure(
            "the write-ahead log is off: readers would wait for writers",
            "run `khuyenhoc migrate`",
        )
    });
    let enforced: Vec<i32> = column(db, "PRAGMA foreign_keys", "foreign_keys").await?;
    found.push(if enforced == [1] {
        Finding::fine("foreign keys are enforced")
    } else {
        Finding::failure(
            "this build of SQLite does not enforce foreign keys",
            "use a program built with the bundled SQLite",
        )
    });
    let dangling = rows(db, "PRAGMA foreign_key_check").await?.len();
    found.push(if dangling == 0 {
        Finding::fine("every row that is referred to is there")
    } else {
        Finding::failure(
            format!("{dangling} rows refer to rows that are not there"),
            "the file was changed by another program; restore the last backup",
        )
    });
    let triggers: Vec<String> = column(db, "SELECT name FROM sqlite_master WHERE type = 'trigger'", "name").await?;
    for journal in JOURNALS {
        let missing: Vec<&str> = ["update", "delete"]
            .into_iter()
            .filter(|verb| !triggers.contains(&format!("{journal}_refuses_{verb}")))
            .collect();
        found.push(if missing.is_empty() {
            Finding::fine(format!("{journal} is append-only"))
        } else {
            Finding::failure(
                format!("nothing keeps {journal} from {}", missing.join(" and ")),
                "its trigger was dropped; restore the last backup, or make the trigger again as the migration does",
            )
        });
    }
    found.push(notes::finding(db).await?);
    Ok(found)
}
