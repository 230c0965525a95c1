//! One document for each root field, in `tests/operations`; the access matrix fails for a field without one.

use std::path::PathBuf;

/// The document of a root field, if there is one.
pub fn find(field: &str) -> Option<String> {
    std::fs::read_to_string(folder().join(format!("{field}.graphql"))).ok()
}

/// The document of a root field.
pub fn of(field: &str) -> String {
    match find(field) {
        Some(document) => document,
        None => panic!("tests/operations/{field}.graphql is missing"),
    }
}

/// The root fields that have a document, sorted.
pub fn all() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("tests/operations")
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_suffix(".graphql")
                .map(ToOwned::to_owned)
        })
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("operations")
}
