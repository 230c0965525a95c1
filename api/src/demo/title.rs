//! Registrations of any subject as their last step left them: journal, sheets, votes and certificate.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{
    AssessmentItemId, CertificateId, DecisionId, RegistrationEventId, RegistrationId, ScoreSheetId, SubjectId, UnitId,
};
use entity::table::{assessment_item, certificate, registration, registration_event, score_sheet};
use entity::vocabulary::{Channel, CriteriaVariant, LearningModel, RegistrationAction as Action, Role, SheetKind};
use rand::Rng;

use super::calendar::{Window, id};
use super::forms::Marked;
use super::journal::Step;
use super::maker::{Holder, Maker};
use super::rows::Tally;
use super::year_end::YearEnd;
use crate::clock::hanoi_date;

/// Who is registered for what, where, and by whom.
pub(super) struct Registered<'a> {
    /// The title.
    pub(super) model: LearningModel,
    /// Who.
    pub(super) subject: SubjectId,
    /// Which form of the criteria.
    pub(super) variant: Option<CriteriaVariant>,
    /// Branch and ward.
    pub(super) place: (UnitId, UnitId),
    /// Who enters everything: the family, or the branch head for it.
    pub(super) author: &'a Holder,
    /// The branch head.
    pub(super) head: &'a Holder,
    /// Name and address as a certificate shows them.
    pub(super) card: (&'a str, &'a str),
}

/// A registration in the making.
struct Writing<'a> {
    who: &'a Registered<'a>,
    id: RegistrationId,
    year: i32,
    channel: Channel,
}

/// Writes a registration with all that its steps left behind; `sheet` is what it was marked, if it came so far.
pub(super) fn write(
    (maker, tally, year_end): (&mut Maker<'_>, &mut Tally, &mut YearEnd),
    who: &Registered<'_>,
    (window, steps): (&Window, &[Step]),
    sheet: Option<&Marked>,
) {
    let (Some(begun), Some(end)) = (steps.first(), steps.last()) else {
        return;
    };
    let (branch_id, ward_id) = who.place;
    tally.registration(who.place, (who.model, window.year, end.to));
    let by_phone = who.author.role == Role::Family;
    let writing = Writing {
        who,
        id: id(&mut maker.dice, begun.at),
        year: window.year,
        channel: if by_phone { Channel::Phone } else { Channel::Paper },
    };
    let (mut submission_id, mut decision_id) = (None, None);
    for (version, step) in (1..).zip(steps) {
        match (step.action, sheet) {
            (Action::SelfScore, Some(sheet)) => writing.sheet(maker, (SheetKind::Subject, who.author), step.at, sheet),
            (Action::Assess, Some(sheet)) => {
                writing.sheet(maker, (SheetKind::Branch, who.head), step.at, sheet);
                writing.votes(maker, year_end, step.at, sheet.passes);
            }
            (Action::Propose, Some(sheet)) => {
                writing.sheet(maker, (SheetKind::Ward, &year_end.officer), step.at, sheet);
                submission_id = Some(year_end.propose(maker, who.model));
            }
            (Action::Recognise, Some(sheet)) => {
                decision_id = Some(writing.certificate(maker, year_end, step.at, sheet));
            }
            (Action::Revoke, _) => {
                let decision = year_end.revoke(maker);
                decision_id = Some(decision.id);
                // the last certificate is the one that was issued to this registration a step before
                if let Some(paper) = maker.rows.certificates.last_mut() {
                    paper.revoked_by_decision = Some(decision.number);
                    paper.revoked_on = Some(hanoi_date(decision.entered));
                }
            }
            _ => {}
        }
        writing.event(maker, &year_end.officer, version, step);
    }
    maker.rows.registrations.push(registration::Model {
        tenant_id: maker.tenant,
        id: writing.id,
        model: who.model,
        subject_id: who.subject,
        year: window.year,
        branch_id,
        ward_id,
        state: end.to,
        state_since: end.at,
        channel: writing.channel,
        note: None,
        reason: end.reason.map(ToOwned::to_owned),
        entered_by: who.author.account,
        version: i32::try_from(steps.len()).unwrap_or(i32::MAX),
        created_at: begun.at,
        submission_id,
        decision_id,
        late: false,
        variant: who.variant,
    });
}

/// Whose step it is; none for those of the family, or of whoever enters it for them.
const fn role_of(action: Action) -> Option<Role> {
    match action {
        Action::Approve | Action::Return | Action::Reject | Action::Assess => Some(Role::BranchHead),
        Action::Propose | Action::Recognise | Action::Decline | Action::Revoke => Some(Role::WardOfficer),
        _ => None,
    }
}

impl Writing<'_> {
    fn event(&self, maker: &mut Maker<'_>, officer: &Holder, version: i32, step: &Step) {
        let (branch_id, ward_id) = self.who.place;
        let actor = match role_of(step.action) {
            Some(Role::BranchHead) => self.who.head,
            Some(_) => officer,
            None => self.who.author,
        };
        let event: RegistrationEventId = id(&mut maker.dice, step.at);
        // a phone sends after it was asked to, and its clock is not ours
        let device_at = (actor.role == Role::Family)
            .then(|| step.at - TimeDelta::milliseconds(maker.dice.random_range(300..90_000)));
        maker.rows.events.push(registration_event::Model {
            tenant_id: maker.tenant,
            id: event,
            registration_id: self.id,
            version,
            action: step.action,
            from_state: step.from,
            to_state: step.to,
            reason: step.reason.map(ToOwned::to_owned),
            account_id: actor.account,
            actor_name: actor.name.clone(),
            post_id: actor.post,
            role: actor.role,
            branch_id,
            ward_id,
            channel: self.channel,
            at: step.at,
            device_at,
            late: false,
            skew_ms: None,
            in_time_by_device: false,
        });
    }

    fn sheet(&self, maker: &mut Maker<'_>, (kind, by): (SheetKind, &Holder), at: DateTime<Utc>, marked: &Marked) {
        let (branch_id, ward_id) = self.who.place;
        let id: ScoreSheetId = id(&mut maker.dice, at);
        maker.rows.sheets.push(score_sheet::Model {
            tenant_id: maker.tenant,
            id,
            registration_id: self.id,
            kind,
            round: 1,
            branch_id,
            ward_id,
            criteria_set_id: marked.set,
            marks: marked.marks.clone(),
            notes: None,
            total: marked.total,
            passes: marked.passes,
            rank: marked.rank.clone(),
            account_id: by.account,
            actor_name: by.name.clone(),
            post_id: by.post,
            role: by.role,
            channel: self.channel,
            version: 1,
            created_at: at,
            changed_at: at,
            signed_at: Some(at),
        });
    }

    fn votes(&self, maker: &mut Maker<'_>, year_end: &mut YearEnd, at: DateTime<Utc>, passes: bool) {
        let (branch_id, ward_id) = self.who.place;
        let Some(meeting) = year_end.assess(branch_id, self.who.model) else {
            return;
        };
        let few = maker.dice.random_range(0..meeting.present / 6);
        let (votes_for, votes_against) = if passes {
            (meeting.present - few, few)
        } else {
            (few, meeting.present - few)
        };
        let id: AssessmentItemId = id(&mut maker.dice, at);
        maker.rows.items.push(assessment_item::Model {
            tenant_id: maker.tenant,
            id,
            assessment_id: meeting.id,
            registration_id: self.id,
            branch_id,
            ward_id,
            votes_for,
            votes_against,
            remark: None,
        });
    }

    fn certificate(
        &self,
        maker: &mut Maker<'_>,
        year_end: &mut YearEnd,
        at: DateTime<Utc>,
        marked: &Marked,
    ) -> DecisionId {
        let (branch_id, ward_id) = self.who.place;
        let (decision, number) = year_end.recognise(maker, self.who.model);
        let id: CertificateId = id(&mut maker.dice, at);
        let code: [u8; 16] = maker.dice.random();
        let (name, address) = self.who.card;
        maker.rows.certificates.push(certificate::Model {
            tenant_id: maker.tenant,
            id,
            registration_id: self.id,
            branch_id,
            ward_id,
            year: self.year,
            model: self.who.model,
            number,
            code: URL_SAFE_NO_PAD.encode(code),
            holder_name: name.to_owned(),
            holder_address: address.to_owned(),
            ward_name: year_end.ward_name.clone(),
            decision_number: decision.number,
            decided_on: hanoi_date(decision.entered),
            authority: year_end.authority(),
            signer_name: year_end.signer.clone(),
            signer_title: "Chủ tịch".to_owned(),
            rank: marked.rank_title.clone(),
            sample: marked.sample,
            issued_at: at,
            prints: 0,
            revoked_by_decision: None,
            revoked_on: None,
        });
        decision.id
    }
}
