//! Manifests: the documents of one version of an app, as build tools write them.
//!
//! Two forms are read: Apollo's (`"format": "apollo-persisted-query-manifest"`, a list of `operations` with `id` and
//! `body`) and Relay's (one object from id to text). In both an id must be the SHA-256 of its text, so that what a phone
//! asks for is what was looked at here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::DocumentHash;

/// What Apollo's tools write into `format`.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// The most documents of one manifest; the largest apps have some hundreds.
pub const MOST: usize = 2_000;

/// A document of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub hash: DocumentHash,
    /// Its text.
    pub text: String,
}

#[derive(Deserialize)]
struct Apollo {
    version: u32,
    operations: Vec<ApolloOperation>,
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

/// The documents of a manifest, each once, in the order of their text.
///
/// # Errors
/// All that is wrong with it, a sentence each.
pub fn read(text: &str) -> Result<Vec<Document>, Vec<String>> {
    let pairs = pairs(text).map_err(|fault| vec![fault])?;
    if pairs.is_empty() {
        return Err(vec!["the manifest holds no document".to_owned()]);
    }
    if pairs.len() > MOST {
        return Err(vec![format!("the manifest holds more than {MOST} documents")]);
    }
    let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
    for (id, text) in pairs {
        let hash = DocumentHash::of(&text);
        if DocumentHash::parse(&id) == Some(hash) {
            found.insert(text, hash);
        } else {
            faults.push(format!(
                "{id}: the id is not the SHA-256 of the text, which is {hash}; let the build tool use SHA-256 (Relay: \
                 persistConfig.algorithm)"
            ));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(found.into_iter().map(|(text, hash)| Document { hash, text }).collect())
}

/// Ids and texts as they stand there.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| format!("the manifest is not JSON: {error}"))?;
    let Value::Object(members) = json else {
        return Err("the manifest is not a JSON object".to_owned());
    };
    match members.get("format") {
        None => {
            let pairs = members.into_iter().map(|(id, text)| match text {
                Value::String(text) => Ok((id, text)),
                _ => Err(format!(
                    "{id}: not a text; a manifest is Apollo's, or an object from id to text"
                )),
            });
            pairs.collect()
        }
        Some(format) if format.as_str() == Some(APOLLO) => {
            let apollo: Apollo = serde_json::from_value(Value::Object(members))
                .map_err(|error| format!("the manifest is not as Apollo's tools write it: {error}"))?;
            if apollo.version != 1 {
                return Err(format!("the manifest has version {}; 1 is known", apollo.version));
            }
            let operations = apollo.operations.into_iter();
            Ok(operations.map(|operation| (operation.id, operation.body)).collect())
        }
        Some(_) => Err(format!("the manifest has another format than {APOLLO}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> String {
        DocumentHash::of(text).to_string()
    }

    fn faults(manifest: &Value) -> Vec<String> {
        read(&manifest.to_string()).unwrap_err()
    }

    #[test]
    fn both_forms_give_the_same_documents() {
        let (a, b) = ("query A { viewer { id } }", "query B { viewer { name } }");
        let apollo = json!({"format": APOLLO, "version": 1, "operations": [
            {"id": id(b), "name": "B", "type": "query", "body": b},
            {"id": id(a), "name": "A", "type": "query", "body": a},
        ]});
        let relay = json!({ id(a): a, (format!("sha256:{}", id(b))): b });
        let found = read(&apollo.to_string()).unwrap();
        assert_eq!(found, read(&relay.to_string()).unwrap());
        let texts: Vec<&str> = found.iter().map(|document| document.text.as_str()).collect();
        assert_eq!(texts, [a, b]);
    }

    #[test]
    fn a_document_that_stands_there_twice_is_one() {
        let one = json!({"id": id("{ a }"), "name": "A", "type": "query", "body": "{ a }"});
        let manifest = json!({"format": APOLLO, "version": 1, "operations": [one, one]});
        assert_eq!(read(&manifest.to_string()).unwrap().len(), 1);
    }

    #[test]
    fn every_wrong_id_is_told() {
        let found = faults(&json!({ id("{ a }"): "{ b }", "0f1e": "{ c }", id("{ d }"): "{ d }" }));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|fault| fault.starts_with("0f1e: ")));
    }

    #[test]
    fn what_is_no_manifest_is_told_why() {
        for (manifest, word) in [
            (json!([]), "object"),
            (json!({}), "no document"),
            (json!({"a": 1}), "not a text"),
            (json!({"format": "other"}), "another format"),
            (json!({"format": APOLLO, "version": 2, "operations": []}), "version 2"),
            (json!({"format": APOLLO, "operations": 1}), "Apollo"),
        ] {
            let found = faults(&manifest);
            assert!(found.len() == 1 && found[0].contains(word), "{manifest}: {found:?}");
        }
        assert!(read("{").unwrap_err()[0].contains("not JSON"));
    }

    #[test]
    fn no_manifest_is_without_end() {
        let documents: serde_json::Map<String, Value> = (0..=MOST)
            .map(|at| {
                let text = format!("{{ a{at} }}");
                (id(&text), Value::String(text))
            })
            .collect();
        assert!(faults(&Value::Object(documents))[0].contains("more than"));
    }
}
