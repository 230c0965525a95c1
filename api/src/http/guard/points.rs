//! What an operation costs, in points, known before it runs.
//!
//! A point is about what one row of a list costs the server. The sum is made of what can be read off the document and
//! its variables, so that an app can reckon it beforehand, and it never falls below the rows that an answer holds.

use async_graphql::parser::types::OperationType;

use super::RootField;
use super::cost::Cost;

/// Asking at all, also where the document is refused: who asks is read from the database before.
pub const ASKING: u64 = 1;

/// So many fields cost one point; begun tens count.
pub const FIELDS: u64 = 10;

/// Each entry of a list that is sent with a query.
pub const ITEM: u64 = 1;

/// A change: it is written, journalled, counted and told.
pub const CHANGE: u64 = 10;

/// Each entry of a list that is sent with a change: most are a row to be written.
pub const ITEM_OF_CHANGE: u64 = 2;

/// A root field that checks or makes a password: it takes a core for some time.
pub const HASHING: u64 = 50;

/// A document asked for by a hash that nobody has registered: it is looked for in the database.
pub const UNKNOWN_DOCUMENT: u64 = 20;

/// The root fields that check or make a password.
pub const HASHED: [&str; 6] = [
    "acceptInvitation",
    "changePassword",
    "joinByPhone",
    "recover",
    "signIn",
    "stepUp",
];

/// The points of an operation.
pub(super) fn of(kind: OperationType, cost: &Cost, root_fields: &[RootField]) -> u64 {
    let fields = u64::from(cost.fields.saturating_add(cost.introspection_fields));
    let items = u64::from(cost.items);
    let (change, item) = match kind {
        OperationType::Mutation => (CHANGE, ITEM_OF_CHANGE),
        OperationType::Query | OperationType::Subscription => (0, ITEM),
    };
    let hashed = root_fields.iter().filter(|root| HASHED.contains(&root.name.as_str()));
    let hashing = hashed.fold(0, |sum: u64, _| sum.saturating_add(HASHING));
    ASKING
        .saturating_add(cost.nodes)
        .saturating_add(fields.div_ceil(FIELDS))
        .saturating_add(items.saturating_mul(item))
        .saturating_add(change)
        .saturating_add(hashing)
}
