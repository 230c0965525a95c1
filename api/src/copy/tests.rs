//! What a record shows beside its own columns: noted when it changes, and reckoned as its own kind's.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};
use entity::table::record_change::RecordKind;

use super::size::FIELDS_OF;
use crate::schema::sdl;

/// Records by the names of their types.
const KINDS: [(&str, RecordKind); 4] = [
    ("Household", RecordKind::Household),
    ("Collective", RecordKind::Collective),
    ("Citizen", RecordKind::Citizen),
    ("Registration", RecordKind::Registration),
];

/// Fields that show rows of another table, whose changes are noted.
const NOTED: [(&str, &str, &str); 4] = [
    ("Household", "members", "household_member"),
    ("Registration", "certificate", "certificate"),
    ("Registration", "evidence", "evidence"),
    ("Registration", "scoreSheets", "score_sheet"),
];

/// Fields that need no note, and why.
const OTHERWISE: [(&str, &[(&str, &str)]); 4] = [
    (
        "they are told around the records",
        &[
            ("Household", "branch"),
            ("Household", "ward"),
            ("Collective", "branch"),
            ("Collective", "ward"),
            ("Citizen", "branch"),
            ("Citizen", "ward"),
            ("Registration", "branch"),
            ("Registration", "criteriaSet"),
        ],
    ),
    (
        "they are records themselves",
        &[
            ("Household", "registrations"),
            ("Collective", "registrations"),
            ("Citizen", "household"),
            ("Citizen", "institution"),
            ("Citizen", "registrations"),
            ("Registration", "household"),
            ("Registration", "subject"),
        ],
    ),
    (
        "they change with the registration's own row",
        &[
            ("Registration", "assessment"),
            ("Registration", "decision"),
            ("Registration", "journal"),
            ("Registration", "submission"),
        ],
    ),
    (
        "they are reckoned from several records and not kept in a copy",
        &[
            ("Household", "history"),
            ("Collective", "families"),
            ("Collective", "familyFigures"),
        ],
    ),
];

/// The fields of each record that are objects, or lists of them.
fn objects() -> BTreeMap<String, BTreeSet<String>> {
    let document = parse_schema(sdl()).unwrap();
    let types = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        });
    let (plain, mut records) = (["ID", "Int", "Float", "String", "Boolean"], BTreeMap::new());
    let mut words: BTreeSet<String> = plain.map(ToOwned::to_owned).into();
    for definition in types {
        let name = definition.name.node.to_string();
        match definition.kind {
            TypeKind::Scalar | TypeKind::Enum(_) => {
                words.insert(name);
            }
            TypeKind::Object(object) if KINDS.iter().any(|(kind, _)| *kind == name) => {
                let fields = object.fields.into_iter().map(|field| field.node);
                let typed = fields.map(|field| (field.name.node.to_string(), named(&field.ty.node)));
                records.insert(name, typed.collect::<Vec<_>>());
            }
            _ => {}
        }
    }
    let objects = |fields: Vec<(String, String)>| {
        let fields = fields.into_iter().filter(|(_, ty)| !words.contains(ty));
        fields.map(|(name, _)| name).collect()
    };
    records
        .into_iter()
        .map(|(name, fields)| (name, objects(fields)))
        .collect()
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(of) => named(of),
    }
}

/// A table that is shown as a part of a record and is forgotten here is missed by nobody but the person with the phone.
#[test]
fn what_a_record_shows_is_noted_or_needs_no_note() {
    let shown: BTreeSet<(String, String)> = objects()
        .into_iter()
        .flat_map(|(name, fields)| fields.into_iter().map(move |field| (name.clone(), field)))
        .collect();
    let owned = |(name, field): (&str, &str)| (name.to_owned(), field.to_owned());
    let otherwise = OTHERWISE.iter().flat_map(|(_, fields)| fields.iter().copied());
    let noted = NOTED.iter().map(|(name, field, _)| (*name, *field));
    let known: BTreeSet<(String, String)> = noted.chain(otherwise).map(owned).collect();
    assert_eq!(shown, known);
    let tables: BTreeSet<&str> = NOTED.iter().map(|(_, _, table)| *table).collect();
    assert_eq!(tables, migration::noted_parts().collect());
}

/// Else it would be reckoned as a part of every record of a page.
#[test]
fn what_one_kind_alone_shows_is_reckoned_as_its_own() {
    let objects = objects();
    for (name, kind) in KINDS {
        let others = || objects.iter().filter(|(other, _)| *other != name);
        for field in &objects[name] {
            let alone = !others().any(|(_, fields)| fields.contains(field));
            let own = FIELDS_OF
                .iter()
                .find(|(of, _)| *of == kind)
                .is_some_and(|(_, own)| own.contains(&field.as_str()));
            assert_eq!(alone, own, "{name}.{field}");
        }
    }
}
