//! What a paper says, without how it looks.

/// A printable paper: letterhead, title, text and tables, signatures, and lists annexed to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paper {
    /// Who issues it, and where and when.
    pub letterhead: Letterhead,
    /// What it is: `TỜ TRÌNH`.
    pub title: String,
    /// What it is about; on further lines, to which paper it belongs.
    pub subtitle: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Who signs.
    pub signatures: Signatures,
    /// Lists that go with it, each from a page of its own.
    pub annexes: Vec<Annex>,
    /// Stands at the foot of every page, beside the number of the page.
    pub footer: String,
    /// Stands at the head of every page in red: that it is a sample, for one.
    pub warning: Option<String>,
}

/// The head of the first page after Decree 30/2020/NĐ-CP. The name of the country stands on every paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// The body above the issuing one.
    pub parent: Option<String>,
    /// The issuing body; a family's form has none.
    pub issuer: Option<String>,
    /// The number: `Số: 12/TTr-HKH`.
    pub number: Option<String>,
    /// Place and date, as they are written.
    pub place_and_date: Option<String>,
}

/// A part of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text; line ends part it into paragraphs.
    Paragraph {
        /// How it stands.
        manner: Manner,
        /// What it says.
        text: String,
    },
    /// Lines of fields, filled in or dotted.
    Fields(Vec<Vec<Field>>),
    /// A table.
    Table(Table),
}

impl Block {
    /// Text of the body.
    pub fn text(text: impl Into<String>) -> Self {
        Self::paragraph(Manner::Body, text)
    }

    /// Text in some manner.
    pub fn paragraph(manner: Manner, text: impl Into<String>) -> Self {
        Self::Paragraph {
            manner,
            text: text.into(),
        }
    }
}

/// How a paragraph stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Even margins, first line indented.
    Body,
    /// Bold, and never the last thing on a page.
    Heading,
    /// In the middle: whom it is for.
    Centred,
    /// A remark in italics.
    Note,
}

/// Something to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What is asked.
    pub label: String,
    /// The answer; none leaves dots for a pen.
    pub value: Option<String>,
    /// How much of the line it takes, beside the shares of the others.
    pub share: u16,
    /// How many dotted lines there are for a pen.
    pub lines: u16,
}

impl Field {
    /// A field of one share and one dotted line.
    pub fn new(label: impl Into<String>, value: Option<String>) -> Self {
        Self {
            label: label.into(),
            value,
            share: 1,
            lines: 1,
        }
    }

    /// Takes another share of its line.
    #[must_use]
    pub fn share(mut self, share: u16) -> Self {
        self.share = share;
        self
    }

    /// Leaves more dotted lines.
    #[must_use]
    pub fn lines(mut self, lines: u16) -> Self {
        self.lines = lines;
        self
    }
}

/// A table; its heading is repeated on every page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name, for the workbook.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether rows are high enough for a pen.
    pub for_pen: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// Its width, beside the widths of the others.
    pub share: u16,
    /// Where its cells stand.
    pub align: Align,
    /// Whether a workbook may add its cells up.
    pub numbers: bool,
}

impl Column {
    /// Text from the left.
    pub fn text(heading: impl Into<String>, share: u16) -> Self {
        Self {
            heading: heading.into(),
            share,
            align: Align::Left,
            numbers: false,
        }
    }

    /// Short text in the middle.
    pub fn middle(heading: impl Into<String>, share: u16) -> Self {
        Self {
            align: Align::Centre,
            ..Self::text(heading, share)
        }
    }

    /// Numbers in the middle.
    pub fn numbers(heading: impl Into<String>, share: u16) -> Self {
        Self {
            numbers: true,
            ..Self::middle(heading, share)
        }
    }
}

/// Where text stands between two borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// A row, one text for each column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its cells; missing ones are empty.
    pub cells: Vec<String>,
    /// Whether it is bold: the heading of a group, a total.
    pub strong: bool,
}

impl Row {
    /// A row.
    pub fn new<T: Into<String>>(cells: impl IntoIterator<Item = T>) -> Self {
        Self {
            cells: cells.into_iter().map(Into::into).collect(),
            strong: false,
        }
    }

    /// A bold row.
    pub fn strong<T: Into<String>>(cells: impl IntoIterator<Item = T>) -> Self {
        Self {
            strong: true,
            ..Self::new(cells)
        }
    }
}

/// What stands at the end: who gets the paper and who signs it. Never parted over pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures {
    /// Who gets it (`Nơi nhận`), at the left.
    pub recipients: Vec<String>,
    /// Who signs, from left to right.
    pub signers: Vec<Signer>,
}

/// Somebody who signs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signer {
    /// Place and date above, where they stand beside the signature.
    pub place_and_date: Option<String>,
    /// For whom and as what, one line each: `TM. BAN THƯỜNG VỤ`, `CHỦ TỊCH`.
    pub capacity: Vec<String>,
    /// What to do here: `(Ký, ghi rõ họ tên)`.
    pub hint: Option<String>,
    /// The name, where it is known.
    pub name: Option<String>,
}

/// A list annexed to a paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annex {
    /// What it is: `DANH SÁCH`.
    pub title: String,
    /// Of what; on further lines, to which paper it belongs.
    pub subtitle: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Who signs it.
    pub signatures: Signatures,
}
