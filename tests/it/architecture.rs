//! Who may use whom: the rules of `api/docs/architecture.md`, held against the source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// The folders of `api/src` that are no features: who may ask, the operator's commands, the demo city, HTTP, and papers.
const NO_FEATURES: [&str; 5] = ["access", "command", "demo", "http", "paper"];

/// The files of a feature that are its own.
const ROOMS: [&str; 7] = ["store", "model", "mutation", "query", "input", "workflow", "decide"];

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

/// The crates that each crate of the workspace names as dependencies, of whatever kind and for whatever platform, under
/// the names that the registry knows.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(house())
        .output()
        .expect("running cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|package| {
            let needed = package["dependencies"].as_array().expect("dependencies");
            (name(package), needed.iter().map(name).collect())
        })
        .collect()
}

#[test]
fn the_crates_depend_on_each_other_as_the_map_says() {
    let dependencies = dependencies();
    let own: BTreeSet<String> = dependencies.keys().cloned().collect();
    for (name, expected) in [
        ("entity", vec![]),
        ("migration", vec![]),
        ("khuyenhoc", vec!["entity", "migration"]),
        ("tests", vec!["entity", "khuyenhoc", "migration"]),
    ] {
        let needed: Vec<&str> = dependencies[name].intersection(&own).map(String::as_str).collect();
        assert_eq!(needed, expected, "{name}");
    }
    assert_eq!(own.len(), 4, "{own:?}");
}

#[test]
fn api_does_not_depend_on_the_data_mapper() {
    let dependencies = dependencies();
    let mappers = |name: &str| -> Vec<String> {
        let is_mapper = |name: &&String| name.starts_with("sea-") || name.starts_with("sqlx");
        dependencies[name].iter().filter(is_mapper).cloned().collect()
    };
    assert!(mappers("khuyenhoc").is_empty(), "{:?}", mappers("khuyenhoc"));
    // the names are those that cargo tells
    assert!(mappers("entity").contains(&"sea-orm".to_owned()));
}

#[test]
fn scopes_are_granted_in_two_places_only() {
    for (name, text) in sources("api/src") {
        let may = name.starts_with("access/") || name.starts_with("command/");
        assert!(may || !text.contains("Scope::grant"), "{name} grants a scope");
    }
}

#[test]
fn errands_are_run_in_rooms_that_have_some() {
    let rooms = ["notice/", "push/", "relay/", "retention/"];
    for (name, text) in sources("api/src") {
        let may = rooms.iter().any(|room| name.starts_with(room));
        assert!(may || !text.contains(".errand("), "{name} runs an errand");
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

/// Every folder of `api/src` with a door of its own, but for those that are no features.
fn features() -> BTreeSet<String> {
    let sources = sources("api/src").into_iter();
    let doors = sources.filter_map(|(name, _)| name.strip_suffix("/mod.rs").map(str::to_owned));
    doors
        .filter(|name| !name.contains('/') && !NO_FEATURES.contains(&name.as_str()))
        .collect()
}

/// A file that its feature does not give out cannot be named by others: the compiler sees to the rest.
#[test]
fn a_feature_uses_another_through_its_door_only() {
    let features = features();
    for known in ["session", "live", "document", "household", "retention"] {
        assert!(features.contains(known), "{known}");
    }
    for (name, text) in sources("api/src") {
        let Some((own, file)) = name.split_once('/').filter(|(own, _)| features.contains(*own)) else {
            continue;
        };
        assert!(!text.contains("use axum"), "{name} knows HTTP");
        if file != "mod.rs" {
            continue;
        }
        for room in ROOMS {
            let open = text.lines().map(str::trim).find(|line| {
                let is_room = line.ends_with(&format!(" mod {room};"));
                is_room && line.starts_with("pub")
            });
            assert_eq!(open, None, "{own} gives its {room} out");
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
