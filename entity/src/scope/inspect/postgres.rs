//! A `PostgreSQL` database: its version and clock, the three roles, and whether they can come in.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, DbErr};

use super::{Finding, column, connect, grants, notes, policies, rows};
use crate::scope::{DbError, Settings};

/// The role of one tenant's rows.
pub(super) const TENANT: &str = "khuyenhoc_tenant";
/// The role of the city's view.
pub(super) const CITY: &str = "khuyenhoc_city";
/// The role before a tenant is known.
pub(super) const SIGN_IN: &str = "khuyenhoc_signin";
/// All of them, as `migration::role` makes them.
pub(super) const ROLES: [&str; 3] = [TENANT, CITY, SIGN_IN];

/// The oldest release supported, as `server_version_num` counts.
const OLDEST: i32 = 150_000;
/// How far our clock and the database's may stand apart.
const CLOCK_SECONDS: i64 = 5;

pub(super) async fn findings(
    db: &DatabaseConnection,
    settings: &Settings,
    clock: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> Result<Vec<Finding>, DbErr> {
    let mut found = vec![
        version(db).await?,
        time(db, clock).await?,
        connections(db, settings).await?,
    ];
    let existing: Vec<String> = column(
        db,
        "SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE 'khuyenhoc%'",
        "name",
    )
    .await?;
    let missing: Vec<&str> = ROLES
        .into_iter()
        .filter(|role| !existing.iter().any(|known| known == role))
        .collect();
    if !missing.is_empty() {
        // every other question would be about roles that are not there
        let what = format!("roles are missing: {}", missing.join(", "));
        found.push(Finding::failure(
            what,
            "run `khuyenhoc migrate` with database_owner_url set to the owner",
        ));
        return Ok(found);
    }
    let (tainted, powers) = roles(db).await?;
    found.extend(powers);
    for role in ROLES {
        found.push(comes_in(settings, role).await);
    }
    found.extend(policies::findings(db).await?);
    found.extend(grants::findings(db, &tainted).await?);
    found.push(notes::finding(db).await?);
    Ok(found)
}

async fn version(db: &DatabaseConnection) -> Result<Finding, DbErr> {
    let number: Vec<i32> = column(db, "SELECT current_setting('server_version_num')::int4 AS n", "n").await?;
    let number = number.first().copied().unwrap_or(0);
    Ok(if number >= OLDEST {
        Finding::fine(format!("PostgreSQL {}", number / 10_000))
    } else {
        Finding::failure(
            format!("PostgreSQL {} is too old", number / 10_000),
            format!("upgrade the server to {} or newer", OLDEST / 10_000),
        )
    })
}

async fn time(db: &DatabaseConnection, clock: &(dyn Fn() -> DateTime<Utc> + Sync)) -> Result<Finding, DbErr> {
    let before = clock();
    let theirs: Vec<DateTime<Utc>> = column(db, "SELECT clock_timestamp() AS t", "t").await?;
    let after = clock();
    // the answer was given at some moment between the two
    let apart = theirs.first().map_or(i64::MAX, |theirs| {
        (before - *theirs)
            .num_seconds()
            .max((*theirs - after).num_seconds())
            .max(0)
    });
    Ok(if apart <= CLOCK_SECONDS {
        Finding::fine("this machine's clock and the database's agree")
    } else {
        Finding::failure(
            format!("this machine's clock and the database's stand {apart} s apart"),
            "set both by NTP (`timedatectl set-ntp true`)",
        )
    })
}

async fn connections(db: &DatabaseConnection, settings: &Settings) -> Result<Finding, DbErr> {
    let sql = "SELECT current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8 AS n";
    let room = column::<i64>(db, sql, "n").await?.first().copied().unwrap_or(0);
    let wanted = settings.connections;
    Ok(if room >= i64::from(wanted) {
        Finding::fine(format!(
            "the server has room for {room} connections; {wanted} may be wanted"
        ))
    } else {
        Finding::failure(
            format!("the server has room for {room} connections, but database_connections is {wanted}"),
            "raise max_connections in postgresql.conf and restart PostgreSQL, or lower database_connections",
        )
    })
}

/// What a role of the application must never be: each would let it walk past row-level security or take such rights.
/// Answers the roles that are, beside the findings.
async fn roles(db: &DatabaseConnection) -> Result<(Vec<String>, Vec<Finding>), DbErr> {
    let sql = "SELECT r.rolname::text AS name, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, \
               r.rolreplication, NOT r.rolcanlogin AS locked_out, \
               EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) \
               OR EXISTS (SELECT 1 FROM pg_namespace n WHERE n.nspowner = r.oid) \
               OR EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid) \
               OR EXISTS (SELECT 1 FROM pg_database d WHERE d.datdba = r.oid) AS owns, \
               has_schema_privilege(r.oid, 'public', 'CREATE') AS makes, \
               (SELECT string_agg(quote_ident(g.rolname), ', ') FROM pg_auth_members m \
               JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS groups \
               FROM pg_roles r WHERE r.rolname IN ('khuyenhoc_tenant', 'khuyenhoc_city', 'khuyenhoc_signin') ORDER BY 1";
    let (mut tainted, mut found) = (Vec::new(), Vec::new());
    for row in rows(db, sql).await? {
        let name: String = row.try_get("", "name")?;
        let mut faults = Vec::new();
        for (column, what, remedy) in [
            ("rolsuper", "is a superuser", format!("ALTER ROLE {name} NOSUPERUSER")),
            (
                "rolbypassrls",
                "bypasses row-level security",
                format!("ALTER ROLE {name} NOBYPASSRLS"),
            ),
            (
                "rolcreaterole",
                "may make roles",
                format!("ALTER ROLE {name} NOCREATEROLE"),
            ),
            (
                "rolcreatedb",
                "may make databases",
                format!("ALTER ROLE {name} NOCREATEDB"),
            ),
            (
                "rolreplication",
                "may copy the whole server",
                format!("ALTER ROLE {name} NOREPLICATION"),
            ),
            ("locked_out", "may not sign in", format!("ALTER ROLE {name} LOGIN")),
            (
                "owns",
                "owns something in the database",
                format!("REASSIGN OWNED BY {name} TO the owner"),
            ),
            (
                "makes",
                "may make tables",
                format!("REVOKE CREATE ON SCHEMA public FROM {name}, PUBLIC"),
            ),
        ] {
            if row.try_get::<bool>("", column)? {
                faults.push(Finding::failure(format!("{name} {what}"), remedy));
            }
        }
        if let Some(groups) = row.try_get::<Option<String>>("", "groups")? {
            faults.push(Finding::failure(
                format!("{name} is a member of {groups}"),
                format!("REVOKE {groups} FROM {name}"),
            ));
        }
        if faults.is_empty() {
            found.push(Finding::fine(format!("{name} has no power of its own")));
        } else {
            tainted.push(name);
        }
        found.append(&mut faults);
    }
    Ok((tainted, found))
}

/// Signs in as the role, and, as the tenant's, tries what must not work: to see a row without a tenant.
async fn comes_in(settings: &Settings, role: &'static str) -> Finding {
    let connection = match connect(&settings.url, Some((role, settings.role_password.clone()))).await {
        Ok(connection) => connection,
        Err(error) => {
            return Finding::failure(
                format!("cannot connect as {role}: {}", DbError::from(error)),
                "run `khuyenhoc migrate` with the same database_role_password, and let the role in by pg_hba.conf",
            );
        }
    };
    let answer = looks_around(&connection, role).await;
    drop(connection.close().await);
    match answer {
        Ok(finding) => finding,
        Err(error) => Finding::failure(
            format!("{role} cannot read what it should: {}", DbError::from(error)),
            "run `khuyenhoc migrate`",
        ),
    }
}

async fn looks_around(connection: &DatabaseConnection, role: &'static str) -> Result<Finding, DbErr> {
    // fails where the role may not use the schema
    rows(connection, "SELECT 1 FROM tenant LIMIT 1").await?;
    if role != TENANT {
        return Ok(Finding::fine(format!("{role} comes in")));
    }
    // a grant that is missing is another finding
    let readable = format!(
        "SELECT name FROM ({}) AS t WHERE has_table_privilege(oid, 'SELECT')",
        policies::TENANT_TABLES
    );
    let tables: Vec<String> = column(connection, &readable, "name").await?;
    for table in tables {
        if !rows(connection, &format!("SELECT 1 FROM \"{table}\" LIMIT 1"))
            .await?
            .is_empty()
        {
            return Ok(Finding::failure(
                format!("{role} sees rows of {table} without naming a tenant"),
                "look for a policy that is not tenant_only, or a setting app.tenant made for the role or the database",
            ));
        }
    }
    Ok(Finding::fine(format!(
        "{role} comes in, and sees nothing without a tenant"
    )))
}
