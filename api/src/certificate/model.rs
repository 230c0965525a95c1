//! Certificates as GraphQL shows them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, FixedOffset};
use entity::table::certificate;

use super::verify;
use crate::access::Access;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::scalar::Date;

/// The certificate of a recognised title.
pub struct Certificate(pub certificate::Model);

/// The certificate of a recognised title.
#[Object]
impl Certificate {
    /// Global id.
    async fn id(&self) -> ID {
        encode(NodeKind::Certificate, self.0.tenant_id, self.0.id.0)
    }

    /// Its number as the paper shows it, without gaps in its ward and year: `0012/2026`.
    async fn number(&self) -> String {
        number(&self.0)
    }

    /// Whose it is, as the paper shows it.
    async fn holder_name(&self) -> &str {
        &self.0.holder_name
    }

    /// The number of the decision that recognised.
    async fn decision_number(&self) -> &str {
        &self.0.decision_number
    }

    /// Its day.
    async fn decided_on(&self) -> Date {
        Date(self.0.decided_on)
    }

    /// Whether the criteria were a sample, not the official text.
    async fn sample(&self) -> bool {
        self.0.sample
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<FixedOffset> {
        self.0.issued_at.with_timezone(&HANOI)
    }

    /// How often it was printed.
    async fn prints(&self) -> i32 {
        self.0.prints
    }

    /// Where anybody can verify it: what the QR code on the paper says.
    async fn verify_url(&self, ctx: &Context<'_>) -> String {
        verify::url(&ctx.app().config, &self.0.code)
    }

    /// The day of the decision that took the title away; null while it holds.
    async fn revoked_on(&self) -> Option<Date> {
        self.0.revoked_on.map(Date)
    }
}

/// The number as the paper shows it.
pub fn number(row: &certificate::Model) -> String {
    number_of(row.number, row.year)
}

/// A number of a year as papers show it.
pub fn number_of(number: i32, year: i32) -> String {
    format!("{number:04}/{year}")
}
