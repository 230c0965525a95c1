//! Sets text: lines of it, at the left, in the middle or at the right of a place.

use super::error::PaperError;
use super::lines::{Line, lines};
use super::model::Align;
use super::sheet::{Ink, Mark, Style};
use super::typeface::Typeface;

/// Sets text in the typeface of the papers.
#[derive(Clone, Copy)]
pub(super) struct Setter {
    typeface: &'static Typeface,
}

impl Setter {
    pub fn new() -> Result<Self, PaperError> {
        let typeface = Typeface::get()?;
        Ok(Self { typeface })
    }

    /// How wide a text is.
    pub fn measure(self, style: Style, text: &str) -> f32 {
        self.typeface
            .cut(style.face)
            .width(&self.typeface.settable(text), style.size)
    }

    /// A text in lines of a width, the first shorter by `indent`.
    pub fn lines(self, style: Style, text: &str, indent: f32, width: f32) -> Vec<Line> {
        lines(self.typeface, style, &self.typeface.settable(text), indent, width)
    }

    /// As much of a text as one line holds.
    pub fn one_line(self, style: Style, text: &str, width: f32) -> String {
        let lines = self.lines(style, text, 0.0, width);
        lines.into_iter().next().map(|line| line.text).unwrap_or_default()
    }

    /// A text from a place, below the height given.
    pub fn at(self, x: f32, top: f32, style: Style, text: &str) -> Mark {
        Mark::Text {
            x,
            y: top + style.baseline(),
            style,
            ink: Ink::Black,
            spread: 0.0,
            text: self.typeface.settable(text),
        }
    }

    /// A text between two borders, on one line whatever its length.
    pub fn aligned(self, align: Align, between: (f32, f32), top: f32, style: Style, text: &str) -> Mark {
        let text = self.typeface.settable(text);
        let width = self.typeface.cut(style.face).width(&text, style.size);
        let line = Line {
            text,
            width,
            last: true,
        };
        placed(align, between, top, style, line)
    }

    /// A text in as few lines as the width allows, each about as long as the others: no name ends in a line of one word.
    pub fn balanced(self, style: Style, text: &str, width: f32) -> Vec<Line> {
        let mut best = self.lines(style, text, 0.0, width);
        let (mut narrow, mut wide) = (width / 2.0, width);
        if best.len() < 2 {
            return best;
        }
        for _ in 0..6 {
            let middle = f32::midpoint(narrow, wide);
            let lines = self.lines(style, text, 0.0, middle);
            if lines.len() > best.len() {
                narrow = middle;
            } else {
                wide = middle;
                best = lines;
            }
        }
        best
    }

    /// Lines under each other in the middle between two borders; the marks and how high they are.
    pub fn centred(self, between: (f32, f32), top: f32, style: Style, text: &str) -> (Vec<Mark>, f32) {
        let mut height = 0.0;
        let lines = self.balanced(style, text, between.1 - between.0);
        let marks = lines.into_iter().map(|line| {
            let mark = placed(Align::Centre, between, top + height, style, line);
            height += style.leading();
            mark
        });
        (marks.collect(), height)
    }
}

/// A line that was broken for this place, which is measured and settable already.
pub(super) fn placed(align: Align, between: (f32, f32), top: f32, style: Style, line: Line) -> Mark {
    let room = between.1 - between.0 - line.width;
    let x = match align {
        Align::Left => between.0,
        Align::Centre => between.0 + room / 2.0,
        Align::Right => between.0 + room,
    };
    Mark::Text {
        x,
        y: top + style.baseline(),
        style,
        ink: Ink::Black,
        spread: 0.0,
        text: line.text,
    }
}

impl Mark {
    /// The same in another colour.
    pub fn inked(mut self, colour: Ink) -> Self {
        if let Self::Text { ink, .. } = &mut self {
            *ink = colour;
        }
        self
    }
}
