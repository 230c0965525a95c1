//! One way to write a value down, so that phone and server reckon the same hash of it: JSON without blanks, the fields of
//! each object in the order of their names, numbers without an exponent and without zeros at the end (RFC 8785, for the
//! values that inputs are made of).

use std::collections::BTreeMap;

use async_graphql::Value;
use aws_lc_rs::digest;
use serde_json::Value as Json;

/// The largest whole number that every JSON reader keeps as it is.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// SHA-256 of the canonical form; none where a value has none.
pub(super) fn hash(value: &Value) -> Option<Vec<u8>> {
    let json = value.clone().into_json().ok()?;
    let text = canonical(&json);
    Some(digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec())
}

/// The canonical form of a JSON value.
pub fn canonical(value: &Json) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Depth is bounded by the guard's limit on nesting and by the JSON reader's.
fn write(value: &Json, text: &mut String) {
    match value {
        Json::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Json::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            text.push('{');
            for (at, (name, field)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Json::from(name.as_str()).to_string());
                text.push(':');
                write(field, text);
            }
            text.push('}');
        }
        Json::Number(number) => text.push_str(&number_text(number)),
        other => text.push_str(&other.to_string()),
    }
}

fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        // also -0, which JSON.stringify writes as 0
        Some(float) if float.fract() == 0.0 && float.abs() < WHOLE => format!("{:.0}", float + 0.0),
        Some(float) => format!("{float}"),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_in_order_and_nothing_is_blank() {
        let value = json!({"b": [1, 2.50, -3.0, true, null], "a": {"z": "Đặng \"Ân\"\n", "y": []}});
        assert_eq!(
            canonical(&value),
            "{\"a\":{\"y\":[],\"z\":\"Đặng \\\"Ân\\\"\\n\"},\"b\":[1,2.5,-3,true,null]}"
        );
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, text) in [
            (json!(0.0), "0"),
            (json!(-0.0), "0"),
            (json!(7.25), "7.25"),
            (json!(10.0), "10"),
            (json!(2026), "2026"),
        ] {
            assert_eq!(canonical(&number), text);
        }
    }

    #[test]
    fn one_value_has_one_hash_however_it_is_spelt() {
        let one = Value::from_json(json!({"a": 1, "b": 2.0})).unwrap();
        let other = Value::from_json(json!({"b": 2, "a": 1.0})).unwrap();
        assert_eq!(hash(&one), hash(&other));
        assert_ne!(hash(&one), hash(&Value::from_json(json!({"a": 1})).unwrap()));
    }
}
