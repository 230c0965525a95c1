//! Papers of a meeting, a ward's list, a decision, and the register: many subjects each.

use std::collections::HashMap;

use entity::id::{AssessmentId, DecisionId, RegistrationId, SubmissionId, UnitId};
use entity::scope::View;
use entity::table::{assessment, assessment_item, certificate, decision, registration, score_sheet};
use entity::vocabulary::{DecisionKind, LearningModel, SheetKind, UnitKind};

use super::desk::{Desk, Marked};
use super::naming;
use super::store::{self, Names, Of};
use super::subject::Subject;
use crate::assessment::assessment_by_id;
use crate::clock::hanoi_date;
use crate::error::{Error, Result};
use crate::paper::{
    Minutes, Paper, Proposal, Proposed, Recognised, RecognisedList, Register, Registered, Verdict, Vote, issued_by,
};
use crate::progress::registered_total;
use crate::recognition::{decision_by_id, submission_by_id};
use crate::score::SheetRow;
use crate::unit::covered_unit;

/// Papers that were made, and what their file is called.
pub(super) struct Made {
    pub papers: Vec<Paper>,
    pub kind: &'static str,
    pub of: String,
    pub year: i32,
    /// Of how many subjects they tell.
    pub count: usize,
}

/// What is said of those who came late.
fn late(row: &registration::Model) -> Option<String> {
    row.late.then(|| "Đăng ký muộn".to_owned())
}

/// Registrations with their subjects: branch by branch, each in Vietnamese order of names.
fn in_order(
    rows: Vec<registration::Model>,
    mut subjects: HashMap<RegistrationId, Subject>,
    names: &Names,
) -> Vec<(registration::Model, Subject)> {
    let joined = |row: registration::Model| {
        let subject = subjects.remove(&row.id).unwrap_or_default();
        (row, subject)
    };
    let mut joined: Vec<_> = rows.into_iter().map(joined).collect();
    joined.sort_by(|(a, of_a), (b, of_b)| {
        let branch = |row: &registration::Model| names.sort_key(row.branch_id);
        (branch(a), a.branch_id, &of_a.sort_key, a.id).cmp(&(branch(b), b.branch_id, &of_b.sort_key, b.id))
    });
    joined
}

/// The minutes of a branch meeting.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub(super) async fn minutes(desk: &Desk, id: AssessmentId) -> Result<Made> {
    let meeting = assessment_by_id(&desk.scope, id).await?;
    // who came and what was said is not for families
    desk.sees_branch(meeting.ward_id, meeting.branch_id)?;
    let (items, rows) = store::assessed(&desk.scope, meeting.id).await?;
    let subjects = desk.subjects(&rows, false).await?;
    let units = [meeting.ward_id, meeting.branch_id].into_iter();
    let names = desk.names(units, meeting.held_on).await?;
    let marked = of_meeting(desk, &meeting, &rows).await?;
    let mut items: HashMap<RegistrationId, assessment_item::Model> =
        items.into_iter().map(|item| (item.registration_id, item)).collect();
    let vote = |(row, subject): (registration::Model, Subject)| {
        let item = items.remove(&row.id)?;
        let marked = marked.get(&row.id);
        // the branch proposes whom more want than not, and whose points suffice
        let is_wanted = item.votes_for > item.votes_against;
        Some(Vote {
            name: subject.name,
            address: subject.address,
            total: marked.map(|marked| marked.total),
            votes_for: u32::try_from(item.votes_for).unwrap_or_default(),
            votes_against: u32::try_from(item.votes_against).unwrap_or_default(),
            proposed: is_wanted && marked.is_none_or(|marked| marked.passes),
            remark: item.remark,
        })
    };
    let votes: Vec<Vote> = in_order(rows, subjects, &names).into_iter().filter_map(vote).collect();
    let of = names.name(meeting.branch_id).to_owned();
    let paper = Minutes {
        model: meeting.model,
        year: meeting.year,
        sample: marked.values().any(|marked| marked.sample),
        association: naming::association(names.name(meeting.ward_id)),
        branch: naming::branch(&of),
        date: Some(meeting.held_on),
        begun: None,
        ended: None,
        place: Some(meeting.place),
        chair: Some(meeting.chair_name),
        secretary: Some(meeting.secretary_name),
        present: u32::try_from(meeting.present).ok(),
        invited: None,
        remarks: meeting.remarks,
        votes,
    };
    Ok(Made {
        count: paper.votes.len(),
        papers: vec![paper.paper()],
        kind: "Biên bản họp bình xét",
        of,
        year: meeting.year,
    })
}

/// What the sheets say that a meeting signed; later meetings sign others.
async fn of_meeting(
    desk: &Desk,
    meeting: &assessment::Model,
    rows: &[registration::Model],
) -> Result<HashMap<RegistrationId, Marked>> {
    let sheets = store::sheets(&desk.app, &desk.scope, rows.iter().map(|row| row.id)).await?;
    let of_this = |(id, sheets): (RegistrationId, Vec<SheetRow>)| {
        // signed in the transaction that entered the minutes
        let is_of_this =
            |row: &score_sheet::Model| row.kind == SheetKind::Branch && row.signed_at == Some(meeting.created_at);
        let signed = sheets.iter().rfind(|(row, _)| is_of_this(row))?;
        Some((id, Marked::of(signed)))
    };
    Ok(sheets.into_iter().filter_map(of_this).collect())
}

/// A ward's list to its People's Committee, as it stands now.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub(super) async fn proposal(desk: &Desk, id: SubmissionId) -> Result<Made> {
    let list = submission_by_id(&desk.scope, id).await?;
    // part of a list would look like all of it
    desk.sees_ward(list.ward_id)?;
    let rows = store::listed(&desk.scope, &list).await?;
    let subjects = desk.subjects(&rows, false).await?;
    let units = rows.iter().map(|row| row.branch_id).chain([list.ward_id]);
    let names = desk.names(units, list.submitted_on).await?;
    let district = names.parent(list.ward_id);
    let above = desk.names(district.into_iter(), list.submitted_on).await?;
    let mut marked = desk.marked(rows.iter().map(|row| row.id)).await?;
    let title = (list.model, list.year);
    let applies = desk.set_of(title).await?;
    let registered = registered_total(&View::Tenant(desk.scope.clone()), list.ward_id, title).await?;
    let (count, ward) = (rows.len(), names.name(list.ward_id).to_owned());
    let sample = marked.values().any(|marked| marked.sample);
    // mostly one document; of two regimes in one year both are named
    let mut documents: Vec<String> = marked.values().map(|marked| marked.criteria.clone()).collect();
    documents.sort_unstable();
    documents.dedup();
    if documents.is_empty() {
        documents.extend(applies.map(|published| issued_by(&published.set.decision)));
    }
    let subject = |(row, subject): (registration::Model, Subject)| {
        let marked = marked.remove(&row.id);
        Proposed {
            name: subject.name,
            address: subject.address,
            branch: names.name(row.branch_id).to_owned(),
            total: marked.as_ref().map(|marked| marked.total),
            rank: marked.and_then(|marked| marked.rank),
            remark: late(&row),
        }
    };
    let subjects = in_order(rows, subjects, &names).into_iter().map(subject).collect();
    let paper = Proposal {
        model: list.model,
        year: list.year,
        sample,
        parent: district.map(|district| naming::association(above.name(district))),
        association: naming::association(&ward),
        committee: naming::committee(&ward),
        criteria: if documents.is_empty() {
            "các tiêu chí hiện hành".to_owned()
        } else {
            documents.join("; ")
        },
        number: Some(list.number),
        place: naming::place(&ward),
        date: Some(list.submitted_on),
        registered: usize::try_from(registered).unwrap_or_default().max(count),
        subjects,
        remarks: list.remarks,
        signer: Some(list.signer_name),
        signer_title: Some(list.signer_title),
    };
    Ok(Made {
        papers: vec![paper.paper()],
        kind: "Tờ trình",
        of: ward,
        year: list.year,
        count,
    })
}

/// The list of a decision of a ward's People's Committee, by the certificates it issued or revoked: names as they were
/// decided on, whatever has changed since. A list for each title.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub(super) async fn decision(desk: &Desk, id: DecisionId) -> Result<Made> {
    let decision = decision_by_id(&desk.scope, id).await?;
    desk.sees_ward(decision.ward_id)?;
    let rows = store::decided(&desk.scope, &decision).await?;
    let units = rows.iter().map(|row| row.branch_id).chain([decision.ward_id]);
    let names = desk.names(units, decision.decided_on).await?;
    let count = rows.len();
    let mut by_title: Vec<(LearningModel, Vec<certificate::Model>)> = Vec::new();
    for row in rows {
        match by_title.iter_mut().find(|(model, _)| *model == row.model) {
            Some((_, rows)) => rows.push(row),
            None => by_title.push((row.model, vec![row])),
        }
    }
    if by_title.is_empty() {
        return Err(Error::NotFound);
    }
    let papers = by_title
        .into_iter()
        .map(|(model, rows)| recognised(&decision, model, rows, &names).paper())
        .collect();
    Ok(Made {
        papers,
        kind: match decision.kind {
            DecisionKind::Recognition => "Danh sách công nhận",
            DecisionKind::Revocation => "Danh sách thu hồi",
        },
        of: names.name(decision.ward_id).to_owned(),
        year: decision.year,
        count,
    })
}

fn recognised(
    decision: &decision::Model,
    model: LearningModel,
    rows: Vec<certificate::Model>,
    names: &Names,
) -> RecognisedList {
    let verdict = match decision.kind {
        DecisionKind::Recognition => Verdict::Recognised,
        DecisionKind::Revocation => Verdict::Revoked,
    };
    let subject = |row: certificate::Model| Recognised {
        branch: names.name(row.branch_id).to_owned(),
        certificate: Some(crate::certificate::number(&row)),
        remark: row
            .revoked_by_decision
            .filter(|_| verdict == Verdict::Recognised)
            .map(|number| format!("Đã thu hồi theo Quyết định số {number}")),
        name: row.holder_name,
        address: row.holder_address,
        rank: row.rank,
    };
    RecognisedList {
        verdict,
        model,
        year: decision.year,
        sample: rows.iter().any(|row| row.sample),
        committee: decision.authority.clone(),
        number: decision.number.clone(),
        date: decision.decided_on,
        place: naming::place(names.name(decision.ward_id)),
        capacity: vec![decision.signer_title.to_uppercase()],
        signer: decision.signer_name.clone(),
        subjects: rows.into_iter().map(subject).collect(),
    }
}

/// The register of a ward or branch.
///
/// # Errors
/// NOT_FOUND, or what the database answers.
pub(super) async fn register(desk: &Desk, unit: UnitId, (model, year): (LearningModel, i32)) -> Result<Made> {
    let unit = covered_unit(&View::Tenant(desk.scope.clone()), unit).await?;
    let (ward, branch) = match unit.kind {
        UnitKind::Ward => (unit.id, None),
        UnitKind::Branch => (unit.parent.ok_or(Error::NotFound)?, Some(unit.id)),
        UnitKind::City | UnitKind::District => return Err(Error::NotFound),
    };
    let of = Of {
        ward,
        branch,
        model,
        year,
    };
    let rows = store::registered(&desk.scope, of).await?;
    let subjects = desk.subjects(&rows, false).await?;
    let units = rows.iter().map(|row| row.branch_id).chain([ward, unit.id]);
    let names = desk.names(units, desk.today).await?;
    let marked = desk.marked(rows.iter().map(|row| row.id)).await?;
    let signer = desk.heads(&[unit.id]).await?.remove(&unit.id);
    let subject = |(row, subject): (registration::Model, Subject)| Registered {
        name: subject.name,
        address: subject.address,
        branch: names.name(row.branch_id).to_owned(),
        date: hanoi_date(row.created_at),
        state: row.state,
        total: marked.get(&row.id).map(|marked| marked.total),
        remark: late(&row),
    };
    let subjects: Vec<Registered> = in_order(rows, subjects, &names).into_iter().map(subject).collect();
    let paper = Register {
        model,
        year,
        sample: marked.values().any(|marked| marked.sample),
        association: naming::association(names.name(ward)),
        branch: branch.map(|_| naming::branch(&unit.name)),
        place: naming::place(names.name(ward)),
        date: desk.today,
        subjects,
        signer,
    };
    Ok(Made {
        count: paper.subjects.len(),
        papers: vec![paper.paper()],
        kind: "Danh sách đăng ký",
        of: unit.name,
        year,
    })
}
