//! Criteria sets as GraphQL shows them.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::{DateTime, FixedOffset};
use entity::value::Points;

use super::problem::Problem;
use super::set::{self, Texts};
use super::store::Published;
use crate::clock::HANOI;
use crate::global_id::{NodeKind, encode};
use crate::programme::LearningModel;
use crate::scalar::Date;

/// Which of several forms of one title a criteria set is for.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::CriteriaVariant")]
pub enum CriteriaVariant {
    /// Units under the ward's management: schools, shops, enterprises.
    WardManaged,
    /// Agencies under state management at city or ward level.
    StateManaged,
    /// Citizens: farmers and rural labour.
    Farmer,
    /// Citizens: workers and craftsmen.
    Worker,
    /// Citizens: cadres, civil servants, staff.
    Official,
    /// Citizens: pupils and students.
    Student,
}

/// What counts for an indicator that does not apply to a subject.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::WhenNotApplicable")]
pub enum WhenNotApplicable {
    /// All its points.
    Full,
    /// It is left out, and the total is brought back to the set's maximum.
    Rebase,
    /// Nothing.
    Zero,
}

/// A text in both languages.
#[derive(SimpleObject, Debug, Clone)]
pub struct BilingualText {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl From<&Texts> for BilingualText {
    fn from(texts: &Texts) -> Self {
        Self {
            vi: texts.vi.clone(),
            en: texts.en.clone(),
        }
    }
}

/// The document that issued a criteria set.
#[derive(SimpleObject)]
pub struct IssuingDecision {
    /// Its number, such as `448/QĐ-KHVN`.
    pub number: String,
    /// Its day.
    pub date: Date,
    /// Who issued it.
    pub issuer: BilingualText,
}

/// One thing that is marked.
#[derive(SimpleObject)]
pub struct CriteriaIndicator {
    /// Its number on the form, unique in the set.
    pub code: String,
    /// What is asked.
    pub text: BilingualText,
    /// The most points.
    pub maximum: f64,
    /// Points are multiples of it.
    pub step: f64,
    /// What shows it.
    pub evidence: Option<BilingualText>,
    /// What counts where it does not apply; null where it always applies.
    pub when_not_applicable: Option<WhenNotApplicable>,
    /// The title whose results give the points, which nobody writes then; null where people mark it.
    #[graphql(name = "from")]
    pub from_title: Option<LearningModel>,
}

impl From<&set::Indicator> for CriteriaIndicator {
    fn from(indicator: &set::Indicator) -> Self {
        Self {
            code: indicator.code.clone(),
            text: (&indicator.text).into(),
            maximum: indicator.maximum.number(),
            step: indicator.step.number(),
            evidence: indicator.evidence.as_ref().map(Into::into),
            when_not_applicable: indicator.when_not_applicable.map(Into::into),
            from_title: indicator.from.map(Into::into),
        }
    }
}

/// A group of indicators.
#[derive(SimpleObject)]
pub struct CriteriaGroup {
    /// Its number on the form.
    pub code: String,
    /// Its heading.
    pub title: BilingualText,
    /// The sum of its indicators.
    pub maximum: f64,
    /// Its indicators, in the order of the form.
    pub indicators: Vec<CriteriaIndicator>,
}

/// A rank above passing.
#[derive(SimpleObject)]
pub struct CriteriaRank {
    /// Its name for programs.
    pub code: String,
    /// Its name for people.
    pub title: BilingualText,
    /// The least total for it.
    pub total: f64,
}

impl From<&set::Rank> for CriteriaRank {
    fn from(rank: &set::Rank) -> Self {
        Self {
            code: rank.code.clone(),
            title: (&rank.title).into(),
            total: rank.total.number(),
        }
    }
}

/// Who passes.
#[derive(SimpleObject)]
pub struct PassRule {
    /// The least total.
    pub total: f64,
    /// The least points of every indicator that applies; null where there is none.
    pub each_indicator: Option<f64>,
}

/// The texts of the printed form.
#[derive(SimpleObject)]
pub struct CriteriaForm {
    /// What the title is, and how to fill the form in.
    pub introduction: BilingualText,
    /// What is signed below.
    pub declaration: BilingualText,
}

/// A criteria set as the city published it. It never changes; a new version does.
pub struct CriteriaSet(pub Arc<Published>);

/// A criteria set as the city published it. It never changes: a client may keep it for good by its id.
#[Object]
impl CriteriaSet {
    /// Global id.
    pub async fn id(&self) -> ID {
        encode(NodeKind::CriteriaSet, self.0.city, self.0.id.0)
    }

    /// Stable name; the versions of a set share it.
    async fn code(&self) -> &str {
        &self.0.set.code
    }

    /// Which version, from 1.
    async fn version(&self) -> i32 {
        self.0.set.version
    }

    /// The title it is for.
    async fn model(&self) -> LearningModel {
        self.0.set.model.into()
    }

    /// Which of several forms of one title; null where it is for all subjects.
    async fn variant(&self) -> Option<CriteriaVariant> {
        self.0.set.variant.map(Into::into)
    }

    /// Whether its text was not verified against the official one. Show it wherever the set or a total is shown.
    async fn sample(&self) -> bool {
        self.0.set.sample
    }

    /// What it is called.
    async fn title(&self) -> BilingualText {
        (&self.0.set.title).into()
    }

    /// The document that issued it.
    async fn decision(&self) -> IssuingDecision {
        let decision = &self.0.set.decision;
        IssuingDecision {
            number: decision.number.clone(),
            date: Date(decision.date),
            issuer: (&decision.issuer).into(),
        }
    }

    /// First day of validity.
    async fn valid_from(&self) -> Date {
        Date(self.0.set.valid_from)
    }

    /// Last day of validity; null where it is open-ended.
    async fn valid_to(&self) -> Option<Date> {
        self.0.set.valid_to.map(Date)
    }

    /// The sum of all groups.
    async fn maximum(&self) -> f64 {
        self.0.set.maximum.number()
    }

    /// The groups of indicators, in the order of the form.
    async fn groups(&self) -> Vec<CriteriaGroup> {
        let group = |group: &set::Group| CriteriaGroup {
            code: group.code.clone(),
            title: (&group.title).into(),
            maximum: group.maximum.number(),
            indicators: group.indicators.iter().map(Into::into).collect(),
        };
        self.0.set.groups.iter().map(group).collect()
    }

    /// Who passes.
    async fn pass(&self) -> PassRule {
        PassRule {
            total: self.0.set.pass_total.number(),
            each_indicator: self.0.set.pass_each.map(Points::number),
        }
    }

    /// Ranks above passing, best first; empty where there are none.
    async fn ranks(&self) -> Vec<CriteriaRank> {
        self.0.set.ranks.iter().map(Into::into).collect()
    }

    /// The texts of the printed form.
    async fn form(&self) -> CriteriaForm {
        CriteriaForm {
            introduction: (&self.0.set.introduction).into(),
            declaration: (&self.0.set.declaration).into(),
        }
    }

    /// The document as it was published.
    async fn document(&self) -> &str {
        &self.0.document
    }

    /// Who published it, by the name they had then.
    async fn publisher_name(&self) -> &str {
        &self.0.publisher
    }

    /// When.
    async fn published_at(&self) -> DateTime<FixedOffset> {
        self.0.published_at.with_timezone(&HANOI)
    }
}

/// One thing to mend in a document.
#[derive(SimpleObject)]
pub struct CriteriaProblem {
    /// Line of the document, from 1; 0 where it cannot be told.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong, such as `GROUP_SUM`; `criteria.md` lists them all.
    pub code: String,
    /// What is wrong, as a sentence for the person.
    pub message: String,
}

impl CriteriaProblem {
    /// In a language.
    pub fn new(problem: &Problem, language: entity::value::Language) -> Self {
        Self {
            line: problem.line,
            column: problem.column,
            code: problem.fault.code().to_owned(),
            message: problem.fault.message(language),
        }
    }
}
