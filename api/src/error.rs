//! Every error a client can meet, in one place.
//!
//! Clients branch on `extensions.code` (and `rule` where there is one), people read the message, in Vietnamese or
//! English. What the database or a library said stays here and in the log; `http::graphql` writes both.

use std::fmt;
use std::time::Duration;

use async_graphql::{ErrorExtensionValues, ServerError};
use entity::scope::DbError;
use entity::value::{Language, Rule};
use entity::vocabulary::{RegistrationAction, RegistrationState};

use crate::account::password::PasswordError;
use crate::http::guard;
use crate::http::request::RequestError;

/// The outcome of everything that can fail on the way to an answer.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a request, or a field of it, has no answer.
#[derive(Debug, Clone)]
pub enum Error {
    /// Nobody is signed in.
    Unauthenticated,
    /// The session is over; the phone must sign in again.
    SessionEnded,
    /// The same refresh token was exchanged a moment ago; the answer may be on its way.
    RefreshRace(Duration),
    /// Name or password is wrong; which of them is not said.
    WrongCredentials,
    /// The password is right and a code is needed besides.
    CodeNeeded,
    /// A code is wrong, used up or expired; which of them is not said.
    WrongCode,
    /// The post acted under needs a session that was signed in with a second factor.
    SecondFactorNeeded,
    /// What is to be done needs a proof of the last minutes that it is still the owner.
    StepUpNeeded,
    /// The account was somebody's before the officer gave it a post, and its owner has not taken that post.
    PostNotAccepted,
    /// The viewer may not do this, whatever the row.
    Forbidden,
    /// The account holds several posts and has not said under which one it acts.
    PostNeeded,
    /// There is no such row, or none the viewer may see: the same answer for both.
    NotFound,
    /// Values the caller must mend.
    Invalid(Vec<Problem>),
    /// Something with the same unique values is there already.
    Conflict(Conflict),
    /// The rules of the programme do not allow it.
    Refused(Refusal),
    /// Too much at once; the same will work after the pause.
    RateLimited(Duration),
    /// Too many guesses; the next may be made after the pause.
    TooManyAttempts(Duration),
    /// The database is away or too slow; the same may work a moment later.
    Unavailable(String),
    /// A fault of ours; the text is for the log only.
    Internal(String),
}

/// One value the caller must mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands in the input, such as `members.2.birth`.
    pub path: String,
    /// What is wrong with it.
    pub rule: Rule,
}

/// What is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The programme year has been opened before.
    YearIsOpen,
    /// Somebody has this user name already.
    UserNameTaken,
    /// The ward has a paper with this number already.
    NumberTaken,
    /// This version of the criteria set was published with another text.
    CriteriaVersionTaken,
}

/// Which rule of the programme says no. Kept under idempotency keys by these names, so none is ever renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Refusal {
    /// The workflow has no such step from this state.
    NotInThisState {
        /// Where the registration stands.
        state: RegistrationState,
        /// What was to be done.
        action: RegistrationAction,
    },
    /// The city has not opened this programme year.
    YearNotOpened,
    /// The window for it has not opened.
    WindowNotOpen,
    /// The window for it has closed.
    WindowClosed,
    /// The city has closed this programme year: nothing changes in it.
    YearClosed,
    /// A unit narrows a window, it never widens it.
    WindowWider,
    /// Windows are set for districts and wards.
    NoWindowsThere,
    /// The registration belongs to another place, title or year than the paper.
    NotOfThisList,
    /// The result of the branch meeting still hangs out for everybody to read.
    PostingRuns,
    /// A complaint waits for an answer.
    ComplaintOpen,
    /// The People's Committee has decided on something of the list.
    ListDecided,
    /// Complaints are taken between the branch meeting and the list.
    NoComplaintNow,
    /// The complaint has been answered.
    ComplaintAnswered,
    /// Only one's own decision is taken back.
    NotYours,
    /// Something has been done since the decision.
    SomethingBuiltOnIt,
    /// The ten minutes are over.
    TooLateToUndo,
    /// The city has published no criteria for the title and year.
    NoCriteriaSet,
    /// The family marks its sheet on its phone; a branch head signs only what they have entered from paper.
    SheetOnPhone,
    /// Nobody decides on their own household.
    OwnHousehold,
    /// One phone can enter only so many households.
    TooManyHouseholds,
    /// The same id stands twice in one list.
    Repeated,
    /// A family does not change what its branch head is deciding on, or has approved.
    HouseholdIsRegistered,
    /// A unit of this kind cannot be placed there.
    WrongParent,
    /// The account holds a post whose role needs a second factor.
    SecondFactorRequired,
    /// The password is short and needs the second factor beside it.
    PasswordTooShortAlone,
    /// Nobody appoints themselves, or decides on their own appointment.
    OwnPost,
    /// Only a role below one's own is given, ended and handed over.
    RoleNotBelow,
    /// Families come in by invitation.
    FamilyByInvitation,
    /// The role belongs to another level of unit.
    RoleNotOfUnit,
    /// A branch head's own household is known by the phone number.
    PhoneNeeded,
    /// The person holds this post at that time.
    PostHeldAlready,
    /// The post has ended.
    PostIsOver,
    /// The moment lies too far back, or the end before the beginning.
    DateTooEarly,
    /// The post ends earlier than that.
    DateTooLate,
    /// Decided, expired, or of an officer who is none any more.
    ProposalClosed,
    /// The second pair of eyes is another person's.
    OwnProposal,
    /// The city is never left without an officer.
    LastCityOfficer,
    /// Somebody has joined by this invitation.
    InvitationUsed,
    /// The invitation was used, revoked or has expired.
    InvitationNotOpen,
    /// There is an account with this phone number or user name.
    AccountExists,
    /// This installation sends no messages to telephones.
    NoSender,
    /// The account with this number has never proven that it is theirs.
    PhoneNotProven,
    /// A family's post ends now or not at all.
    FamilyEndsNow,
    /// A post begins within a year.
    DateTooFar,
}

const PHONE_NOT_PROVEN: (&str, &str) = (
    "Tài khoản dùng số này chưa xác nhận số là của mình; xin chọn đúng người trong danh sách, hoặc nhờ người đó tham gia bằng mã gửi đến điện thoại",
    "The account with this number has not proven that it is theirs; choose the person from the list, or ask them to join by a code sent to the telephone",
);
const FAMILY_ENDS_NOW: (&str, &str) = (
    "Gia đình chỉ thôi tham gia được ngay, không hẹn ngày",
    "A family's post ends at once, not on a later day",
);
const DATE_TOO_FAR: (&str, &str) = (
    "Chức vụ phải bắt đầu trong vòng một năm tới",
    "A post begins within a year from now",
);

impl Refusal {
    /// Every refusal once, for the generated catalogue.
    pub const ALL: &'static [Self] = &[
        Self::NotInThisState {
            state: RegistrationState::Approved,
            action: RegistrationAction::Withdraw,
        },
        Self::YearNotOpened,
        Self::WindowNotOpen,
        Self::WindowClosed,
        Self::YearClosed,
        Self::WindowWider,
        Self::NoWindowsThere,
        Self::NotOfThisList,
        Self::PostingRuns,
        Self::ComplaintOpen,
        Self::ListDecided,
        Self::NoComplaintNow,
        Self::ComplaintAnswered,
        Self::NotYours,
        Self::SomethingBuiltOnIt,
        Self::TooLateToUndo,
        Self::NoCriteriaSet,
        Self::SheetOnPhone,
        Self::OwnHousehold,
        Self::TooManyHouseholds,
        Self::Repeated,
        Self::HouseholdIsRegistered,
        Self::WrongParent,
        Self::SecondFactorRequired,
        Self::PasswordTooShortAlone,
        Self::OwnPost,
        Self::RoleNotBelow,
        Self::FamilyByInvitation,
        Self::RoleNotOfUnit,
        Self::PhoneNeeded,
        Self::PostHeldAlready,
        Self::PostIsOver,
        Self::DateTooEarly,
        Self::DateTooLate,
        Self::ProposalClosed,
        Self::OwnProposal,
        Self::LastCityOfficer,
        Self::InvitationUsed,
        Self::InvitationNotOpen,
        Self::AccountExists,
        Self::NoSender,
        Self::PhoneNotProven,
        Self::FamilyEndsNow,
        Self::DateTooFar,
    ];

    /// The stable name a client branches on.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotInThisState { .. } => "NOT_IN_THIS_STATE",
            Self::YearNotOpened => "YEAR_NOT_OPENED",
            Self::WindowNotOpen => "WINDOW_NOT_OPEN",
            Self::WindowClosed => "WINDOW_CLOSED",
            Self::YearClosed => "YEAR_CLOSED",
            Self::WindowWider => "WINDOW_WIDER",
            Self::NoWindowsThere => "NO_WINDOWS_THERE",
            Self::NotOfThisList => "NOT_OF_THIS_LIST",
            Self::PostingRuns => "POSTING_RUNS",
            Self::ComplaintOpen => "COMPLAINT_OPEN",
            Self::ListDecided => "LIST_DECIDED",
            Self::NoComplaintNow => "NO_COMPLAINT_NOW",
            Self::ComplaintAnswered => "COMPLAINT_ANSWERED",
            Self::NotYours => "NOT_YOURS",
            Self::SomethingBuiltOnIt => "SOMETHING_BUILT_ON_IT",
            Self::TooLateToUndo => "TOO_LATE_TO_UNDO",
            Self::NoCriteriaSet => "NO_CRITERIA_SET",
            Self::SheetOnPhone => "SHEET_ON_PHONE",
            Self::OwnHousehold => "OWN_HOUSEHOLD",
            Self::TooManyHouseholds => "TOO_MANY_HOUSEHOLDS",
            Self::Repeated => "REPEATED",
            Self::HouseholdIsRegistered => "HOUSEHOLD_IS_REGISTERED",
            Self::WrongParent => "WRONG_PARENT",
            Self::SecondFactorRequired => "SECOND_FACTOR_REQUIRED",
            Self::PasswordTooShortAlone => "PASSWORD_TOO_SHORT_ALONE",
            Self::OwnPost => "OWN_POST",
            Self::RoleNotBelow => "ROLE_NOT_BELOW",
            Self::FamilyByInvitation => "FAMILY_BY_INVITATION",
            Self::RoleNotOfUnit => "ROLE_NOT_OF_UNIT",
            Self::PhoneNeeded => "PHONE_NEEDED",
            Self::PostHeldAlready => "POST_HELD_ALREADY",
            Self::PostIsOver => "POST_IS_OVER",
            Self::DateTooEarly => "DATE_TOO_EARLY",
            Self::DateTooLate => "DATE_TOO_LATE",
            Self::ProposalClosed => "PROPOSAL_CLOSED",
            Self::OwnProposal => "OWN_PROPOSAL",
            Self::LastCityOfficer => "LAST_CITY_OFFICER",
            Self::InvitationUsed => "INVITATION_USED",
            Self::InvitationNotOpen => "INVITATION_NOT_OPEN",
            Self::AccountExists => "ACCOUNT_EXISTS",
            Self::NoSender => "NO_SENDER",
            Self::PhoneNotProven => "PHONE_NOT_PROVEN",
            Self::FamilyEndsNow => "FAMILY_ENDS_NOW",
            Self::DateTooFar => "DATE_TOO_FAR",
        }
    }

    /// A sentence for the person.
    pub fn message(self, language: Language) -> String {
        let (vi, en) = match self {
            Self::NotInThisState { state, .. } => return not_in_this_state(state, language),
            Self::YearNotOpened => ("Năm này chưa được thành phố mở", "The city has not opened this year"),
            Self::WindowNotOpen => ("Chưa đến thời gian làm việc này", "The time for this has not come yet"),
            Self::WindowClosed => ("Đã hết thời gian làm việc này", "The time for this is over"),
            Self::YearClosed => (
                "Năm này đã khoá sổ, không thay đổi được nữa",
                "This year has been closed; nothing in it can be changed",
            ),
            Self::WindowWider => (
                "Thời gian này phải nằm trong thời gian cấp trên đã quy định",
                "This must lie within the time that the level above has set",
            ),
            Self::NoWindowsThere => (
                "Thời gian chỉ được đặt cho quận, phường; chi hội theo phường của mình",
                "Times are set for districts and wards; a branch has those of its ward",
            ),
            Self::NotOfThisList => (
                "Bản đăng ký này thuộc nơi khác, danh hiệu khác hoặc năm khác với văn bản",
                "This registration is of another place, title or year than the paper",
            ),
            Self::PostingRuns => (
                "Kết quả bình xét còn đang niêm yết công khai, chưa trình được",
                "The result still hangs out for everybody to read; it cannot go on a list yet",
            ),
            Self::ComplaintOpen => (
                "Còn ý kiến khiếu nại chưa được trả lời",
                "A complaint waits for an answer",
            ),
            Self::ListDecided => (
                "Tờ trình này đã được Uỷ ban xem xét, không thêm được nữa; xin lập tờ trình khác",
                "The People's Committee has decided on this list; please make another one",
            ),
            Self::NoComplaintNow => (
                "Chỉ nhận khiếu nại sau khi chi hội bình xét và trước khi phường lập tờ trình",
                "Complaints are taken after the branch meeting and before the list of the ward",
            ),
            Self::ComplaintAnswered => ("Khiếu nại này đã được trả lời", "This complaint has been answered"),
            Self::NotYours => (
                "Chỉ người đã quyết định mới được lấy lại quyết định đó",
                "Only the person who decided can take the decision back",
            ),
            Self::SomethingBuiltOnIt => (
                "Sau quyết định này đã có việc khác được làm, không lấy lại được nữa",
                "Something has been done since; the decision cannot be taken back any more",
            ),
            Self::TooLateToUndo => (
                "Đã quá 10 phút, không lấy lại quyết định được nữa",
                "More than 10 minutes have passed; the decision cannot be taken back any more",
            ),
            Self::NoCriteriaSet => (
                "Thành phố chưa công bố bộ tiêu chí của danh hiệu này cho năm này",
                "The city has published no criteria for this title and year",
            ),
            Self::SheetOnPhone => (
                "Gia đình đang tự chấm điểm trên điện thoại; nếu gia đình nộp giấy, xin nhập bảng điểm trên giấy trước khi ký",
                "The family is marking this sheet on its phone; enter its paper sheet before signing",
            ),
            Self::OwnHousehold => (
                "Không ai được tự duyệt gia đình của mình",
                "Nobody may decide on their own household",
            ),
            Self::TooManyHouseholds => (
                "Số gia đình nhập từ một tài khoản đã đến giới hạn; xin nhờ chi hội trưởng nhập giúp",
                "This account has entered as many households as it may; please ask the branch head",
            ),
            Self::Repeated => (
                "Mục này đã có trong danh sách gửi lên",
                "This entry stands in the list twice",
            ),
            Self::HouseholdIsRegistered => (
                "Hộ đang chờ duyệt hoặc đã được duyệt; xin nhờ chi hội trưởng sửa hoặc trả lại bản đăng ký",
                "The household waits for a decision or has been approved; ask the branch head to correct or return it",
            ),
            Self::WrongParent => (
                "Không thể đặt đơn vị này ở đây",
                "A unit of this kind cannot be placed there",
            ),
            Self::PasswordTooShortAlone => (
                "Mật khẩu này ngắn, cần có mã xác thực đi kèm; xin đổi sang mật khẩu từ 15 ký tự trước",
                "This password is short and needs the second factor beside it; change it to one of 15 characters or more first",
            ),
            Self::SecondFactorRequired => (
                "Chức vụ này bắt buộc phải có mã xác thực, nên không thể bỏ mã",
                "A post of this account needs a second factor, so it cannot be removed",
            ),
            Self::OwnPost => (
                "Không ai được tự bổ nhiệm mình hoặc tự quyết định việc bổ nhiệm của mình",
                "Nobody may appoint themselves, or decide on their own appointment",
            ),
            Self::RoleNotBelow => (
                "Chỉ được giao, kết thúc hoặc bàn giao chức vụ thấp hơn chức vụ của mình",
                "Only a post below your own can be given, ended or handed over",
            ),
            Self::FamilyByInvitation => (
                "Gia đình tham gia bằng lời mời của chi hội, không bằng bổ nhiệm",
                "Families join by an invitation of their branch, not by appointment",
            ),
            Self::RoleNotOfUnit => (
                "Chức vụ này không thuộc cấp của đơn vị đã chọn",
                "This role does not belong to a unit of that level",
            ),
            Self::PhoneNeeded => (
                "Chi hội trưởng cần có số điện thoại, để biết gia đình của chính mình mà không tự duyệt",
                "A branch head needs a phone number: by it their own household is known, on which they must not decide",
            ),
            Self::PostHeldAlready => (
                "Người này đã giữ chức vụ này trong thời gian đó",
                "This person holds this post at that time already",
            ),
            Self::PostIsOver => ("Chức vụ này đã kết thúc", "This post has ended"),
            Self::DateTooEarly => (
                "Thời điểm này quá sớm: ngày bắt đầu không được quá xa trong quá khứ, ngày kết thúc phải sau ngày bắt đầu và không được đã qua",
                "This moment is too early: the beginning must not lie far back, the end must follow the beginning and must not have passed",
            ),
            Self::DateTooLate => (
                "Chức vụ này kết thúc sớm hơn thời điểm đó; muốn kéo dài, xin bổ nhiệm lại",
                "The post ends earlier than that; to lengthen it, appoint again",
            ),
            Self::ProposalClosed => (
                "Đề nghị này đã được xử lý hoặc đã hết hạn",
                "This proposal has been decided on or has expired",
            ),
            Self::OwnProposal => (
                "Đề nghị của mình phải do một cán bộ thành phố khác xem xét",
                "Another city officer has to decide on your own proposal",
            ),
            Self::LastCityOfficer => (
                "Thành phố phải luôn còn một cán bộ khác; xin bổ nhiệm người khác trước",
                "The city must keep another officer; appoint one first",
            ),
            Self::InvitationUsed => (
                "Giấy mời này đã được dùng; nếu là ông bà dùng thì xin đăng nhập, nếu không xin chi hội trưởng giấy mời khác",
                "This invitation has been used; if it was you, please sign in, else ask the branch head for another",
            ),
            Self::InvitationNotOpen => (
                "Giấy mời này đã được dùng, đã bị thu hồi hoặc đã hết hạn",
                "This invitation was used, revoked or has expired",
            ),
            Self::AccountExists => (
                "Số điện thoại hoặc tên đăng nhập này đã có tài khoản; xin đăng nhập, quên mật khẩu thì nhờ chi hội trưởng giúp",
                "There is an account with this phone number or user name; please sign in, or ask the branch head for help",
            ),
            Self::NoSender => (
                "Hệ thống chưa gửi được tin nhắn; xin chi hội trưởng giấy mời",
                "No messages are sent here; please ask the branch head for an invitation",
            ),
            Self::PhoneNotProven => PHONE_NOT_PROVEN,
            Self::FamilyEndsNow => FAMILY_ENDS_NOW,
            Self::DateTooFar => DATE_TOO_FAR,
        };
        pick(language, vi, en).to_owned()
    }
}

fn not_in_this_state(state: RegistrationState, language: Language) -> String {
    let (vi, en) = match state {
        RegistrationState::Draft => ("đang là bản nháp", "is still a draft"),
        RegistrationState::Submitted => ("đang chờ duyệt", "is waiting for approval"),
        RegistrationState::Returned => ("đã được trả lại để sửa", "has been returned for correction"),
        RegistrationState::Approved => ("đã được duyệt", "has been approved"),
        RegistrationState::Rejected => ("đã bị từ chối", "has been rejected"),
        RegistrationState::Withdrawn => ("đã được rút", "has been withdrawn"),
        RegistrationState::SelfScored => (
            "đã tự chấm điểm, đang chờ chi hội bình xét",
            "waits for the branch meeting",
        ),
        RegistrationState::BranchAssessed => ("đã được chi hội bình xét", "has been assessed by the branch"),
        RegistrationState::WardProposed => ("đã được trình đề nghị công nhận", "has been proposed for recognition"),
        RegistrationState::Recognised => ("đã được công nhận", "has been recognised"),
        RegistrationState::NotRecognised => ("không được công nhận", "has not been recognised"),
        RegistrationState::Revoked => ("đã bị thu hồi danh hiệu", "has had its title revoked"),
    };
    match language {
        Language::Vi => format!("Không làm được việc này vì bản đăng ký {vi}"),
        Language::En => format!("This cannot be done: the registration {en}"),
    }
}

impl Error {
    /// One value the caller must mend.
    pub fn invalid(path: impl Into<String>, rule: Rule) -> Self {
        Self::Invalid(vec![Problem {
            path: path.into(),
            rule,
        }])
    }

    /// The stable name a client branches on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated
            | Self::SessionEnded
            | Self::WrongCredentials
            | Self::CodeNeeded
            | Self::WrongCode => "UNAUTHENTICATED",
            Self::Forbidden
            | Self::PostNeeded
            | Self::PostNotAccepted
            | Self::SecondFactorNeeded
            | Self::StepUpNeeded => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "INVALID",
            Self::Conflict(_) | Self::RefreshRace(_) => "CONFLICT",
            Self::Refused(_) => "REFUSED",
            Self::RateLimited(_) | Self::TooManyAttempts(_) => "RATE_LIMITED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The finer reason inside the code, where there is one.
    pub const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::SessionEnded => Some("SESSION_ENDED"),
            Self::RefreshRace(_) => Some("REFRESH_RACE"),
            Self::WrongCredentials => Some("WRONG_CREDENTIALS"),
            Self::CodeNeeded | Self::SecondFactorNeeded => Some("SECOND_FACTOR_NEEDED"),
            Self::WrongCode => Some("WRONG_CODE"),
            Self::StepUpNeeded => Some("STEP_UP_NEEDED"),
            Self::PostNeeded => Some("POST_NEEDED"),
            Self::PostNotAccepted => Some("POST_NOT_ACCEPTED"),
            Self::TooManyAttempts(_) => Some("TOO_MANY_ATTEMPTS"),
            Self::Conflict(Conflict::YearIsOpen) => Some("YEAR_IS_OPEN"),
            Self::Conflict(Conflict::UserNameTaken) => Some("USER_NAME_TAKEN"),
            Self::Conflict(Conflict::NumberTaken) => Some("NUMBER_TAKEN"),
            Self::Conflict(Conflict::CriteriaVersionTaken) => Some("CRITERIA_VERSION_TAKEN"),
            Self::Refused(refusal) => Some(refusal.rule()),
            _ => None,
        }
    }

    /// A sentence for the person.
    pub fn message(&self, language: Language) -> String {
        let (vi, en) = match self {
            Self::Unauthenticated => ("Xin đăng nhập", "Please sign in"),
            Self::SessionEnded => (
                "Phiên đăng nhập đã kết thúc, xin đăng nhập lại",
                "The session has ended; please sign in again",
            ),
            Self::RefreshRace(_) => (
                "Phiên đang được gia hạn, xin thử lại sau ít giây",
                "The session is being refreshed; please try again shortly",
            ),
            Self::WrongCredentials => (
                "Số điện thoại, tên đăng nhập hoặc mật khẩu không đúng; quên mật khẩu thì nhờ chi hội trưởng hoặc cán bộ phường giúp",
                "The phone number, user name or password is wrong",
            ),
            Self::CodeNeeded => (
                "Xin nhập thêm mã xác thực 6 số trong ứng dụng, hoặc một mã dự phòng",
                "Please also enter the 6 digits from your authenticator app, or a recovery code",
            ),
            Self::WrongCode => (
                "Mã không đúng, đã được dùng hoặc đã hết hạn; xin xem lại, đợi mã mới hoặc xin mã khác",
                "The code is wrong, was used before or has expired; please check it, wait for the next one or ask for another",
            ),
            Self::SecondFactorNeeded => (
                "Chức vụ này cần đăng nhập bằng mật khẩu và mã xác thực; xin cài đặt hoặc nhập mã xác thực",
                "This post needs a second factor: please set one up, or enter its code",
            ),
            Self::StepUpNeeded => (
                "Để bảo vệ tài khoản, xin nhập lại mật khẩu hoặc mã xác thực rồi làm tiếp",
                "To protect the account, please enter the password or a code again, then go on",
            ),
            Self::Forbidden => (
                "Tài khoản này không được làm việc này; nếu cần, xin hỏi cán bộ phụ trách",
                "This account may not do this",
            ),
            Self::PostNeeded => (
                "Tài khoản có nhiều chức vụ, xin chọn một chức vụ để làm việc",
                "This account holds several posts; please choose the one to act under",
            ),
            Self::PostNotAccepted => (
                "Người này đã có tài khoản từ trước và chưa nhận chức vụ; xin người đó đăng nhập và bấm nhận chức vụ",
                "This person had an account before and has not accepted the post; ask them to sign in and accept it",
            ),
            Self::NotFound => ("Không tìm thấy; xin mở lại danh sách rồi chọn lại", "Not found"),
            Self::Invalid(problems) => {
                let said: Vec<String> = problems.iter().map(|problem| problem.rule.message(language)).collect();
                return said.join(" ");
            }
            Self::Conflict(Conflict::YearIsOpen) => ("Năm này đã được mở", "This year has been opened already"),
            Self::Conflict(Conflict::UserNameTaken) => (
                "Tên đăng nhập này đã có người dùng, xin chọn tên khác",
                "This user name is taken; please choose another",
            ),
            Self::Conflict(Conflict::NumberTaken) => (
                "Phường đã có văn bản mang số này; muốn thêm vào văn bản đó, xin mở nó ra",
                "The ward has a paper with this number already; to add to it, please open that one",
            ),
            Self::Conflict(Conflict::CriteriaVersionTaken) => (
                "Phiên bản này đã được công bố với nội dung khác; xin tăng số phiên bản",
                "This version was published with another text; please raise the version",
            ),
            Self::Refused(refusal) => return refusal.message(language),
            Self::RateLimited(_) => (
                "Máy chủ đang bận, xin thử lại sau ít giây",
                "Too busy; please try again shortly",
            ),
            Self::TooManyAttempts(pause) => return too_many_attempts(*pause, language),
            Self::Unavailable(_) => (
                "Hệ thống tạm thời chưa trả lời được, xin thử lại",
                "The service cannot answer at the moment; please try again",
            ),
            Self::Internal(_) => (
                "Máy chủ gặp lỗi; xin thử lại sau, nếu vẫn lỗi thì báo cán bộ phụ trách",
                "The server failed",
            ),
        };
        pick(language, vi, en).to_owned()
    }

    /// Writes message, code and details into an error of the engine's.
    pub fn write_into(&self, error: &mut ServerError, language: Language, request_id: &str) {
        error.message = self.message(language);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code());
        if let Some(rule) = self.rule() {
            extensions.set("rule", rule);
        }
        match self {
            Self::Invalid(problems) => {
                let fields: Vec<async_graphql::Value> = problems
                    .iter()
                    .map(|problem| {
                        async_graphql::value!({
                            "path": problem.path.clone(),
                            "rule": problem.rule.code(),
                            "message": problem.rule.message(language),
                        })
                    })
                    .collect();
                extensions.set("fields", fields);
            }
            Self::Refused(Refusal::NotInThisState { state, action }) => {
                extensions.set("state", state.as_str());
                extensions.set("action", action.as_str());
            }
            Self::RateLimited(pause) | Self::TooManyAttempts(pause) | Self::RefreshRace(pause) => {
                extensions.set("retryAfter", whole_seconds(*pause));
            }
            Self::Internal(_) => extensions.set("requestId", request_id),
            _ => {}
        }
        error.extensions = Some(extensions);
    }
}

/// Rounded up: whoever waits exactly so long must not be told to wait again.
fn whole_seconds(pause: Duration) -> u64 {
    let begun = u64::from(pause.subsec_nanos() > 0);
    (pause.as_secs() + begun).max(1)
}

/// Says how long to wait, in the unit that people count in.
fn too_many_attempts(pause: Duration, language: Language) -> String {
    let (seconds, minutes) = (whole_seconds(pause), whole_seconds(pause).div_ceil(60));
    let (vi, en) = if seconds < 60 {
        (format!("{seconds} giây"), format!("{seconds} s"))
    } else {
        (format!("{minutes} phút"), format!("{minutes} min"))
    };
    match language {
        Language::Vi => format!("Đã thử sai nhiều lần, xin chờ {vi} rồi thử lại"),
        Language::En => format!("Too many wrong attempts; please try again in {en}"),
    }
}

/// The text that suits the language.
pub const fn pick(language: Language, vi: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

impl fmt::Display for Error {
    /// For logs: code and cause, never a value of the caller's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => write!(f, "{}: {cause}", self.code()),
            _ => f.write_str(self.rule().unwrap_or(self.code())),
        }
    }
}

impl std::error::Error for Error {}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            // a store that expects one of these maps it itself; elsewhere it is a fault of ours
            DbError::OutOfReach => Self::NotFound,
            DbError::Unique(_) | DbError::Reference(_) | DbError::Other(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy { retry_after } => Self::RateLimited(retry_after),
            PasswordError::Failed => Self::Internal(error.to_string()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The catalogue of all codes and rules, as Markdown; `api/docs/errors.md` is this text.
pub fn catalogue() -> String {
    let samples = [
        Error::Unauthenticated,
        Error::SessionEnded,
        Error::RefreshRace(Duration::from_secs(1)),
        Error::WrongCredentials,
        Error::CodeNeeded,
        Error::WrongCode,
        Error::Forbidden,
        Error::SecondFactorNeeded,
        Error::StepUpNeeded,
        Error::PostNeeded,
        Error::PostNotAccepted,
        Error::NotFound,
        Error::Conflict(Conflict::YearIsOpen),
        Error::Conflict(Conflict::UserNameTaken),
        Error::Conflict(Conflict::NumberTaken),
        Error::Conflict(Conflict::CriteriaVersionTaken),
        Error::RateLimited(Duration::from_secs(1)),
        Error::TooManyAttempts(Duration::from_mins(2)),
        Error::Unavailable(String::new()),
        Error::Internal(String::new()),
    ];
    let mut page = String::from(
        "# Errors\n\nGenerated by `khuyenhoc docs`; do not edit. Clients branch on `extensions.code` and `extensions.rule`, never on \
         messages.\n`INVALID` lists what to mend in `extensions.fields` (`path`, `rule`, `message`); `INTERNAL` shows only \
         `requestId`;\n`RATE_LIMITED` and `REFRESH_RACE` say in `retryAfter` after how many seconds to come back.\n\n\
         | code | rule | Vietnamese | English |\n|---|---|---|---|\n",
    );
    let mut line = |code: &str, rule: &str, vi: String, en: String| {
        page.push_str(&format!("| {code} | {rule} | {vi} | {en} |\n"));
    };
    for error in &samples {
        line(
            error.code(),
            error.rule().unwrap_or(""),
            error.message(Language::Vi),
            error.message(Language::En),
        );
    }
    for refusal in Refusal::ALL {
        line(
            "REFUSED",
            refusal.rule(),
            refusal.message(Language::Vi),
            refusal.message(Language::En),
        );
    }
    for rule in Rule::ALL {
        line(
            "INVALID",
            rule.code(),
            rule.message(Language::Vi),
            rule.message(Language::En),
        );
    }
    for refusal in guard::Refusal::ALL {
        line("INVALID", refusal.rule(), refusal.message(true), refusal.message(false));
    }
    for error in RequestError::ALL {
        line("INVALID", error.rule(), error.message(true), error.message(false));
    }
    page
}
