//! Score sheets as GraphQL shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::table::score_sheet;
use entity::value::{Language, Points};

use super::sheet::Sheet;
use super::store::SheetRow;
use crate::access::Access;
use crate::account::Role;
use crate::clock::HANOI;
use crate::criteria::score::{Mark, Score, Shortfall};
use crate::criteria::set::Indicator;
use crate::criteria::{BilingualText, CriteriaRank, CriteriaSet, Published};
use crate::error::Result;
use crate::global_id::{NodeKind, encode};
use crate::registration::Channel;

/// Who marks a score sheet.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::SheetKind")]
pub enum SheetKind {
    /// The subject itself.
    Subject,
    /// The branch meeting.
    Branch,
    /// The ward association.
    Ward,
}

/// One line of a score sheet.
#[derive(SimpleObject)]
pub struct ScoreLine {
    /// Code of the indicator.
    pub indicator: String,
    /// What is asked.
    pub text: BilingualText,
    /// The most points.
    pub maximum: f64,
    /// The points written; null where the line is empty or does not apply.
    pub points: Option<f64>,
    /// Whether it was marked as not applying to this subject.
    pub not_applicable: bool,
    /// What counts of it in the total; null where it is left out of it, or the sheet is not complete.
    pub counted: Option<f64>,
    /// Whether the server took the points from results of another title.
    pub computed: bool,
    /// What is written beside it.
    pub note: Option<String>,
}

/// What a subject fell short of.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortfallKind {
    /// The total is too low.
    Total,
    /// An indicator is below the least that each needs.
    Indicator,
}

/// One reason why a sheet does not pass.
#[derive(SimpleObject)]
pub struct ScoreShortfall {
    /// What fell short.
    pub kind: ShortfallKind,
    /// Code of the indicator; null for the total.
    pub indicator: Option<String>,
    /// What was reached.
    pub reached: f64,
    /// What is needed.
    pub needed: f64,
    /// What is missing, as a sentence for the person.
    pub message: String,
}

impl ScoreShortfall {
    fn new(shortfall: &Shortfall, language: Language) -> Self {
        let (indicator, reached, needed) = match shortfall {
            Shortfall::Total { reached, needed } => (None, reached, needed),
            Shortfall::Indicator { code, reached, needed } => (Some(code), reached, needed),
        };
        let message = match (language, indicator) {
            (Language::Vi, None) => format!("Tổng điểm {reached}, cần ít nhất {needed} điểm."),
            (Language::En, None) => format!("The total is {reached}; at least {needed} points are needed."),
            (Language::Vi, Some(code)) => {
                format!("Chỉ số {code} được {reached} điểm, mỗi chỉ số cần ít nhất {needed}.")
            }
            (Language::En, Some(code)) => {
                format!("Indicator {code} has {reached} points; each needs at least {needed}.")
            }
        };
        Self {
            kind: indicator.map_or(ShortfallKind::Total, |_| ShortfallKind::Indicator),
            indicator: indicator.cloned(),
            reached: reached.number(),
            needed: needed.number(),
            message,
        }
    }
}

/// What somebody wrote beside each indicator of a criteria set.
pub struct ScoreSheet {
    row: score_sheet::Model,
    published: Arc<Published>,
    sheet: Sheet,
    /// None while lines are empty.
    score: Option<Score>,
}

impl ScoreSheet {
    /// A sheet with the set it is marked by.
    ///
    /// # Errors
    /// INTERNAL when the row is not what this program stored.
    pub fn new((row, published): SheetRow) -> Result<Self> {
        let sheet = Sheet::of(&row)?;
        Ok(Self {
            score: sheet.score(&published.set).ok(),
            row,
            published,
            sheet,
        })
    }

    /// The row, and what stands on each line by the code of its indicator: points, `NOT_APPLICABLE`, or nothing.
    pub fn as_it_stands(&self) -> (&score_sheet::Model, Vec<(String, Option<String>)>) {
        let line = |(indicator, mark): (&Indicator, &Option<Mark>)| {
            let stands = mark.map(|mark| match mark {
                Mark::Points(points) => points.to_string(),
                Mark::NotApplicable => "NOT_APPLICABLE".to_owned(),
            });
            (indicator.code.clone(), stands)
        };
        let lines = self.published.set.indicators().zip(&self.sheet.marks).map(line);
        (&self.row, lines.collect())
    }

    fn line(&self, (indicator, mark): (&Indicator, Option<Mark>), counted: Option<Points>) -> ScoreLine {
        ScoreLine {
            indicator: indicator.code.clone(),
            text: (&indicator.text).into(),
            maximum: indicator.maximum.number(),
            points: match mark {
                Some(Mark::Points(points)) => Some(points.number()),
                Some(Mark::NotApplicable) | None => None,
            },
            not_applicable: mark == Some(Mark::NotApplicable),
            counted: counted.map(Points::number),
            computed: indicator.from.is_some(),
            note: self.sheet.notes.get(&indicator.code).cloned(),
        }
    }
}

/// What somebody wrote beside each indicator of a criteria set. A signed sheet is never changed.
#[Object]
impl ScoreSheet {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::ScoreSheet, self.row.tenant_id, self.row.id.0)
    }

    /// Who marks it.
    async fn kind(&self) -> SheetKind {
        self.row.kind.into()
    }

    /// 1 for the first, one more each time it was returned and marked anew.
    async fn round(&self) -> i32 {
        self.row.round
    }

    /// Raised with every change; send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// The set it is marked by.
    async fn criteria_set(&self) -> CriteriaSet {
        CriteriaSet(Arc::clone(&self.published))
    }

    /// Whether that set's text was not verified against the official one; show it beside the total.
    async fn sample(&self) -> bool {
        self.published.set.sample
    }

    /// A line for each indicator, in the order of the form.
    async fn lines(&self) -> Vec<ScoreLine> {
        let counted = self.score.iter().flat_map(|score| score.counted.iter().copied());
        let counted = counted.chain(std::iter::repeat(None));
        let marks = self.sheet.marks.iter().copied();
        let lines = self.published.set.indicators().zip(marks).zip(counted);
        lines.map(|(line, counted)| self.line(line, counted)).collect()
    }

    /// The total on the set's own scale; null while lines are empty.
    async fn total(&self) -> Option<f64> {
        let total = Points::from_hundredths(self.row.total);
        self.score.as_ref().map(|_| total.number())
    }

    /// The most that can be reached.
    async fn maximum(&self) -> f64 {
        self.published.set.maximum.number()
    }

    /// Whether it passes; null while lines are empty.
    async fn passes(&self) -> Option<bool> {
        self.score.as_ref().map(|_| self.row.passes)
    }

    /// The rank reached; null where it does not pass or the set has no ranks.
    async fn rank(&self) -> Option<CriteriaRank> {
        let ranks = &self.published.set.ranks;
        let reached = ranks.iter().find(|rank| Some(&rank.code) == self.row.rank.as_ref());
        reached.map(Into::into)
    }

    /// Everything that keeps it from passing; empty when it passes, or while lines are empty.
    async fn shortfalls(&self, ctx: &Context<'_>) -> Vec<ScoreShortfall> {
        let language = ctx.request().language;
        let shortfalls = self.score.iter().flat_map(|score| &score.shortfalls);
        shortfalls.map(|one| ScoreShortfall::new(one, language)).collect()
    }

    /// Who wrote it last, by the name they had then.
    async fn actor_name(&self) -> &str {
        &self.row.actor_name
    }

    /// The role they acted under.
    async fn actor_role(&self) -> Role {
        self.row.role.into()
    }

    /// How it came in.
    async fn channel(&self) -> Channel {
        self.row.channel.into()
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime<FixedOffset> {
        self.row.created_at.with_timezone(&HANOI)
    }

    /// When it was last changed.
    async fn changed_at(&self) -> DateTime<FixedOffset> {
        self.row.changed_at.with_timezone(&HANOI)
    }

    /// When it was signed and handed on; null for a draft.
    async fn signed_at(&self) -> Option<DateTime<FixedOffset>> {
        self.row.signed_at.map(|at| at.with_timezone(&HANOI))
    }
}
