//! What a key has left, and what a receipt says of it. Pure.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::table::idempotency;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Receipt, ReceiptOutcome, ReceiptProof};
use crate::app::App;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::sent::Sent;

/// What a record is, and where its id stands in what is kept under a key.
type Place = (NodeKind, &'static str);

/// The mutations that can be done offline: whether one makes something new, and the one record that it made or was about.
#[rustfmt::skip]
const OFFLINE: [(&str, bool, Option<Place>); 24] = [
    ("createHousehold",       true,  Some((NodeKind::Household, "/Household"))),
    ("updateHousehold",       false, None),
    ("createCollective",      true,  Some((NodeKind::Collective, "/Collective"))),
    ("updateCollective",      false, None),
    ("createCitizen",         true,  Some((NodeKind::Citizen, "/Citizen"))),
    ("updateCitizen",         false, None),
    ("registerHousehold",     true,  Some((NodeKind::Registration, "/registration"))),
    ("registerSubject",       true,  Some((NodeKind::Registration, "/registration"))),
    ("registerAgain",         true,  None),
    ("submitRegistration",    false, Some((NodeKind::Registration, "/registration"))),
    ("withdrawRegistration",  false, Some((NodeKind::Registration, "/registration"))),
    ("approveRegistrations",  false, None),
    ("returnRegistrations",   false, None),
    ("rejectRegistrations",   false, None),
    ("sendBackRegistrations", false, None),
    ("declineRegistrations",  false, None),
    ("undoDecision",          false, None),
    ("saveScoreSheet",        false, Some((NodeKind::ScoreSheet, "/sheet"))),
    ("submitScoreSheet",      false, Some((NodeKind::ScoreSheet, "/sheet"))),
    ("beginUpload",           true,  Some((NodeKind::Evidence, "/id"))),
    ("removeEvidence",        false, Some((NodeKind::Registration, ""))),
    ("enterAssessment",       true,  Some((NodeKind::Assessment, "/0"))),
    ("enterComplaint",        true,  Some((NodeKind::Complaint, "/complaint"))),
    ("answerComplaint",       false, Some((NodeKind::Complaint, "/complaint"))),
];

/// The steps of many among them, and where what became of each entry of the list stands in what is kept.
const OF_MANY: [(&str, &str); 8] = [
    ("approveRegistrations", ""),
    ("returnRegistrations", ""),
    ("rejectRegistrations", ""),
    ("sendBackRegistrations", ""),
    ("declineRegistrations", ""),
    ("undoDecision", ""),
    ("registerAgain", ""),
    ("enterAssessment", "/1"),
];

/// Whether a mutation makes something new.
pub fn creates(operation: &str) -> bool {
    OFFLINE.iter().any(|(name, creates, _)| *name == operation && *creates)
}

/// What a key of the viewer's own has left.
pub struct Kept(pub(super) idempotency::Model);

impl Kept {
    /// Whether it was for this, sent alike.
    pub fn is_of(&self, operation: &str, sent: &Sent) -> bool {
        self.0.operation == operation && self.0.sent_hash.is_some() && self.0.sent_hash.as_deref() == sent.hash()
    }

    /// The server's word for it.
    pub fn receipt(&self, app: &App, now: DateTime<Utc>) -> Receipt {
        let row = &self.0;
        let kept: Value = serde_json::from_str(&row.outcome).unwrap_or_default();
        let not_done = not_done(&row.operation, &kept);
        let outcome = match creates(&row.operation) && !was_there(&kept) {
            _ if !not_done.is_empty() => ReceiptOutcome::AppliedInPart,
            true => ReceiptOutcome::Created,
            false => ReceiptOutcome::Applied,
        };
        Receipt {
            key: row.key,
            operation: row.operation.clone(),
            outcome,
            at: row.created_at.with_timezone(&HANOI),
            record_id: record(&row.operation, &kept).map(|(kind, id)| encode(kind, row.tenant_id, id)),
            proof: self.proof(app, (outcome, &not_done), now),
            not_done,
        }
    }

    fn proof(&self, app: &App, done: (ReceiptOutcome, &[i32]), now: DateTime<Utc>) -> Option<ReceiptProof> {
        let payload_hash = hex(self.0.sent_hash.as_deref()?);
        let signed = text(&self.0, &payload_hash, done);
        let (key_id, signature) = app.receipts.sign(&signed, now)?;
        Some(ReceiptProof {
            payload_hash,
            signed,
            signature,
            key_id,
        })
    }
}

/// The words that are signed: nine lines, each ended by a line feed. The last names what a step of many was not done for.
fn text(row: &idempotency::Model, hash: &str, (outcome, not_done): (ReceiptOutcome, &[i32])) -> String {
    let not_done: Vec<String> = not_done.iter().map(ToString::to_string).collect();
    format!(
        "khuyenhoc-receipt-1\n{}\n{}\n{hash}\n{}\n{}\n{}\n{}\n{}\n",
        row.key,
        row.operation,
        row.tenant_id.0,
        row.account_id.0,
        outcome.word(),
        row.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        not_done.join(","),
    )
}

/// Whether nothing was made, because what was told of was there already.
fn was_there(kept: &Value) -> bool {
    kept.pointer("/added") == Some(&Value::Bool(false))
}

/// The one record that was made, or that it was about.
fn record(operation: &str, kept: &Value) -> Option<(NodeKind, Uuid)> {
    let (_, _, record) = OFFLINE.iter().find(|(name, _, _)| *name == operation)?;
    let (kind, place) = (*record)?;
    let id = kept.pointer(place)?.as_str()?;
    Some((kind, Uuid::parse_str(id).ok()?))
}

/// The places in its list of what a step of many was not done for.
fn not_done(operation: &str, kept: &Value) -> Vec<i32> {
    let place = OF_MANY
        .iter()
        .find(|(name, _)| *name == operation)
        .map(|(_, place)| place);
    let list = place.and_then(|place| kept.pointer(place)?.as_array());
    let each = (0..).zip(list.into_iter().flatten());
    each.filter(|(_, done)| *done != "Applied").map(|(at, _)| at).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing into a text does not fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_graphql::parser::parse_schema;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;

    fn row(operation: &str, outcome: &str) -> idempotency::Model {
        idempotency::Model {
            tenant_id: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(2).into(),
            account_id: Uuid::from_u128(3).into(),
            key: Uuid::from_u128(4),
            operation: operation.to_owned(),
            payload_hash: vec![0; 32],
            sent_hash: Some(vec![0xab; 32]),
            outcome: outcome.to_owned(),
            created_at: "2026-11-20T08:00:00.123456Z".parse().unwrap(),
        }
    }

    /// The vector of `api/docs/mobile.md`.
    #[test]
    fn the_signed_words_are_these() {
        let row = row("createHousehold", "{}");
        let expected = format!(
            "khuyenhoc-receipt-1\n00000000-0000-0000-0000-000000000004\ncreateHousehold\n{}\n\
             00000000-0000-0000-0000-000000000001\n00000000-0000-0000-0000-000000000003\nCREATED\n\
             2026-11-20T08:00:00.123456Z\n",
            "ab".repeat(32)
        );
        let hash = hex(&[0xab; 32]);
        assert_eq!(
            text(&row, &hash, (ReceiptOutcome::Created, &[])),
            format!("{expected}\n")
        );
        let in_part = text(&row, &hash, (ReceiptOutcome::AppliedInPart, &[1, 12]));
        assert!(
            in_part.contains("\nAPPLIED_IN_PART\n") && in_part.ends_with("Z\n1,12\n"),
            "{in_part}"
        );
    }

    #[test]
    fn the_record_is_found_in_what_each_mutation_keeps() {
        let id = Uuid::from_u128(9);
        for (operation, outcome, kind) in [
            (
                "createHousehold",
                format!(r#"{{"Household":"{id}"}}"#),
                NodeKind::Household,
            ),
            (
                "registerHousehold",
                format!(r#"{{"outcome":"Applied","registration":"{id}"}}"#),
                NodeKind::Registration,
            ),
            (
                "enterAssessment",
                format!(r#"["{id}",["Applied"]]"#),
                NodeKind::Assessment,
            ),
            (
                "beginUpload",
                format!(r#"{{"id":"{id}","added":true}}"#),
                NodeKind::Evidence,
            ),
            ("removeEvidence", format!(r#""{id}""#), NodeKind::Registration),
        ] {
            assert_eq!(record(operation, &kept(&outcome)), Some((kind, id)));
        }
        assert_eq!(record("approveRegistrations", &kept(r#"["Applied"]"#)), None);
        assert_eq!(record("enterAssessment", &kept("[null,[]]")), None);
    }

    fn kept(outcome: &str) -> Value {
        serde_json::from_str(outcome).unwrap()
    }

    #[test]
    fn what_was_there_already_was_not_made() {
        assert!(was_there(&kept(r#"{"id":"x","added":false}"#)));
        assert!(!was_there(&kept(r#"{"id":"x","added":true}"#)) && !was_there(&kept("true")));
    }

    /// An item of a batch that is forgotten here would be told as APPLIED and leave a receipt without its record.
    #[test]
    fn every_item_of_a_batch_is_known() {
        let document = parse_schema(crate::schema::sdl()).unwrap();
        let items = document
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
        let items: BTreeSet<String> = items
            .unwrap()
            .into_iter()
            .map(|field| field.node.name.node.to_string())
            .collect();
        let known: BTreeSet<String> = OFFLINE.iter().map(|(name, _, _)| (*name).to_owned()).collect();
        assert_eq!(items, known);
    }

    #[test]
    fn a_step_of_many_tells_what_it_was_not_done_for() {
        let list = r#"["Applied","NotFound",{"Refused":"OwnHousehold"},"Applied"]"#;
        let of = |operation: &str, outcome: &str| not_done(operation, &kept(outcome));
        assert_eq!(of("approveRegistrations", list), [1, 2]);
        assert_eq!(of("registerAgain", list), [1, 2]);
        assert_eq!(of("enterAssessment", &format!("[null,{list}]")), [1, 2]);
        assert_eq!(of("undoDecision", r#"["Applied"]"#), [0; 0]);
        assert_eq!(of("createHousehold", "{}"), [0; 0]);
    }
}
