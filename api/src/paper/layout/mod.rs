//! From a paper to sheets of A4: margins, sizes and the head of the page after Decree 30/2020/NĐ-CP.

mod field;
mod letterhead;
mod signature;
mod table;

pub(super) use letterhead::{COUNTRY, MOTTO};

use super::error::PaperError;
use super::flow::{Area, Flow, Piece, paginate};
use super::lines::Line;
use super::model::{Align, Block, Manner, Paper};
use super::setter::{Setter, placed};
use super::sheet::{Ink, LONG, Mark, SHORT, Sheet, Style, mm, times};
use super::typeface::Face;

/// Text of the body.
const BODY: Style = Style::new(Face::Regular, 13.0);
const BODY_BOLD: Style = Style::new(Face::Bold, 13.0);
const BODY_ITALIC: Style = Style::new(Face::Italic, 13.0);
const TITLE: Style = Style::new(Face::Bold, 15.0);
const FOOT: Style = Style::new(Face::Regular, 10.0);
/// The first line of a paragraph begins further in.
const INDENT_MM: f32 = 10.0;
/// Room between paragraphs.
const PARAGRAPH_GAP: f32 = 5.0;

/// Lays a paper out.
pub(super) fn lay_out(paper: &Paper) -> Result<Vec<Sheet>, PaperError> {
    let mut layout = Layout {
        set: Setter::new()?,
        left: mm(30.0),
        right: SHORT - mm(17.0),
        area: Area {
            width: SHORT,
            height: LONG,
            top: mm(20.0),
            bottom: LONG - mm(20.0),
        },
        flow: Flow::default(),
    };
    layout.letterhead(&paper.letterhead);
    layout.titles(&paper.title, &paper.subtitle);
    layout.blocks(&paper.blocks);
    layout.signatures(&paper.signatures);
    for annex in &paper.annexes {
        let first = layout.flow.pieces.len();
        layout.titles(&annex.title, &annex.subtitle);
        if let Some(piece) = layout.flow.pieces.get_mut(first) {
            piece.new_page = true;
        }
        layout.blocks(&annex.blocks);
        layout.signatures(&annex.signatures);
    }
    let (left, right, area) = (layout.left, layout.right, layout.area);
    let mut sheets = paginate(std::mem::take(&mut layout.flow), area);
    let count = sheets.len();
    for (number, sheet) in (1..).zip(&mut sheets) {
        let y = area.bottom + mm(9.0);
        let set = layout.set;
        let footer = set.at(
            left,
            y,
            FOOT,
            &set.one_line(FOOT, &paper.footer, right - left - mm(35.0)),
        );
        let page = set.aligned(Align::Right, (left, right), y, FOOT, &format!("Trang {number}/{count}"));
        sheet.marks.extend([footer, page].map(|mark| mark.inked(Ink::Grey)));
        if let Some(warning) = &paper.warning {
            layout.warn(sheet, warning);
        }
    }
    Ok(sheets)
}

/// What a layout works on.
struct Layout {
    set: Setter,
    left: f32,
    right: f32,
    area: Area,
    flow: Flow,
}

impl Layout {
    fn width(&self) -> f32 {
        self.right - self.left
    }

    fn between(&self) -> (f32, f32) {
        (self.left, self.right)
    }

    fn titles(&mut self, title: &str, subtitle: &str) {
        let (mut marks, mut height) = self.set.centred(self.between(), 0.0, TITLE, title);
        // what it is about is bold; which paper it goes with, on lines of its own, is not
        for (place, line) in subtitle.split('\n').filter(|line| !line.is_empty()).enumerate() {
            let style = if place == 0 { BODY_BOLD } else { BODY_ITALIC };
            let (more, high) = self.set.centred(self.between(), height, style, line);
            marks.extend(more);
            height += high;
        }
        // the short line under the title, as the decree draws it
        let (middle, half) = (f32::midpoint(self.left, self.right), mm(15.0));
        marks.push(Mark::Line {
            from: (middle - half, height + 3.5),
            to: (middle + half, height + 3.5),
            width: 0.6,
            dotted: false,
        });
        self.flow.pieces.push(Piece {
            marks,
            height: height + 8.0,
            gap: 12.0,
            bound: true,
            ..Piece::default()
        });
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph { manner, text } => self.paragraph(*manner, text),
                Block::Fields(lines) => self.fields(lines),
                Block::Table(table) => self.table(table),
            }
        }
    }

    fn paragraph(&mut self, manner: Manner, text: &str) {
        let style = match manner {
            Manner::Body | Manner::Centred => BODY,
            Manner::Heading => BODY_BOLD,
            Manner::Note => BODY_ITALIC,
        };
        let indent = if manner == Manner::Body { mm(INDENT_MM) } else { 0.0 };
        let align = if manner == Manner::Centred {
            Align::Centre
        } else {
            Align::Left
        };
        let lines = self.set.lines(style, text, indent, self.width());
        let count = lines.len();
        let mut first = true;
        for (place, line) in lines.into_iter().enumerate() {
            let left = if first { self.left + indent } else { self.left };
            let (last, blanks) = (line.last, times(line.text.matches(' ').count()));
            let room = self.right - left - line.width;
            let mut mark = placed(align, (left, self.right), 0.0, style, line);
            if let Mark::Text { spread, .. } = &mut mark
                && manner == Manner::Body
                && !last
                && blanks > 0.0
            {
                *spread = room / blanks;
            }
            self.flow.pieces.push(Piece {
                marks: vec![mark],
                height: style.leading(),
                gap: if first { PARAGRAPH_GAP } else { 0.0 },
                // neither the first nor the last line stands alone on a page, and no heading ends one
                bound: manner == Manner::Heading || (count > 1 && (place == 0 || place + 2 == count)),
                ..Piece::default()
            });
            first = last;
        }
    }

    /// What every page says in red, at its head and across it.
    fn warn(&self, sheet: &mut Sheet, warning: &str) {
        let style = Style::new(Face::BoldItalic, 11.0);
        let mark = self
            .set
            .aligned(Align::Centre, self.between(), mm(10.0), style, warning);
        sheet.marks.push(mark.inked(Ink::Red));
        let word = warning.split(" - ").next().unwrap_or(warning);
        let width = self.set.measure(Style::new(Face::Bold, 1.0), word);
        let stamp = Mark::Stamp {
            centre: (SHORT / 2.0, LONG / 2.0),
            degrees: -50.0,
            style: Style::new(Face::Bold, (mm(170.0) / width.max(1.0)).min(150.0)),
            ink: Ink::Pale,
            framed: false,
            text: word.to_owned(),
        };
        // behind everything else
        sheet.marks.insert(0, stamp);
    }
}
