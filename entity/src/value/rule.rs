//! Why a value was refused.
//!
//! One closed list, so that the error catalogue can be generated from it and a client can branch on the code. The
//! limits travel inside the variant: a sentence that says "too long" without saying how long is of no use to anybody.

use std::fmt;

use super::Points;

/// The language of a sentence shown to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Vietnamese, which is what nearly all users read.
    #[default]
    Vi,
    /// English.
    En,
}

/// The reason a value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Nothing was given, or only blanks.
    Required,
    /// The text is too short.
    TooShort {
        /// The least number of characters, counted in Unicode scalar values after NFC.
        min: usize,
    },
    /// The text is too long.
    TooLong {
        /// The greatest number of characters, counted in Unicode scalar values after NFC.
        max: usize,
    },
    /// The list has too many entries.
    TooMany {
        /// The greatest number of entries.
        max: usize,
    },
    /// The number lies outside what is allowed.
    OutOfRange {
        /// The least number allowed.
        min: i64,
        /// The greatest number allowed.
        max: i64,
    },
    /// The text has a control character, NUL among them.
    ControlCharacter,
    /// The text has a character that turns the direction of writing and can make it read as something else (UTS 39).
    BidiControl,
    /// The text has a noncharacter or a private-use code point, which means nothing outside the program that made it.
    NotACharacter,
    /// The text cannot be a person's name.
    NotAName,
    /// The text cannot be a Vietnamese telephone number.
    NotAPhoneNumber,
    /// The text cannot be a user name.
    NotAUserName,
    /// The text is not an id this server gave out.
    NotAnId,
    /// The text is not a cursor of this list.
    NotACursor,
    /// The text is not a code as they are printed: a character is missing or mistyped.
    NotACode,
    /// The text is not a year, a month or a day of the calendar.
    NotADate,
    /// The number cannot be points: it has more than two decimal places.
    NotPoints,
    /// The criteria set has no such indicator.
    NotAnIndicator,
    /// The person is no adult in this year.
    NotAnAdult,
    /// The id is not one that a device may make.
    NotADeviceId,
    /// The association has a record of this id.
    IdTaken,
    /// The kind of thing does not say this, or says it with other words.
    NotOfThisKind,
    /// More points than the indicator gives.
    AboveMaximum {
        /// The most it gives.
        max: Points,
    },
    /// The points are no multiple of the indicator's step.
    NotAStep {
        /// The step.
        step: Points,
    },
    /// The indicator applies to everybody.
    AlwaysApplies,
    /// The points come from results of another title; nobody writes them.
    Computed,
    /// Points and "does not apply" stand on one line.
    PointsAndNotApplicable,
    /// The end does not come after the beginning.
    EndsBeforeItBegins,
    /// The same entry stands in the list twice.
    Repeated,
    /// The date has not come yet.
    DateInFuture,
    /// The year lies outside what is allowed.
    YearOutOfRange {
        /// The first year allowed.
        min: i32,
        /// The last year allowed.
        max: i32,
    },
    /// The password is among those that are tried first: common, repeated, or a row of keys.
    EasyToGuess,
    /// The password has the person's name, user name or telephone number in it.
    NamesThePerson,
    /// The password has the name of this service in it.
    NamesTheService,
    /// It is not the account's password.
    WrongPassword,
    /// The text is no SHA-256 in hexadecimal digits.
    NotAHash,
}

impl Rule {
    /// Every rule once, with sample limits, for the generated error catalogue.
    pub const ALL: &'static [Self] = &[
        Self::Required,
        Self::TooShort { min: 3 },
        Self::TooLong { max: 200 },
        Self::TooMany { max: 200 },
        Self::OutOfRange { min: 1, max: 100 },
        Self::ControlCharacter,
        Self::BidiControl,
        Self::NotACharacter,
        Self::NotAName,
        Self::NotAPhoneNumber,
        Self::NotAUserName,
        Self::NotAnId,
        Self::NotACode,
        Self::NotADate,
        Self::NotPoints,
        Self::NotAnIndicator,
        Self::NotAnAdult,
        Self::NotOfThisKind,
        Self::AboveMaximum {
            max: Points::from_hundredths(1000),
        },
        Self::NotAStep {
            step: Points::from_hundredths(50),
        },
        Self::AlwaysApplies,
        Self::Computed,
        Self::PointsAndNotApplicable,
        Self::EndsBeforeItBegins,
        Self::Repeated,
        Self::DateInFuture,
        Self::YearOutOfRange { min: 1900, max: 2100 },
        Self::EasyToGuess,
        Self::NamesThePerson,
        Self::NamesTheService,
        Self::WrongPassword,
        Self::NotADeviceId,
        Self::NotAHash,
        Self::IdTaken,
        Self::NotACursor,
    ];

    /// The stable name a client branches on, such as `TOO_LONG`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooShort { .. } => "TOO_SHORT",
            Self::TooLong { .. } => "TOO_LONG",
            Self::TooMany { .. } => "TOO_MANY",
            Self::OutOfRange { .. } => "OUT_OF_RANGE",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::BidiControl => "BIDI_CONTROL",
            Self::NotACharacter => "NOT_A_CHARACTER",
            Self::NotAName => "NOT_A_NAME",
            Self::NotAPhoneNumber => "NOT_A_PHONE_NUMBER",
            Self::NotAUserName => "NOT_A_USER_NAME",
            Self::NotAnId => "NOT_AN_ID",
            Self::NotACursor => "NOT_A_CURSOR",
            Self::NotACode => "NOT_A_CODE",
            Self::NotADate => "NOT_A_DATE",
            Self::NotPoints => "NOT_POINTS",
            Self::NotAnIndicator => "NOT_AN_INDICATOR",
            Self::NotAnAdult => "NOT_AN_ADULT",
            Self::NotADeviceId => "NOT_A_DEVICE_ID",
            Self::IdTaken => "ID_TAKEN",
            Self::NotOfThisKind => "NOT_OF_THIS_KIND",
            Self::AboveMaximum { .. } => "ABOVE_MAXIMUM",
            Self::NotAStep { .. } => "NOT_A_STEP",
            Self::AlwaysApplies => "ALWAYS_APPLIES",
            Self::Computed => "COMPUTED",
            Self::PointsAndNotApplicable => "POINTS_AND_NOT_APPLICABLE",
            Self::EndsBeforeItBegins => "ENDS_BEFORE_IT_BEGINS",
            Self::Repeated => "REPEATED",
            Self::DateInFuture => "DATE_IN_FUTURE",
            Self::YearOutOfRange { .. } => "YEAR_OUT_OF_RANGE",
            Self::EasyToGuess => "EASY_TO_GUESS",
            Self::NamesThePerson => "NAMES_THE_PERSON",
            Self::NamesTheService => "NAMES_THE_SERVICE",
            Self::WrongPassword => "WRONG_PASSWORD",
            Self::NotAHash => "NOT_A_HASH",
        }
    }

    /// A sentence that tells the person who typed the value how to mend it. Never repeats the value.
    pub fn message(self, language: Language) -> String {
        match language {
            Language::Vi => self.vietnamese(),
            Language::En => self.english(),
        }
    }

    fn vietnamese(self) -> String {
        match self {
            Self::Required => "Không được để trống.".to_owned(),
            Self::TooShort { min } => format!("Cần ít nhất {min} ký tự."),
            Self::TooLong { max } => format!("Không được dài quá {max} ký tự."),
            Self::TooMany { max } => format!("Danh sách không được quá {max} mục."),
            Self::OutOfRange { min, max } => format!("Số phải từ {min} đến {max}."),
            Self::ControlCharacter => "Có ký tự lạ không dùng được ở đây; xin xóa rồi gõ lại.".to_owned(),
            Self::BidiControl => "Có ký tự ẩn làm đổi chiều chữ; xin xóa rồi gõ lại.".to_owned(),
            Self::NotACharacter => "Có ký tự hỏng; xin xóa rồi gõ lại.".to_owned(),
            Self::NotAName => "Họ tên chỉ gồm chữ cái, dấu cách, gạch nối, dấu nháy và dấu chấm.".to_owned(),
            Self::NotAPhoneNumber => "Số điện thoại không đúng; ví dụ viết đúng: 0912 345 678.".to_owned(),
            Self::NotAUserName => {
                "Tên đăng nhập bắt đầu bằng chữ a-z và chỉ gồm a-z, 0-9, dấu chấm, gạch dưới, gạch nối.".to_owned()
            }
            Self::NotAnId => "Mã này không đúng; xin mở lại danh sách hoặc quét lại mã.".to_owned(),
            Self::NotACursor => "Không xem tiếp được từ chỗ này; xin mở lại danh sách từ đầu.".to_owned(),
            Self::NotACode => "Mã chưa đúng; xin xem lại từng chữ, từng số rồi nhập lại.".to_owned(),
            Self::NotADate => "Ngày không đúng; hãy viết 1958, 1958-07 hoặc 1958-07-21.".to_owned(),
            Self::NotPoints => "Điểm chỉ được có tối đa hai chữ số sau dấu thập phân.".to_owned(),
            Self::NotAnIndicator => "Bộ tiêu chí không có chỉ số này.".to_owned(),
            Self::NotADeviceId => "Mã bản ghi do máy tạo không đúng dạng; xin cập nhật ứng dụng.".to_owned(),
            Self::IdTaken => "Mã bản ghi này đã được dùng; xin nhập lại.".to_owned(),
            Self::NotAnAdult => "Danh hiệu này dành cho người từ 18 tuổi trở lên trong năm.".to_owned(),
            Self::NotOfThisKind => "Mục này không dùng cho loại đối tượng đã chọn.".to_owned(),
            Self::AboveMaximum { max } => format!("Chỉ số này tối đa {max} điểm."),
            Self::NotAStep { step } => format!("Điểm phải chia hết cho {step}."),
            Self::AlwaysApplies => "Chỉ số này áp dụng cho mọi đối tượng; xin ghi điểm.".to_owned(),
            Self::Computed => "Điểm này do hệ thống tính từ kết quả của danh hiệu khác.".to_owned(),
            Self::PointsAndNotApplicable => "Chỉ ghi điểm hoặc đánh dấu không áp dụng, không ghi cả hai.".to_owned(),
            Self::EndsBeforeItBegins => "Thời điểm kết thúc phải sau thời điểm bắt đầu.".to_owned(),
            Self::Repeated => "Mục này bị ghi hai lần trong danh sách.".to_owned(),
            Self::DateInFuture => "Ngày này chưa đến.".to_owned(),
            Self::YearOutOfRange { min, max } => format!("Năm phải từ {min} đến {max}."),
            Self::EasyToGuess => "Mật khẩu này dễ đoán; hãy ghép vài từ không liên quan với nhau.".to_owned(),
            Self::NamesThePerson => {
                "Mật khẩu không được có họ tên, tên đăng nhập hoặc số điện thoại của mình.".to_owned()
            }
            Self::NamesTheService => "Mật khẩu không được có tên của chương trình này, như “khuyến học”.".to_owned(),
            Self::WrongPassword => {
                "Mật khẩu hiện tại không đúng; nếu vừa đổi mật khẩu, xin dùng mật khẩu mới.".to_owned()
            }
            Self::NotAHash => "Mã SHA-256 phải gồm 64 chữ số thập lục phân viết thường.".to_owned(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::Required => "This must not be empty.".to_owned(),
            Self::TooShort { min } => format!("This needs at least {min} characters."),
            Self::TooLong { max } => format!("This may have at most {max} characters."),
            Self::TooMany { max } => format!("The list may have at most {max} entries."),
            Self::OutOfRange { min, max } => format!("The number must be from {min} to {max}."),
            Self::ControlCharacter => "This has a control character, which cannot be used here.".to_owned(),
            Self::BidiControl => "This has a hidden character that turns the direction of writing.".to_owned(),
            Self::NotACharacter => "This has a code that stands for no character.".to_owned(),
            Self::NotAName => "A name has letters, spaces, hyphens, apostrophes and dots only.".to_owned(),
            Self::NotAPhoneNumber => "This is not a telephone number; a right one looks like 0912 345 678.".to_owned(),
            Self::NotAUserName => {
                "A user name begins with a letter a-z and has a-z, 0-9, dot, underscore and hyphen only.".to_owned()
            }
            Self::NotAnId => "This is not a valid id.".to_owned(),
            Self::NotACursor => "This is not a cursor of this list; please read it from its beginning.".to_owned(),
            Self::NotACode => "This is not a code as it was given out; please compare it letter by letter.".to_owned(),
            Self::NotADate => "This is not a date; write 1958, 1958-07 or 1958-07-21.".to_owned(),
            Self::NotPoints => "Points have at most two decimal places.".to_owned(),
            Self::NotAnIndicator => "The criteria set has no such indicator.".to_owned(),
            Self::NotADeviceId => "An id made on a device is a UUID of version 7.".to_owned(),
            Self::IdTaken => "This id is taken; make another.".to_owned(),
            Self::NotAnAdult => "This title is for people who are 18 or older in the year.".to_owned(),
            Self::NotOfThisKind => "This does not go with the chosen kind.".to_owned(),
            Self::AboveMaximum { max } => format!("This indicator gives at most {max} points."),
            Self::NotAStep { step } => format!("Points must be a multiple of {step}."),
            Self::AlwaysApplies => "This indicator applies to everybody; please write points.".to_owned(),
            Self::Computed => "These points are counted from the results of another title.".to_owned(),
            Self::PointsAndNotApplicable => "Write points or mark it as not applicable, not both.".to_owned(),
            Self::EndsBeforeItBegins => "The end must come after the beginning.".to_owned(),
            Self::Repeated => "This entry stands in the list twice.".to_owned(),
            Self::DateInFuture => "This date has not come yet.".to_owned(),
            Self::YearOutOfRange { min, max } => format!("The year must be from {min} to {max}."),
            Self::EasyToGuess => "This password is easy to guess; put a few unrelated words together.".to_owned(),
            Self::NamesThePerson => {
                "A password must not have the person's name, user name or telephone number in it.".to_owned()
            }
            Self::NamesTheService => {
                "A password must not have the name of this service in it, such as \"khuyen hoc\".".to_owned()
            }
            Self::WrongPassword => {
                "This is not the current password; if you have just changed it, use the new one.".to_owned()
            }
            Self::NotAHash => "A SHA-256 has 64 hexadecimal digits in small letters.".to_owned(),
        }
    }
}

impl fmt::Display for Rule {
    /// The English sentence, for logs and for `std::error::Error`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for Rule {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Language, Rule};

    /// No wildcard on purpose: a new variant stops the tests from compiling until it is in `ALL` too.
    fn place(rule: Rule) -> usize {
        match rule {
            Rule::Required => 0,
            Rule::TooShort { .. } => 1,
            Rule::TooLong { .. } => 2,
            Rule::TooMany { .. } => 3,
            Rule::OutOfRange { .. } => 4,
            Rule::ControlCharacter => 5,
            Rule::BidiControl => 6,
            Rule::NotACharacter => 7,
            Rule::NotAName => 8,
            Rule::NotAPhoneNumber => 9,
            Rule::NotAUserName => 10,
            Rule::NotAnId => 11,
            Rule::NotACode => 12,
            Rule::NotADate => 13,
            Rule::NotPoints => 14,
            Rule::NotAnIndicator => 15,
            Rule::NotAnAdult => 16,
            Rule::NotOfThisKind => 17,
            Rule::AboveMaximum { .. } => 18,
            Rule::NotAStep { .. } => 19,
            Rule::AlwaysApplies => 20,
            Rule::Computed => 21,
            Rule::PointsAndNotApplicable => 22,
            Rule::EndsBeforeItBegins => 23,
            Rule::Repeated => 24,
            Rule::DateInFuture => 25,
            Rule::YearOutOfRange { .. } => 26,
            Rule::EasyToGuess => 27,
            Rule::NamesThePerson => 28,
            Rule::NamesTheService => 29,
            Rule::WrongPassword => 30,
            Rule::NotADeviceId => 31,
            Rule::NotAHash => 32,
            Rule::IdTaken => 33,
            Rule::NotACursor => 34,
        }
    }

    #[test]
    fn the_catalogue_has_every_rule_once() {
        let places: Vec<usize> = Rule::ALL.iter().copied().map(place).collect();
        assert_eq!(places, (0..=34).collect::<Vec<_>>());
    }

    #[test]
    fn codes_are_distinct_and_screaming() {
        let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        assert_eq!(codes.len(), Rule::ALL.len());
        assert!(
            codes
                .iter()
                .all(|code| code.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        );
    }

    #[test]
    fn sentences_exist_in_both_languages_and_name_the_limit() {
        for rule in Rule::ALL {
            let (vi, en) = (rule.message(Language::Vi), rule.message(Language::En));
            assert!(vi.ends_with('.') && en.ends_with('.'), "{rule:?}");
            assert_ne!(vi, en);
        }
        assert_eq!(
            Rule::TooLong { max: 200 }.message(Language::Vi),
            "Không được dài quá 200 ký tự."
        );
        assert_eq!(
            Rule::TooLong { max: 200 }.to_string(),
            "This may have at most 200 characters."
        );
    }
}
