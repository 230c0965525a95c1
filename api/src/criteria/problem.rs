//! What can be wrong with a criteria set: a line, a code for programs, a sentence for people.

use entity::value::Language;

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1; 0 where the parser knows none.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a criteria set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read: no YAML, a key too many or too few, a value of the wrong kind.
    Unreadable(String),
    /// It is larger than any set may be.
    TooLarge,
    /// A text is empty, too long, or has characters that cannot be printed.
    Text,
    /// A code is not made of letters, digits, dots and hyphens.
    Code,
    /// A code stands there twice.
    Repeated(String),
    /// It is not one of the words allowed here.
    Word(&'static str),
    /// It is not a number of points.
    NotPoints,
    /// The version is not 1 or more.
    Version,
    /// There is nothing in the list.
    Empty,
    /// Nothing can be earned here.
    MaximumZero,
    /// The maximum is no multiple of the step.
    Step,
    /// A group's maximum is not the sum of its indicators.
    GroupSum(String),
    /// The set's maximum is not the sum of its groups.
    SetSum(String),
    /// The total that passes is zero, or more than can be reached.
    Threshold,
    /// An indicator cannot reach the least points that every indicator needs.
    LeastUnreachable(String),
    /// Ranks do not go from the best down, or one lies out of what can be reached by passing.
    Ranks,
    /// It ends before it begins.
    Validity,
    /// This title has no such variant, or needs one.
    Variant,
    /// Results of that title do not flow into this one.
    Flow,
    /// Every indicator may be left out, so that nothing would be left to count.
    NothingLeft,
}

impl Fault {
    /// Every kind once, with sample values, for the catalogue.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::Unreadable("missing field `code`".to_owned()),
            Self::TooLarge,
            Self::Text,
            Self::Code,
            Self::Repeated("1.1".to_owned()),
            Self::Word("FULL, REBASE, ZERO"),
            Self::NotPoints,
            Self::Version,
            Self::Empty,
            Self::MaximumZero,
            Self::Step,
            Self::GroupSum("25".to_owned()),
            Self::SetSum("95".to_owned()),
            Self::Threshold,
            Self::LeastUnreachable("2.3".to_owned()),
            Self::Ranks,
            Self::Validity,
            Self::Variant,
            Self::Flow,
            Self::NothingLeft,
        ]
    }

    /// The stable name, such as `GROUP_SUM`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "UNREADABLE",
            Self::TooLarge => "TOO_LARGE",
            Self::Text => "TEXT",
            Self::Code => "CODE",
            Self::Repeated(_) => "REPEATED",
            Self::Word(_) => "WORD",
            Self::NotPoints => "NOT_POINTS",
            Self::Version => "VERSION",
            Self::Empty => "EMPTY",
            Self::MaximumZero => "MAXIMUM_ZERO",
            Self::Step => "STEP",
            Self::GroupSum(_) => "GROUP_SUM",
            Self::SetSum(_) => "SET_SUM",
            Self::Threshold => "THRESHOLD",
            Self::LeastUnreachable(_) => "LEAST_UNREACHABLE",
            Self::Ranks => "RANKS",
            Self::Validity => "VALIDITY",
            Self::Variant => "VARIANT",
            Self::Flow => "FLOW",
            Self::NothingLeft => "NOTHING_LEFT",
        }
    }

    /// How to mend it, as a sentence.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::Vi => self.vietnamese(),
            Language::En => self.english(),
        }
    }

    fn vietnamese(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("Không đọc được: {why}."),
            Self::TooLarge => "Bộ tiêu chí quá lớn: tối đa 128 KiB, 20 nhóm và 100 chỉ số.".to_owned(),
            Self::Text => "Đoạn chữ phải có nội dung, không quá 2000 ký tự và không có ký tự ẩn.".to_owned(),
            Self::Code => "Mã chỉ gồm chữ a-z, A-Z, số, dấu chấm, gạch nối, gạch dưới và dài không quá 40.".to_owned(),
            Self::Repeated(code) => format!("Mã {code} đã dùng ở trên."),
            Self::Word(words) => format!("Chỉ được ghi một trong các từ: {words}."),
            Self::NotPoints => "Điểm là số từ 0 đến 10000, tối đa hai chữ số thập phân.".to_owned(),
            Self::Version => "Phiên bản là số nguyên từ 1 trở lên.".to_owned(),
            Self::Empty => "Danh sách này phải có ít nhất một mục.".to_owned(),
            Self::MaximumZero => "Điểm tối đa phải lớn hơn 0.".to_owned(),
            Self::Step => "Điểm tối đa phải chia hết cho bước điểm, và bước điểm phải lớn hơn 0.".to_owned(),
            Self::GroupSum(sum) => format!("Điểm tối đa của nhóm phải bằng tổng các chỉ số, là {sum}."),
            Self::SetSum(sum) => format!("Điểm tối đa của bộ tiêu chí phải bằng tổng các nhóm, là {sum}."),
            Self::Threshold => "Điểm đạt phải lớn hơn 0 và không quá điểm tối đa.".to_owned(),
            Self::LeastUnreachable(code) => {
                format!("Chỉ số {code} có điểm tối đa thấp hơn điểm tối thiểu của mỗi chỉ số.")
            }
            Self::Ranks => "Các mức xếp loại phải giảm dần, từ điểm tối đa xuống điểm đạt.".to_owned(),
            Self::Validity => "Ngày hết hiệu lực phải sau ngày có hiệu lực.".to_owned(),
            Self::Variant => "Danh hiệu này không có loại biểu mẫu đó, hoặc còn thiếu loại biểu mẫu.".to_owned(),
            Self::Flow => "Kết quả của danh hiệu đó không được tính vào danh hiệu này.".to_owned(),
            Self::NothingLeft => "Phải có ít nhất một chỉ số áp dụng cho mọi đối tượng hoặc không quy đổi.".to_owned(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("This cannot be read: {why}."),
            Self::TooLarge => "The set is too large: at most 128 KiB, 20 groups and 100 indicators.".to_owned(),
            Self::Text => "A text must say something, in at most 2000 characters, none of them hidden.".to_owned(),
            Self::Code => {
                "A code has letters a-z and A-Z, digits, dots, hyphens and underscores, at most 40.".to_owned()
            }
            Self::Repeated(code) => format!("The code {code} is used above."),
            Self::Word(words) => format!("Only one of these words may stand here: {words}."),
            Self::NotPoints => "Points are a number from 0 to 10000 with at most two decimal places.".to_owned(),
            Self::Version => "The version is a whole number from 1.".to_owned(),
            Self::Empty => "This list must have at least one entry.".to_owned(),
            Self::MaximumZero => "The maximum must be more than 0.".to_owned(),
            Self::Step => "The maximum must be a multiple of the step, and the step more than 0.".to_owned(),
            Self::GroupSum(sum) => format!("The group's maximum must be the sum of its indicators, which is {sum}."),
            Self::SetSum(sum) => format!("The set's maximum must be the sum of its groups, which is {sum}."),
            Self::Threshold => "The total that passes must be more than 0 and at most the maximum.".to_owned(),
            Self::LeastUnreachable(code) => {
                format!("Indicator {code} cannot reach the least points that every indicator needs.")
            }
            Self::Ranks => "Ranks must go down, from at most the maximum to no less than what passes.".to_owned(),
            Self::Validity => "The last day must come after the first.".to_owned(),
            Self::Variant => "This title has no such variant, or needs one.".to_owned(),
            Self::Flow => "Results of that title do not count for this one.".to_owned(),
            Self::NothingLeft => "At least one indicator must apply to everybody, or not be rebased.".to_owned(),
        }
    }
}

/// The catalogue as Markdown; `api/docs/criteria.md` has it.
pub fn catalogue() -> String {
    let mut page = String::from("| code | Vietnamese | English |\n|---|---|---|\n");
    for fault in Fault::samples() {
        let (vi, en) = (fault.message(Language::Vi), fault.message(Language::En));
        page.push_str(&format!("| {} | {vi} | {en} |\n", fault.code()));
    }
    page
}
