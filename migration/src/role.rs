//! The three `PostgreSQL` roles the application connects as.
//!
//! `migrate` runs as the owner of the schema and makes them; `serve` connects only as these. None of them owns a table,
//! none is a superuser, none may bypass row-level security. Separate roles with separate pools are safer than `SET ROLE`
//! on one connection, which an injected `RESET ROLE` would undo.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

/// Reads and writes the rows of the one tenant that `app.tenant` names.
pub const TENANT: &str = "khuyenhoc_tenant";
/// Reads, across all tenants, the unit tree and the counters. Never a person.
pub const CITY: &str = "khuyenhoc_city";
/// Reads and writes accounts and reads posts and keys: what is needed before a tenant is known.
pub const SIGN_IN: &str = "khuyenhoc_signin";
/// All of them.
pub const ALL: [&str; 3] = [TENANT, CITY, SIGN_IN];

/// Makes the roles where they are missing and brings their settings up to date.
///
/// A role that exists keeps its attributes: an owner who is no superuser may not touch them, not even to confirm them.
/// `doctor` refuses a role that may do more than it should.
///
/// `password` becomes the password of all three; without one they can sign in only where the server asks for none.
pub(crate) async fn create(db: &DatabaseConnection, password: Option<&str>) -> Result<(), DbErr> {
    for role in ALL {
        db.execute_unprepared(&format!(
            "DO $$ BEGIN CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        ))
        .await?;
        let mut settings = vec![
            // a crashed or hung client must not hold locks, nor the transaction horizon of everybody else
            format!("ALTER ROLE {role} SET idle_in_transaction_session_timeout = '15s'"),
            format!("ALTER ROLE {role} SET statement_timeout = '10s'"),
            format!("ALTER ROLE {role} SET lock_timeout = '5s'"),
        ];
        if let Some(password) = password {
            settings.push(format!("ALTER ROLE {role} PASSWORD {}", literal(password)));
        }
        for statement in settings {
            retry_concurrent_update(db, &statement).await?;
        }
    }
    let database = db
        .query_one_raw(sea_orm_migration::sea_orm::Statement::from_string(
            sea_orm_migration::sea_orm::DbBackend::Postgres,
            "SELECT quote_ident(current_database()) AS name",
        ))
        .await?
        .map(|row| row.try_get::<String>("", "name"))
        .transpose()?
        .unwrap_or_default();
    let roles = ALL.join(", ");
    for statement in [
        format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        "REVOKE ALL ON SCHEMA public FROM PUBLIC".to_owned(),
        format!("GRANT CONNECT ON DATABASE {database} TO {roles}"),
        format!("GRANT USAGE ON SCHEMA public TO {roles}"),
    ] {
        retry_concurrent_update(db, &statement).await?;
    }
    Ok(())
}

/// Roles belong to the whole cluster: two migrations of two databases may touch the same one at once, and
/// `PostgreSQL` then answers "tuple concurrently updated" to the second.
async fn retry_concurrent_update(db: &DatabaseConnection, statement: &str) -> Result<(), DbErr> {
    let mut left = 10;
    loop {
        match db.execute_unprepared(statement).await {
            Err(error) if left > 0 && error.to_string().contains("concurrently updated") => left -= 1,
            other => return other.map(|_| ()),
        }
    }
}

/// An SQL string literal: `ALTER ROLE .. PASSWORD` takes no bound parameter.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_password_cannot_leave_its_literal() {
        assert_eq!(super::literal(r"a'b\c"), r"E'a''b\\c'");
    }
}
