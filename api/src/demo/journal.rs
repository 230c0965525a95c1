//! What happened to a made-up registration until it stood where it stands.

use chrono::{DateTime, Utc};
use entity::vocabulary::{RegistrationAction as Action, RegistrationState as State};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::calendar::{Window, between};
use super::names::pick;
use super::year_end::Ending;
use crate::registration::next;

const RETURN_REASONS: &[&str] = &[
    "Chưa ghi năm sinh của các con, gia đình bổ sung giúp.",
    "Địa chỉ thiếu số ngõ, đề nghị ghi lại cho rõ.",
    "Số điện thoại chưa đúng, gọi không được.",
    "Còn thiếu tên ông bà đang sống cùng nhà.",
    "Tên chủ hộ chưa khớp với danh sách của tổ dân phố.",
];

const REJECT_REASONS: &[&str] = &[
    "Gia đình đã chuyển đi nơi khác.",
    "Gia đình đã đăng ký ở chi hội của trường học.",
    "Đăng ký trùng: hộ này đã có trong danh sách.",
    "Hộ không cư trú trên địa bàn của chi hội.",
];

const WITHDRAW_REASONS: &[&str] = &[
    "Gia đình sắp chuyển nhà, xin đăng ký ở nơi mới.",
    "Năm nay gia đình chưa thu xếp được, xin để sang năm.",
];

const DECLINE_REASONS: &[&str] = &[
    "Chưa đạt 80 điểm theo bộ tiêu chí.",
    "Cuộc họp không tán thành: điểm các tiêu chí còn thấp.",
    "Chưa đủ điểm, năm sau phấn đấu tiếp.",
];

const REVOKE_REASONS: &[&str] = &[
    "Kê khai trong bảng tự chấm điểm không đúng sự thật.",
    "Bị xử phạt vi phạm hành chính trong năm xét danh hiệu.",
];

/// One action.
pub(super) struct Step {
    /// What was done.
    pub(super) action: Action,
    /// The state before.
    pub(super) from: Option<State>,
    /// The state after.
    pub(super) to: State,
    /// Why.
    pub(super) reason: Option<&'static str>,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// A history that ends in `state`: registered inside the window, and what came after that when `ending` says. What waits for
/// the branch head this year has not waited long.
pub(super) fn draw(dice: &mut StdRng, window: &Window, state: State, ending: Option<&Ending>) -> Vec<Step> {
    let after = after_approval(state);
    let registering = if after.is_empty() {
        path_to(dice, state)
    } else {
        path_to(dice, State::Approved)
    };
    let recent = state == State::Submitted && window.until < window.closes;
    let moments = window.moments(dice, registering.len(), recent);
    let mut history: Vec<(Action, DateTime<Utc>)> = registering.iter().copied().zip(moments).collect();
    for action in ending.iter().flat_map(|_| after) {
        if let Some(ending) = ending {
            history.push((*action, moment_of(dice, *action, ending)));
        }
    }
    let mut before = None;
    let step = |(action, at)| {
        let to = next(before, action).unwrap_or(state);
        Step {
            action,
            from: before.replace(to),
            to,
            reason: reason(dice, action),
            at,
        }
    };
    history.into_iter().map(step).collect()
}

/// When a later step was taken.
fn moment_of(dice: &mut StdRng, action: Action, ending: &Ending) -> DateTime<Utc> {
    match action {
        Action::Assess => ending.assessed,
        Action::Propose | Action::Decline => ending.proposed,
        Action::Recognise => ending.decided,
        Action::Revoke => ending.revoked,
        _ => between(dice, ending.marked.0, ending.marked.1),
    }
}

/// One of the ways through registering, the plainest most often.
fn path_to(dice: &mut StdRng, state: State) -> &'static [Action] {
    use Action::{Approve, Reject, Return, SaveDraft, Submit, Withdraw};
    let (plain, drafted, corrected): (&[Action], &[Action], &[Action]) = match state {
        State::Draft => return &[SaveDraft],
        State::Submitted => (&[Submit], &[SaveDraft, Submit], &[Submit, Return, Submit]),
        State::Returned => (
            &[Submit, Return],
            &[SaveDraft, Submit, Return],
            &[Submit, Return, Submit, Return],
        ),
        State::Rejected => (
            &[Submit, Reject],
            &[SaveDraft, Submit, Reject],
            &[Submit, Return, Submit, Reject],
        ),
        State::Withdrawn => (&[Submit, Withdraw], &[SaveDraft, Withdraw], &[Submit, Return, Withdraw]),
        // all later states go through approval
        _ => (
            &[Submit, Approve],
            &[SaveDraft, Submit, Approve],
            &[Submit, Return, Submit, Approve],
        ),
    };
    match dice.random_range(0..10) {
        0..7 => plain,
        7..9 => drafted,
        _ => corrected,
    }
}

/// What is done after approval until a registration stands in a state.
const fn after_approval(state: State) -> &'static [Action] {
    use Action::{Assess, Decline, Propose, Recognise, Revoke, SelfScore};
    match state {
        State::SelfScored => &[SelfScore],
        State::BranchAssessed => &[SelfScore, Assess],
        State::WardProposed => &[SelfScore, Assess, Propose],
        State::Recognised => &[SelfScore, Assess, Propose, Recognise],
        State::NotRecognised => &[SelfScore, Assess, Decline],
        State::Revoked => &[SelfScore, Assess, Propose, Recognise, Revoke],
        State::Draft | State::Submitted | State::Returned | State::Approved | State::Rejected | State::Withdrawn => &[],
    }
}

/// Whether a state lies after approval.
pub(super) const fn is_late(state: State) -> bool {
    !after_approval(state).is_empty()
}

fn reason(dice: &mut StdRng, action: Action) -> Option<&'static str> {
    match action {
        Action::Return => Some(pick(dice, RETURN_REASONS)),
        Action::Reject => Some(pick(dice, REJECT_REASONS)),
        Action::Decline => Some(pick(dice, DECLINE_REASONS)),
        Action::Revoke => Some(pick(dice, REVOKE_REASONS)),
        Action::Withdraw if dice.random_bool(0.5) => Some(pick(dice, WITHDRAW_REASONS)),
        _ => None,
    }
}

/// States dealt like cards, so that each occurs as often as it should: every run through the deck has them all.
pub(super) struct Deck {
    cards: Vec<Option<State>>,
    next: usize,
}

impl Deck {
    /// A shuffled deck of so many cards each; `None` is a household that does not register.
    pub(super) fn new(dice: &mut StdRng, cards: &[(Option<State>, usize)]) -> Self {
        let mut cards: Vec<_> = cards
            .iter()
            .flat_map(|(card, count)| std::iter::repeat_n(*card, *count))
            .collect();
        cards.shuffle(dice);
        Self { cards, next: 0 }
    }

    /// The next card; after the last the first again.
    pub(super) fn deal(&mut self) -> Option<State> {
        let card = self.cards.get(self.next).copied().flatten();
        self.next = (self.next + 1) % self.cards.len().max(1);
        card
    }
}

/// The deck of last year: nine in ten registered, nearly all of them approved, of those nine in ten recognised, and few left
/// lying.
pub(super) const LAST_YEAR: [(Option<State>, usize); 10] = [
    (None, 8),
    (Some(State::Recognised), 72),
    (Some(State::NotRecognised), 5),
    (Some(State::Revoked), 1),
    (Some(State::Approved), 2),
    (Some(State::Rejected), 4),
    (Some(State::Withdrawn), 3),
    (Some(State::Returned), 3),
    (Some(State::Draft), 1),
    (Some(State::Submitted), 1),
];

/// The deck of this year of clans, institutions, communities and citizens, which mostly were recognised last year.
pub(super) const OTHERS: [(Option<State>, usize); 6] = [
    (None, 12),
    (Some(State::Approved), 8),
    (Some(State::Submitted), 4),
    (Some(State::Returned), 1),
    (Some(State::Draft), 1),
    (Some(State::Withdrawn), 1),
];

/// The deck of this year, of a hundred cards with `approved` approved ones, at most 62.
pub(super) const fn this_year(approved: usize) -> [(Option<State>, usize); 7] {
    [
        (None, 62 - approved),
        (Some(State::Approved), approved),
        (Some(State::Submitted), 16),
        (Some(State::Returned), 7),
        (Some(State::Draft), 6),
        (Some(State::Rejected), 4),
        (Some(State::Withdrawn), 5),
    ]
}

/// The deck of this year in the branch whose head can sign in: with the three households added to it, sixty with 35 to
/// be decided on.
pub(super) const TO_TRY: [(Option<State>, usize); 7] = [
    (None, 4),
    (Some(State::Submitted), 34),
    (Some(State::Approved), 9),
    (Some(State::Returned), 3),
    (Some(State::Draft), 3),
    (Some(State::Rejected), 2),
    (Some(State::Withdrawn), 2),
];
