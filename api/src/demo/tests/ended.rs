//! Last year, as it ended.

use std::collections::{BTreeMap, BTreeSet};

use entity::id::RegistrationId;
use entity::vocabulary::{LearningModel, RegistrationState as State, SheetKind};

use super::super::rows::Rows;
use super::{MIDDAY, setting, wards};

/// Everything that a ward's year has left behind fits together.
fn assert_ended(rows: &Rows) {
    let of = |state| rows.registrations.iter().filter(move |row| row.state == state);
    // numbers without gaps, one for each title given, also where it was taken away
    let mut numbers: Vec<i32> = rows.certificates.iter().map(|paper| paper.number).collect();
    numbers.sort_unstable();
    let given = of(State::Recognised).count() + of(State::Revoked).count();
    assert_eq!(numbers, (1..).take(given).collect::<Vec<_>>());
    let series: Vec<i32> = rows.series.iter().map(|series| series.last).collect();
    assert_eq!(series.iter().sum::<i32>(), i32::try_from(given).unwrap());
    assert!(series.len() <= 1);
    let registrations: BTreeMap<RegistrationId, _> = rows.registrations.iter().map(|row| (row.id, row)).collect();
    for paper in &rows.certificates {
        let row = registrations[&paper.registration_id];
        assert_eq!(paper.revoked_on.is_some(), row.state == State::Revoked);
        let decision = rows
            .decisions
            .iter()
            .find(|decision| Some(decision.id) == row.decision_id);
        let decision = decision.expect("the decision it stands by");
        let stands_by = paper.revoked_by_decision.as_ref().unwrap_or(&paper.decision_number);
        assert_eq!(&decision.number, stands_by);
        assert!(
            rows.submissions
                .iter()
                .any(|list| Some(list.id) == row.submission_id && list.model == row.model)
        );
    }
    for kind in [SheetKind::Subject, SheetKind::Branch, SheetKind::Ward] {
        for row in &rows.registrations {
            // a ward signs for what it proposes only
            let marked = given_or_declined(row.state) && (kind != SheetKind::Ward || row.state != State::NotRecognised);
            let sheets: Vec<_> = rows
                .sheets
                .iter()
                .filter(|sheet| sheet.registration_id == row.id && sheet.kind == kind)
                .collect();
            assert_eq!(sheets.len(), usize::from(marked), "{row:?}");
            assert!(
                sheets
                    .iter()
                    .all(|sheet| sheet.passes == (row.state != State::NotRecognised))
            );
        }
    }
    for item in &rows.items {
        let row = registrations[&item.registration_id];
        let meeting = rows
            .assessments
            .iter()
            .find(|meeting| meeting.id == item.assessment_id)
            .unwrap();
        assert_eq!(
            (meeting.branch_id, meeting.model, meeting.year),
            (row.branch_id, row.model, row.year)
        );
        assert_eq!(item.votes_for + item.votes_against, meeting.present);
    }
}

fn given_or_declined(state: State) -> bool {
    matches!(state, State::Recognised | State::NotRecognised | State::Revoked)
}

#[test]
fn last_year_has_ended_with_sheets_lists_decisions_and_certificates() {
    let mut models = BTreeSet::new();
    for (plan, rows) in wards(&setting(MIDDAY), "016").0 {
        assert_ended(&rows);
        assert!(!rows.collectives.is_empty(), "{}", plan.number);
        models.extend(rows.certificates.iter().map(|paper| paper.model));
    }
    assert_eq!(models.len(), 5);
    let (wards, _) = wards(&setting(MIDDAY), "002");
    let (_, rows) = &wards[0];
    assert_ended(rows);
    let families = || {
        let last = rows.registrations.iter().filter(|row| row.year == 2025);
        last.filter(|row| row.model == LearningModel::LearningFamily)
    };
    let accepted = families().filter(|row| row.state.is_accepted()).count();
    let recognised = families().filter(|row| row.state == State::Recognised).count();
    assert!(
        (85..95).contains(&(recognised * 100 / accepted)),
        "{recognised} of {accepted}"
    );
}
