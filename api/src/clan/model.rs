//! The families of clans as GraphQL shows them.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::clan_count;
use entity::value::Language;
use serde::{Deserialize, Serialize};

use super::store::Reached;
use crate::clock::HANOI;
use crate::error::pick;

/// How many families a clan has, and how many of them have reached their title in a year.
#[derive(SimpleObject)]
pub struct ClanFigures {
    /// Programme year.
    pub year: i32,
    /// Recognised families of the clan, here and elsewhere.
    pub numerator: i64,
    /// Families of the clan, here and elsewhere.
    pub denominator: i64,
    /// The part in hundredths of a per cent of the whole, rounded down; null when the whole is 0.
    pub basis_points: Option<i64>,
    /// What part and whole are, in the language of `Accept-Language`; show it beside the share.
    pub definition: &'static str,
    /// What other associations told, each with when it was asked. `countClanFamilies` asks them anew.
    pub elsewhere: Vec<ClanFiguresElsewhere>,
}

/// What another association told of a clan's families: numbers, and no names.
#[derive(SimpleObject)]
pub struct ClanFiguresElsewhere {
    /// Families of the clan there.
    pub families: i32,
    /// Those that are recognised.
    pub recognised: i32,
    /// When it was asked.
    pub counted_at: DateTime<FixedOffset>,
}

impl ClanFigures {
    /// What a clan has reached in a year.
    pub fn new(year: i32, reached: &Reached, language: Language) -> Self {
        let (recognised, families) = reached.sum();
        let told = |row: &clan_count::Model| ClanFiguresElsewhere {
            families: row.families,
            recognised: row.recognised,
            counted_at: row.counted_at.with_timezone(&HANOI),
        };
        Self {
            year,
            numerator: recognised,
            denominator: families,
            basis_points: (families > 0).then(|| recognised.saturating_mul(10_000) / families),
            definition: pick(
                language,
                "số gia đình được công nhận trong năm / số gia đình của dòng họ, kể cả nơi khác cho phép đếm",
                "families recognised in the year / families of the clan, with those that other associations let it count",
            ),
            elsewhere: reached.elsewhere.iter().map(told).collect(),
        }
    }
}

/// What became of one family of a request.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClanFamilyOutcome {
    /// Entered, or taken out.
    Applied,
    /// It was so already.
    Unchanged,
    /// No such family, or none the viewer may see.
    NotFound,
}

/// What became of one family.
#[derive(SimpleObject)]
pub struct ClanFamilyResult {
    /// The family's id as it was sent.
    pub household_id: ID,
    /// What became of it.
    pub outcome: ClanFamilyOutcome,
}
