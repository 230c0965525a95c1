//! Why a document was refused, in words for people and in rules for programs.
//!
//! No message repeats any part of the query: a refused text may be large, hostile or personal, and the engine's own
//! parse errors quote all of it.

/// A document that will not be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The text does not follow the grammar; one-based line and column where reading stopped.
    Syntax {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// The document holds fragments only.
    NoOperation,
    /// Two operations or two fragments bear one name; place of the second.
    DuplicateName {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// An operation without a name stands beside others; place of the offender.
    AnonymousNotAlone {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// `operationName` names no operation of the document.
    UnknownOperation,
    /// Several operations, and `operationName` does not say which.
    SeveralOperations,
    /// A variable that has to be sent was not, or as null; place of its definition.
    VariableMissing {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// A fragment spreads itself, directly or through others.
    FragmentCycle,
    /// More bytes of query text than allowed.
    TooLong {
        /// Most bytes.
        max: usize,
    },
    /// More lexical tokens than allowed.
    TooManyTokens {
        /// Most tokens.
        max: usize,
    },
    /// Brackets, or selection sets once fragments are put in place, stand too deep inside one another.
    TooNested {
        /// Deepest nesting.
        max: usize,
    },
    /// Fields stand too deep inside one another.
    TooDeep {
        /// Deepest field.
        max: u32,
    },
    /// Too many fields once fragments are put in place.
    TooManyFields {
        /// Most fields.
        max: u32,
    },
    /// Too many fragment spreads and inline fragments once fragments are put in place.
    TooManySpreads {
        /// Most spreads.
        max: u32,
    },
    /// Too many aliases once fragments are put in place.
    TooManyAliases {
        /// Most aliases.
        max: u32,
    },
    /// Too many directives once fragments are put in place.
    TooManyDirectives {
        /// Most directives.
        max: u32,
    },
    /// Too many values in arguments once fragments and variables are put in place.
    TooManyValues {
        /// Most values.
        max: u32,
    },
    /// A list among the arguments is too long.
    ListTooLong {
        /// Most entries.
        max: u32,
    },
    /// Too many operations in one document.
    TooManyOperations {
        /// Most operations.
        max: u32,
    },
    /// Too many fragment definitions in one document.
    TooManyFragments {
        /// Most fragments.
        max: u32,
    },
    /// Too many variables defined by one operation.
    TooManyVariables {
        /// Most variables.
        max: u32,
    },
    /// Too many fields at the root of a query.
    TooManyRootFields {
        /// Most root fields.
        max: u32,
    },
    /// More than the allowed changes in one request.
    TooManyRootMutations {
        /// Most root fields of a mutation.
        max: u32,
    },
    /// More than the allowed streams in one subscription.
    TooManySubscriptions {
        /// Most root fields of a subscription.
        max: u32,
    },
    /// The pages asked for, multiplied along each path, come to too many rows.
    TooManyNodes {
        /// Most rows.
        max: u64,
    },
    /// Introspection walks from type to fields to type too often.
    IntrospectionTooWide {
        /// Most list fields inside one another.
        max: u32,
    },
}

impl Refusal {
    /// Every refusal once, with sample limits, for the generated catalogue.
    pub const ALL: &'static [Self] = &[
        Self::Syntax { line: 1, column: 1 },
        Self::NoOperation,
        Self::DuplicateName { line: 1, column: 1 },
        Self::AnonymousNotAlone { line: 1, column: 1 },
        Self::UnknownOperation,
        Self::SeveralOperations,
        Self::VariableMissing { line: 1, column: 1 },
        Self::FragmentCycle,
        Self::TooLong { max: 1 },
        Self::TooManyTokens { max: 1 },
        Self::TooNested { max: 1 },
        Self::TooDeep { max: 1 },
        Self::TooManyFields { max: 1 },
        Self::TooManySpreads { max: 1 },
        Self::TooManyAliases { max: 1 },
        Self::TooManyDirectives { max: 1 },
        Self::TooManyValues { max: 1 },
        Self::ListTooLong { max: 1 },
        Self::TooManyOperations { max: 1 },
        Self::TooManyFragments { max: 1 },
        Self::TooManyVariables { max: 1 },
        Self::TooManyRootFields { max: 1 },
        Self::TooManyRootMutations { max: 1 },
        Self::TooManySubscriptions { max: 1 },
        Self::TooManyNodes { max: 1 },
        Self::IntrospectionTooWide { max: 1 },
    ];

    /// The stable name of the broken rule, for `extensions.rule`.
    pub fn rule(&self) -> &'static str {
        self.words().0
    }

    /// What the user is told: Vietnamese when `vi`, English otherwise.
    pub fn message(&self, vi: bool) -> String {
        let (_, vietnamese, english) = self.words();
        let text = if vi { vietnamese } else { english };
        match self.bound() {
            Some(max) => format!("{text} ({}{max})", if vi { "tối đa " } else { "at most " }),
            None => match self.place() {
                Some((line, column)) if vi => format!("{text} (dòng {line}, cột {column})"),
                Some((line, column)) => format!("{text} (line {line}, column {column})"),
                None => text.to_owned(),
            },
        }
    }

    /// Where in the query text the fault lies, as one-based line and column, when there is one such place.
    pub fn place(&self) -> Option<(usize, usize)> {
        match *self {
            Self::Syntax { line, column }
            | Self::DuplicateName { line, column }
            | Self::AnonymousNotAlone { line, column }
            | Self::VariableMissing { line, column } => Some((line, column)),
            _ => None,
        }
    }

    fn bound(&self) -> Option<u64> {
        match *self {
            Self::TooLong { max } | Self::TooManyTokens { max } | Self::TooNested { max } => u64::try_from(max).ok(),
            Self::TooDeep { max }
            | Self::TooManyFields { max }
            | Self::TooManySpreads { max }
            | Self::TooManyAliases { max }
            | Self::TooManyDirectives { max }
            | Self::TooManyValues { max }
            | Self::ListTooLong { max }
            | Self::TooManyOperations { max }
            | Self::TooManyFragments { max }
            | Self::TooManyVariables { max }
            | Self::TooManyRootFields { max }
            | Self::TooManyRootMutations { max }
            | Self::TooManySubscriptions { max }
            | Self::IntrospectionTooWide { max } => Some(u64::from(max)),
            Self::TooManyNodes { max } => Some(max),
            _ => None,
        }
    }

    /// Rule, Vietnamese, English.
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Syntax { .. } => ("SYNTAX", "Câu truy vấn sai cú pháp", "The query has a syntax error"),
            Self::NoOperation => (
                "NO_OPERATION",
                "Câu truy vấn không có thao tác nào",
                "The query holds no operation",
            ),
            Self::DuplicateName { .. } => (
                "DUPLICATE_NAME",
                "Hai phần của câu truy vấn trùng tên",
                "Two parts of the query bear the same name",
            ),
            Self::AnonymousNotAlone { .. } => (
                "ANONYMOUS_NOT_ALONE",
                "Thao tác không tên phải đứng một mình",
                "An operation without a name must stand alone",
            ),
            Self::UnknownOperation => (
                "UNKNOWN_OPERATION",
                "Không có thao tác mang tên trong operationName",
                "No operation has the name given in operationName",
            ),
            Self::SeveralOperations => (
                "OPERATION_NAME_REQUIRED",
                "Câu truy vấn có nhiều thao tác, cần operationName",
                "The query has several operations, so operationName is needed",
            ),
            Self::VariableMissing { .. } => (
                "VARIABLE_MISSING",
                "Thiếu giá trị của một biến bắt buộc",
                "A variable that is required has no value",
            ),
            Self::FragmentCycle => (
                "FRAGMENT_CYCLE",
                "Fragment tự gọi lại chính nó",
                "A fragment spreads itself",
            ),
            Self::TooLong { .. } => (
                "QUERY_TOO_LONG",
                "Câu truy vấn quá dài, tính bằng byte",
                "Too many bytes of query",
            ),
            Self::TooManyTokens { .. } => ("TOO_MANY_TOKENS", "Câu truy vấn có quá nhiều từ tố", "Too many tokens"),
            Self::TooNested { .. } => (
                "TOO_NESTED",
                "Câu truy vấn lồng nhau quá sâu",
                "Too many levels of nesting",
            ),
            Self::TooDeep { .. } => ("TOO_DEEP", "Trường lồng nhau quá sâu", "Fields are nested too deep"),
            Self::TooManyFields { .. } => ("TOO_MANY_FIELDS", "Quá nhiều trường", "Too many fields"),
            Self::TooManySpreads { .. } => (
                "TOO_MANY_SPREADS",
                "Quá nhiều lần dùng fragment",
                "Too many uses of fragments",
            ),
            Self::TooManyAliases { .. } => ("TOO_MANY_ALIASES", "Quá nhiều bí danh", "Too many aliases"),
            Self::TooManyDirectives { .. } => ("TOO_MANY_DIRECTIVES", "Quá nhiều chỉ thị", "Too many directives"),
            Self::TooManyValues { .. } => ("TOO_MANY_VALUES", "Quá nhiều giá trị đầu vào", "Too many input values"),
            Self::ListTooLong { .. } => (
                "LIST_TOO_LONG",
                "Một danh sách gửi lên quá dài",
                "A list that was sent is too long",
            ),
            Self::TooManyOperations { .. } => ("TOO_MANY_OPERATIONS", "Quá nhiều thao tác", "Too many operations"),
            Self::TooManyFragments { .. } => ("TOO_MANY_FRAGMENTS", "Quá nhiều fragment", "Too many fragments"),
            Self::TooManyVariables { .. } => ("TOO_MANY_VARIABLES", "Quá nhiều biến", "Too many variables"),
            Self::TooManyRootFields { .. } => (
                "TOO_MANY_ROOT_FIELDS",
                "Hỏi quá nhiều mục trong một lần",
                "Too many fields at the root of one query",
            ),
            Self::TooManyRootMutations { .. } => (
                "TOO_MANY_ROOT_MUTATIONS",
                "Mỗi lần gửi chỉ được một thay đổi",
                "One request may ask for one change only",
            ),
            Self::TooManySubscriptions { .. } => (
                "TOO_MANY_SUBSCRIPTIONS",
                "Mỗi lần chỉ được theo dõi một mục",
                "One subscription may follow one field only",
            ),
            Self::TooManyNodes { .. } => (
                "TOO_MANY_NODES",
                "Các trang xin về gồm quá nhiều bản ghi",
                "The pages asked for hold too many records",
            ),
            Self::IntrospectionTooWide { .. } => (
                "INTROSPECTION_TOO_WIDE",
                "Câu hỏi về lược đồ lặp lại quá nhiều tầng",
                "The introspection repeats too many levels of lists",
            ),
        }
    }
}
