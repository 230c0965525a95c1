//! Tests of the checker and of scoring.

use std::collections::BTreeSet;

use entity::value::{Language, Points};
use entity::vocabulary::{LearningModel, WhenNotApplicable};
use proptest::prelude::*;

use super::check::read;
use super::problem::{Fault, Problem};
use super::score::{BadMark, Mark, Shortfall, check, computed, score};
use super::set::CriteriaSet;
use super::shipped::SHIPPED;

const SMALL: &str = "\
code: small
version: 1
model: LEARNING_FAMILY
title: {vi: Bộ nhỏ, en: Small}
decision: {number: 1/QĐ, date: 2025-01-02, issuer: {vi: Hội, en: Association}}
validFrom: 2025-01-02
maximum: 30
groups:
  - code: '1'
    title: {vi: Một, en: One}
    maximum: 30
    indicators:
      - {code: '1.1', text: {vi: a, en: a}, maximum: 10, whenNotApplicable: REBASE}
      - {code: '1.2', text: {vi: b, en: b}, maximum: 10, step: 0.5, whenNotApplicable: FULL}
      - {code: '1.3', text: {vi: c, en: c}, maximum: 10}
pass: {total: 24, eachIndicator: 5}
ranks:
  - {code: GOOD, title: {vi: Tốt, en: Good}, total: 27}
  - {code: FAIR, title: {vi: Khá, en: Fair}, total: 24}
form:
  introduction: {vi: Ghi điểm., en: Write points.}
  declaration: {vi: Cam đoan., en: Declared.}
";

fn small() -> CriteriaSet {
    read(SMALL).unwrap()
}

fn points(number: f64) -> Mark {
    Mark::Points(Points::parse(number).unwrap())
}

/// What the checker says of the small set with one line put in the place of another: line, column-free.
fn faults(old: &str, new: &str) -> Vec<(u64, &'static str)> {
    assert!(SMALL.contains(old), "{old}");
    let problems = read(&SMALL.replacen(old, new, 1)).unwrap_err();
    problems
        .iter()
        .map(|problem| (problem.line, problem.fault.code()))
        .collect()
}

#[test]
fn every_shipped_set_is_sound_and_unlike_the_others() {
    let mut codes = BTreeSet::new();
    for (name, text) in SHIPPED {
        let set = read(text).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        assert_eq!(&set.code, name);
        assert!(codes.insert(set.code.clone()));
    }
    let models: BTreeSet<_> = SHIPPED.iter().map(|(_, text)| read(text).unwrap().model).collect();
    assert_eq!(models.len(), LearningModel::ALL.len(), "a set for every title");
}

#[test]
fn what_was_not_verified_says_so() {
    for (name, text) in SHIPPED {
        assert_eq!(read(text).unwrap().sample, *name != "citizen-pilot", "{name}");
    }
}

#[test]
fn a_fault_is_told_with_its_line() {
    assert_eq!(faults("version: 1", "version: 0"), [(2, "VERSION")]);
    assert_eq!(faults("LEARNING_FAMILY", "LEARNING_TOWN"), [(3, "WORD")]);
    assert_eq!(
        faults("model: LEARNING_FAMILY", "model: LEARNING_UNIT"),
        [(3, "VARIANT")]
    );
    assert_eq!(
        faults("model: LEARNING_FAMILY", "model: LEARNING_FAMILY\nvariant: FARMER"),
        [(4, "VARIANT")]
    );
    assert_eq!(faults("vi: Bộ nhỏ", "vi: ''"), [(4, "TEXT")]);
    assert_eq!(faults("vi: Bộ nhỏ", "vi: \"a\\u202Eb\""), [(4, "TEXT")]);
    assert_eq!(faults("code: small", "code: 'sm all'"), [(1, "CODE")]);
    assert_eq!(
        faults("validFrom: 2025-01-02", "validFrom: 2025-01-02\nvalidTo: 2024-01-01"),
        [(7, "VALIDITY")]
    );
    assert_eq!(faults("maximum: 30\ngroups", "maximum: 31\ngroups"), [(7, "SET_SUM")]);
    assert_eq!(faults("    maximum: 30\n", "    maximum: 25\n"), [(11, "GROUP_SUM")]);
    assert_eq!(faults("code: '1.2'", "code: '1.1'"), [(14, "REPEATED")]);
    assert_eq!(faults("step: 0.5", "step: 0.3"), [(14, "STEP")]);
    assert_eq!(faults("step: 0.5", "step: 0"), [(14, "STEP")]);
    assert_eq!(faults("step: 0.5", "step: 0.125"), [(14, "NOT_POINTS")]);
    assert_eq!(faults("FULL", "HALF"), [(14, "WORD")]);
    assert_eq!(faults("total: 24, each", "total: 31, each"), [(16, "THRESHOLD")]);
    assert_eq!(faults("total: 24, each", "total: 0, each"), [(16, "THRESHOLD")]);
    assert_eq!(
        faults("eachIndicator: 5", "eachIndicator: 11"),
        [(16, "LEAST_UNREACHABLE")]
    );
    assert_eq!(faults("total: 27", "total: 24"), [(19, "RANKS")]);
    assert_eq!(faults("total: 27", "total: 31"), [(18, "RANKS")]);
    assert_eq!(
        faults("maximum: 10}", "maximum: 10, from: LEARNING_CLAN}"),
        [(15, "FLOW")]
    );
    assert!(faults("maximum: 10, step", "maximum: 0, step").contains(&(14, "MAXIMUM_ZERO")));
}

#[test]
fn a_file_that_is_no_set_is_told_with_its_line() {
    assert_eq!(
        faults("ranks:", "rangs:").first().map(|fault| fault.1),
        Some("UNREADABLE")
    );
    assert_eq!(faults("2025-01-02\nmax", "2025-13-02\nmax"), [(6, "UNREADABLE")]);
    assert_eq!(
        faults("code: '1.1'", "[").first().map(|fault| fault.1),
        Some("UNREADABLE")
    );
    assert_eq!(read("").unwrap_err().len(), 1);
    let huge = "x".repeat(200 * 1024);
    assert_eq!(
        read(&huge).unwrap_err().first().map(|problem| problem.fault.clone()),
        Some(Fault::TooLarge)
    );
    let many = format!("[{}]", "{code: a, text: {vi: a, en: a}, maximum: 1},".repeat(101));
    let text = SMALL.replacen("indicators:", &format!("indicators: {many}\n    lines:"), 1);
    assert!(read(&text).is_err());
}

#[test]
fn a_set_whose_every_line_may_be_left_out_is_refused() {
    let text = SMALL
        .replace("whenNotApplicable: FULL", "whenNotApplicable: REBASE")
        .replace(
            "{code: '1.3', text: {vi: c, en: c}, maximum: 10}",
            "{code: '1.3', text: {vi: c, en: c}, maximum: 10, whenNotApplicable: REBASE}",
        );
    let codes: Vec<_> = read(&text)
        .unwrap_err()
        .iter()
        .map(|problem| problem.fault.code())
        .collect();
    assert_eq!(codes, ["NOTHING_LEFT"]);
}

#[test]
fn json_is_read_too() {
    let text = r#"{"code": "j", "version": 1, "model": "LEARNING_CLAN", "title": {"vi": "a", "en": "a"},
        "decision": {"number": "1", "date": "2025-01-02", "issuer": {"vi": "a", "en": "a"}}, "validFrom": "2025-01-02",
        "maximum": 5, "groups": [{"code": "1", "title": {"vi": "a", "en": "a"}, "maximum": 6, "indicators": [
        {"code": "1.1", "text": {"vi": "a", "en": "a"}, "maximum": 5}]}], "pass": {"total": 5},
        "form": {"introduction": {"vi": "a", "en": "a"}, "declaration": {"vi": "a", "en": "a"}}}"#;
    let problems: Vec<Problem> = read(text).unwrap_err();
    assert_eq!(
        problems
            .iter()
            .map(|problem| (problem.line, problem.fault.code()))
            .collect::<Vec<_>>(),
        [(3, "GROUP_SUM")]
    );
}

#[test]
fn the_catalogue_has_every_fault_once_in_both_languages() {
    let samples = Fault::samples();
    let codes: BTreeSet<_> = samples.iter().map(Fault::code).collect();
    assert_eq!(codes.len(), samples.len());
    for fault in samples {
        assert_ne!(fault.message(Language::Vi), fault.message(Language::En), "{fault:?}");
    }
}

#[test]
fn a_line_that_does_not_apply_is_counted_by_its_rule() {
    let set = small();
    // REBASE: 22 of 20 left would be 33; here 8 + 10 (FULL) of 20 become 27 of 30
    let rebased = score(&set, &[Mark::NotApplicable, Mark::NotApplicable, points(8.0)]);
    assert_eq!(rebased.total, Points::parse(27.0).unwrap());
    assert!(rebased.passes());
    assert_eq!(rebased.rank.as_deref(), Some("GOOD"));
    let mut zero = small();
    zero.groups[0].indicators[0].when_not_applicable = Some(WhenNotApplicable::Zero);
    let zero = score(&zero, &[Mark::NotApplicable, points(10.0), points(8.0)]);
    assert_eq!(zero.total, Points::parse(18.0).unwrap());
    assert!(!zero.passes());
}

#[test]
fn it_says_why_not() {
    let set = small();
    let score = score(&set, &[points(10.0), points(4.5), points(9.0)]);
    assert_eq!(score.rank, None);
    assert_eq!(
        score.shortfalls,
        [
            Shortfall::Total {
                reached: Points::parse(23.5).unwrap(),
                needed: Points::parse(24.0).unwrap()
            },
            Shortfall::Indicator {
                code: "1.2".to_owned(),
                reached: Points::parse(4.5).unwrap(),
                needed: Points::parse(5.0).unwrap()
            },
        ]
    );
}

#[test]
fn a_mark_must_fit_its_line() {
    let set = small();
    let lines: Vec<_> = set.indicators().collect();
    assert_eq!(check(lines[0], None), Err(BadMark::Missing));
    assert_eq!(check(lines[0], Some(points(10.5))), Err(BadMark::AboveMaximum));
    assert_eq!(check(lines[0], Some(points(9.5))), Err(BadMark::NotAStep));
    assert_eq!(check(lines[1], Some(points(9.5))), Ok(points(9.5)));
    assert_eq!(check(lines[2], Some(Mark::NotApplicable)), Err(BadMark::AlwaysApplies));
}

#[test]
fn results_of_another_title_give_their_share() {
    let clan = read(include_str!("sets/clan-448-2015.yaml")).unwrap();
    let line = clan.indicators().next().unwrap();
    assert_eq!(computed(line, 7, 9), points(38.0));
    assert_eq!(computed(line, 9, 9), points(50.0));
    assert_eq!(computed(line, 11, 9), points(50.0), "never more than the line gives");
    assert_eq!(
        computed(line, 0, 0),
        points(0.0),
        "a clan without families has earned nothing"
    );
    let community = read(include_str!("sets/community-448-2015.yaml")).unwrap();
    let clans = community.indicators().find(|line| line.code == "2.2").unwrap();
    assert_eq!(computed(clans, 0, 0), Mark::NotApplicable, "there is no clan to count");
}

fn any_marks() -> impl Strategy<Value = Vec<Mark>> {
    let line = |last: bool| {
        let most = if last { 11 } else { 12 };
        (0..most).prop_map(|n| {
            if n == 11 {
                Mark::NotApplicable
            } else {
                points(f64::from(n))
            }
        })
    };
    (line(false), line(false), line(true)).prop_map(|(a, b, c)| vec![a, b, c])
}

proptest! {
    #[test]
    fn a_better_mark_never_makes_it_worse(marks in any_marks(), line in 0..3usize) {
        let set = small();
        let before = score(&set, &marks);
        let mut better = marks.clone();
        if let Mark::Points(points) = &mut better[line]
            && *points < Points::parse(10.0).unwrap()
        {
            *points = points.plus(Points::parse(1.0).unwrap());
        }
        let after = score(&set, &better);
        prop_assert!(after.total >= before.total);
        prop_assert!(after.passes() || !before.passes());
        prop_assert!(after.total <= set.maximum);
    }

    #[test]
    fn no_text_makes_the_checker_panic(text in "\\PC{0,200}") {
        prop_assert!(read(&text).is_err());
    }
}
