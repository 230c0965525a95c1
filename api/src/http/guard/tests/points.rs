//! What an operation costs, and documents that are kept.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::page::CONNECTION;

#[test]
fn rows_are_the_product_of_page_sizes() {
    let nodes = |query: &str, variables: Value| with(query, &variables).map(|found| found.nodes);
    assert_eq!(nodes("{ a { b } }", json!({})), Ok(0));
    assert_eq!(nodes("{ a { edges { node { b } } } }", json!({})), Ok(20));
    assert_eq!(
        nodes("{ a { ...F } } fragment F on C { ... { nodes { b } } }", json!({})),
        Ok(20)
    );
    assert_eq!(
        nodes(
            "{ a(first: 100) { edges { node { b(first: 3) { nodes { c } } } } } }",
            json!({})
        ),
        Ok(400)
    );
    assert_eq!(
        nodes("{ a(last: 7) { c } b(first: 2, last: 9) { c } }", json!({})),
        Ok(16)
    );
    let two = "query($n: Int = 50) { a(first: $n) { edges { node { ...F } } } } fragment F on A { b(first: $n) { nodes { c } } }";
    assert_eq!(nodes(two, json!({})), Ok(2550));
    assert_eq!(nodes(two, json!({"n": 99})), Ok(9900));
    assert_eq!(
        nodes(two, json!({"n": 100})),
        Err(Refusal::TooManyNodes { max: 10_000 })
    );
    assert_eq!(
        nodes(two, json!({"n": u64::MAX})),
        Err(Refusal::TooManyNodes { max: 10_000 }),
        "saturates"
    );
    for odd in [json!(null), json!(-1), json!("100"), json!(1.5)] {
        assert_eq!(
            nodes(two, json!({"n": odd})),
            Ok(420),
            "{odd} counts as the default page"
        );
    }
    assert_eq!(nodes("{ a(first: 10000) { c } }", json!({})), Ok(10_000));
    assert_eq!(
        nodes("{ a(first: 10001) { c } }", json!({})),
        Err(Refusal::TooManyNodes { max: 10_000 })
    );
}

#[test]
fn one_list_is_only_so_long() {
    let sent = |entries: usize| json!({"v": {"ids": vec![0; entries]}});
    let query = "mutation($v: X) { a(b: $v) }";
    let held = |variables: &Value| inspect(query, None, variables.as_object().unwrap(), &Limits::default()).err();
    assert_eq!(held(&sent(500)), None);
    assert_eq!(held(&sent(501)), Some(Refusal::ListTooLong { max: 500 }));
    assert_eq!(
        held(&json!({"v": [vec![0; 400], vec![0; 400]]})),
        None,
        "each for itself"
    );
    let literal = |entries: usize| {
        let query = format!("{{ a(b: [{}]) }}", "1 ".repeat(entries));
        inspect(&query, None, &Map::new(), &Limits::default()).err()
    };
    assert_eq!(literal(500), None);
    assert_eq!(literal(501), Some(Refusal::ListTooLong { max: 500 }));
}

#[test]
fn points_are_the_sum_that_the_page_tells() {
    let points = |query: &str, variables: Value| with(query, &variables).unwrap().points;
    assert_eq!(points("{ a }", json!({})), 2);
    assert_eq!(
        points("{ a b c d e f g h i j }", json!({})),
        2,
        "ten fields are one point"
    );
    let many = "mutation($v: X) { a(items: $v) { results { ...F } } } fragment F on R { b(first: 3) { nodes { c } } }";
    assert_eq!(points(many, json!({"v": [1, 2]})), 22);
    let refused = with(many, &json!({"v": vec![0; 500]})).map(|found| found.nodes);
    assert_eq!(refused, Ok(1_500), "as many as are sent");
    let refused = with(&many.replace("first: 3", "first: 30"), &json!({"v": vec![0; 500]}));
    assert_eq!(refused.err(), Some(Refusal::TooManyNodes { max: 10_000 }));
    assert_eq!(
        points("{ changes { cursor } }", json!({})),
        202,
        "a page of its own size"
    );
    assert_eq!(points("{ a(first: 50) { edges { node { b } } } }", json!({})), 52);
    let list = json!({"v": vec![0; 30]});
    assert_eq!(points("query($v: X) { a(ids: $v) { b } }", list.clone()), 32);
    assert_eq!(points("mutation($v: X) { a(ids: $v) { b } }", list), 72);
    assert_eq!(points("mutation { signIn(a: 1) { b } }", json!({})), 62);
    assert_eq!(points("{ blankForms { b } familyFigures { c } }", json!({})), 2_522);
    let introspection = "{ __schema { types { name } } }";
    assert_eq!(points(introspection, json!({})), 2);
}

#[test]
fn a_prepared_document_is_judged_as_the_text_is() {
    let limits = Limits::default();
    let text = "query A($n: Int) { a(first: $n) { edges { node { ...F } } } } query B { b } fragment F on Q { c d }";
    let prepared = Prepared::read(text, &limits).unwrap();
    assert_eq!(prepared.operations(), ["A", "B"]);
    for (name, n) in [
        (Some("A"), 7),
        (Some("A"), 20_000),
        (Some("B"), 1),
        (Some("C"), 1),
        (None, 1),
    ] {
        let variables = json!({ "n": n });
        let variables = variables.as_object().unwrap();
        let told = |found: Result<Inspected, Refusal>| {
            found.map(|found| {
                (
                    found.operation_name,
                    found.root_fields,
                    found.fields,
                    found.nodes,
                    found.points,
                )
            })
        };
        let by_text = told(inspect(text, name, variables, &limits));
        assert_eq!(
            told(prepared.inspect(name, variables, &limits)),
            by_text,
            "{name:?} {n}"
        );
    }
    for refused in [
        nested(13),
        "mutation { a b }".to_owned(),
        "{ a".to_owned(),
        format!("{{ {} }}", "a ".repeat(11)),
    ] {
        assert_eq!(Prepared::read(&refused, &limits).err(), refusal(&refused), "{refused}");
    }
}

#[test]
fn the_worst_is_reckoned_with_the_largest_pages() {
    let limits = Limits::default();
    let worst = |text: &str| Prepared::read(text, &limits).unwrap().worst(&limits);
    assert_eq!(
        worst("query($n: Int = 5) { a(first: $n) { edges { node { b } } } }"),
        Ok(102)
    );
    assert_eq!(
        worst("query A { a } query B($n: Int) { a(first: $n) { b } }"),
        Ok(102),
        "the dearest"
    );
    let nested = "query($n: Int) { a(first: $n) { nodes { b(first: $n) { nodes { c } } } } }";
    assert_eq!(worst(nested), Err(Refusal::TooManyNodes { max: 10_000 }));
    assert_eq!(worst("query($n: Int) { changes(first: $n) { cursor } }"), Ok(502));
    assert_eq!(
        worst("mutation($v: X) { a(items: $v) { results { b(first: 3) { nodes { c } } } } }"),
        Ok(612)
    );
    assert_eq!(worst(&nested.replace("b(first: $n)", "b(first: 20)")), Ok(2_102));
}

/// A selection as it is generated: fields, pages with their size, and parts that are put into fragments.
#[derive(Debug, Clone)]
enum Part {
    Field,
    Page(Option<u64>, Vec<Part>),
    Inside(Vec<Part>),
    Spread(Vec<Part>),
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        Just(Part::Field),
        (0..5_u64).prop_map(|first| Part::Page(Some(first), Vec::new()))
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (prop::option::of(0..5_u64), parts()).prop_map(|(first, parts)| Part::Page(first, parts)),
            parts().prop_map(Part::Inside),
            parts().prop_map(Part::Spread),
        ]
    })
}

/// The text of a selection; fragments are put aside.
fn written(parts: &[Part], fragments: &mut Vec<String>) -> String {
    let mut text = String::from("leaf ");
    for part in parts {
        match part {
            Part::Field => text.push_str("field "),
            Part::Page(first, inner) => {
                let size = first.map_or_else(String::new, |first| format!("(first: {first})"));
                let inner = written(inner, fragments);
                text.push_str(&format!("list{size} {{ edges {{ node {{ {inner} }} }} }} "));
            }
            Part::Inside(inner) => {
                let inner = written(inner, fragments);
                text.push_str(&format!("object {{ {inner} }} "));
            }
            Part::Spread(inner) => {
                let inner = written(inner, fragments);
                let name = format!("F{}", fragments.len());
                fragments.push(format!("fragment {name} on Q {{ {inner} }}"));
                text.push_str(&format!("...{name} "));
            }
        }
    }
    text
}

/// The rows of an answer in which every page is full, counted as an answer would be walked: row by row.
fn answered(parts: &[Part]) -> u64 {
    let mut rows = 0;
    for part in parts {
        match part {
            Part::Field => {}
            Part::Page(first, inner) => {
                for _ in 0..first.unwrap_or(u64::from(CONNECTION.unsaid)) {
                    rows += 1 + answered(inner);
                }
            }
            Part::Inside(inner) | Part::Spread(inner) => rows += answered(inner),
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_answer_holds_more_rows_than_were_paid_for(parts in prop::collection::vec(part(), 0..4)) {
        let mut fragments = Vec::new();
        let text = format!("{{ {} }} {}", written(&parts, &mut fragments), fragments.join(" "));
        let limits = Limits { nodes: u64::MAX, fields: u32::MAX, levels: 200, depth: 200, tokens: 100_000, nesting: 200,
            query_bytes: 1 << 20, root_fields: u32::MAX, fragments: u32::MAX, spreads: u32::MAX, ..Limits::default() };
        let found = inspect(&text, None, &Map::new(), &limits).unwrap();
        let rows = answered(&parts);
        prop_assert!(found.nodes >= rows, "{text}: {} of {rows}", found.nodes);
        prop_assert!(found.points > rows, "{text}");
    }
}
