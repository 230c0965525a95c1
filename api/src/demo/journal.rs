//! What happened to a made-up registration until it stood where it stands.

use chrono::{DateTime, Utc};
use entity::vocabulary::{RegistrationAction as Action, RegistrationState as State};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::calendar::Window;
use super::names::pick;
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

/// A history that ends in `state`, inside the window. What waits for the branch head this year has not waited long.
pub(super) fn draw(dice: &mut StdRng, window: &Window, state: State) -> Vec<Step> {
    let path = path_to(dice, state);
    let recent = state == State::Submitted && window.until < window.closes;
    let moments = window.moments(dice, path.len(), recent);
    let mut before = None;
    path.iter()
        .zip(moments)
        .map(|(action, at)| {
            let to = next(before, *action).unwrap_or(state);
            Step {
                action: *action,
                from: before.replace(to),
                to,
                reason: reason(dice, *action),
                at,
            }
        })
        .collect()
}

/// One of the ways there, the plainest most often.
fn path_to(dice: &mut StdRng, state: State) -> &'static [Action] {
    use Action::{
        Approve, Assess, Decline, Propose, Recognise, Reject, Return, Revoke, SaveDraft, SelfScore, Submit, Withdraw,
    };
    let (plain, drafted, corrected): (&[Action], &[Action], &[Action]) = match state {
        State::Draft => return &[SaveDraft],
        State::Submitted => (&[Submit], &[SaveDraft, Submit], &[Submit, Return, Submit]),
        State::Returned => (
            &[Submit, Return],
            &[SaveDraft, Submit, Return],
            &[Submit, Return, Submit, Return],
        ),
        State::Approved => (
            &[Submit, Approve],
            &[SaveDraft, Submit, Approve],
            &[Submit, Return, Submit, Approve],
        ),
        State::Rejected => (
            &[Submit, Reject],
            &[SaveDraft, Submit, Reject],
            &[Submit, Return, Submit, Reject],
        ),
        State::Withdrawn => (&[Submit, Withdraw], &[SaveDraft, Withdraw], &[Submit, Return, Withdraw]),
        State::SelfScored => return &[Submit, Approve, SelfScore],
        State::BranchAssessed => return &[Submit, Approve, SelfScore, Assess],
        State::WardProposed => return &[Submit, Approve, SelfScore, Assess, Propose],
        State::Recognised => return &[Submit, Approve, SelfScore, Assess, Propose, Recognise],
        State::NotRecognised => return &[Submit, Approve, SelfScore, Assess, Decline],
        State::Revoked => return &[Submit, Approve, SelfScore, Assess, Propose, Recognise, Revoke],
    };
    match dice.random_range(0..10) {
        0..7 => plain,
        7..9 => drafted,
        _ => corrected,
    }
}

fn reason(dice: &mut StdRng, action: Action) -> Option<&'static str> {
    match action {
        Action::Return => Some(pick(dice, RETURN_REASONS)),
        Action::Reject => Some(pick(dice, REJECT_REASONS)),
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

/// The deck of last year: nine in ten registered, nearly all of them approved, and few left lying.
pub(super) const LAST_YEAR: [(Option<State>, usize); 7] = [
    (None, 8),
    (Some(State::Approved), 80),
    (Some(State::Rejected), 4),
    (Some(State::Withdrawn), 3),
    (Some(State::Returned), 3),
    (Some(State::Draft), 1),
    (Some(State::Submitted), 1),
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
