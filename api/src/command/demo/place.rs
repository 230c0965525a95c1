//! Where the demo may be put: into nothing, or where a demo was before.

use std::io::ErrorKind;
use std::path::PathBuf;

use entity::scope::inspect::{self, Contents};

use crate::command::Failure;

/// The mark `demo::fill` sets first.
const MARK: &str = "demo";

/// Makes sure that the database is empty or the demo's own; with `fresh` removes the demo's own file first.
///
/// # Errors
/// It is somebody else's, or cannot be looked into.
pub(super) async fn prepare(url: &str, fresh: bool) -> Result<(), Failure> {
    let Some(file) = sqlite_file(url) else {
        if fresh {
            return Err(Failure::new(
                "--fresh removes a SQLite file; a PostgreSQL database has to be dropped and made again by its owner",
            ));
        }
        return check(url, &inspect::contents(url).await?);
    };
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

/// The file of a `SQLite` URL.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
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
    use super::*;

    fn contents(tables: &[&str], marks: &[&str]) -> Contents {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Contents {
            tables: owned(tables),
            marks: owned(marks),
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
        for url in ["sqlite:a/b.db", "sqlite://a/b.db?mode=rwc"] {
            assert_eq!(sqlite_file(url), Some(PathBuf::from("a/b.db")), "{url}");
        }
        assert_eq!(sqlite_file("sqlite:///a/b.db"), Some(PathBuf::from("/a/b.db")));
        assert_eq!(sqlite_file("postgres://h/d"), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("postgres://u:secret@h/d"), "postgres://u@h/d");
        assert_eq!(without_password("sqlite:a.db"), "sqlite:a.db");
    }
}
