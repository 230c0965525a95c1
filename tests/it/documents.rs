//! What clients read about the schema.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use khuyenhoc::schema;

/// The checked-in documents are what `khuyenhoc docs` writes today.
#[test]
fn generated_documents_are_up_to_date() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/docs");
    for (name, text) in khuyenhoc::command::documents() {
        let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            kept == text,
            "api/docs/{name} is not what `khuyenhoc docs` writes; run it"
        );
    }
}

#[test]
fn every_type_field_argument_and_value_is_described() {
    let document = parse_schema(schema::sdl()).expect("the SDL parses");
    let mut silent = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let (name, definition) = (definition.node.name.node.clone(), definition.node);
        if definition.description.is_none() {
            silent.push(name.to_string());
        }
        match definition.kind {
            TypeKind::Object(object) => {
                for field in object.fields {
                    if field.node.description.is_none() {
                        silent.push(format!("{name}.{}", field.node.name.node));
                    }
                    for argument in field
                        .node
                        .arguments
                        .iter()
                        .filter(|argument| argument.node.description.is_none())
                    {
                        silent.push(format!("{name}.{}({})", field.node.name.node, argument.node.name.node));
                    }
                }
            }
            TypeKind::Enum(words) => {
                let words = words.values.iter().filter(|value| value.node.description.is_none());
                silent.extend(words.map(|value| format!("{name}.{}", value.node.value.node)));
            }
            TypeKind::InputObject(input) => {
                let fields = input.fields.iter().filter(|field| field.node.description.is_none());
                silent.extend(fields.map(|field| format!("{name}.{}", field.node.name.node)));
            }
            _ => {}
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}
