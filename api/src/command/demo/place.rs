//! Where the demo may be put: into nothing, or where a demo was before.

use std::io::ErrorKind;

use entity::scope::Db;
use entity::scope::inspect::{self, Contents, sqlite_file};
use secrecy::ExposeSecret;

use crate::command::Failure;
use crate::config::Config;
use crate::database;

/// The mark `demo::fill` sets first.
const MARK: &str = "demo";

/// Makes sure that the database is empty or the demo's own; with `fresh` removes the demo's own file first.
///
/// # Errors
/// It is somebody else's, cannot be looked into, or the demo would change the passwords of somebody else's roles.
pub(super) async fn prepare(config: &Config, fresh: bool) -> Result<(), Failure> {
    let url = config.database_url.expose_secret();
    if config.is_postgres() {
        if fresh {
            return Err(Failure::new(
                "--fresh removes a SQLite file; a PostgreSQL database has to be dropped and made again by its owner",
            ));
        }
        let contents = inspect::contents(url).await?;
        check(url, &contents)?;
        return check_roles(config, &contents).await;
    }
    let file = sqlite_file(url).ok_or_else(|| {
        Failure::new(format!(
            "{url} names no file; a space or another special character in it is written as %20 and the like"
        ))
    })?;
    if !file.try_exists()? {
        return Ok(());
    }
    let contents = inspect::contents(url)
        .await
        .map_err(|error| Failure::new(format!("{} is not a database we can read: {error}", file.display())))?;
    check(url, &contents)?;
    if fresh && is_ours(&contents) {
        for ending in ["", "-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(ending);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_ours(contents: &Contents) -> bool {
    contents.marks.iter().any(|mark| mark == MARK)
}

fn check(url: &str, contents: &Contents) -> Result<(), Failure> {
    if contents.tables.is_empty() || is_ours(contents) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is not empty and not a demo's, so it stays as it is; name another database by --database",
        without_password(url)
    )))
}

/// Makes sure that migrating does not change the passwords of roles that another installation uses: roles belong to all
/// databases of a server. A password that is configured is the operator's own word, and no password changes none; what is
/// left is one that `database::role_password` derives from the URL.
async fn check_roles(config: &Config, contents: &Contents) -> Result<(), Failure> {
    let derived = config.database_role_password.is_none() && database::role_password(config).is_some();
    if !derived || contents.roles.is_empty() {
        return Ok(());
    }
    let remedy =
        "say the roles' password by KHUYENHOC_DATABASE_ROLE_PASSWORD, or take a server of its own or a SQLite file";
    if !is_ours(contents) {
        return Err(Failure::new(format!(
            "the server of {} has the roles {} already, so another installation may use them, and the demo would change \
             their passwords; {remedy}",
            without_password(config.database_url.expose_secret()),
            contents.roles.join(", ")
        )));
    }
    // the demo was here before; whether the passwords are still the demo's is seen by signing in
    let db = Db::open(database::settings(config)).await?;
    let answer = db.sign_in().mark(MARK).await;
    db.close().await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!(
            "the roles do not come in as the demo left them, so another installation may use them now: {error}; {remedy}"
        ))),
    }
}

/// The URL as it may be shown.
pub(super) fn without_password(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else {
        return url.to_owned();
    };
    if parsed.password().is_some() && parsed.set_password(None).is_ok() {
        parsed.to_string()
    } else {
        url.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn contents(tables: &[&str], marks: &[&str]) -> Contents {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Contents {
            tables: owned(tables),
            marks: owned(marks),
            roles: Vec::new(),
        }
    }

    #[test]
    fn only_nothing_and_a_demo_are_taken() {
        assert!(check("sqlite:a", &contents(&[], &[])).is_ok());
        assert!(check("sqlite:a", &contents(&["installation"], &["demo"])).is_ok());
        assert!(check("sqlite:a", &contents(&["installation"], &[])).is_err());
        assert!(check("sqlite:a", &contents(&["their_own"], &[])).is_err());
    }

    #[test]
    fn the_file_of_a_url() {
        for url in ["sqlite:a/my%20b.db", "sqlite://a/my b.db?mode=rwc"] {
            assert_eq!(sqlite_file(url), Some(PathBuf::from("a/my b.db")), "{url}");
        }
        assert_eq!(sqlite_file("sqlite:///a/b%3F.db"), Some(PathBuf::from("/a/b?.db")));
        assert_eq!(sqlite_file("sqlite:a+b.db"), Some(PathBuf::from("a+b.db")));
        assert_eq!(sqlite_file("sqlite:%FF.db"), None);
        assert_eq!(sqlite_file("postgres://h/d"), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("postgres://u:secret@h/d"), "postgres://u@h/d");
        assert_eq!(without_password("sqlite:a.db"), "sqlite:a.db");
    }
}
