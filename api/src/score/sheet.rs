//! What stands on a sheet: pure, and the one place that knows how it is stored.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::table::score_sheet;
use entity::value::{Points, Rule};
use serde::{Deserialize, Serialize};

use crate::criteria::score::{self, BadMark, Mark, Score};
use crate::criteria::set::{CriteriaSet, Indicator};
use crate::error::{Error, Problem, Result};

/// One line as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Code of the indicator.
    pub indicator: String,
    /// The mark; none leaves the line empty.
    pub mark: Option<Mark>,
    /// What is written beside it.
    pub note: Option<String>,
}

/// The lines of a sheet, in the order of its set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The marks; none where a draft's line is empty.
    pub marks: Vec<Option<Mark>>,
    /// What is written beside indicators, by their codes.
    pub notes: BTreeMap<String, String>,
}

/// A line as it is stored: hundredths of points, `null` where it does not apply, `false` where nothing stands.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Points(i32),
    Empty(bool),
    NotApplicable(()),
}

impl From<&Option<Mark>> for Stored {
    fn from(mark: &Option<Mark>) -> Self {
        match mark {
            None => Self::Empty(false),
            Some(Mark::NotApplicable) => Self::NotApplicable(()),
            Some(Mark::Points(points)) => Self::Points(points.hundredths()),
        }
    }
}

impl From<Stored> for Option<Mark> {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Empty(_) => None,
            Stored::NotApplicable(()) => Some(Mark::NotApplicable),
            Stored::Points(hundredths) => Some(Mark::Points(Points::from_hundredths(hundredths))),
        }
    }
}

fn fault(error: &serde_json::Error) -> Error {
    Error::Internal(format!("a score sheet: {error}"))
}

impl Sheet {
    /// A sheet on which nothing stands.
    pub fn empty(set: &CriteriaSet) -> Self {
        Self {
            marks: set.indicators().map(|_| None).collect(),
            notes: BTreeMap::new(),
        }
    }

    /// What a row holds.
    ///
    /// # Errors
    /// INTERNAL when it is not what this program stored.
    pub fn of(row: &score_sheet::Model) -> Result<Self> {
        let marks: Vec<Stored> = serde_json::from_str(&row.marks).map_err(|error| fault(&error))?;
        let notes = row.notes.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            marks: marks.into_iter().map(Into::into).collect(),
            notes: notes.map_err(|error| fault(&error))?.unwrap_or_default(),
        })
    }

    /// The marks as a row holds them.
    ///
    /// # Errors
    /// INTERNAL when the writer of JSON fails.
    pub fn stored_marks(&self) -> Result<String> {
        let marks: Vec<Stored> = self.marks.iter().map(Stored::from).collect();
        serde_json::to_string(&marks).map_err(|error| fault(&error))
    }

    /// The notes as a row holds them.
    ///
    /// # Errors
    /// INTERNAL when the writer of JSON fails.
    pub fn stored_notes(&self) -> Result<Option<String>> {
        if self.notes.is_empty() {
            return Ok(None);
        }
        serde_json::to_string(&self.notes)
            .map(Some)
            .map_err(|error| fault(&error))
    }

    /// Writes lines anew; the others stay.
    ///
    /// # Errors
    /// Everything that cannot stand, by its place in the list as `marks.N`; then nothing is changed.
    pub fn lay(&mut self, set: &CriteriaSet, changes: &[Change]) -> std::result::Result<(), Vec<Problem>> {
        let lines: HashMap<&str, (usize, &Indicator)> = set
            .indicators()
            .enumerate()
            .map(|(at, line)| (line.code.as_str(), (at, line)))
            .collect();
        let mut laid = self.clone();
        let (mut problems, mut seen) = (Vec::new(), HashSet::new());
        for (number, change) in changes.iter().enumerate() {
            let code = change.indicator.as_str();
            let checked = match lines.get(code) {
                None => Err(Rule::NotAnIndicator),
                Some(_) if !seen.insert(code) => Err(Rule::Repeated),
                Some((_, line)) if line.from.is_some() && change.mark.is_some() => Err(Rule::Computed),
                Some((at, line)) => checked(line, change.mark).map(|mark| (*at, line.from.is_none(), mark)),
            };
            match checked {
                Ok((at, is_marked, mark)) => {
                    if let Some(line) = laid.marks.get_mut(at).filter(|_| is_marked) {
                        *line = mark;
                    }
                    match &change.note {
                        Some(note) => drop(laid.notes.insert(code.to_owned(), note.clone())),
                        None => drop(laid.notes.remove(code)),
                    }
                }
                Err(rule) => problems.push(Problem {
                    path: format!("marks.{number}"),
                    rule,
                }),
            }
        }
        if problems.is_empty() {
            *self = laid;
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Puts the lines that the server counts in their places.
    pub fn put_computed(&mut self, set: &CriteriaSet, mark: impl Fn(&Indicator) -> Option<Mark>) {
        for (line, indicator) in self.marks.iter_mut().zip(set.indicators()) {
            if indicator.from.is_some() {
                *line = mark(indicator);
            }
        }
    }

    /// What it comes to.
    ///
    /// # Errors
    /// The lines that are empty, by their place in the set as `marks.N`.
    pub fn score(&self, set: &CriteriaSet) -> std::result::Result<Score, Vec<Problem>> {
        let empty = |(at, mark): (usize, &Option<Mark>)| {
            mark.is_none().then(|| Problem {
                path: format!("marks.{at}"),
                rule: Rule::Required,
            })
        };
        let problems: Vec<Problem> = self.marks.iter().enumerate().filter_map(empty).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let marks: Vec<Mark> = self.marks.iter().copied().flatten().collect();
        Ok(score::score(set, &marks))
    }
}

/// A line that is left empty can stand as long as the sheet is a draft; everything else must fit its indicator.
fn checked(indicator: &Indicator, mark: Option<Mark>) -> std::result::Result<Option<Mark>, Rule> {
    match score::check(indicator, mark) {
        Ok(mark) => Ok(Some(mark)),
        Err(BadMark::Missing) => Ok(None),
        Err(BadMark::AboveMaximum) => Err(Rule::AboveMaximum { max: indicator.maximum }),
        Err(BadMark::NotAStep) => Err(Rule::NotAStep { step: indicator.step }),
        Err(BadMark::AlwaysApplies) => Err(Rule::AlwaysApplies),
        Err(BadMark::Computed) => Err(Rule::Computed),
    }
}
