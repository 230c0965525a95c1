//! Grants: what each role may do with each table at all. Exactly what the migrations give: more would open a door, less
//! would break the server the first time somebody goes through it.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseConnection, DbErr};

use super::postgres::{CITY, SIGN_IN, TENANT};
use super::{Finding, column, policies, rows};

/// Tenant tables whose rows are never changed or removed.
const JOURNALS: [&str; 5] = [
    "assessment",
    "assessment_item",
    "decision",
    "registration_event",
    "submission",
];
/// Tenant tables whose rows are never removed, and changed in one column alone.
const MARKED: [(&str, &str); 1] = [("post_event", "told_at")];
/// Tenant tables whose rows may be removed.
const REMOVABLE: [&str; 11] = [
    "clan_count",
    "clan_household",
    "evidence",
    "household_account",
    "household_member",
    "household_word",
    "idempotency",
    "outbox",
    "push_delivery",
    "registration_notice",
    "subject_account",
];
/// What the tenant's role may do with tables that are no tenant's.
const TENANT_BESIDES: [(&str, &str); 13] = [
    ("criteria_set", "INSERT"),
    ("criteria_set", "SELECT"),
    ("programme_event", "INSERT"),
    ("programme_event", "SELECT"),
    ("programme_window", "INSERT"),
    ("programme_window", "SELECT"),
    ("programme_window", "UPDATE"),
    ("programme_year", "INSERT"),
    ("programme_year", "SELECT"),
    ("programme_year", "UPDATE"),
    ("seaql_migrations", "SELECT"),
    ("tenant", "INSERT"),
    ("tenant", "SELECT"),
];
/// What the city's role may read: nothing that names a person.
const CITY_READS: [&str; 13] = [
    "clan_grant",
    "criteria_set",
    "programme_event",
    "programme_window",
    "programme_year",
    "registration_count",
    "seaql_migrations",
    "subject_count",
    "target",
    "tenant",
    "unit",
    "unit_version",
    "unit_window",
];
/// What the sign-in role may do: nothing with a household, and it removes nothing but what has expired.
const SIGN_IN_MAY: &[(&str, &str)] = &[
    ("account", "INSERT"),
    ("account", "SELECT"),
    ("account", "UPDATE"),
    ("app_version", "INSERT"),
    ("app_version", "SELECT"),
    ("app_version", "UPDATE"),
    ("app_version_document", "INSERT"),
    ("app_version_document", "SELECT"),
    ("attempt", "DELETE"),
    ("attempt", "INSERT"),
    ("attempt", "SELECT"),
    ("attempt", "UPDATE"),
    ("certificate", "SELECT"),
    ("installation", "INSERT"),
    ("installation", "SELECT"),
    ("invitation", "SELECT"),
    ("notice", "DELETE"),
    ("notice", "INSERT"),
    ("notice", "SELECT"),
    ("notice", "UPDATE"),
    ("one_time_code", "DELETE"),
    ("one_time_code", "INSERT"),
    ("one_time_code", "SELECT"),
    ("one_time_code", "UPDATE"),
    ("outbox", "SELECT"),
    ("outbox_head", "SELECT"),
    ("post", "SELECT"),
    ("post_event", "SELECT"),
    ("push_delivery", "SELECT"),
    ("push_token", "DELETE"),
    ("push_token", "INSERT"),
    ("push_token", "SELECT"),
    ("push_token", "UPDATE"),
    ("recovery_code", "DELETE"),
    ("recovery_code", "INSERT"),
    ("recovery_code", "SELECT"),
    ("quota", "DELETE"),
    ("quota", "INSERT"),
    ("quota", "SELECT"),
    ("quota", "UPDATE"),
    ("refresh_token", "DELETE"),
    ("refresh_token", "INSERT"),
    ("refresh_token", "SELECT"),
    ("registration_notice", "SELECT"),
    ("seaql_migrations", "SELECT"),
    ("second_factor", "INSERT"),
    ("second_factor", "SELECT"),
    ("second_factor", "UPDATE"),
    ("security_event", "INSERT"),
    ("security_event", "SELECT"),
    ("server_key", "SELECT"),
    ("session", "DELETE"),
    ("session", "INSERT"),
    ("session", "SELECT"),
    ("session", "UPDATE"),
    ("tenant", "SELECT"),
    ("trusted_document", "INSERT"),
    ("trusted_document", "SELECT"),
];

/// A role, a table and a verb.
type Grant = (String, String, String);

/// `tainted` are the roles already found to have power of their own: what they may do follows from that, and a list of it
/// would only hide the cause.
pub(super) async fn findings(db: &DatabaseConnection, tainted: &[String]) -> Result<Vec<Finding>, DbErr> {
    let tables: Vec<String> = column(db, policies::TENANT_TABLES, "name").await?;
    let sound = |grant: &Grant| !tainted.contains(&grant.0);
    let given: BTreeSet<Grant> = given(db).await?.into_iter().filter(sound).collect();
    let wanted: BTreeSet<Grant> = wanted(&tables).into_iter().filter(sound).collect();
    let mut found = Vec::new();
    for ((role, table), verbs) in by_table(given.difference(&wanted)) {
        found.push(Finding::failure(
            format!("{role} may {verbs} {table}"),
            format!("REVOKE {verbs} ON {table} FROM {role}, PUBLIC"),
        ));
    }
    for ((role, table), verbs) in by_table(wanted.difference(&given)) {
        found.push(Finding::failure(
            format!("{role} may not {verbs} {table}"),
            format!("GRANT {verbs} ON {table} TO {role}"),
        ));
    }
    if found.is_empty() && tainted.is_empty() {
        found.push(Finding::fine(
            "each role may do what it should and nothing else; journals are append-only",
        ));
    }
    Ok(found)
}

/// What the roles may do in effect, also through `PUBLIC`, and also where only a column was granted; columns that may be changed
/// alone are named.
async fn given(db: &DatabaseConnection) -> Result<Vec<Grant>, DbErr> {
    let sql = format!(
        "SELECT r.rolname::text AS role, c.relname::text AS name, \
         CASE WHEN v.verb = 'UPDATE' AND NOT has_table_privilege(r.oid, c.oid, v.verb) THEN 'UPDATE (' || ( \
         SELECT string_agg(a.attname::text, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid \
         AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(r.oid, c.oid, a.attnum, v.verb)) || ')' \
         ELSE v.verb::text END AS verb \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN pg_roles r \
         CROSS JOIN (VALUES ('SELECT', true), ('INSERT', true), ('UPDATE', true), ('REFERENCES', true), \
         ('DELETE', false), ('TRUNCATE', false), ('TRIGGER', false)) AS v(verb, of_columns) \
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         AND r.rolname IN ('{TENANT}', '{CITY}', '{SIGN_IN}') \
         AND CASE WHEN v.of_columns THEN has_any_column_privilege(r.oid, c.oid, v.verb) \
         ELSE has_table_privilege(r.oid, c.oid, v.verb) END"
    );
    let text = |row: &sea_orm::QueryResult, name: &str| row.try_get::<String>("", name);
    rows(db, &sql)
        .await?
        .iter()
        .map(|row| Ok((text(row, "role")?, text(row, "name")?, text(row, "verb")?)))
        .collect()
}

/// What the migrations gave them.
fn wanted(tenant_tables: &[String]) -> Vec<Grant> {
    let grant = |role: &str, table: &str, verb: &str| (role.to_owned(), table.to_owned(), verb.to_owned());
    let mut wanted = Vec::new();
    for table in tenant_tables.iter().map(String::as_str) {
        wanted.push(grant(TENANT, table, "SELECT"));
        wanted.push(grant(TENANT, table, "INSERT"));
        if let Some((_, marked)) = MARKED.iter().find(|(journal, _)| *journal == table) {
            wanted.push(grant(TENANT, table, &format!("UPDATE ({marked})")));
        } else if !JOURNALS.contains(&table) {
            wanted.push(grant(TENANT, table, "UPDATE"));
        }
        if REMOVABLE.contains(&table) {
            wanted.push(grant(TENANT, table, "DELETE"));
        }
    }
    wanted.extend(TENANT_BESIDES.map(|(table, verb)| grant(TENANT, table, verb)));
    wanted.extend(CITY_READS.map(|table| grant(CITY, table, "SELECT")));
    wanted.extend(SIGN_IN_MAY.iter().map(|(table, verb)| grant(SIGN_IN, table, verb)));
    wanted
}

/// The verbs of each role and table together, as `GRANT` lists them.
fn by_table<'a>(grants: impl Iterator<Item = &'a Grant>) -> BTreeMap<(&'a str, &'a str), String> {
    let mut tables: BTreeMap<_, String> = BTreeMap::new();
    for (role, table, verb) in grants {
        let verbs = tables.entry((role.as_str(), table.as_str())).or_default();
        if !verbs.is_empty() {
            verbs.push_str(", ");
        }
        verbs.push_str(verb);
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::{Grant, by_table, wanted};

    fn may(role: &str, verb: &str, table: &str) -> bool {
        let tables = [
            "household",
            "household_word",
            "post_event",
            "registration_event",
            "unit",
        ]
        .map(str::to_owned);
        wanted(&tables).contains(&(role.to_owned(), table.to_owned(), verb.to_owned()))
    }

    #[test]
    fn each_role_keeps_to_its_own() {
        assert!(may("khuyenhoc_tenant", "UPDATE", "household"));
        assert!(may("khuyenhoc_tenant", "DELETE", "household_word"));
        assert!(may("khuyenhoc_tenant", "INSERT", "registration_event"));
        assert!(may("khuyenhoc_tenant", "UPDATE (told_at)", "post_event"));
        assert!(may("khuyenhoc_city", "SELECT", "unit"));
        assert!(may("khuyenhoc_signin", "UPDATE", "account"));
        for (role, verb, table) in [
            ("khuyenhoc_tenant", "UPDATE", "registration_event"),
            ("khuyenhoc_tenant", "DELETE", "registration_event"),
            ("khuyenhoc_tenant", "DELETE", "household"),
            ("khuyenhoc_tenant", "UPDATE", "post_event"),
            ("khuyenhoc_tenant", "SELECT", "account"),
            ("khuyenhoc_city", "SELECT", "household"),
            ("khuyenhoc_city", "INSERT", "unit"),
            ("khuyenhoc_signin", "SELECT", "household"),
            ("khuyenhoc_signin", "UPDATE", "server_key"),
        ] {
            assert!(!may(role, verb, table), "{role} {verb} {table}");
        }
    }

    #[test]
    fn verbs_of_one_table_stand_in_one_line() {
        let grants: [Grant; 3] = [("a", "t", "INSERT"), ("a", "t", "SELECT"), ("b", "t", "SELECT")]
            .map(|(role, table, verb)| (role.to_owned(), table.to_owned(), verb.to_owned()));
        let lines: Vec<_> = by_table(grants.iter()).into_values().collect();
        assert_eq!(lines, ["INSERT, SELECT", "SELECT"]);
    }
}
