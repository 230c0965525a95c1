//! The triggers that note what has changed for copies on phones. Without one of them phones would miss changes, and nobody would
//! see it.

use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use super::{Finding, column};

/// Tables whose rows are records: they may leave a branch.
const RECORDS: [&str; 4] = ["citizen", "collective", "household", "registration"];
/// Tables whose rows are shown as a part of a record.
const PARTS: [&str; 4] = ["certificate", "evidence", "household_member", "score_sheet"];
/// What needs no note: a certificate changes with its registration.
const WITHOUT: [&str; 1] = ["certificate_noted_update"];

pub(super) async fn finding(db: &DatabaseConnection) -> Result<Finding, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT tgname::text AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        }
        _ => "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    };
    let known: Vec<String> = column(db, sql, "name").await?;
    let missing = missing(&known);
    Ok(if missing.is_empty() {
        Finding::fine("changes are noted for copies on phones")
    } else {
        Finding::failure(
            format!(
                "triggers that note changes for copies on phones are missing or off: {}",
                missing.join(", ")
            ),
            "make them again as the migrations m000029 and m000030 do, or enable them; then let phones begin their copies anew",
        )
    })
}

fn missing(known: &[String]) -> Vec<String> {
    let verbs = ["insert", "update", "delete"];
    let noted = RECORDS
        .iter()
        .chain(&PARTS)
        .flat_map(|table| verbs.map(|verb| format!("{table}_noted_{verb}")));
    let left = RECORDS.iter().map(|table| format!("{table}_left"));
    let wanted = noted.chain(left).filter(|name| !WITHOUT.contains(&name.as_str()));
    wanted.filter(|name| !known.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn each_trigger_is_missed_when_it_is_gone() {
        let all = missing(&[]);
        assert_eq!(all.len(), 27);
        let left: Vec<String> = all.iter().filter(|name| *name != "citizen_left").cloned().collect();
        assert_eq!(missing(&left), ["citizen_left"]);
    }
}
