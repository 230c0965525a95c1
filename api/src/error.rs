//! Every error a client can meet, in one place.
//!
//! Clients branch on `extensions.code` (and `rule` where there is one), people read the message, in Vietnamese or
//! English. What the database or a library said stays here and in the log; `http::failure` writes both.

mod catalogue;
mod http;
mod refusal;

use std::fmt;
use std::time::Duration;

use entity::scope::DbError;
use entity::value::{Language, Rule};

use self::http::whole_seconds;
use crate::account::password::PasswordError;

pub use catalogue::catalogue;
pub use refusal::Refusal;

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

/// Collects what is to be mended, so that a form is refused once and not field by field.
#[derive(Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The value, or a note of what is wrong with it.
    pub fn take<T>(&mut self, path: impl Into<String>, parsed: std::result::Result<T, Rule>) -> Option<T> {
        parsed.map_err(|rule| self.push(path, rule)).ok()
    }

    /// Notes what is wrong with a value.
    pub fn push(&mut self, path: impl Into<String>, rule: Rule) {
        self.0.push(Problem {
            path: path.into(),
            rule,
        });
    }

    /// The whole, when nothing is wrong.
    ///
    /// # Errors
    /// INVALID with all that is to be mended.
    pub fn none_or<T>(self, value: Option<T>) -> Result<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }
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
