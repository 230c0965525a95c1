//! Whether a document can be registered: it parses, is valid by the schema, and is within the limits whatever is sent
//! with it.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Request, Response};

use super::manifest::Document;
use crate::http::guard::{Limits, Prepared, Refusal};
use crate::schema::Schema;

/// What is stored of a document besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The document.
    pub document: Document,
    /// The names of its operations.
    pub name: String,
    /// What it costs with the largest pages.
    pub points: u64,
}

/// Looks at all documents.
///
/// # Errors
/// All that is wrong with any of them, a sentence each.
pub async fn check(schema: &Schema, documents: Vec<Document>, limits: &Limits) -> Result<Vec<Checked>, Vec<String>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for document in documents {
        match check_one(schema, &document.text, limits).await {
            Ok((name, points)) => found.push(Checked { document, name, points }),
            Err((name, wrong)) => {
                let named = format!("{name} ({})", document.hash);
                faults.extend(wrong.into_iter().map(|fault| format!("{named}: {fault}")));
            }
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// The names of the operations with the cost, or with all that is wrong.
///
/// # Errors
/// What the guard refuses, what the schema does not know.
pub async fn check_one(schema: &Schema, text: &str, limits: &Limits) -> Result<(String, u64), (String, Vec<String>)> {
    let told = |refusal: Refusal| format!("{}: {}", refusal.rule(), refusal.message(false));
    let prepared = match Prepared::read(text, limits) {
        Ok(prepared) => prepared,
        Err(refusal) => return Err(("unreadable".to_owned(), vec![told(refusal)])),
    };
    let name = prepared.operations().join(", ");
    let worst = prepared.worst(limits);
    let mut faults = invalid(schema, &prepared).await;
    match worst {
        Ok(points) if faults.is_empty() => Ok((name, points)),
        Ok(_) => Err((name, faults)),
        Err(refusal) => {
            faults.push(format!(
                "{}, with pages of 100 where a variable says how many",
                told(refusal)
            ));
            Err((name, faults))
        }
    }
}

/// What the engine's validation says.
async fn invalid(schema: &Schema, prepared: &Prepared) -> Vec<String> {
    let mut request = Request::new(String::new());
    if let [first, _, ..] = prepared.operations().as_slice() {
        request = request.operation_name(*first);
    }
    request.set_parsed_query(prepared.document().clone());
    let answer = schema.execute(request).await;
    let told = |error: async_graphql::ServerError| {
        let place = error.locations.first();
        let place = place.map_or_else(String::new, |place| {
            format!(" (line {}, column {})", place.line, place.column)
        });
        format!("{}{place}", error.message)
    };
    answer.errors.into_iter().map(told).collect()
}

/// Ends a request where its execution would begin: what is left of it is parsing and validation.
#[derive(Debug, Clone, Copy)]
pub struct NothingRuns;

impl ExtensionFactory for NothingRuns {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for NothingRuns {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    async fn faults(text: &str) -> Vec<String> {
        let checked = check_one(&schema::checker(), text, &Limits::default()).await;
        checked.map_or_else(|(_, faults)| faults, |_| Vec::new())
    }

    #[tokio::test]
    async fn a_good_document_has_a_name_and_a_cost_and_is_not_run() {
        let text = "query B { viewer { name } } query A($n: Int, $id: ID!) { households(first: $n, unitId: $id) { edges { node { id } } } } \
                    mutation C($i: SignInInput!) { signIn(input: $i) { accessToken } }";
        let checked = check_one(&schema::checker(), text, &Limits::default()).await;
        // a page of 100, four fields, and the question
        assert_eq!(checked, Ok(("A, B, C".to_owned(), 102)));
    }

    #[tokio::test]
    async fn what_the_schema_does_not_know_is_refused() {
        for (text, word) in [
            ("{ nothingOfTheKind }", "nothingOfTheKind"),
            ("query ($n: Strin) { viewer { id } }", "Strin"),
            ("{ unit { id } }", "required"),
            ("{ viewer { id(of: 1) } }", "of"),
            ("{ viewer { id }", "SYNTAX"),
            (
                "mutation { a: __typename stepUp(input: {}) { __typename } b: signOut }",
                "TOO_MANY_ROOT_MUTATIONS",
            ),
        ] {
            let found = faults(text).await;
            assert!(found.iter().any(|fault| fault.contains(word)), "{text}: {found:?}");
        }
    }

    #[tokio::test]
    async fn pages_inside_pages_whose_sizes_are_open_are_refused_and_all_faults_are_told() {
        let nested = |first: &str| {
            format!(
                "query Q($a: Int, $b: Int) {{ households(first: $a) {{ nodes: edges {{ node {{ id }} }} }} \
                 unit(id: \"u\") {{ children(first: $a) {{ edges {{ node {{ children(first: {first}) {{ edges {{ node {{ id }} }} }} }} }} }} }} {} }}",
                if first == "$b" {
                    ""
                } else {
                    "x: households(first: $b) { edges { node { id } } }"
                }
            )
        };
        assert!(
            faults(&nested("20")).await.is_empty(),
            "{:?}",
            faults(&nested("20")).await
        );
        let found = faults(&nested("$b")).await;
        assert!(found.len() == 1 && found[0].contains("TOO_MANY_NODES"), "{found:?}");
        let both = nested("$b").replace("{ id }", "{ id nowhere }");
        let found = faults(&both).await;
        assert!(found.len() >= 2, "{found:?}");
    }
}
