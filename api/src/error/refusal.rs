//! Which rule of the programme says no: one table of names and sentences.

use entity::value::Language;
use entity::vocabulary::{RegistrationAction, RegistrationState};

use super::pick;

/// Gives each refusal its name for programs and its sentences for people, in the one place where all three stand together.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $rule:literal, $vi:literal, $en:literal;)+) => {
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
            $($(#[$doc])* $name,)+
        }

        impl Refusal {
            /// Every refusal once, for the generated catalogue.
            pub const ALL: &'static [Self] = &[
                Self::NotInThisState {
                    state: RegistrationState::Approved,
                    action: RegistrationAction::Withdraw,
                },
                $(Self::$name,)+
            ];

            /// The stable name a client branches on.
            pub const fn rule(self) -> &'static str {
                match self {
                    Self::NotInThisState { .. } => "NOT_IN_THIS_STATE",
                    $(Self::$name => $rule,)+
                }
            }

            /// A sentence for the person.
            pub fn message(self, language: Language) -> String {
                match self {
                    Self::NotInThisState { state, .. } => not_in_this_state(state, language),
                    $(Self::$name => pick(language, $vi, $en).to_owned(),)+
                }
            }
        }
    };
}

refusals! {
    /// The city has not opened this programme year.
    YearNotOpened = "YEAR_NOT_OPENED",
        "Năm này chưa được thành phố mở",
        "The city has not opened this year";
    /// The window for it has not opened.
    WindowNotOpen = "WINDOW_NOT_OPEN",
        "Chưa đến thời gian làm việc này",
        "The time for this has not come yet";
    /// The window for it has closed.
    WindowClosed = "WINDOW_CLOSED",
        "Đã hết thời gian làm việc này",
        "The time for this is over";
    /// The city has closed this programme year: nothing changes in it.
    YearClosed = "YEAR_CLOSED",
        "Năm này đã khoá sổ, không thay đổi được nữa",
        "This year has been closed; nothing in it can be changed";
    /// A unit narrows a window, it never widens it.
    WindowWider = "WINDOW_WIDER",
        "Thời gian này phải nằm trong thời gian cấp trên đã quy định",
        "This must lie within the time that the level above has set";
    /// Windows are set for districts and wards.
    NoWindowsThere = "NO_WINDOWS_THERE",
        "Thời gian chỉ được đặt cho quận, phường; chi hội theo phường của mình",
        "Times are set for districts and wards; a branch has those of its ward";
    /// The registration belongs to another place, title or year than the paper.
    NotOfThisList = "NOT_OF_THIS_LIST",
        "Bản đăng ký này thuộc nơi khác, danh hiệu khác hoặc năm khác với văn bản",
        "This registration is of another place, title or year than the paper";
    /// The result of the branch meeting still hangs out for everybody to read.
    PostingRuns = "POSTING_RUNS",
        "Kết quả bình xét còn đang niêm yết công khai, chưa trình được",
        "The result still hangs out for everybody to read; it cannot go on a list yet";
    /// The last signed score sheet does not reach what its criteria ask.
    DoesNotPass = "DOES_NOT_PASS",
        "Điểm chưa đạt theo bộ tiêu chí nên không đưa vào tờ trình được; xin trả lại chi hội hoặc ghi không công nhận",
        "The marks do not reach what the criteria ask; send it back to the branch, or enter that it is not recognised";
    /// A complaint waits for an answer.
    ComplaintOpen = "COMPLAINT_OPEN",
        "Còn ý kiến khiếu nại chưa được trả lời",
        "A complaint waits for an answer";
    /// The People's Committee has decided on something of the list.
    ListDecided = "LIST_DECIDED",
        "Tờ trình này đã được Uỷ ban xem xét, không thêm được nữa; xin lập tờ trình khác",
        "The People's Committee has decided on this list; please make another one";
    /// Complaints are taken between the branch meeting and the list.
    NoComplaintNow = "NO_COMPLAINT_NOW",
        "Chỉ nhận khiếu nại sau khi chi hội bình xét và trước khi phường lập tờ trình",
        "Complaints are taken after the branch meeting and before the list of the ward";
    /// The complaint has been answered.
    ComplaintAnswered = "COMPLAINT_ANSWERED",
        "Khiếu nại này đã được trả lời",
        "This complaint has been answered";
    /// Only one's own decision is taken back.
    NotYours = "NOT_YOURS",
        "Chỉ người đã quyết định mới được lấy lại quyết định đó",
        "Only the person who decided can take the decision back";
    /// Something has been done since the decision.
    SomethingBuiltOnIt = "SOMETHING_BUILT_ON_IT",
        "Sau quyết định này đã có việc khác được làm, không lấy lại được nữa",
        "Something has been done since; the decision cannot be taken back any more";
    /// The ten minutes are over.
    TooLateToUndo = "TOO_LATE_TO_UNDO",
        "Đã quá 10 phút, không lấy lại quyết định được nữa",
        "More than 10 minutes have passed; the decision cannot be taken back any more";
    /// The household belongs to that branch.
    AlreadyThere = "ALREADY_THERE",
        "Gia đình đã thuộc chi hội này",
        "The household belongs to this branch already";
    /// Something of this year has been signed in the old branch.
    MoveAfterDecision = "MOVE_AFTER_DECISION",
        "Gia đình đã nộp bảng điểm năm nay ở chi hội cũ; xin chuyển sau khi có kết quả của năm",
        "The household has handed its marks in at its old branch; please move it after this year's decision";
    /// There are no units right below.
    NoUnitsBelow = "NO_UNITS_BELOW",
        "Đơn vị này không có đơn vị cấp dưới",
        "There are no units below this one";
    /// There is nothing to register again from.
    NothingLastYear = "NOTHING_LAST_YEAR",
        "Năm trước chưa đăng ký; xin đăng ký mới",
        "There was no registration the year before; please register anew";
    /// There is a registration for the title and year.
    AlreadyRegistered = "ALREADY_REGISTERED",
        "Đã có bản đăng ký của năm này",
        "There is a registration for this year already";
    /// The city has published no criteria for the title and year.
    NoCriteriaSet = "NO_CRITERIA_SET",
        "Thành phố chưa công bố bộ tiêu chí của danh hiệu này cho năm này",
        "The city has published no criteria for this title and year";
    /// The family marks its sheet on its phone; a branch head signs only what they have entered from paper.
    SheetOnPhone = "SHEET_ON_PHONE",
        "Gia đình đang tự chấm điểm trên điện thoại; nếu gia đình nộp giấy, xin nhập bảng điểm trên giấy trước khi ký",
        "The family is marking this sheet on its phone; enter its paper sheet before signing";
    /// Nobody decides on themselves, their own household, or what they head. The name is of the time when households were all.
    OwnHousehold = "OWN_HOUSEHOLD",
        "Không ai được tự duyệt cho mình, gia đình mình hoặc tập thể do mình đứng đầu",
        "Nobody may decide on themselves, their own household, or what they head";
    /// One phone can enter only so many households.
    TooManyHouseholds = "TOO_MANY_HOUSEHOLDS",
        "Số gia đình nhập từ một tài khoản đã đến giới hạn; xin nhờ chi hội trưởng nhập giúp",
        "This account has entered as many households as it may; please ask the branch head";
    /// One phone can enter only so many clans, institutions, communities and citizens.
    TooManySubjects = "TOO_MANY_SUBJECTS",
        "Số dòng họ, đơn vị, công dân nhập từ một tài khoản đã đến giới hạn; xin nhờ chi hội trưởng nhập giúp",
        "This account has entered as many clans, institutions and citizens as it may; please ask the branch head";
    /// What is being decided on, or has been approved, is not changed by its own people, and its criteria by nobody.
    SubjectIsRegistered = "SUBJECT_IS_REGISTERED",
        "Bản đăng ký năm nay đang chờ duyệt hoặc đã được duyệt; xin nhờ chi hội trưởng sửa hoặc trả lại bản đăng ký",
        "This year's registration waits for a decision or has been approved; ask the branch head to correct or return it";
    /// The same id stands twice in one list.
    Repeated = "REPEATED",
        "Mục này đã có trong danh sách gửi lên",
        "This entry stands in the list twice";
    /// A family does not change what its branch head is deciding on, or has approved.
    HouseholdIsRegistered = "HOUSEHOLD_IS_REGISTERED",
        "Hộ đang chờ duyệt hoặc đã được duyệt; xin nhờ chi hội trưởng sửa hoặc trả lại bản đăng ký",
        "The household waits for a decision or has been approved; ask the branch head to correct or return it";
    /// A unit of this kind cannot be placed there.
    WrongParent = "WRONG_PARENT",
        "Không thể đặt đơn vị này ở đây",
        "A unit of this kind cannot be placed there";
    /// The account holds a post whose role needs a second factor.
    SecondFactorRequired = "SECOND_FACTOR_REQUIRED",
        "Chức vụ này bắt buộc phải có mã xác thực, nên không thể bỏ mã",
        "A post of this account needs a second factor, so it cannot be removed";
    /// The password is short and needs the second factor beside it.
    PasswordTooShortAlone = "PASSWORD_TOO_SHORT_ALONE",
        "Mật khẩu này ngắn, cần có mã xác thực đi kèm; xin đổi sang mật khẩu từ 15 ký tự trước",
        "This password is short and needs the second factor beside it; change it to one of 15 characters or more first";
    /// Nobody appoints themselves, or decides on their own appointment.
    OwnPost = "OWN_POST",
        "Không ai được tự bổ nhiệm mình hoặc tự quyết định việc bổ nhiệm của mình",
        "Nobody may appoint themselves, or decide on their own appointment";
    /// Only a role below one's own is given, ended and handed over.
    RoleNotBelow = "ROLE_NOT_BELOW",
        "Chỉ được giao, kết thúc hoặc bàn giao chức vụ thấp hơn chức vụ của mình",
        "Only a post below your own can be given, ended or handed over";
    /// Families come in by invitation.
    FamilyByInvitation = "FAMILY_BY_INVITATION",
        "Gia đình tham gia bằng lời mời của chi hội, không bằng bổ nhiệm",
        "Families join by an invitation of their branch, not by appointment";
    /// The role belongs to another level of unit.
    RoleNotOfUnit = "ROLE_NOT_OF_UNIT",
        "Chức vụ này không thuộc cấp của đơn vị đã chọn",
        "This role does not belong to a unit of that level";
    /// A branch head's own household is known by the phone number.
    PhoneNeeded = "PHONE_NEEDED",
        "Chi hội trưởng cần có số điện thoại, để biết gia đình của chính mình mà không tự duyệt",
        "A branch head needs a phone number: by it their own household is known, on which they must not decide";
    /// The person holds this post at that time.
    PostHeldAlready = "POST_HELD_ALREADY",
        "Người này đã giữ chức vụ này trong thời gian đó",
        "This person holds this post at that time already";
    /// The post has ended.
    PostIsOver = "POST_IS_OVER",
        "Chức vụ này đã kết thúc",
        "This post has ended";
    /// The moment lies too far back, or the end before the beginning.
    DateTooEarly = "DATE_TOO_EARLY",
        "Thời điểm này quá sớm: ngày bắt đầu không được quá xa trong quá khứ, ngày kết thúc phải sau ngày bắt đầu và không được đã qua",
        "This moment is too early: the beginning must not lie far back, the end must follow the beginning and must not have passed";
    /// The post ends earlier than that.
    DateTooLate = "DATE_TOO_LATE",
        "Chức vụ này kết thúc sớm hơn thời điểm đó; muốn kéo dài, xin bổ nhiệm lại",
        "The post ends earlier than that; to lengthen it, appoint again";
    /// Decided, expired, or of an officer who is none any more.
    ProposalClosed = "PROPOSAL_CLOSED",
        "Đề nghị này đã được xử lý hoặc đã hết hạn",
        "This proposal has been decided on or has expired";
    /// The second pair of eyes is another person's.
    OwnProposal = "OWN_PROPOSAL",
        "Đề nghị của mình phải do một cán bộ thành phố khác xem xét",
        "Another city officer has to decide on your own proposal";
    /// The city is never left without an officer.
    LastCityOfficer = "LAST_CITY_OFFICER",
        "Thành phố phải luôn còn một cán bộ khác; xin bổ nhiệm người khác trước",
        "The city must keep another officer; appoint one first";
    /// Somebody has joined by this invitation.
    InvitationUsed = "INVITATION_USED",
        "Giấy mời này đã được dùng; nếu là ông bà dùng thì xin đăng nhập, nếu không xin chi hội trưởng giấy mời khác",
        "This invitation has been used; if it was you, please sign in, else ask the branch head for another";
    /// The invitation was used, revoked or has expired.
    InvitationNotOpen = "INVITATION_NOT_OPEN",
        "Giấy mời này đã được dùng, đã bị thu hồi hoặc đã hết hạn",
        "This invitation was used, revoked or has expired";
    /// There is an account with this phone number or user name.
    AccountExists = "ACCOUNT_EXISTS",
        "Số điện thoại hoặc tên đăng nhập này đã có tài khoản; xin đăng nhập, quên mật khẩu thì nhờ chi hội trưởng giúp",
        "There is an account with this phone number or user name; please sign in, or ask the branch head for help";
    /// This installation sends no messages to telephones.
    NoSender = "NO_SENDER",
        "Hệ thống chưa gửi được tin nhắn; xin chi hội trưởng giấy mời",
        "No messages are sent here; please ask the branch head for an invitation";
    /// The account with this number has never proven that it is theirs.
    PhoneNotProven = "PHONE_NOT_PROVEN",
        "Tài khoản dùng số này chưa xác nhận số là của mình; xin chọn đúng người trong danh sách, hoặc nhờ người đó tham gia bằng mã gửi đến điện thoại",
        "The account with this number has not proven that it is theirs; choose the person from the list, or ask them to join by a code sent to the telephone";
    /// A family's post ends now or not at all.
    FamilyEndsNow = "FAMILY_ENDS_NOW",
        "Gia đình chỉ thôi tham gia được ngay, không hẹn ngày",
        "A family's post ends at once, not on a later day";
    /// The registration has as many files of evidence as it may have.
    TooManyFiles = "TOO_MANY_FILES",
        "Bản đăng ký này đã đủ số tệp minh chứng; xin xóa bớt tệp rồi thêm lại",
        "This registration has as many files of evidence as it may have; remove one to add another";
    /// A post begins within a year.
    DateTooFar = "DATE_TOO_FAR",
        "Chức vụ phải bắt đầu trong vòng một năm tới",
        "A post begins within a year from now";
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
