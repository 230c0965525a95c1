mod points;

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

/// Lists of any length, so that tokens and values come to their own limits.
fn long_lists() -> Limits {
    Limits {
        list: u32::MAX,
        ..Limits::default()
    }
}

fn inspected(query: &str) -> Result<Inspected, Refusal> {
    inspect(query, None, &Map::new(), &long_lists())
}

fn refusal(query: &str) -> Option<Refusal> {
    inspected(query).err()
}

fn with(query: &str, variables: &Value) -> Result<Inspected, Refusal> {
    inspect(query, None, variables.as_object().unwrap(), &long_lists())
}

fn times(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join(" ")
}

fn nested(depth: usize) -> String {
    format!("{}a{}", "{a".repeat(depth - 1) + "{", "}".repeat(depth))
}

/// `chain` fragments, each spreading the next `fan` times, the last one holding `leaf`.
fn fan_out(chain: usize, fan: usize, leaf: &str) -> String {
    let middle = times(chain, |at| {
        format!("fragment F{at} on Q {{ {} }}", format!("...F{} ", at + 1).repeat(fan))
    });
    format!("{{ ...F0 }} {middle} fragment F{chain} on Q {{ {leaf} }}")
}

#[test]
fn what_has_to_be_sent_is_there() {
    let text = "query A($a: Int!, $b: Int! = 1, $c: Int, $d: [Int!]!) { f(a: $a, b: $b, c: $c, d: $d) }";
    let missing = |variables: Value| with(text, &variables).err();
    assert_eq!(missing(serde_json::json!({"a": 0, "d": []})), None);
    let at = |column| Some(Refusal::VariableMissing { line: 1, column });
    assert_eq!(missing(serde_json::json!({"d": []})), at(9));
    assert_eq!(missing(serde_json::json!({"a": null, "d": []})), at(9));
    assert_eq!(missing(serde_json::json!({"a": 1})), at(42));
}

#[test]
fn deep_texts_of_every_shape_are_refused_on_a_small_stack() {
    let shapes = [
        ("{a", "{a"),
        ("query($a:", "["),
        ("{a(b:", "["),
        ("{a(b:", "{c:"),
        ("{a(b:", "("),
        ("{...", "{..."),
    ];
    for (start, repeat) in shapes {
        for count in [66, 1000, 30_000] {
            let query = format!("{start}{}", repeat.repeat(count));
            let limits = Limits {
                query_bytes: 1 << 20,
                tokens: 1 << 20,
                ..Limits::default()
            };
            let answer = std::thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || inspect(&query, None, &Map::new(), &limits).err())
                .unwrap();
            assert_eq!(
                answer.join().unwrap(),
                Some(Refusal::TooNested { max: 64 }),
                "{start} {repeat} x {count}"
            );
        }
    }
}

#[test]
fn the_deepest_text_allowed_fits_a_worker_thread() {
    let list = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
    let object = |depth: usize| format!("{{ a(b: {}1{}) }}", "{c:".repeat(depth), "}".repeat(depth));
    let kind = |depth: usize| {
        format!(
            "query($v: {}Int{}) {{ a(b: $v) }}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    let default = |depth: usize| format!("query($v: X = {}{}) {{ a }}", "[".repeat(depth), "]".repeat(depth));
    assert!(inspected(&list(62)).is_ok());
    assert!(inspected(&object(62)).is_ok());
    assert!(inspected(&kind(63)).is_ok());
    assert!(inspected(&default(63)).is_ok());
    for query in [list(63), object(63), kind(64), default(64)] {
        assert_eq!(refusal(&query), Some(Refusal::TooNested { max: 64 }), "{query}");
    }
}

#[test]
fn fan_out_is_refused_in_milliseconds_whatever_stands_at_its_end() {
    let fields = Refusal::TooManyFields { max: 500 };
    let introspection = Refusal::TooManyFields { max: 2000 };
    let begin = Instant::now();
    for (chain, fan, leaf, expected) in [
        (7, 10, "a", fields),
        (10, 10, "a", fields),
        (28, 20, "a", fields),
        (10, 10, "__typename @skip(if: true)", fields),
        (10, 10, "...Unknown", Refusal::TooManySpreads { max: 500 }),
        (10, 10, "__schema { a }", introspection),
    ] {
        assert_eq!(
            refusal(&fan_out(chain, fan, leaf)),
            Some(expected),
            "{fan}^{chain} {leaf}"
        );
    }
    let unused = fan_out(10, 10, "a").replace("{ ...F0 }", "{ a }");
    assert_eq!(refusal(&unused), Some(introspection));
    // Milliseconds each; the bound is for debug builds on a busy machine.
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn a_long_chain_of_fragments_counts_as_nesting() {
    // The operation is level 1, each fragment one more.
    assert!(inspected(&fan_out(30, 1, "a")).is_ok());
    assert_eq!(refusal(&fan_out(31, 1, "a")), Some(Refusal::TooNested { max: 32 }));
    // Weighed first from above, then met again further down.
    let twice =
        "{ ...F a { a { ...F } } } fragment F on Q ".to_owned() + &"{ ... ".repeat(29) + "{ a }" + &"}".repeat(29);
    assert_eq!(refusal(&twice), Some(Refusal::TooNested { max: 32 }));
}

#[test]
fn cycles_are_refused_and_unknown_fragments_left_to_validation() {
    assert_eq!(
        refusal("{ ...A } fragment A on Q { ...A }"),
        Some(Refusal::FragmentCycle)
    );
    assert_eq!(
        refusal("{ ...A } fragment A on Q { b { ...B } } fragment B on Q { ... { ...A } }"),
        Some(Refusal::FragmentCycle)
    );
    assert_eq!(
        refusal("{ a } fragment A on Q { ...B } fragment B on Q { ...A }"),
        Some(Refusal::FragmentCycle)
    );
    assert!(inspected("{ a ...Nowhere }").is_ok());
}

#[test]
fn size_and_tokens_at_the_limit() {
    let padded = |bytes: usize| format!("{{ a }} #{}", "x".repeat(bytes - 7));
    assert!(inspected(&padded(16_384)).is_ok());
    assert_eq!(refusal(&padded(16_385)), Some(Refusal::TooLong { max: 16_384 }));
    assert!(inspected(&format!("{{ a(b: [{}]) }}", "1 ".repeat(1991))).is_ok());
    assert_eq!(
        refusal(&format!("{{ a(b: [{}]) }}", "1 ".repeat(1992))),
        Some(Refusal::TooManyTokens { max: 2000 })
    );
}

#[test]
fn depth_counts_fields_and_not_fragments() {
    assert!(inspected(&nested(12)).is_ok());
    assert_eq!(refusal(&nested(13)), Some(Refusal::TooDeep { max: 12 }));
    let inside = |depth: usize| format!("{{ a {{ ... on Q {{ ...F }} }} }} fragment F on Q {}", nested(depth));
    assert!(inspected(&inside(11)).is_ok());
    assert_eq!(refusal(&inside(12)), Some(Refusal::TooDeep { max: 12 }));
}

#[test]
fn fields_and_spreads_at_the_limit_through_fragments() {
    let query = |count: usize| {
        format!(
            "{{ a {{ {} {} }} }} fragment F on Q {{ a b c d }}",
            "...F ".repeat(count),
            "x y z"
        )
    };
    assert_eq!(inspected(&query(124)).unwrap().fields, 500);
    assert_eq!(refusal(&query(125)), Some(Refusal::TooManyFields { max: 500 }));
    let inline = |count: usize| format!("{{ a {{ {} }} }}", "...{...U} ".repeat(count));
    assert!(inspected(&inline(250)).is_ok());
    assert_eq!(refusal(&inline(251)), Some(Refusal::TooManySpreads { max: 500 }));
}

#[test]
fn aliases_and_directives_at_the_limit_through_fragments() {
    let aliased = |own: usize| {
        format!(
            "{{ a {{ ...F ...F {} }} }} fragment F on Q {{ {} }}",
            times(own, |n| format!("o{n}: x")),
            times(10, |n| format!("f{n}: x"))
        )
    };
    assert!(inspected(&aliased(10)).is_ok());
    assert_eq!(refusal(&aliased(11)), Some(Refusal::TooManyAliases { max: 30 }));
    let directed = |own: usize| {
        format!(
            "query($v: Int @d) @d {{ ...F @d ...F @d ... @d {{ a {} }} }} fragment F on Q @d {{ b {} }}",
            "@d".repeat(own),
            "@d".repeat(19)
        )
    };
    assert!(inspected(&directed(5)).is_ok());
    assert_eq!(refusal(&directed(6)), Some(Refusal::TooManyDirectives { max: 50 }));
}

#[test]
fn operations_fragments_and_variables_at_the_limit() {
    let operations = |count: usize| times(count, |n| format!("query Q{n} {{ a }}"));
    let named = |query: &str| inspect(query, Some("Q3"), &Map::new(), &Limits::default());
    assert_eq!(named(&operations(10)).unwrap().operation_name.as_deref(), Some("Q3"));
    assert_eq!(
        named(&operations(11)).err(),
        Some(Refusal::TooManyOperations { max: 10 })
    );
    let fragments = |count: usize| "{ a }".to_owned() + &times(count, |n| format!("fragment F{n} on Q {{ a }}"));
    assert!(inspected(&fragments(50)).is_ok());
    assert_eq!(refusal(&fragments(51)), Some(Refusal::TooManyFragments { max: 50 }));
    let variables = |count: usize| format!("query({}) {{ a }}", times(count, |n| format!("$v{n}: Int")));
    assert!(inspected(&variables(50)).is_ok());
    assert_eq!(refusal(&variables(51)), Some(Refusal::TooManyVariables { max: 50 }));
}

#[test]
fn the_operation_is_chosen_as_the_specification_says() {
    let choose = |query: &str, name| inspect(query, name, &Map::new(), &Limits::default());
    assert_eq!(
        choose("query A { a } query B { b }", None).err(),
        Some(Refusal::SeveralOperations)
    );
    assert_eq!(
        choose("query A { a } query B { b }", Some("C")).err(),
        Some(Refusal::UnknownOperation)
    );
    assert_eq!(choose("{ a }", Some("A")).err(), Some(Refusal::UnknownOperation));
    assert_eq!(
        choose("query A { a }", None).unwrap().operation_name.as_deref(),
        Some("A")
    );
    assert_eq!(
        choose("query A { a } mutation B { b }", Some("B")).unwrap().kind,
        OperationType::Mutation
    );
    assert_eq!(choose("fragment F on Q { a }", None).err(), Some(Refusal::NoOperation));
    assert_eq!(
        choose("{ a } query B { b }", None).err(),
        Some(Refusal::AnonymousNotAlone { line: 1, column: 1 })
    );
    assert_eq!(
        choose("query B { b }\nquery B { b }", None).err(),
        Some(Refusal::DuplicateName { line: 2, column: 1 })
    );
    assert_eq!(choose("{ a }\n { secret", None).err().unwrap().rule(), "SYNTAX");
    assert!(
        choose(
            "query A { a } query B { b(first: 99) { edges { c(first: 999) { d } } } }",
            Some("A")
        )
        .is_ok(),
        "not run"
    );
    assert!(
        choose(&format!("query A {{ a }} query B {}", nested(13)), Some("A")).is_err(),
        "but validated"
    );
}

#[test]
fn root_fields_are_found_through_fragments_and_limited() {
    let found =
        inspected("{ a ...F ... on Q @skip(if: true) { x: c } a } fragment F on Q { b @include(if: false) }").unwrap();
    let keys: Vec<_> = found
        .root_fields
        .iter()
        .map(|root| (root.name.as_str(), root.response_key.as_str()))
        .collect();
    assert_eq!(keys, [("a", "a"), ("b", "b"), ("c", "x"), ("a", "a")]);
    assert!(inspected(&format!("{{ {} }}", "a ".repeat(10))).is_ok());
    assert_eq!(
        refusal(&format!("{{ {} }}", "a ".repeat(11))),
        Some(Refusal::TooManyRootFields { max: 10 })
    );
    assert!(inspected("mutation { a __typename }").is_ok());
    let one = Some(Refusal::TooManyRootMutations { max: 1 });
    assert_eq!(refusal("mutation { a b: a }"), one);
    assert_eq!(refusal("mutation { a a }"), one);
    assert_eq!(refusal("mutation { ...F ...F } fragment F on M { a }"), one);
    assert_eq!(refusal("mutation { a @skip(if: true) ... { b } }"), one);
    assert!(inspected("subscription { a }").is_ok());
    assert_eq!(
        refusal("subscription { a __typename }"),
        Some(Refusal::TooManySubscriptions { max: 1 })
    );
}

#[test]
fn input_values_count_at_each_use_of_a_variable() {
    let query = |uses: usize| format!("query($v: X) {{ a {{ {} }} }}", "b(c: $v) ".repeat(uses));
    let list = json!({"v": vec![0; 1998]});
    assert!(
        with(&query(10), &list).is_ok(),
        "1 for the variable, 1 for the list, 1998 in it: 2000 a use"
    );
    assert_eq!(
        with(&query(11), &list).err(),
        Some(Refusal::TooManyValues { max: 20_000 })
    );
    let literal = format!(
        "{{ a {{ {} }} }} fragment F on Q {{ b(c: [{}]) }}",
        "...F ".repeat(15),
        "1 ".repeat(1500)
    );
    assert_eq!(refusal(&literal), Some(Refusal::TooManyValues { max: 20_000 }));
}

#[test]
fn introspection_is_measured_apart() {
    // What graphql-js 16 sends, shortened to its shape: depth 15 with the nine levels of `ofType`.
    let of_type = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let tools = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} directives {{ name args {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind fields(includeDeprecated: true) {{ name args(includeDeprecated: true) {{ ...InputValue }} \
         type {{ ...TypeRef }} }} inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name type {{ ...TypeRef }} defaultValue }} fragment TypeRef on __Type {{ kind {of_type} }}"
    );
    assert!(inspected(&tools).is_ok(), "{:?}", refusal(&tools));
    let deep = |depth: usize| format!("{{ __type(name: \"A\") {} }}", nested(depth - 1));
    assert!(inspected(&deep(20)).is_ok());
    assert_eq!(refusal(&deep(21)), Some(Refusal::TooDeep { max: 20 }));
    let wide = |count: usize| {
        format!(
            "{{ __schema {{ {} }} }} fragment F on T {{ {} }}",
            "...F ".repeat(count),
            "a ".repeat(199)
        )
    };
    assert!(inspected(&wide(10)).is_ok());
    assert_eq!(refusal(&wide(11)), Some(Refusal::TooManyFields { max: 2000 }));
    assert!(inspected("{ __schema { types { fields { type { fields { name } } } } } }").is_ok());
    assert_eq!(
        refusal("{ __schema { types { fields { type { interfaces { possibleTypes { name } } } } } } }"),
        Some(Refusal::IntrospectionTooWide { max: 2 })
    );
}

#[test]
fn refusals_speak_both_languages_and_never_quote_the_query() {
    let refused = refusal("{ a(secretNumber: 0912345678").unwrap();
    for vi in [true, false] {
        assert!(!refused.message(vi).contains("0912345678") && !refused.message(vi).contains("secretNumber"));
    }
    assert_eq!(
        refused.message(false),
        "The query has a syntax error (line 1, column 20)"
    );
    assert_eq!(
        Refusal::TooDeep { max: 12 }.message(true),
        "Trường lồng nhau quá sâu (tối đa 12)"
    );
    assert_eq!(Refusal::FragmentCycle.message(false), "A fragment spreads itself");
    assert_eq!(Refusal::TooManyNodes { max: 10_000 }.rule(), "TOO_MANY_NODES");
}
