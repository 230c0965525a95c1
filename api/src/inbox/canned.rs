//! Short reasons to decide with, in the words that families and branches understand: one table, pure.
//!
//! A client sends the text as the reason; the code is for its own lists and is never renamed.

use entity::value::Language;
use entity::vocabulary::{RegistrationAction, RegistrationState};

use crate::error::pick;

use RegistrationAction::{Decline, Reject, Return, Revoke};
use RegistrationState::{BranchAssessed, NotRecognised, Recognised, SelfScored, Submitted, WardProposed};

/// A short reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Its stable name.
    pub code: &'static str,
    /// What it is a reason for.
    pub action: RegistrationAction,
    /// Where the registration stands that it is said of.
    pub state: RegistrationState,
    vi: &'static str,
    en: &'static str,
}

impl Reason {
    /// What is said.
    pub const fn text(&self, language: Language) -> &'static str {
        pick(language, self.vi, self.en)
    }
}

/// The reasons for an action on what stands in a state, in the order of how often they are needed.
pub fn reasons(action: RegistrationAction, state: Option<RegistrationState>) -> impl Iterator<Item = &'static Reason> {
    ALL.iter()
        .filter(move |reason| reason.action == action && state.is_none_or(|state| reason.state == state))
}

const fn reason(
    code: &'static str,
    (action, state): (RegistrationAction, RegistrationState),
    vi: &'static str,
    en: &'static str,
) -> Reason {
    Reason {
        code,
        action,
        state,
        vi,
        en,
    }
}

/// Every reason.
const ALL: &[Reason] = &[
    reason(
        "ADDRESS_INCOMPLETE",
        (Return, Submitted),
        "Địa chỉ chưa đầy đủ, xin ghi rõ số nhà, ngõ, tổ dân phố",
        "The address is incomplete: please give house number, lane and residential group",
    ),
    reason(
        "MEMBERS_MISSING",
        (Return, Submitted),
        "Chưa ghi đủ các thành viên đang sống trong gia đình, xin bổ sung",
        "Not all who live in the household are listed; please add them",
    ),
    reason(
        "BIRTH_YEAR_MISSING",
        (Return, Submitted),
        "Thiếu năm sinh của thành viên trong gia đình, xin bổ sung",
        "The birth year of a member is missing; please add it",
    ),
    reason(
        "NAME_WRONG",
        (Return, Submitted),
        "Họ tên chủ hộ chưa đúng, xin sửa lại như trong giấy tờ",
        "The name of the head of the household is not right; please write it as on the papers",
    ),
    reason(
        "MARKS_DO_NOT_FIT",
        (Return, SelfScored),
        "Điểm tự chấm chưa đúng với thực tế, xin xem lại và chấm lại",
        "The marks do not fit what is known; please look again and mark anew",
    ),
    reason(
        "EVIDENCE_MISSING",
        (Return, SelfScored),
        "Chưa nêu minh chứng cho tiêu chí được chấm điểm, xin bổ sung",
        "What was marked is not shown by anything; please add the evidence",
    ),
    reason(
        "APPLIES_TO_YOU",
        (Return, SelfScored),
        "Có tiêu chí ghi “không áp dụng” nhưng gia đình thuộc diện áp dụng, xin chấm lại",
        "A criterion marked as not applicable does apply to you; please mark it",
    ),
    reason(
        "MINUTES_INCOMPLETE",
        (Return, BranchAssessed),
        "Biên bản bình xét còn thiếu thông tin, đề nghị chi hội bổ sung",
        "The minutes are incomplete; the branch is asked to complete them",
    ),
    reason(
        "VOTES_DO_NOT_ADD_UP",
        (Return, BranchAssessed),
        "Số phiếu bình xét chưa khớp với số người dự họp, đề nghị kiểm tra lại",
        "The votes do not fit the number of those present; please check",
    ),
    reason(
        "COMPLAINT_FOUNDED",
        (Return, BranchAssessed),
        "Khiếu nại có cơ sở, đề nghị chi hội bình xét lại",
        "A complaint is founded; the branch is asked to assess again",
    ),
    reason(
        "LIST_MISTAKEN",
        (Return, WardProposed),
        "Danh sách trình có sai sót, rút lại để sửa",
        "There is a mistake in the list; taken off it to be put right",
    ),
    reason(
        "COMMITTEE_ASKS_MORE",
        (Return, WardProposed),
        "Uỷ ban nhân dân phường đề nghị bổ sung hồ sơ",
        "The ward People's Committee asks for more papers",
    ),
    reason(
        "DECLINED_BY_MISTAKE",
        (Return, NotRecognised),
        "Ghi nhầm là không công nhận, xem xét lại",
        "Entered as not recognised by mistake; looked at again",
    ),
    reason(
        "NEW_EVIDENCE",
        (Return, NotRecognised),
        "Gia đình đã bổ sung minh chứng, xem xét lại",
        "The family has brought new evidence; looked at again",
    ),
    reason(
        "NOT_OF_THIS_BRANCH",
        (Reject, Submitted),
        "Gia đình không sinh sống trên địa bàn chi hội, xin đăng ký ở chi hội nơi đang ở",
        "The family does not live in the branch's area; please register with the branch where you live",
    ),
    reason(
        "REGISTERED_TWICE",
        (Reject, Submitted),
        "Gia đình đã có một bản đăng ký khác trong năm",
        "The family has another registration this year",
    ),
    reason(
        "AT_FAMILYS_WISH",
        (Reject, Submitted),
        "Theo đề nghị của gia đình",
        "At the family's own wish",
    ),
    reason(
        "BELOW_THRESHOLD",
        (Decline, BranchAssessed),
        "Chưa đạt số điểm theo quy định của bộ tiêu chí",
        "The points that the criteria ask for were not reached",
    ),
    reason(
        "VOTES_AGAINST",
        (Decline, BranchAssessed),
        "Hội nghị bình xét không đủ số phiếu đồng ý",
        "Not enough votes for it at the branch meeting",
    ),
    reason(
        "LAW_BROKEN",
        (Decline, BranchAssessed),
        "Trong năm có thành viên vi phạm pháp luật bị xử lý",
        "A member was held to account for breaking the law this year",
    ),
    reason(
        "COMMITTEE_DOES_NOT_AGREE",
        (Decline, WardProposed),
        "Uỷ ban nhân dân phường không công nhận",
        "The ward People's Committee has not recognised it",
    ),
    reason(
        "CONDITIONS_NOT_MET",
        (Decline, WardProposed),
        "Chưa đủ điều kiện theo kết luận thẩm định",
        "The conditions were not met when it was looked into",
    ),
    reason(
        "FALSE_STATEMENT",
        (Revoke, Recognised),
        "Kê khai không đúng sự thật",
        "What was stated is not true",
    ),
    reason(
        "CONDITIONS_LOST",
        (Revoke, Recognised),
        "Không còn đủ điều kiện giữ danh hiệu",
        "The conditions for the title are no longer met",
    ),
    reason(
        "RECOGNISED_BY_MISTAKE",
        (Revoke, Recognised),
        "Công nhận nhầm",
        "Recognised by mistake",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use entity::value::LongText;

    use super::*;
    use crate::registration;

    #[test]
    fn codes_are_unique_and_texts_are_reasons() {
        let codes: BTreeSet<_> = ALL.iter().map(|reason| reason.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for reason in ALL {
            for language in [Language::Vi, Language::En] {
                let text = reason.text(language);
                assert_eq!(LongText::parse(text).unwrap().as_str(), text, "{}", reason.code);
            }
        }
    }

    #[test]
    fn every_step_that_asks_for_a_reason_has_some_and_no_other() {
        for action in RegistrationAction::ALL {
            for state in RegistrationState::ALL {
                let asked = matches!(action, Return | Reject | Decline | Revoke)
                    && registration::next(Some(*state), *action).is_ok();
                assert_eq!(
                    reasons(*action, Some(*state)).next().is_some(),
                    asked,
                    "{action:?} {state:?}"
                );
            }
        }
    }
}
