//! A criteria set as people write it: YAML, or JSON, which is YAML too. Every value remembers its line.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;

/// Text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Vietnamese.
    pub vi: Spanned<String>,
    /// English.
    pub en: Spanned<String>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct File {
    /// Stable name of the set; its versions share it.
    pub code: Spanned<String>,
    /// Which version of it, from 1.
    pub version: Spanned<i64>,
    /// The title it is for.
    pub model: Spanned<String>,
    /// Which of several forms of one title, such as units under state management.
    pub variant: Option<Spanned<String>>,
    /// Whether the text was not verified against the official one.
    #[serde(default)]
    pub sample: bool,
    /// What it is called.
    pub title: Texts,
    /// The document that issued it.
    pub decision: Decision,
    /// The first day it is valid on.
    pub valid_from: Spanned<Day>,
    /// The last day; open-ended without it.
    pub valid_to: Option<Spanned<Day>>,
    /// The sum of all groups.
    pub maximum: Spanned<f64>,
    /// The groups of indicators.
    pub groups: Spanned<Vec<Group>>,
    /// Who passes.
    pub pass: Pass,
    /// Ranks above passing, best first.
    #[serde(default)]
    pub ranks: Vec<Rank>,
    /// The texts of the printed form.
    pub form: Form,
}

/// The document that issued a set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its number, such as `448/QĐ-KHVN`.
    pub number: Spanned<String>,
    /// Its day.
    pub date: Spanned<Day>,
    /// Who issued it.
    pub issuer: Texts,
}

/// A group of indicators.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its number on the form.
    pub code: Spanned<String>,
    /// Its heading.
    pub title: Texts,
    /// The sum of its indicators.
    pub maximum: Spanned<f64>,
    /// Its indicators.
    pub indicators: Spanned<Vec<Indicator>>,
}

/// One thing that is marked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Indicator {
    /// Its number on the form.
    pub code: Spanned<String>,
    /// What is asked.
    pub text: Texts,
    /// The most points.
    pub maximum: Spanned<f64>,
    /// Points are multiples of it; 1 unless said.
    pub step: Option<Spanned<f64>>,
    /// What shows it.
    pub evidence: Option<Texts>,
    /// What counts where it does not apply; without it, it always applies.
    pub when_not_applicable: Option<Spanned<String>>,
    /// Another title whose results give the points.
    pub from: Option<Spanned<String>>,
}

/// Who passes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pass {
    /// The least total.
    pub total: Spanned<f64>,
    /// The least points of every indicator that applies.
    pub each_indicator: Option<Spanned<f64>>,
}

/// A rank.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// Its name for programs.
    pub code: Spanned<String>,
    /// Its name for people.
    pub title: Texts,
    /// The least total for it.
    pub total: Spanned<f64>,
}

/// The texts of the printed form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What the title is, and how to fill the form in.
    pub introduction: Texts,
    /// What is signed below.
    pub declaration: Texts,
}

/// A day, written `2015-12-01`.
#[derive(Debug, Clone, Copy)]
pub struct Day(pub NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .map(Self)
            .map_err(|_| de::Error::custom("not a day; write 2015-12-01"))
    }
}
