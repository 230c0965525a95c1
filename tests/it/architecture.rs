//! Who may use whom: the rules of `api/docs/architecture.md`, held against the source.

use std::fs;
use std::path::{Path, PathBuf};

const FEATURES: [&str; 6] = ["account", "household", "programme", "progress", "registration", "unit"];

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder, by its path from there, with its text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = house().join(folder);
    let (mut open, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).expect("below the root").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a source file")));
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found.sort();
    found
}

#[test]
fn api_does_not_depend_on_the_data_mapper() {
    let manifest = fs::read_to_string(house().join("api/Cargo.toml")).expect("api/Cargo.toml");
    for crate_name in ["sea-orm", "sqlx"] {
        assert!(
            !manifest.lines().any(|line| line.starts_with(crate_name)),
            "{crate_name}"
        );
    }
}

#[test]
fn scopes_are_granted_in_two_places_only() {
    for (name, text) in sources("api/src") {
        let may = name.starts_with("access/") || name.starts_with("command/");
        assert!(may || !text.contains("Scope::grant"), "{name} grants a scope");
    }
}

#[test]
fn workflow_and_input_know_no_database_and_workflow_no_graphql() {
    for (name, text) in sources("api/src") {
        let file = name.rsplit('/').next().unwrap_or_default();
        if matches!(file, "workflow.rs" | "input.rs") {
            for word in ["entity::scope", "entity::table", "async fn", ".await"] {
                assert!(!text.contains(word), "{name}: {word}");
            }
        }
        if matches!(file, "workflow.rs" | "store.rs") {
            assert!(!text.contains("use async_graphql"), "{name} knows GraphQL");
            assert!(!text.contains("use axum"), "{name} knows HTTP");
        }
    }
}

#[test]
fn a_feature_uses_another_through_its_door_only() {
    let rooms = ["store", "model", "mutation", "query", "input", "workflow", "decide"];
    for (name, text) in sources("api/src") {
        let Some((own, _)) = name.split_once('/').filter(|(own, _)| FEATURES.contains(own)) else {
            continue;
        };
        assert!(!text.contains("use axum"), "{name} knows HTTP");
        for feature in FEATURES.iter().filter(|feature| **feature != own) {
            for room in rooms {
                let inside = format!("crate::{feature}::{room}::");
                assert!(!text.contains(&inside), "{name} goes into {inside}");
            }
        }
    }
}

#[test]
fn only_the_backend_and_the_inspection_know_which_database_there_is() {
    for (name, text) in sources("entity/src") {
        let may = name.starts_with("scope/backend") || name.starts_with("scope/inspect");
        assert!(
            may || !text.contains("DbBackend::"),
            "{name} asks which database there is"
        );
    }
}
