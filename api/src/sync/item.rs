//! An item as the phone sent it: its name, its key, what it makes and what it names. Pure.

use std::collections::HashSet;

use async_graphql::{ID, Value};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::global_id::{GlobalId, NodeKind, decode};

/// An item as it was sent.
pub(super) struct Item {
    /// The mutation.
    pub(super) operation: String,
    /// The key the phone made.
    pub(super) key: Uuid,
    /// Its input.
    pub(super) input: Value,
    /// The record that the phone has given an id.
    pub(super) makes: Option<Uuid>,
    /// The ids of records that its input names.
    names: Vec<GlobalId>,
}

impl Item {
    /// The items in the argument of a batch that the engine has read already.
    ///
    /// # Errors
    /// INTERNAL when it is not what the engine has read.
    pub(super) fn all(input: Value) -> Result<Vec<Self>> {
        let Value::Object(mut batch) = input else {
            return Err(unread());
        };
        match batch.swap_remove("items") {
            Some(Value::List(items)) => items.into_iter().map(Self::of).collect(),
            // one value stands for a list of one
            Some(item) => Ok(vec![Self::of(item)?]),
            None => Err(unread()),
        }
    }

    fn of(item: Value) -> Result<Self> {
        let Value::Object(item) = item else {
            return Err(unread());
        };
        let (operation, input) = item.into_iter().next().ok_or_else(unread)?;
        let mut names = Vec::new();
        collect(&input, &mut names);
        Ok(Self {
            key: uuid_in(&input, "idempotencyKey").ok_or_else(unread)?,
            // elsewhere `id` is the global id of what is changed
            makes: uuid_in(&input, "id"),
            operation: operation.to_string(),
            input,
            names,
        })
    }

    /// The first of these records that it names.
    pub(super) fn named_among(&self, records: &[(Uuid, Uuid)]) -> Option<Uuid> {
        let named: HashSet<Uuid> = self.names.iter().map(|name| name.id).collect();
        let waits = records.iter().find(|(made, _)| named.contains(made));
        waits.map(|(_, key)| *key)
    }

    /// When its button was pressed by the phone's own clock, where it says so.
    pub(super) fn device_time(&self) -> Option<DateTime<Utc>> {
        match text_in(&self.input, "deviceTime") {
            Some(text) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
            None => None,
        }
    }

    /// The records that it makes or names; units are not among them.
    pub(super) fn records(&self) -> impl Iterator<Item = Uuid> {
        let named = self.names.iter().filter(|name| name.kind != NodeKind::Unit);
        self.makes.into_iter().chain(named.map(|name| name.id))
    }

    /// The units that it names.
    pub(super) fn units(&self) -> impl Iterator<Item = GlobalId> {
        self.names.iter().copied().filter(|name| name.kind == NodeKind::Unit)
    }
}

fn unread() -> Error {
    Error::Internal("a batch is not what was read".to_owned())
}

fn text_in<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    match input {
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn uuid_in(input: &Value, name: &str) -> Option<Uuid> {
    text_in(input, name).and_then(|text| Uuid::parse_str(text).ok())
}

/// Every text that is a global id; the depth is bounded as that of all input.
fn collect(value: &Value, names: &mut Vec<GlobalId>) {
    match value {
        Value::String(text) => names.extend(decode(&ID(text.clone()), "").ok()),
        Value::List(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use entity::id::TenantId;
    use serde_json::json;

    use super::*;
    use crate::global_id::encode;

    fn items(items: &serde_json::Value) -> Result<Vec<Item>> {
        Item::all(Value::from_json(json!({"sentAt": "2026-11-20T08:00:00Z", "items": items})).unwrap())
    }

    #[test]
    fn an_item_says_what_it_makes_and_what_it_names() {
        let (key, made) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let household = encode(NodeKind::Household, TenantId(Uuid::from_u128(3)), made);
        let unit = encode(NodeKind::Unit, TenantId(Uuid::from_u128(3)), Uuid::from_u128(4));
        let sent = json!([
            {"createHousehold": {"idempotencyKey": key, "id": made, "branchId": unit.as_str()}},
            {"registerHousehold": {"idempotencyKey": Uuid::from_u128(5), "householdId": household.as_str()}},
            {"updateHousehold": {"idempotencyKey": Uuid::from_u128(6), "id": household.as_str()}},
        ]);
        let read = items(&sent).unwrap();
        assert_eq!(read[0].operation, "createHousehold");
        assert_eq!((read[0].key, read[0].makes), (key, Some(made)));
        assert_eq!(read[0].units().count(), 1);
        let open = [(made, key)];
        assert_eq!(read[0].named_among(&open), None);
        assert_eq!(read[1].named_among(&open), Some(key));
        assert_eq!((read[2].makes, read[2].named_among(&open)), (None, Some(key)));
    }

    #[test]
    fn what_the_engine_would_not_have_read_is_a_fault() {
        for sent in [json!([{}]), json!([1]), json!([{"createHousehold": {}}])] {
            assert_eq!(items(&sent).err().map(|error| error.code()), Some("INTERNAL"));
        }
    }
}
