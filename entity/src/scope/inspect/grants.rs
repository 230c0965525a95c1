//! Grants: what each role may do with each table at all.

use sea_orm::{DatabaseConnection, DbErr, QueryResult};

use super::postgres::{CITY, SIGN_IN, TENANT};
use super::{Finding, rows};

/// Tables whose rows are never changed or removed.
const JOURNALS: [&str; 1] = ["registration_event"];
/// What a tenant may read although no row of it is a tenant's: which migrations there are.
const TENANT_READS: [&str; 1] = ["seaql_migrations"];
/// What the city's role may read: nothing that names a person.
const CITY_READS: [&str; 8] = [
    "household_count",
    "programme_year",
    "registration_count",
    "seaql_migrations",
    "target",
    "tenant",
    "unit",
    "unit_version",
];
/// What the sign-in role may read.
const SIGN_IN_READS: [&str; 6] = [
    "account",
    "installation",
    "post",
    "seaql_migrations",
    "server_key",
    "tenant",
];
/// What the sign-in role may write, and how; never remove.
const SIGN_IN_WRITES: [(&str, &str); 3] = [("account", "INSERT"), ("account", "UPDATE"), ("installation", "INSERT")];

/// Verbs a column grant can give as well.
const BY_COLUMN: [&str; 3] = ["SELECT", "INSERT", "UPDATE"];
const BY_TABLE: [&str; 4] = ["DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// Something a role may do.
struct Grant {
    role: String,
    table: String,
    verb: String,
    forced: bool,
}

impl Grant {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            role: row.try_get("", "role")?,
            table: row.try_get("", "name")?,
            verb: row.try_get("", "verb")?,
            forced: row.try_get("", "forced")?,
        })
    }

    fn is_expected(&self) -> bool {
        let table = self.table.as_str();
        match (self.role.as_str(), self.verb.as_str()) {
            (_, "TRUNCATE" | "REFERENCES" | "TRIGGER") => false,
            (TENANT, "SELECT") => self.forced || TENANT_READS.contains(&table),
            (TENANT, "UPDATE" | "DELETE") if JOURNALS.contains(&table) => false,
            (TENANT, _) => self.forced,
            (CITY, "SELECT") => CITY_READS.contains(&table),
            (SIGN_IN, "SELECT") => SIGN_IN_READS.contains(&table),
            (SIGN_IN, verb) => SIGN_IN_WRITES.contains(&(table, verb)),
            _ => false,
        }
    }
}

pub(super) async fn findings(db: &DatabaseConnection) -> Result<Vec<Finding>, DbErr> {
    let list = |verbs: &[&str]| {
        verbs
            .iter()
            .map(|verb| format!("('{verb}')"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    // what a role may do through PUBLIC or another role counts as well: the functions ask for the effect
    let sql = format!(
        "SELECT r.rolname::text AS role, c.relname::text AS name, v.verb::text AS verb, \
         c.relrowsecurity AND c.relforcerowsecurity AS forced \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         CROSS JOIN pg_roles r CROSS JOIN (VALUES {}, {}) AS v(verb) \
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         AND r.rolname IN ('{TENANT}', '{CITY}', '{SIGN_IN}') \
         AND CASE WHEN v.verb IN ('SELECT', 'INSERT', 'UPDATE') THEN has_any_column_privilege(r.oid, c.oid, v.verb) \
         ELSE has_table_privilege(r.oid, c.oid, v.verb) END ORDER BY 1, 2, 3",
        list(&BY_COLUMN),
        list(&BY_TABLE),
    );
    let grants = rows(db, &sql)
        .await?
        .iter()
        .map(Grant::read)
        .collect::<Result<Vec<_>, _>>()?;
    let faults: Vec<Finding> = grants
        .iter()
        .filter(|grant| !grant.is_expected())
        .map(|Grant { role, table, verb, .. }| {
            Finding::failure(
                format!("{role} may {verb} {table}"),
                format!("REVOKE {verb} ON {table} FROM {role}, PUBLIC"),
            )
        })
        .collect();
    if !faults.is_empty() {
        return Ok(faults);
    }
    Ok(vec![Finding::fine(
        "no role may do more than it should; journals are append-only",
    )])
}

#[cfg(test)]
mod tests {
    use super::Grant;

    fn is_expected(role: &str, verb: &str, table: &str, forced: bool) -> bool {
        Grant {
            role: role.to_owned(),
            table: table.to_owned(),
            verb: verb.to_owned(),
            forced,
        }
        .is_expected()
    }

    #[test]
    fn each_role_keeps_to_its_own() {
        assert!(is_expected("khuyenhoc_tenant", "UPDATE", "registration", true));
        assert!(is_expected("khuyenhoc_tenant", "INSERT", "registration_event", true));
        assert!(is_expected("khuyenhoc_city", "SELECT", "unit", true));
        assert!(is_expected("khuyenhoc_signin", "UPDATE", "account", false));
        for (role, verb, table, forced) in [
            ("khuyenhoc_tenant", "UPDATE", "registration_event", true),
            ("khuyenhoc_tenant", "DELETE", "registration_event", true),
            ("khuyenhoc_tenant", "TRUNCATE", "registration", true),
            ("khuyenhoc_tenant", "SELECT", "account", false),
            ("khuyenhoc_tenant", "SELECT", "household", false),
            ("khuyenhoc_city", "SELECT", "household", true),
            ("khuyenhoc_city", "INSERT", "unit", true),
            ("khuyenhoc_signin", "SELECT", "household", true),
            ("khuyenhoc_signin", "UPDATE", "server_key", false),
            ("khuyenhoc_signin", "DELETE", "account", false),
        ] {
            assert!(!is_expected(role, verb, table, forced), "{role} {verb} {table}");
        }
    }
}
