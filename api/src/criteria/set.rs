//! A criteria set that has been checked: what scoring may rely on.

use chrono::NaiveDate;
use entity::value::Points;
use entity::vocabulary::{CriteriaVariant, LearningModel, WhenNotApplicable};

/// Text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// A criteria set, as it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriteriaSet {
    /// Stable name of the set; its versions share it.
    pub code: String,
    /// Which version of it, from 1.
    pub version: i32,
    /// The title it is for.
    pub model: LearningModel,
    /// Which of several forms of one title.
    pub variant: Option<CriteriaVariant>,
    /// Whether the text was not verified against the official one.
    pub sample: bool,
    /// What it is called.
    pub title: Texts,
    /// The document that issued it.
    pub decision: Decision,
    /// The first day it is valid on.
    pub valid_from: NaiveDate,
    /// The last day; open-ended without it.
    pub valid_to: Option<NaiveDate>,
    /// The sum of all groups.
    pub maximum: Points,
    /// The groups of indicators; never empty.
    pub groups: Vec<Group>,
    /// The least total that passes.
    pub pass_total: Points,
    /// The least points of every indicator that applies.
    pub pass_each: Option<Points>,
    /// Ranks, best first.
    pub ranks: Vec<Rank>,
    /// What the title is, and how to fill the form in.
    pub introduction: Texts,
    /// What is signed below.
    pub declaration: Texts,
}

impl CriteriaSet {
    /// All indicators, in the order of the form.
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        self.groups.iter().flat_map(|group| &group.indicators)
    }

    /// Whether it may be used in a programme year: its validity touches the year.
    pub fn is_of_year(&self, year: i32) -> bool {
        use chrono::Datelike;
        self.valid_from.year() <= year && self.valid_to.is_none_or(|to| year <= to.year())
    }
}

/// The document that issued a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: NaiveDate,
    /// Who issued it.
    pub issuer: Texts,
}

/// A group of indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number on the form.
    pub code: String,
    /// Its heading.
    pub title: Texts,
    /// The sum of its indicators.
    pub maximum: Points,
    /// Its indicators; never empty.
    pub indicators: Vec<Indicator>,
}

/// One thing that is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its number on the form, unique in the set.
    pub code: String,
    /// What is asked.
    pub text: Texts,
    /// The most points.
    pub maximum: Points,
    /// Points are multiples of it; it divides the maximum.
    pub step: Points,
    /// What shows it.
    pub evidence: Option<Texts>,
    /// What counts where it does not apply; none where it always applies.
    pub when_not_applicable: Option<WhenNotApplicable>,
    /// The title whose results give the points; none where people mark it.
    pub from: Option<LearningModel>,
}

/// A rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    /// Its name for programs.
    pub code: String,
    /// Its name for people.
    pub title: Texts,
    /// The least total for it.
    pub total: Points,
}
