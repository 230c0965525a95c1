//! From a file to a criteria set, or to everything that is wrong with it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::value::{Points, clean_text};
use entity::vocabulary::{CriteriaVariant, LearningModel, WhenNotApplicable};
use serde_saphyr::{Location, Spanned};

use super::file::{self, File};
use super::problem::{Fault, Problem};
use super::set::{CriteriaSet, Decision, Group, Indicator, Rank, Texts};

/// The largest file.
const MAX_BYTES: usize = 128 * 1024;
/// The most groups.
const MAX_GROUPS: usize = 20;
/// The most indicators of a set: a sheet is one row.
const MAX_INDICATORS: usize = 100;
/// The longest text.
const MAX_TEXT: usize = 2000;
/// The longest code.
const MAX_CODE: usize = 40;

/// Reads a criteria set.
///
/// # Errors
/// Everything that is wrong with it, in the order of lines; a file that cannot be read has one problem.
pub fn read(text: &str) -> Result<CriteriaSet, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Problem {
            line: 1,
            column: 1,
            fault: Fault::TooLarge,
        }]);
    }
    let file: File = serde_saphyr::from_str(text).map_err(|error| vec![unreadable(&error)])?;
    let mut check = Check::default();
    let set = check.set(&file);
    check.problems.sort_by_key(|problem| (problem.line, problem.column));
    match set {
        Some(set) if check.problems.is_empty() => Ok(set),
        _ => Err(check.problems),
    }
}

fn unreadable(error: &serde_saphyr::Error) -> Problem {
    let place = error.location().unwrap_or(Location::UNKNOWN);
    // the parser's message draws the file around the fault; its first line says what it is
    let why = error.without_snippet().to_string();
    let why = why.lines().next().unwrap_or_default().chars().take(300).collect();
    Problem {
        line: place.line(),
        column: place.column(),
        fault: Fault::Unreadable(why),
    }
}

#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, place: Location, fault: Fault) {
        self.problems.push(Problem {
            line: place.line(),
            column: place.column(),
            fault,
        });
    }

    fn require(&mut self, holds: bool, place: Location, fault: Fault) {
        if !holds {
            self.add(place, fault);
        }
    }

    fn set(&mut self, file: &File) -> Option<CriteriaSet> {
        let code = self.code(&file.code);
        let version = i32::try_from(file.version.value).ok().filter(|version| *version > 0);
        self.require(version.is_some(), file.version.referenced, Fault::Version);
        let model = self.word(&file.model, LearningModel::ALL, LearningModel::as_str, MODELS);
        let variant = match &file.variant {
            Some(variant) => self.word(variant, CriteriaVariant::ALL, CriteriaVariant::as_str, VARIANTS),
            None => None,
        };
        if let Some(model) = model {
            let place = file
                .variant
                .as_ref()
                .map_or(file.model.referenced, |word| word.referenced);
            self.require(variants_of(model).contains(&variant), place, Fault::Variant);
        }
        let groups = self.groups(&file.groups, model);
        let sum: Points = groups.iter().map(|group| group.maximum).sum();
        let maximum = self.points(&file.maximum);
        self.require(
            maximum.is_none_or(|maximum| maximum == sum),
            file.maximum.referenced,
            Fault::SetSum(sum.to_string()),
        );
        let pass_total = self.points(&file.pass.total);
        let reachable = pass_total.is_none_or(|total| total > Points::ZERO && total <= sum);
        self.require(reachable, file.pass.total.referenced, Fault::Threshold);
        let pass_each = file
            .pass
            .each_indicator
            .as_ref()
            .and_then(|least| self.least(least, &groups));
        let ranks = self.ranks(&file.ranks, pass_total.filter(|_| reachable).unwrap_or_default()..=sum);
        let valid_from = file.valid_from.value.0;
        let valid_to = file.valid_to.as_ref().map(|day| (day.value.0, day.referenced));
        if let Some((day, place)) = valid_to {
            self.require(day >= valid_from, place, Fault::Validity);
        }
        let all_rebased = groups
            .iter()
            .flat_map(|group| &group.indicators)
            .all(|indicator| indicator.when_not_applicable == Some(WhenNotApplicable::Rebase));
        self.require(
            groups.is_empty() || !all_rebased,
            file.groups.referenced,
            Fault::NothingLeft,
        );
        Some(CriteriaSet {
            code,
            version: version?,
            model: model?,
            variant,
            sample: file.sample,
            title: self.texts(&file.title),
            decision: self.decision(&file.decision),
            valid_from,
            valid_to: valid_to.map(|(day, _): (NaiveDate, Location)| day),
            maximum: maximum?,
            groups,
            pass_total: pass_total?,
            pass_each,
            ranks,
            introduction: self.texts(&file.form.introduction),
            declaration: self.texts(&file.form.declaration),
        })
    }

    fn groups(&mut self, groups: &Spanned<Vec<file::Group>>, model: Option<LearningModel>) -> Vec<Group> {
        let indicators: usize = groups.value.iter().map(|group| group.indicators.value.len()).sum();
        self.require(!groups.value.is_empty(), groups.referenced, Fault::Empty);
        if groups.value.len() > MAX_GROUPS || indicators > MAX_INDICATORS {
            self.add(groups.referenced, Fault::TooLarge);
            return Vec::new();
        }
        let (mut group_codes, mut codes) = (BTreeSet::new(), BTreeSet::new());
        let mut checked = Vec::new();
        for group in &groups.value {
            let code = self.unused(&group.code, &mut group_codes);
            let title = self.texts(&group.title);
            self.require(
                !group.indicators.value.is_empty(),
                group.indicators.referenced,
                Fault::Empty,
            );
            let indicators = group.indicators.value.iter();
            let indicators: Vec<_> = indicators
                .map(|indicator| self.indicator(indicator, model, &mut codes))
                .collect();
            let sum: Points = indicators.iter().map(|indicator| indicator.maximum).sum();
            let maximum = self.points(&group.maximum);
            self.require(
                maximum.is_none_or(|maximum| maximum == sum),
                group.maximum.referenced,
                Fault::GroupSum(sum.to_string()),
            );
            checked.push(Group {
                code,
                title,
                // what its indicators say: one wrong sum is told once
                maximum: sum,
                indicators,
            });
        }
        checked
    }

    fn indicator(
        &mut self,
        indicator: &file::Indicator,
        model: Option<LearningModel>,
        codes: &mut BTreeSet<String>,
    ) -> Indicator {
        let maximum = self.points(&indicator.maximum);
        let some = maximum.is_none_or(|maximum| maximum > Points::ZERO);
        self.require(some, indicator.maximum.referenced, Fault::MaximumZero);
        let (step, place) = match &indicator.step {
            Some(step) => (self.points(step), step.referenced),
            None => (Some(Points::from_hundredths(100)), indicator.maximum.referenced),
        };
        if let (Some(maximum), Some(step)) = (maximum, step) {
            self.require(step > Points::ZERO && maximum.is_step_of(step), place, Fault::Step);
        }
        let from = indicator.from.as_ref().and_then(|word| {
            let from = self.word(word, LearningModel::ALL, LearningModel::as_str, MODELS)?;
            let flows = model.is_none_or(|model| flows_into(model).contains(&from));
            self.require(flows, word.referenced, Fault::Flow);
            Some(from)
        });
        let when_not_applicable = indicator.when_not_applicable.as_ref();
        Indicator {
            code: self.unused(&indicator.code, codes),
            text: self.texts(&indicator.text),
            maximum: maximum.unwrap_or_default(),
            step: step.unwrap_or_default(),
            evidence: indicator.evidence.as_ref().map(|texts| self.texts(texts)),
            when_not_applicable: when_not_applicable.and_then(|word| {
                self.word(
                    word,
                    WhenNotApplicable::ALL,
                    WhenNotApplicable::as_str,
                    "FULL, REBASE, ZERO",
                )
            }),
            from,
        }
    }

    fn least(&mut self, least: &Spanned<f64>, groups: &[Group]) -> Option<Points> {
        let points = self.points(least)?;
        let low = groups
            .iter()
            .flat_map(|group| &group.indicators)
            .find(|one| one.maximum < points);
        if let Some(indicator) = low {
            self.add(least.referenced, Fault::LeastUnreachable(indicator.code.clone()));
        }
        Some(points)
    }

    fn ranks(&mut self, ranks: &[file::Rank], within: std::ops::RangeInclusive<Points>) -> Vec<Rank> {
        let mut codes = BTreeSet::new();
        let mut above: Option<Points> = None;
        let mut checked = Vec::new();
        for rank in ranks {
            let code = self.unused(&rank.code, &mut codes);
            let total = self.points(&rank.total).unwrap_or_default();
            let falls = above.is_none_or(|above| total < above) && within.contains(&total);
            self.require(falls, rank.total.referenced, Fault::Ranks);
            above = Some(total);
            let title = self.texts(&rank.title);
            checked.push(Rank { code, title, total });
        }
        checked
    }

    fn decision(&mut self, decision: &file::Decision) -> Decision {
        Decision {
            number: self.text(&decision.number),
            date: decision.date.value.0,
            issuer: self.texts(&decision.issuer),
        }
    }

    fn texts(&mut self, texts: &file::Texts) -> Texts {
        Texts {
            vi: self.text(&texts.vi),
            en: self.text(&texts.en),
        }
    }

    fn text(&mut self, text: &Spanned<String>) -> String {
        match clean_text(&text.value, MAX_TEXT) {
            Ok(clean) if !clean.is_empty() => clean,
            _ => {
                self.add(text.referenced, Fault::Text);
                String::new()
            }
        }
    }

    fn code(&mut self, code: &Spanned<String>) -> String {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_code = !code.value.is_empty() && code.value.len() <= MAX_CODE && code.value.chars().all(allowed);
        self.require(is_code, code.referenced, Fault::Code);
        code.value.clone()
    }

    fn unused(&mut self, code: &Spanned<String>, used: &mut BTreeSet<String>) -> String {
        let text = self.code(code);
        self.require(
            used.insert(text.clone()),
            code.referenced,
            Fault::Repeated(text.clone()),
        );
        text
    }

    fn points(&mut self, number: &Spanned<f64>) -> Option<Points> {
        let points = Points::parse(number.value).ok();
        self.require(points.is_some(), number.referenced, Fault::NotPoints);
        points
    }

    fn word<T: Copy>(
        &mut self,
        word: &Spanned<String>,
        all: &[T],
        name: fn(T) -> &'static str,
        words: &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|one| name(*one) == word.value);
        self.require(found.is_some(), word.referenced, Fault::Word(words));
        found
    }
}

const MODELS: &str = "LEARNING_FAMILY, LEARNING_CLAN, LEARNING_UNIT, LEARNING_COMMUNITY, LEARNING_CITIZEN";
const VARIANTS: &str = "WARD_MANAGED, STATE_MANAGED, FARMER, WORKER, OFFICIAL, STUDENT";

/// The variants a title may have; `None` is a set for all of its subjects.
pub const fn variants_of(model: LearningModel) -> &'static [Option<CriteriaVariant>] {
    use CriteriaVariant::{Farmer, Official, StateManaged, Student, WardManaged, Worker};
    match model {
        LearningModel::LearningUnit => &[Some(WardManaged), Some(StateManaged)],
        LearningModel::LearningCitizen => &[None, Some(Farmer), Some(Worker), Some(Official), Some(Student)],
        LearningModel::LearningFamily | LearningModel::LearningClan | LearningModel::LearningCommunity => &[None],
    }
}

/// The titles whose results may count for a title.
const fn flows_into(model: LearningModel) -> &'static [LearningModel] {
    use LearningModel::{LearningCitizen, LearningClan, LearningFamily};
    match model {
        LearningModel::LearningCitizen => &[],
        LearningModel::LearningFamily | LearningModel::LearningUnit => &[LearningCitizen],
        LearningModel::LearningClan => &[LearningFamily],
        LearningModel::LearningCommunity => &[LearningFamily, LearningClan, LearningCitizen],
    }
}
