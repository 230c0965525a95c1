//! Row-level security: on, forced, and with no policy but ours.

use sea_orm::{DatabaseConnection, DbErr, QueryResult};

use super::postgres::{CITY, SIGN_IN, TENANT};
use super::{Finding, column, rows};

/// Every table whose rows belong to a tenant.
pub(super) const TENANT_TABLES: &str = "SELECT c.oid, c.relname::text AS name FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped \
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 2";

/// Tables that every tenant reads and each may write its own rows of, with the column that says whose a row is.
const SHARED_TABLES: [(&str, &str); 5] = [
    ("tenant", "id"),
    ("criteria_set", "city_id"),
    ("programme_event", "city_id"),
    ("programme_window", "city_id"),
    ("programme_year", "city_id"),
];

/// The one test there is, as [`plain`] leaves it: an equality, because anything else reads every tenant's rows.
const MINE: &str = "=nullifcurrent_setting'app.tenant',true,''::uuid";

const MAKE_AGAIN: &str = "compare with the statements in migration/src/table.rs and make it again";

struct Policy {
    table: String,
    name: String,
    permissive: bool,
    roles: Vec<String>,
    verb: String,
    using: Option<String>,
    check: Option<String>,
}

impl Policy {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            table: row.try_get("", "tablename")?,
            name: row.try_get("", "policyname")?,
            permissive: row.try_get("", "permissive")?,
            roles: row
                .try_get::<String>("", "roles")?
                .split(',')
                .map(str::to_owned)
                .collect(),
            verb: row.try_get("", "cmd")?,
            using: row.try_get::<Option<String>>("", "qual")?.map(|text| plain(&text)),
            check: row
                .try_get::<Option<String>>("", "with_check")?
                .map(|text| plain(&text)),
        })
    }

    /// Whether it opens anything to this role; a restrictive policy only ever shuts.
    fn opens_to(&self, role: &str) -> bool {
        self.permissive && self.roles.iter().any(|known| known == role || known == "public")
    }

    /// Whether it is one equality on the tenant, both for what is seen and for what is written.
    fn is_equality_on(&self, column: &str) -> bool {
        let mine = format!("{column}{MINE}");
        let same = |text: &Option<String>| text.as_ref().is_none_or(|text| *text == mine);
        (self.using.is_some() || self.check.is_some()) && same(&self.using) && same(&self.check)
    }
}

pub(super) async fn findings(db: &DatabaseConnection) -> Result<Vec<Finding>, DbErr> {
    let tables: Vec<String> = column(db, TENANT_TABLES, "name").await?;
    if tables.is_empty() {
        return Ok(vec![Finding::failure(
            "there is no tenant table",
            "run `khuyenhoc migrate`",
        )]);
    }
    let mut found = forced(db, &tables).await?;
    let sql = "SELECT tablename::text, policyname::text, permissive = 'PERMISSIVE' AS permissive, \
               array_to_string(roles, ',') AS roles, cmd::text, qual::text, with_check::text \
               FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2";
    let policies = rows(db, sql)
        .await?
        .iter()
        .map(Policy::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut faults = Vec::new();
    for table in &tables {
        faults.extend(tenant_only(table, &policies));
    }
    for (table, column) in SHARED_TABLES {
        for policy in policies
            .iter()
            .filter(|policy| policy.table == table && policy.opens_to(TENANT))
        {
            if policy.verb != "SELECT" && !policy.is_equality_on(column) {
                let what = format!("policy {} lets a tenant write others' rows of {table}", policy.name);
                faults.push(Finding::failure(what, MAKE_AGAIN));
            }
        }
    }
    for role in [CITY, SIGN_IN] {
        for policy in policies
            .iter()
            .filter(|policy| policy.opens_to(role) && policy.verb != "SELECT")
        {
            let what = format!("policy {} lets {role} write {}", policy.name, policy.table);
            faults.push(Finding::failure(
                what,
                format!("DROP POLICY {} ON {}", policy.name, policy.table),
            ));
        }
    }
    if faults.is_empty() {
        found.push(Finding::fine(
            "every policy is an equality on the tenant, or only reads",
        ));
    }
    found.append(&mut faults);
    Ok(found)
}

/// Enabled and forced, so that not even the owner of the tables reads past it.
async fn forced(db: &DatabaseConnection, tenant_tables: &[String]) -> Result<Vec<Finding>, DbErr> {
    let sql = "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity";
    let forced: Vec<String> = column(db, sql, "name").await?;
    let shared = SHARED_TABLES.iter().map(|(table, _)| *table);
    let open: Vec<&str> = tenant_tables
        .iter()
        .map(String::as_str)
        .chain(shared)
        .filter(|table| !forced.iter().any(|known| known == table))
        .collect();
    if open.is_empty() {
        let count = tenant_tables.len() + SHARED_TABLES.len();
        return Ok(vec![Finding::fine(format!(
            "row-level security is enabled and forced on all {count} tables"
        ))]);
    }
    Ok(open
        .into_iter()
        .map(|table| {
            Finding::failure(
                format!("row-level security is not enabled and forced on {table}"),
                format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
            )
        })
        .collect())
}

/// Exactly one policy opens the table to the tenant's role, and it is the equality.
fn tenant_only(table: &str, policies: &[Policy]) -> Vec<Finding> {
    let opening: Vec<&Policy> = policies
        .iter()
        .filter(|policy| policy.table == table && policy.opens_to(TENANT))
        .collect();
    if opening.is_empty() {
        return vec![Finding::failure(
            format!("{table} has no policy tenant_only: nobody can use it"),
            MAKE_AGAIN,
        )];
    }
    opening
        .into_iter()
        .filter_map(|policy| {
            let ours = policy.name == "tenant_only";
            if ours && policy.verb == "ALL" && policy.using.is_some() && policy.is_equality_on("tenant_id") {
                return None;
            }
            let what = format!("policy {} on {table} is not the equality on the tenant", policy.name);
            let remedy = if ours {
                MAKE_AGAIN.to_owned()
            } else {
                format!("DROP POLICY {} ON {table}", policy.name)
            };
            Some(Finding::failure(what, remedy))
        })
        .collect()
}

/// An expression without what releases of `PostgreSQL` print differently: blanks, brackets, casts to text, case.
fn plain(expression: &str) -> String {
    expression
        .replace("::text", "")
        .replace(|c: char| c.is_whitespace() || matches!(c, '(' | ')'), "")
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Policy, TENANT, plain, tenant_only};

    fn policy(name: &str, using: &str) -> Policy {
        Policy {
            table: "household".to_owned(),
            name: name.to_owned(),
            permissive: true,
            roles: vec![TENANT.to_owned()],
            verb: "ALL".to_owned(),
            using: Some(plain(using)),
            check: None,
        }
    }

    const EQUALITY: &str = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)";

    #[test]
    fn the_equality_passes_and_nothing_else_does() {
        assert!(tenant_only("household", &[policy("tenant_only", EQUALITY)]).is_empty());
        for other in [
            "true",
            &format!("({EQUALITY} OR true)"),
            &EQUALITY.replace("tenant_id", "id"),
            "(tenant_id = tenant_id)",
        ] {
            assert_eq!(
                tenant_only("household", &[policy("tenant_only", other)]).len(),
                1,
                "{other}"
            );
        }
    }

    #[test]
    fn a_second_policy_is_found_whoever_it_is_for() {
        let mut second = policy("backdoor", "true");
        second.roles = vec!["public".to_owned()];
        let found = tenant_only("household", &[policy("tenant_only", EQUALITY), second]);
        assert_eq!(found.len(), 1);
        assert!(found[0].remedy.contains("DROP POLICY backdoor"));
    }

    #[test]
    fn a_table_without_a_policy_is_found() {
        assert_eq!(tenant_only("household", &[]).len(), 1);
    }
}
