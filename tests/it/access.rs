//! Every root field, every role, every place: what happens must be what the policy table says.
//!
//! The expectation is worked out here from the table alone, by plain comparison of places, not by the code that
//! enforces it. A field without a row, or without an operation to try it, fails.

mod place;
mod trial;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use entity::vocabulary::Role;
use khuyenhoc::access::Permission;
use khuyenhoc::access::gate::reach;
use khuyenhoc::access::policy::{FIELDS, Need, Operation};
use khuyenhoc::schema;
use tests::client::Client;
use tests::database::Kind;
use tests::factory::World;
use tests::lock::switch_row_level_security_off;
use tests::operation;

use place::{families, units};
use trial::{expected, expected_of_nobody, outcome, tries};

/// Root fields of the schema as clients see it.
fn root_fields() -> Vec<(Operation, String)> {
    let document = parse_schema(schema::sdl()).expect("the SDL parses");
    let mut fields = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let operation = match definition.node.name.node.as_str() {
            "Query" => Operation::Query,
            "Mutation" => Operation::Mutation,
            "Subscription" => Operation::Subscription,
            _ => continue,
        };
        let TypeKind::Object(object) = definition.node.kind else {
            continue;
        };
        fields.extend(
            object
                .fields
                .iter()
                .map(|field| (operation, field.node.name.node.to_string())),
        );
    }
    fields
}

/// Tries every cell and says what is not as the table says.
async fn assert_matrix(world: &World) {
    let (families, units) = (families(world).await, units(world));
    let mut faults = String::new();
    for (operation, field) in root_fields() {
        let row = FIELDS
            .iter()
            .find(|(known, name, _)| *known == operation && *name == field);
        let (Some((_, _, need)), Some(document)) = (row, operation::find(&field)) else {
            let lack = "has no row in policy::FIELDS, or no tests/operations file";
            writeln!(faults, "{field:24} {lack}").expect("text");
            continue;
        };
        let tries = tries(&field, &families, &units);
        if tries.is_empty() {
            writeln!(faults, "{field:24} is not tried: give it its places in trial.rs").expect("text");
        }
        for one in tries {
            let mut cells: Vec<(&str, Client, &str)> =
                vec![("anonymous", world.app.anonymous(), expected_of_nobody(*need, &one))];
            for (role, person) in world.roles() {
                cells.push((role.as_str(), person.client.clone(), expected(*need, role, &one)));
            }
            for (who, client, expected) in cells {
                if *need == Need::Nothing {
                    // one role's guess does not count for the next
                    world.app.database.sql("DELETE FROM attempt").await;
                }
                let answer = match operation {
                    Operation::Subscription => client.first_event(&document, one.variables.clone()).await,
                    _ => client.run(&document, one.variables.clone()).await,
                };
                let seen = outcome(&field, &answer);
                if seen != expected {
                    let place = &one.place;
                    writeln!(
                        faults,
                        "{field:24} {who:18} {place:24} expected {expected:16} got {seen} {}",
                        answer.json
                    )
                    .expect("text");
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

on_both! {
    async fn every_field_answers_every_role_as_the_table_says(kind) {
        assert_matrix(&World::build(kind).await).await;
    }
}

/// The mutations that an item of a batch may hold, by the schema.
fn batched() -> Vec<String> {
    let document = parse_schema(schema::sdl()).expect("the SDL parses");
    let item = document
        .definitions
        .into_iter()
        .find_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == "SyncItemInput" => {
                match definition.node.kind {
                    TypeKind::InputObject(input) => Some(input.fields),
                    _ => None,
                }
            }
            _ => None,
        });
    let fields = item.expect("the input of an item").into_iter();
    fields.map(|field| field.node.name.node.to_string()).collect()
}

on_both! {
    async fn a_batch_grants_no_more_than_its_fields(kind) {
        let world = World::build(kind).await;
        let (families, units) = (families(&world).await, units(&world));
        let document = operation::of("syncBatch");
        let mut faults = String::new();
        for field in batched() {
            let row = FIELDS.iter().find(|(known, name, _)| (*known, *name) == (Operation::Mutation, field.as_str()));
            let (_, _, need) = row.expect("an item has the name of a mutation");
            for one in tries(&field, &families, &units) {
                let item = serde_json::json!({ field.as_str(): one.variables["input"] });
                let input = serde_json::json!({"sentAt": tests::app::START, "items": [item]});
                for (role, person) in world.roles() {
                    let answer = person.client.run(&document, serde_json::json!({ "input": input })).await.ok();
                    let result = answer.data("syncBatch.results.0");
                    let seen = match (result["outcome"].as_str(), result["code"].as_str()) {
                        (Some("SCOPE_LOST"), None) => "NOT_FOUND",
                        (Some("SCOPE_LOST"), Some(code)) => code,
                        _ if result["payload"]["results"][0]["outcome"] == "NOT_FOUND" => "NOT_FOUND",
                        (Some("INVALID"), _) => "INVALID",
                        _ => "yes",
                    };
                    let expected = expected(*need, role, &one);
                    if seen != expected {
                        let (role, place) = (role.as_str(), &one.place);
                        writeln!(faults, "{field:24} {role:18} {place:24} expected {expected:16} got {seen} {result}").expect("text");
                    }
                }
            }
        }
        assert!(faults.is_empty(), "\n{faults}");
    }
}

/// The application's own filter, with nothing behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_matrix_holds_without_row_level_security() {
    let world = World::build(Kind::Postgres).await;
    switch_row_level_security_off(&world.app.database).await;
    assert_matrix(&world).await;
}

#[test]
fn rows_operations_and_fields_are_the_same() {
    let fields: BTreeSet<String> = root_fields().into_iter().map(|(_, name)| name).collect();
    let rows: BTreeSet<String> = FIELDS.iter().map(|(_, name, _)| (*name).to_owned()).collect();
    let operations: BTreeSet<String> = operation::all().into_iter().collect();
    assert_eq!(fields, rows, "the schema and policy::FIELDS");
    assert_eq!(fields, operations, "the schema and tests/operations");
}

#[test]
fn a_wider_level_never_reaches_less_when_reading() {
    use Permission::{HouseholdRead, ProgressRead, RegistrationRead, UnitRead};
    let levels = [
        Role::Family,
        Role::BranchHead,
        Role::WardOfficer,
        Role::DistrictOfficer,
        Role::CityOfficer,
    ];
    for permission in [UnitRead, ProgressRead, HouseholdRead, RegistrationRead] {
        assert!(
            levels.is_sorted_by_key(|role| reach(permission, *role)),
            "{permission:?}"
        );
    }
}
