//! What a key has left, and what a receipt says of it. Pure.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::table::idempotency;
use uuid::Uuid;

use super::model::{Receipt, ReceiptOutcome};
use crate::app::App;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::sent::Sent;

/// The mutations that make something new.
const CREATES: [&str; 8] = [
    "createHousehold",
    "createCollective",
    "createCitizen",
    "registerHousehold",
    "registerSubject",
    "registerAgain",
    "enterAssessment",
    "enterComplaint",
];

/// Where the one record that a mutation made, or was about, stands in what it keeps under its key.
const RECORDS: [(&str, NodeKind, &str); 12] = [
    ("createHousehold", NodeKind::Household, "/Household"),
    ("createCollective", NodeKind::Collective, "/Collective"),
    ("createCitizen", NodeKind::Citizen, "/Citizen"),
    ("registerHousehold", NodeKind::Registration, "/registration"),
    ("registerSubject", NodeKind::Registration, "/registration"),
    ("submitRegistration", NodeKind::Registration, "/registration"),
    ("withdrawRegistration", NodeKind::Registration, "/registration"),
    ("saveScoreSheet", NodeKind::ScoreSheet, "/sheet"),
    ("submitScoreSheet", NodeKind::ScoreSheet, "/sheet"),
    ("enterAssessment", NodeKind::Assessment, "/0"),
    ("enterComplaint", NodeKind::Complaint, "/complaint"),
    ("answerComplaint", NodeKind::Complaint, "/complaint"),
];

/// Where what became of each entry of the list stands in what a step of many keeps under its key.
const LISTS: [(&str, &str); 8] = [
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
    CREATES.contains(&operation)
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
        let not_done = not_done(row);
        let outcome = match creates(&row.operation) {
            _ if !not_done.is_empty() => ReceiptOutcome::AppliedInPart,
            true => ReceiptOutcome::Created,
            false => ReceiptOutcome::Applied,
        };
        let hash = row.sent_hash.as_deref().map(hex);
        let signed = hash.as_deref().map(|hash| text(row, hash, (outcome, &not_done)));
        let seal = signed.as_deref().and_then(|text| app.receipts.sign(text, now));
        let (key_id, signature) = seal.unzip();
        Receipt {
            key: row.key,
            operation: row.operation.clone(),
            outcome,
            not_done,
            at: row.created_at.with_timezone(&HANOI),
            record_id: record(row).map(|(kind, id)| encode(kind, row.tenant_id, id)),
            payload_hash: hash,
            signed: signed.filter(|_| signature.is_some()),
            signature,
            key_id,
        }
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

/// The one record that was made, or that it was about.
fn record(row: &idempotency::Model) -> Option<(NodeKind, Uuid)> {
    let (_, kind, place) = RECORDS.iter().find(|(operation, _, _)| *operation == row.operation)?;
    let kept: serde_json::Value = serde_json::from_str(&row.outcome).ok()?;
    let id = kept.pointer(place)?.as_str()?;
    Some((*kind, Uuid::parse_str(id).ok()?))
}

/// The places in its list of what a step of many was not done for.
fn not_done(row: &idempotency::Model) -> Vec<i32> {
    let Some((_, place)) = LISTS.iter().find(|(operation, _)| *operation == row.operation) else {
        return Vec::new();
    };
    let kept: Option<serde_json::Value> = serde_json::from_str(&row.outcome).ok();
    let list = kept.as_ref().and_then(|kept| kept.pointer(place)?.as_array());
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
        ] {
            assert_eq!(record(&row(operation, &outcome)), Some((kind, id)));
        }
        assert_eq!(record(&row("approveRegistrations", r#"["Applied"]"#)), None);
        assert_eq!(record(&row("enterAssessment", "[null,[]]")), None);
    }

    #[test]
    fn a_step_of_many_tells_what_it_was_not_done_for() {
        let kept = r#"["Applied","NotFound",{"Refused":"OwnHousehold"},"Applied"]"#;
        assert_eq!(not_done(&row("approveRegistrations", kept)), [1, 2]);
        assert_eq!(not_done(&row("registerAgain", kept)), [1, 2]);
        assert_eq!(not_done(&row("enterAssessment", &format!("[null,{kept}]"))), [1, 2]);
        assert_eq!(not_done(&row("undoDecision", r#"["Applied"]"#)), [0; 0]);
        assert_eq!(not_done(&row("createHousehold", "{}")), [0; 0]);
    }
}
