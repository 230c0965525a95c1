//! How large the records of a page will be, reckoned by what is asked of them. Pure but for reading the document.
//!
//! A page has to end before the records are written down, so its size cannot be measured. A record is as large as the fields
//! asked of its kind, each with a typical size, lists with a typical length.

use std::collections::BTreeMap;

use async_graphql::{Context, SelectionField};
use entity::table::record_change::RecordKind;

/// A page ends near this many bytes: a few seconds of a bad line, and less than a tenth of it once compressed.
pub const PAGE_BYTES: usize = 256 * 1024;
/// A field with its name and its value.
const FIELD: usize = 24;
/// A record without its fields.
const RECORD: usize = 120;

/// Lists with their typical length; any other field stands once.
const LISTS: [(&str, usize); 8] = [
    ("members", 4),
    ("scoreSheets", 2),
    ("lines", 12),
    ("shortfalls", 2),
    ("evidence", 3),
    ("journal", 6),
    ("registrations", 3),
    ("history", 3),
];

/// Fields that only one kind of record has.
pub(super) const FIELDS_OF: [(RecordKind, &[&str]); 4] = [
    (RecordKind::Household, &["members", "history"]),
    (RecordKind::Collective, &["people", "families", "familyFigures"]),
    (RecordKind::Citizen, &["birth", "institution"]),
    (
        RecordKind::Registration,
        &[
            "model",
            "year",
            "state",
            "stateSince",
            "channel",
            "late",
            "note",
            "reason",
            "subject",
            "scoreSheets",
            "evidence",
            "criteriaSet",
            "journal",
            "assessment",
            "submission",
            "decision",
            "certificate",
            "yearsRunning",
            "milestone",
        ],
    ),
];

/// What the fields of a record are reckoned to take in the answer that is asked for, by their names: the kind that has them, if
/// it is one alone, and bytes.
pub struct Sizes(BTreeMap<String, (Option<RecordKind>, usize)>);

impl Sizes {
    /// Of the records below the field that is answered.
    pub fn asked(ctx: &Context<'_>) -> Self {
        let changes = below(ctx.field(), "records");
        let records = changes.into_iter().flat_map(|field| below(field, "record"));
        let mut sizes = BTreeMap::new();
        for field in records.flat_map(|record| record.selection_set().collect::<Vec<_>>()) {
            // what is asked of several kinds stands in each record once
            let name = field.alias().unwrap_or(field.name());
            let (_, most) = sizes.entry(name.to_owned()).or_insert((only(&field), 0));
            *most = bytes(&field).max(*most);
        }
        Self(sizes)
    }

    /// Bytes of a record.
    pub fn of(&self, kind: RecordKind) -> usize {
        let asked = self.0.values().filter(|(only, _)| only.is_none_or(|only| only == kind));
        asked.fold(RECORD, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }
}

fn below<'a>(field: SelectionField<'a>, name: &str) -> Vec<SelectionField<'a>> {
    field.selection_set().filter(|field| field.name() == name).collect()
}

fn only(field: &SelectionField<'_>) -> Option<RecordKind> {
    let found = FIELDS_OF.iter().find(|(_, names)| names.contains(&field.name()));
    found.map(|(kind, _)| *kind)
}

fn bytes(field: &SelectionField<'_>) -> usize {
    let length = LISTS.iter().find(|(name, _)| *name == field.name());
    let below = field
        .selection_set()
        .fold(FIELD, |sum, field| sum.saturating_add(bytes(&field)));
    below.saturating_mul(length.map_or(1, |(_, length)| *length))
}
