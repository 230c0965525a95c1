//! How last year ended in a ward: meetings of its branches, its lists, and the decisions of its People's Committee.
//!
//! Families and citizens come first; clans, institutions and communities, whose sheets count what those reached, after them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AssessmentId, DecisionId, SubmissionId, UnitId};
use entity::table::{assessment, certificate_series, decision, submission};
use entity::vocabulary::{DecisionKind, LearningModel};
use rand::Rng;

use super::calendar::{between, hour, id};
use super::maker::{Holder, Maker};
use super::names;
use crate::clock::hanoi_date;

/// So many registrations at most are entered with one request.
const AT_ONCE: i32 = 200;

/// When the later steps of a registration happened.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    /// When people marked themselves, the first and the last of them.
    pub(super) marked: (DateTime<Utc>, DateTime<Utc>),
    /// When the minutes of the meeting were entered.
    pub(super) assessed: DateTime<Utc>,
    /// When the ward put it on its list, or declined it.
    pub(super) proposed: DateTime<Utc>,
    /// When the decision was entered.
    pub(super) decided: DateTime<Utc>,
    /// When the title was taken away.
    pub(super) revoked: DateTime<Utc>,
}

/// The minutes of a branch for one title, as long as there is room in them.
#[derive(Clone, Copy)]
pub(super) struct Meeting {
    /// Their id.
    pub(super) id: AssessmentId,
    /// How many came.
    pub(super) present: i32,
    entered: DateTime<Utc>,
    items: i32,
}

/// A paper with its number.
#[derive(Clone)]
pub(super) struct Decision {
    /// Its id.
    pub(super) id: DecisionId,
    /// Its number.
    pub(super) number: String,
    /// When it was entered.
    pub(super) entered: DateTime<Utc>,
    is_written: bool,
    items: i32,
}

/// One of the two rounds.
struct Round {
    marked: (DateTime<Utc>, DateTime<Utc>),
    met: (DateTime<Utc>, DateTime<Utc>),
    proposed: DateTime<Utc>,
    decision: Decision,
}

/// The list of one title.
struct List {
    id: SubmissionId,
    items: i32,
}

/// The end of a ward's year.
pub(super) struct YearEnd {
    /// The ward's officer, who enters what the ward does.
    pub(super) officer: Holder,
    /// The ward.
    pub(super) ward: UnitId,
    /// The ward's name.
    pub(super) ward_name: String,
    /// Who signs for the People's Committee.
    pub(super) signer: String,
    year: i32,
    rounds: [Round; 2],
    revocation: Decision,
    meetings: BTreeMap<(UnitId, LearningModel), Meeting>,
    lists: BTreeMap<LearningModel, List>,
    certificates: i32,
}

impl YearEnd {
    /// What is to come in a ward; nothing is written before something happens.
    pub(super) fn new(maker: &mut Maker<'_>, (ward, ward_name): (UnitId, String), officer: Holder) -> Self {
        let year = maker.setting.calendar.last.year;
        let dice = &mut maker.dice;
        let at = |day: (u32, u32), from: i64| hour(year, day, from);
        let number = dice.random_range(60..220);
        let mut decision = |number: i32, entered: DateTime<Utc>| Decision {
            id: id(dice, entered),
            number: format!("{number}/QĐ-UBND"),
            entered,
            is_written: false,
            items: 0,
        };
        let rounds = [
            Round {
                marked: (at((10, 1), 7), at((10, 31), 21)),
                met: (at((11, 3), 8), at((11, 15), 8)),
                proposed: at((11, 26), 9),
                decision: decision(number, at((12, 3), 14)),
            },
            Round {
                marked: (at((12, 5), 7), at((12, 8), 21)),
                met: (at((12, 10), 8), at((12, 13), 8)),
                proposed: at((12, 18), 9),
                decision: decision(number + 4, at((12, 22), 14)),
            },
        ];
        let revocation = decision(number + 9, at((12, 29), 10));
        Self {
            officer,
            ward,
            ward_name,
            signer: names::anybody(dice),
            year,
            rounds,
            revocation,
            meetings: BTreeMap::new(),
            lists: BTreeMap::new(),
            certificates: 0,
        }
    }

    const fn round(&self, model: LearningModel) -> &Round {
        let [first, second] = &self.rounds;
        if is_of_first_round(model) { first } else { second }
    }

    /// Who the committee is.
    pub(super) fn authority(&self) -> String {
        let mut letters = self.ward_name.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
        format!("Ủy ban nhân dân {first}{}", letters.as_str())
    }

    /// When the steps of the next registration of a branch happened; its meeting is held if it was not yet.
    pub(super) fn next(&mut self, maker: &mut Maker<'_>, branch: (UnitId, &Holder), model: LearningModel) -> Ending {
        let meeting = self.meeting(maker, branch, model);
        let listed = self.lists.get(&model).map_or(0, |list| list.items);
        let round = self.round(model);
        Ending {
            marked: round.marked,
            assessed: meeting.entered,
            proposed: round.proposed + request(listed),
            decided: round.decision.entered + request(round.decision.items),
            revoked: self.revocation.entered,
        }
    }

    /// The minutes for the next registration of a branch.
    fn meeting(&mut self, maker: &mut Maker<'_>, branch: (UnitId, &Holder), model: LearningModel) -> Meeting {
        let key = (branch.0, model);
        if let Some(meeting) = self.meetings.get(&key).filter(|meeting| meeting.items < AT_ONCE) {
            return *meeting;
        }
        let before = self.meetings.get(&key).map(|meeting| meeting.entered);
        let (from, to) = self.round(model).met;
        let entered = match before {
            Some(before) => before + TimeDelta::minutes(5),
            None => between(&mut maker.dice, from, to),
        };
        let present = maker.dice.random_range(18..60);
        let meeting = Meeting {
            id: id(&mut maker.dice, entered),
            present,
            entered,
            items: 0,
        };
        let (branch_id, head) = branch;
        let held_on = hanoi_date(entered - TimeDelta::days(1));
        maker.rows.assessments.push(assessment::Model {
            tenant_id: maker.tenant,
            id: meeting.id,
            branch_id,
            ward_id: self.ward,
            model,
            year: self.year,
            held_on,
            place: "Nhà sinh hoạt cộng đồng".to_owned(),
            chair_name: head.name.clone(),
            secretary_name: names::anybody(&mut maker.dice),
            present,
            remarks: None,
            posted_until: Some(held_on + TimeDelta::days(4)),
            account_id: head.account,
            actor_name: head.name.clone(),
            created_at: entered,
        });
        self.meetings.insert(key, meeting);
        meeting
    }

    /// The minutes that an assessed registration stands in.
    pub(super) fn assess(&mut self, branch: UnitId, model: LearningModel) -> Option<Meeting> {
        let meeting = self.meetings.get_mut(&(branch, model))?;
        meeting.items += 1;
        Some(*meeting)
    }

    /// The list that a proposed registration goes on.
    pub(super) fn propose(&mut self, maker: &mut Maker<'_>, model: LearningModel) -> SubmissionId {
        if let Some(list) = self.lists.get_mut(&model) {
            list.items += 1;
            return list.id;
        }
        let entered = self.round(model).proposed;
        let id: SubmissionId = id(&mut maker.dice, entered);
        let number = self.lists.len() + 1;
        maker.rows.submissions.push(submission::Model {
            tenant_id: maker.tenant,
            id,
            ward_id: self.ward,
            model,
            year: self.year,
            number: format!("{number:02}/TTr-HKH"),
            submitted_on: hanoi_date(entered),
            signer_name: self.officer.name.clone(),
            signer_title: "Chủ tịch Hội Khuyến học".to_owned(),
            remarks: None,
            account_id: self.officer.account,
            actor_name: self.officer.name.clone(),
            created_at: entered,
        });
        self.lists.insert(model, List { id, items: 1 });
        id
    }

    /// The decision that recognises a registration, and the number of its certificate.
    pub(super) fn recognise(&mut self, maker: &mut Maker<'_>, model: LearningModel) -> (Decision, i32) {
        self.certificates += 1;
        let number = self.certificates;
        let [first, second] = &mut self.rounds;
        let round = if is_of_first_round(model) { first } else { second };
        let decision = &mut round.decision;
        decision.items += 1;
        let is_first = !std::mem::replace(&mut decision.is_written, true);
        let decision = decision.clone();
        if is_first {
            self.write(maker, &decision, DecisionKind::Recognition);
        }
        (decision, number)
    }

    /// The decision that takes a title away.
    pub(super) fn revoke(&mut self, maker: &mut Maker<'_>) -> Decision {
        let is_first = !std::mem::replace(&mut self.revocation.is_written, true);
        let decision = self.revocation.clone();
        if is_first {
            self.write(maker, &decision, DecisionKind::Revocation);
        }
        decision
    }

    fn write(&self, maker: &mut Maker<'_>, decision: &Decision, kind: DecisionKind) {
        maker.rows.decisions.push(decision::Model {
            tenant_id: maker.tenant,
            id: decision.id,
            ward_id: self.ward,
            year: self.year,
            kind,
            number: decision.number.clone(),
            decided_on: hanoi_date(decision.entered),
            authority: self.authority(),
            signer_name: self.signer.clone(),
            signer_title: "Chủ tịch".to_owned(),
            account_id: self.officer.account,
            actor_name: self.officer.name.clone(),
            created_at: decision.entered,
        });
    }

    /// Writes down how far the numbers of the ward's certificates went.
    pub(super) fn finish(self, maker: &mut Maker<'_>) {
        if self.certificates > 0 {
            maker.rows.series.push(certificate_series::Model {
                tenant_id: maker.tenant,
                ward_id: self.ward,
                year: self.year,
                last: self.certificates,
            });
        }
    }
}

/// How long after the first request the one was sent that has the registration after so many others.
fn request(before: i32) -> TimeDelta {
    TimeDelta::minutes(i64::from(before / AT_ONCE))
}

/// Whether a title is decided on first: its results are counted for the others.
const fn is_of_first_round(model: LearningModel) -> bool {
    matches!(model, LearningModel::LearningFamily | LearningModel::LearningCitizen)
}
